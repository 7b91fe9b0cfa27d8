"""Files that keep their servers in another shape, made into entries as the others have them.

Zed's `context_servers`, Continue's list in YAML, and `server.json` of the MCP registry.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ("is_registry", "shaped")

_SECRET: Final = re.compile(r"\$\{\{\s*(?:secrets|inputs)\.([A-Za-z_][A-Za-z0-9_]*)\s*\}\}")
"""How Continue refers to a secret."""
_RUNNERS: Final = {
    "npm": ("npx", "-y"),
    "pypi": ("uvx",),
    "oci": ("docker", "run", "-i", "--rm"),
    "nuget": ("dnx",),
}
"""What runs a package, by the registry it is in."""


def shaped(data: dict[str, Any]) -> Iterator[tuple[str, Any]] | None:
    """Name and entry of each server; None for a file of the common shape."""
    if isinstance(servers := data.get("context_servers"), dict):
        return ((str(name), _of_zed(entry)) for name, entry in servers.items())
    if isinstance(listed := data.get("mcpServers"), list):
        return _of_continue(listed)
    return iter(((_last_word(data), _of_registry(data)),)) if is_registry(data) else None


def is_registry(data: dict[str, Any]) -> bool:
    """Whether it is a `server.json` of the registry."""
    return isinstance(data.get("name"), str) and any(
        isinstance(data.get(key), list) for key in ("packages", "remotes")
    )


def _of_zed(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    if "command" not in entry and "url" not in entry:
        return {"type": "platform"}  # an extension brings it
    told = {key: value for key, value in entry.items() if key not in ("source", "settings")}
    if isinstance(command := told.get("command"), dict):
        told["command"] = command.get("path")
        told |= {key: command[key] for key in ("args", "env") if command.get(key)}
    return told


def _of_continue(listed: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for entry in listed:
        if not isinstance(entry, dict):
            continue
        told = {key: _secrets(value) for key, value in entry.items() if key != "requestOptions"}
        options = entry.get("requestOptions")
        if isinstance(options, dict) and options.get("headers"):
            told["headers"] = _secrets(options["headers"])
        yield str(entry.get("name") or "server"), told


def _secrets(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET.sub(r"${\1}", value)
    if isinstance(value, list):
        return [_secrets(item) for item in value]
    return {key: _secrets(item) for key, item in value.items()} if isinstance(value, dict) else value


# The registry.


def _last_word(data: dict[str, Any]) -> str:
    return str(data["name"]).rstrip("/").rpartition("/")[2]


def _of_registry(data: dict[str, Any]) -> dict[str, Any]:
    """The first package that something here can run, else the first remote."""
    packages, remotes = _tables(data.get("packages")), _tables(data.get("remotes"))
    package = next((one for one in packages if _registry(one) in _RUNNERS), None)
    if package is not None:
        return _of_package(package)
    if not remotes:
        return {"type": "platform"} if packages else {}
    entry = {"type": remotes[0].get("type") or remotes[0].get("transport_type"), "url": remotes[0].get("url")}
    headers = {str(one.get("name")): _value(one) for one in _tables(remotes[0].get("headers"))}
    return entry | ({"headers": headers} if headers else {})


def _of_package(package: dict[str, Any]) -> dict[str, Any]:
    kind = _registry(package)
    runner, *options = _RUNNERS[kind]
    hint = package.get("runtimeHint") or package.get("runtime_hint")
    variables = _tables(package.get("environmentVariables") or package.get("environment_variables"))
    env = {str(one.get("name")): _value(one) for one in variables}
    given = {name: value for name, value in env.items() if value}
    wanted = [name for name in env if not given.get(name)]
    if kind == "oci":
        options += [word for name in env for word in ("-e", name)]
    words = (
        *(options if not hint or hint == runner or kind == "oci" else ()),
        *_arguments(package.get("runtimeArguments") or package.get("runtime_arguments")),
        _identified(package, kind),
        *_arguments(package.get("packageArguments") or package.get("package_arguments")),
    )
    entry: dict[str, Any] = {
        "command": hint or runner,
        "args": list(words),
    }
    return entry | ({"env": given} if given else {}) | ({"env_keys": wanted} if wanted else {})


def _registry(package: dict[str, Any]) -> str:
    kind = package.get("registryType") or package.get("registry_type") or package.get("registry_name") or ""
    return "oci" if kind == "docker" else str(kind)


def _identified(package: dict[str, Any], kind: str) -> str:
    name = str(package.get("identifier") or package.get("name") or "")
    version = str(package.get("version") or "")
    sign = {"npm": "@", "nuget": "@", "pypi": "==", "oci": ":"}[kind]
    said = ":" in name.rpartition("/")[2] if kind == "oci" else False
    return f"{name}{sign}{version}" if version and not said else name


def _arguments(listed: Any) -> Iterator[str]:
    for one in _tables(listed):
        value = _value(one)
        if one.get("type") == "named" and one.get("name"):
            yield str(one["name"])
        if value:
            yield value


def _value(one: dict[str, Any]) -> str:
    """What is given, or the default; what a person has to give is a variable by its name."""
    value = one.get("value") or one.get("default")
    if value:
        return re.sub(r"\{([A-Za-z_][A-Za-z0-9_]*)\}", r"${\1}", str(value))
    hint = str(one.get("valueHint") or one.get("value_hint") or "")
    needed = one.get("isRequired") or one.get("is_required")
    return f"${{{re.sub(r'[^A-Za-z0-9_]', '_', hint).upper()}}}" if hint and needed else ""


def _tables(listed: Any) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
