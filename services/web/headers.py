"""The headers that an HTTP server's table asks for: fixed, from variables, from a helper program."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from services.errors import ConnectionFailed, MissingVariable
from services.processes.descendants import descendants_of
from services.processes.guardian import VARIABLE
from services.processes.programs import find_program
from services.processes.registry import offspring
from services.text import one_line
from services.version import USER_AGENT
from services.web.urls import is_secure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from services.processes.descendants import Descendants
    from services.settings import ServerSettings

__all__ = ("basic_of", "guard_token", "resolve_headers", "run_headers_helper", "with_agent")

HELPER_SECONDS = 10.0
HELPER_BYTES = 64 * 1024
HELPER_STDERR_BYTES = 4 * 1024

_END_SECONDS = 1.0
_END_PAUSE = 0.01

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_RESERVED = frozenset(
    (
        *("accept", "connection", "content-length", "content-type", "host", "last-event-id"),
        *("mcp-method", "mcp-name", "mcp-protocol-version", "mcp-session-id"),
        *("transfer-encoding", "upgrade"),
    )
)
"""Headers that the transport itself sets."""


def resolve_headers(settings: ServerSettings, environ: Mapping[str, str]) -> dict[str, str]:
    """The headers of every request to this server: `http_headers`, `env_http_headers`, the bearer token.

    Without any of those, the name and password that stand in its URL are sent.

    Later ones replace earlier ones whatever their case; a header whose variable is unset or
    blank is left out. Raises MissingVariable for the bearer token's variable, ConnectionFailed for
    a token that others could read on its way.
    """
    headers = dict(settings.http_headers)
    for name, variable in settings.env_http_headers.items():
        value = environ.get(variable, "").strip()
        if value and _VALUE.fullmatch(value):
            _put(headers, name, value)
    if settings.bearer_token_env_var is not None:
        token = _bearer_token(settings.name, settings.bearer_token_env_var, environ)
        _put(headers, "Authorization", f"Bearer {token}")
    elif (basic := basic_of(settings.url)) and not any(name.lower() == "authorization" for name in headers):
        headers["Authorization"] = basic
    guard_token(settings, headers)
    return headers


def basic_of(url: str) -> str:
    """The credentials that stand in a URL as a header (RFC 7617); empty where none do."""
    user, sign, _ = urlsplit(url).netloc.rpartition("@")
    name, colon, password = user.partition(":")
    if not sign or not (name or password):
        return ""
    said = f"{unquote(name)}:{unquote(password)}" if colon else f"{unquote(name)}:"
    return f"Basic {base64.b64encode(said.encode()).decode()}"


def with_agent(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with our `User-Agent`, where they have none of their own."""
    named = any(name.lower() == "user-agent" for name in headers)
    return dict(headers) if named else {"User-Agent": USER_AGENT, **headers}


def guard_token(settings: ServerSettings, headers: Iterable[str] = ("Authorization",)) -> None:
    """Refuse to send a token in the clear to another machine (RFC 6750, 5.3), unless configured."""
    carries = any(name.lower() == "authorization" for name in headers)
    if carries and not settings.allow_token_over_http and not is_secure(settings.url):
        raise ConnectionFailed(
            "a token would go over plain http, where anybody on the way can read it",
            hint="Use https, or say so: allow_token_over_http = true.",
        )


def _put(headers: dict[str, str], name: str, value: str) -> None:
    for other in [other for other in headers if other.lower() == name.lower()]:
        del headers[other]
    headers[name] = value


def _bearer_token(server: str, variable: str, environ: Mapping[str, str]) -> str:
    value = environ.get(variable)
    subject = f"Environment variable {one_line(variable, 100)} for MCP server '{one_line(server, 100)}'"
    if value is None:
        raise MissingVariable(
            f"{subject} is not set", hint=f"Set {one_line(variable, 100)} and connect again."
        )
    token = re.sub(r"^Bearer(?:\s+|$)", "", value.strip(), flags=re.IGNORECASE)
    if not token:
        raise MissingVariable(f"{subject} is empty", hint="It must hold the server's bearer token.")
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise ConnectionFailed(
            f"{subject} holds characters that a token cannot have",
            hint="Look for spaces and line breaks in it.",
        )
    return token


async def run_headers_helper(
    command: str, environ: Mapping[str, str], *, timeout: float = HELPER_SECONDS
) -> dict[str, str]:
    """Run `http_headers_helper`, a command line without a shell, and read the headers it prints.

    It prints one JSON object of strings, at most 64 KiB, within `timeout` seconds. `environ` is
    all that it gets; it and whatever it started are gone when this returns or is cancelled.
    Raises ConnectionFailed, never with what the helper printed on standard output.
    """
    process, everything = await _started(command, environ)
    try:
        async with asyncio.timeout(timeout):
            output = await _output(process)
    except TimeoutError:
        raise _failed(f"printed no headers within {timeout:g} s") from None
    finally:
        await _end(process, everything)
    return _parsed(output)


async def _started(
    command: str, environ: Mapping[str, str]
) -> tuple[asyncio.subprocess.Process, Descendants]:
    import shlex

    try:
        words = shlex.split(command, posix=os.name == "posix")
    except ValueError as error:
        raise _failed(f"cannot be split into words: {one_line(str(error))}") from None
    if not words:
        raise _failed("must not be empty")
    try:
        words[0] = find_program(words[0], environ, None, sys.platform)
        mark = offspring.mark(os.environ)
        offspring.guard()
        process = await asyncio.create_subprocess_exec(
            *words,
            env={**environ, VARIABLE: mark},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        started = offspring.born(process.pid, mark)
        return process, descendants_of(process.pid, started, mark, lambda: process.returncode is not None)
    except ConnectionFailed as error:
        raise ConnectionFailed(f"http_headers_helper: {error.message}", hint=error.hint) from None
    except OSError as error:
        reason = one_line(error.strerror or type(error).__name__)
        raise _failed(f"cannot be started: {one_line(words[0], 200)}: {reason}") from error


async def _output(process: asyncio.subprocess.Process) -> bytes:
    assert process.stdout is not None
    assert process.stderr is not None
    stderr = asyncio.create_task(_drained(process.stderr))
    try:
        output = await _at_most(process.stdout, HELPER_BYTES)
        status = await process.wait()
        if status:
            # What holds standard error open after the end is not waited for.
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(stderr), 1)
            last = stderr.result() if stderr.done() else ""
            raise _failed(f"ended with exit status {status}" + (f': "{last}"' if last else ""))
    finally:
        stderr.cancel()
    return output


async def _at_most(stream: asyncio.StreamReader, limit: int) -> bytes:
    data = bytearray()
    while chunk := await stream.read(limit + 1):
        data += chunk
        if len(data) > limit:
            raise _failed(f"printed more than {limit // 1024} KiB")
    return bytes(data)


async def _drained(stream: asyncio.StreamReader) -> str:
    """The last line of standard error, all of which is read so that the helper never waits for us."""
    tail = b""
    while chunk := await stream.read(HELPER_STDERR_BYTES):
        tail = (tail + chunk)[-HELPER_STDERR_BYTES:]
    lines = tail.decode(errors="replace").split("\n")
    return next((one_line(line, 200) for line in reversed(lines) if line.strip()), "")


async def _end(process: asyncio.subprocess.Process, everything: Descendants) -> None:
    """Kill what is left of the helper and of all that it started, and wait for the helper itself."""
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    deadline = asyncio.get_running_loop().time() + _END_SECONDS
    try:
        while await everything.look() and asyncio.get_running_loop().time() < deadline:
            everything.signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            await asyncio.sleep(_END_PAUSE)
    finally:
        if not everything.alive():
            offspring.gone(process.pid)
        everything.close()
    # Our ends of the pipes too: a process that left the group could hold them open for good.
    transport: asyncio.SubprocessTransport | None = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()
    await process.wait()


def _parsed(output: bytes) -> dict[str, str]:
    import json

    try:
        pairs = json.loads(output, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise _failed("did not print JSON") from None
    if not isinstance(pairs, tuple) or not all(isinstance(value, str) for _, value in pairs):
        raise _failed("must print a JSON object of strings")
    _check_names([name for name, _ in pairs])
    for name, value in pairs:
        if not _VALUE.fullmatch(value):
            raise _failed(f"gave {one_line(name, 100)} a value that a header cannot carry")
    return dict(pairs)


def _check_names(names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        shown = one_line(name, 100)
        if not _NAME.fullmatch(name):
            raise _failed(f"gave '{shown}', which is not a header name")
        if name.lower() in _RESERVED:
            raise _failed(f"gave {shown}, which is not its to set")
        if name.lower() in seen:
            raise _failed(f"gave {shown} twice")
        seen.add(name.lower())


def _failed(what: str) -> ConnectionFailed:
    hint = 'It must print one JSON object of headers, such as {"Authorization": "Bearer …"}.'
    return ConnectionFailed(f"http_headers_helper {what}", hint=hint)
