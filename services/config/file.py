"""Reading config.toml. One bad table is one invalid server: it never takes the others down."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from services.config.complaints import Complaint, Place, describe, key_name, shown
from services.config.gateway_table import read_gateway
from services.config.model_tables import read_models, without_models
from services.config.models import CONFIG_FILE, RESIDENT, UI
from services.config.server_models import HTTP_SERVER, STDIO_SERVER
from services.config.tables import SERVERS, Reading, read_server, url_trouble
from services.errors import ConfigurationError
from services.settings import Configuration, Problem, UiSettings
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from services.config.tables import Inputs
    from services.config.toml.text import Path as KeyPath
    from services.settings import ServerSettings

__all__ = ("describe", "from_tables", "load", "parse", "read_text", "read_toml")

_LOGIN_KEYS = [
    (key,) for key in ("mcp_oauth_credentials_store", "mcp_oauth_callback_port", "mcp_oauth_callback_url")
]
"""What decides where logins go, by path: a mistake in one of them stops logins, not the rest."""
_CODEX_KEYS = {
    *("approval_policy", "disable_response_storage", "features", "file_opener", "hide_agent_reasoning"),
    *("history", "model_context_window", "model_provider", "model_providers", "model_reasoning_effort"),
    *("model_reasoning_summary", "model_verbosity", "notice", "notify", "personality", "profile", "profiles"),
    *("project_doc_max_bytes", "projects", "review_model", "sandbox_mode", "sandbox_workspace_write"),
    *("shell_environment_policy", "show_raw_agent_reasoning", "tools", "tui", "web_search"),
}
"""Keys at the top of OpenAI Codex's file, which are not misspelled ones of ours."""


def load(
    path: Path,
    *,
    environ: Mapping[str, str],
    strict: bool = False,
    expand: bool = True,
    inputs: Inputs | None = None,
) -> Configuration:
    """Read the configuration at `path`; a file that does not exist is an empty configuration.

    What is wrong is in `problems` and, for a server, in its `invalid`; `strict` makes errors of
    the warnings. Without `expand` values keep their `${VAR}` as written, for showing them, and
    without `inputs` their `${input:ID}`.
    Raises ConfigurationError for a file that cannot be read or is not TOML.
    """
    text = read_text(path)
    if text is None:
        return Configuration()
    return parse(text, environ=environ if expand else None, strict=strict, source=str(path), inputs=inputs)


def read_text(path: Path) -> str | None:
    """The text of a configuration file, with its byte order mark; None when there is no file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        reason = one_line(error.strerror or type(error).__name__)
        raise ConfigurationError(f"cannot read {one_line(str(path))}: {reason}") from error
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(
            f"{one_line(str(path))} is not UTF-8 text: line {line}", hint="Save it as UTF-8."
        ) from error


def parse(
    text: str,
    *,
    environ: Mapping[str, str] | None,
    strict: bool = False,
    source: str = "config.toml",
    inputs: Inputs | None = None,
) -> Configuration:
    """The configuration in `text`; `source` is its name in errors."""
    document = read_toml(text, source)
    configuration, complaints = _configuration(document, environ, strict=strict, source=source, inputs=inputs)
    if not complaints:
        return configuration
    from services.config.toml.text import lines_of

    lines = lines_of(text, [complaint.path for complaint in complaints])
    return _with_lines(configuration, complaints, lines)


def from_tables(
    tables: Mapping[str, Any],
    *,
    environ: Mapping[str, str] | None,
    strict: bool = False,
    source: str = "",
    inputs: Inputs | None = None,
) -> Configuration:
    """The configuration of server tables that come from elsewhere than config.toml, so without lines."""
    document = {SERVERS: dict(tables)}
    configuration, complaints = _configuration(document, environ, strict=strict, source=source, inputs=inputs)
    return _with_lines(configuration, complaints, {})


def read_toml(text: str, source: str, parse_float: Callable[[str], Any] = float) -> dict[str, Any]:
    """The values of a TOML text; ConfigurationError, with the line, when it is none."""
    import tomllib

    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=parse_float)
    except RecursionError:
        raise ConfigurationError(f"{one_line(source)} is not TOML: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        reason = one_line(str(error))
        place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", reason)
        if place:
            reason = reason[: place.start()]
        line = place[1] if place and place[1] else text.count("\n") + 1
        raise ConfigurationError(
            f"{one_line(source)} is not TOML: line {line}: {reason}",
            hint="Nothing of the file can be used until that line is fixed.",
        ) from None
    except ValueError as error:  # a number of too many digits
        raise ConfigurationError(f"{one_line(source)} cannot be read: {one_line(str(error), 80)}") from None


def _configuration(
    document: dict[str, Any],
    environ: Mapping[str, str] | None,
    *,
    strict: bool,
    source: str,
    inputs: Inputs | None,
) -> tuple[Configuration, list[Complaint]]:
    top = {key: value for key, value in document.items() if key != SERVERS}
    configuration, complaints = _top_level(top, source) if top else (Configuration(), [])
    if strict:
        complaints = [found.in_earnest() for found in complaints]
    readings: list[Reading] = []
    tables = document.get(SERVERS, {})
    if isinstance(tables, dict):
        readings = [
            read_server(name, table, environ, strict=strict, inputs=inputs) for name, table in tables.items()
        ]
    else:
        message = f"{SERVERS} must be a table of servers"
        complaints.append(Complaint(message, (SERVERS,), f"Write [{SERVERS}.NAME]."))
    complaints += [found for reading in readings for found in reading.complaints]
    servers = tuple(
        replace(
            reading.settings,
            source=source,
            sandbox=configuration.sandbox,
            start=reading.settings.start if _says(tables, reading.settings, "start") else configuration.start,
        )
        for reading in readings
    )
    return replace(configuration, servers=servers), complaints


def _says(tables: Any, settings: ServerSettings, key: str) -> bool:
    """Whether the server's own table has the key."""
    return isinstance(table := tables.get(settings.name), dict) and key in table


def _top_level(top: dict[str, Any], source: str) -> tuple[Configuration, list[Complaint]]:
    """All but the servers. What is wrong is left out, and the rest counts."""
    top, complaints = _codex_model(top)
    readings, wrong = read_models(top, source)
    complaints += wrong
    complaints += [_meant(complaint) for complaint in CONFIG_FILE.check(without_models(top), Place())]
    url = top.get("mcp_oauth_callback_url")
    trouble = url_trouble(url) if isinstance(url, str) else ""
    if trouble:
        key = "mcp_oauth_callback_url"
        complaints.append(Complaint(f"{key} {trouble}", (key,)))
    login_trouble = next((found.message for found in complaints if found.path[:1] in _LOGIN_KEYS), "")
    top = _without(top, complaints)
    ui = top.get("ui", {})
    configuration = Configuration(
        ui=UiSettings(
            ui.get("theme"),
            UI.get(ui, "images"),
            ui.get("editor"),
            ui.get("keys", {}),
            UI.get(ui, "history"),
        ),
        gateway=read_gateway(top.get("gateway", {})),
        credentials_store=CONFIG_FILE.get(top, "mcp_oauth_credentials_store"),
        start=CONFIG_FILE.get(top, "start"),
        callback_port=top.get("mcp_oauth_callback_port"),
        callback_url=top.get("mcp_oauth_callback_url"),
        login_trouble=login_trouble,
        model=top.get("model", {}),
        models=readings,
        sandbox=top.get("sandbox", {}),
        idle_minutes=RESIDENT.get(top.get("resident", {}), "idle_minutes"),
        lends_session=RESIDENT.get(top.get("resident", {}), "open_session"),
    )
    return configuration, complaints


def _codex_model(top: dict[str, Any]) -> tuple[dict[str, Any], list[Complaint]]:
    """`model = "name"` is how OpenAI Codex writes it: left out with a warning, so that it can be pasted."""
    if not isinstance(top.get("model"), str):
        return top, []
    name = shown(top["model"])
    hint = f'[model] is a table here: write [model] with provider = "openai" and name = {name}.'
    found = Complaint('`model = "…"` is a key of OpenAI Codex and has no effect', ("model",), hint, "warning")
    return {key: value for key, value in top.items() if key != "model"}, [found]


def _meant(complaint: Complaint) -> Complaint:
    """A server's key at the top of the file was most likely meant for a server."""
    if len(complaint.path) != 1 or complaint.severity != "warning":
        return complaint
    if complaint.path[0] in _CODEX_KEYS:
        return complaint._replace(hint="It is a key of OpenAI Codex and has no effect here.")
    if complaint.path[0] in STDIO_SERVER.keys.keys() | HTTP_SERVER.keys.keys():
        return complaint._replace(hint=f"It belongs into a [{SERVERS}.NAME] table.")
    return complaint


def _without(table: dict[str, Any], complaints: Iterable[Complaint]) -> dict[str, Any]:
    """`table` without what is complained of: an unknown key alone, a wrong value with the key around it."""
    from copy import deepcopy

    kept = deepcopy(table)
    for complaint in complaints:
        path = complaint.path if complaint.severity != "error" else complaint.path[:2]
        inner: Any = kept
        for key in path[:-1]:
            inner = inner.get(key) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(path[-1], None)
    return kept


def _with_lines(
    configuration: Configuration, complaints: list[Complaint], lines: Mapping[KeyPath, int]
) -> Configuration:
    problems = tuple(_problem(complaint, lines.get(complaint.path) or None) for complaint in complaints)
    first: dict[str, Problem] = {}
    for complaint, problem in zip(complaints, problems, strict=True):
        if problem.severity == "error" and complaint.path[0] == SERVERS and len(complaint.path) > 1:
            first.setdefault(complaint.path[1], problem)
    servers = tuple(
        replace(server, invalid=describe(first[server.name])) if server.name in first else server
        for server in configuration.servers
    )
    return replace(configuration, servers=servers, problems=problems)


def _problem(complaint: Complaint, line: int | None) -> Problem:
    path = complaint.path
    in_server = path[0] == SERVERS and len(path) > 1
    table = key_name(path[:2]) if in_server else key_name(path[:-1])
    return Problem(
        message=f"{complaint.message} in `{table}`" if in_server else complaint.message,
        table=table,
        key=key_name(path[2:] if in_server else path[-1:]),
        line=line,
        hint=complaint.hint,
        severity=complaint.severity,
        server=path[1] if in_server else "",
        remedy=complaint.remedy,
    )
