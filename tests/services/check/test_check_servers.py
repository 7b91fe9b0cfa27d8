"""The doctor on real servers: what is wrong with each, told by its code and its words."""

from __future__ import annotations

import socket
import ssl
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from services.check.checkup import check_servers
from services.check.findings import Checkup, warning
from services.events import ServerState
from services.remedies import LengthenStart
from services.settings import ServerSettings
from tests.services.check.stage import strangers
from tests.support.servers import quick

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from services.check.findings import Finding


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with strangers() as url:
        yield url


async def checkup(server: ServerSettings, **options: Any) -> Checkup:
    (found,) = await check_servers([server], **options)
    return found


def http(url: str, **settings: Any) -> ServerSettings:
    return ServerSettings("there", transport="http", url=url, **settings)


def python(code: str, **settings: Any) -> ServerSettings:
    return ServerSettings("program", command=sys.executable, args=("-c", code), **settings)


def only(found: Checkup) -> Finding:
    (finding,) = found.findings
    return finding


# Processes.


async def test_a_server_that_is_well() -> None:
    found = await checkup(quick("quick", "--page-size", "2"))
    assert found.well
    assert found.findings == ()
    assert found.status.state is ServerState.READY
    assert (found.status.tools, found.status.protocol) == (11, "2025-11-25")
    assert found.seconds is not None


async def test_servers_are_checked_side_by_side_and_told_in_order() -> None:
    done: list[str] = []
    servers = [quick("slow", "--slow-start", "0.5"), quick("fast"), quick("off", enabled=False)]
    found = await check_servers(servers, on_done=lambda one: done.append(one.server))
    assert [one.server for one in found] == ["slow", "fast", "off"]
    assert done.index("fast") < done.index("slow")
    assert found[2].skipped
    assert found[2].well


async def test_a_command_that_is_not_there() -> None:
    server = ServerSettings("gone", command="no-such-program")
    finding = only(await checkup(server, environ={"PATH": "/nowhere:/usr/bin"}))
    assert finding.code == "command-not-found"
    assert finding.message == "command not found: no-such-program"
    assert finding.detail == ("PATH searched:", "  /nowhere", "  /usr/bin")


async def test_a_working_directory_that_is_not_there() -> None:
    finding = only(await checkup(quick(cwd="/no/such/place")))
    assert finding.code == "command"
    assert "/no/such/place does not exist" in finding.message


async def test_an_exit_status_with_what_was_said() -> None:
    found = await checkup(quick("quick", "--exit-at-start", "3"))
    finding = only(found)
    assert not found.well
    assert (finding.code, finding.message) == ("exited", "exit status 3")
    assert finding.detail == ("starting", "boom")


async def test_a_program_that_ends_at_once_without_an_error() -> None:
    found = await checkup(python("print('usage: program stdio')"))
    first, second = found.findings
    assert (first.code, first.message) == ("exited", "exit status 0")
    assert "does it need an argument" in first.hint
    assert (second.code, second.detail) == ("junk-on-stdout", ("usage: program stdio",))


async def test_junk_on_standard_output_of_a_server_that_works() -> None:
    found = await checkup(quick("quick", "--junk"))
    assert found.status.state is ServerState.READY
    finding = only(found)
    assert (finding.severity, finding.code) == ("error", "junk-on-stdout")
    assert "Welcome to quick 1.0!" in finding.detail


async def test_silence_names_the_key() -> None:
    finding = only(await checkup(quick("quick", "--silent", startup_timeout_sec=2)))
    assert (finding.code, finding.message) == ("timeout", "no answer within 2 s")
    assert finding.remedy == LengthenStart("quick")


async def test_a_repeated_cursor() -> None:
    found = await checkup(quick("quick", "--page-size", "2", "--repeat-cursor"))
    assert {finding.code for finding in found.findings} == {"repeated-cursor"}
    assert not found.well


async def test_a_pinned_revision_it_does_not_speak() -> None:
    finding = only(await checkup(quick(protocol="2026-07-28")))
    assert finding.code == "protocol-version"
    assert 'try protocol = "auto"' in finding.hint


async def test_a_hostile_server_is_only_strange() -> None:
    found = await checkup(quick("quick", "--hostile"))
    assert found.well
    told = "".join(f"{one.message}{one.hint}{one.subject}{one.detail}" for one in found.findings)
    assert not any(mark in told for mark in "\x1b\x9b\u202e")


# The table.


async def test_variables_that_are_not_set_and_filters_that_match_nothing() -> None:
    server = quick(env_vars=("NOT_SET",), enabled_tools=("echo", "slep"), disabled_tools=("nothing_like_it",))
    found = await checkup(server, environ={"PATH": "/usr/bin"})
    assert found.well
    assert [finding.code for finding in found.findings] == [
        "missing-variable",
        "unknown-tool",
        "unknown-tool",
    ]
    assert [finding.hint for finding in found.findings[1:]] == ["Did you mean sleep?", "It has no effect."]


async def test_an_invalid_table() -> None:
    server = ServerSettings("bad", invalid="url is not supported for stdio", hint="Set one of them.")
    finding = only(await checkup(server))
    assert (finding.code, finding.message) == ("configuration", "url is not supported for stdio")


async def test_what_is_known_already_comes_along() -> None:
    known = {"quick": (warning("configuration", "unknown key"),)}
    found = await checkup(quick(), known=known)
    assert found.well
    assert only(found).message == "unknown key"


# HTTP.


@pytest.mark.parametrize(
    ("path", "code", "message", "detail"),
    [
        ("page", "not-mcp", "answers with text/html, which is not MCP", "<title>Welcome"),
        ("broken", "not-mcp", "what it sends is not JSON", "{nope"),
        ("moved", "redirect", "HTTP 307 Temporary Redirect: redirects to https://example.com/mcp", ""),
        ("slash", "redirect", "HTTP 301 Moved Permanently: redirects to http://127.0.0.1:", ""),
        ("forbidden", "http-status", "HTTP 403 Forbidden", "not for you"),
        ("failing", "http-status", "HTTP 500 Internal Server Error", "boom"),
        ("method", "http-status", "HTTP 405 Method Not Allowed", ""),
        ("nowhere", "http-status", "HTTP 404 Not Found", "no such page"),
        ("future", "protocol-version", "2031-01-01", ""),
    ],
)
async def test_what_answers_in_the_place_of_mcp(
    address: str, path: str, code: str, message: str, detail: str
) -> None:
    found = await checkup(http(f"{address}/{path}"))
    finding = only(found)
    assert not found.well
    assert finding.code == code
    assert message in finding.message
    assert detail in "\n".join(finding.detail)
    assert "s3cret" not in f"{finding}"
    assert finding.hint


async def test_a_login_is_needed(address: str) -> None:
    found = await checkup(http(f"{address}/login"))
    assert found.status.state is ServerState.LOGIN_NEEDED
    finding = only(found)
    assert finding.code == "login-needed"
    assert finding.detail[0] == 'WWW-Authenticate: Bearer realm="here"'


async def test_a_token_that_is_not_set(address: str) -> None:
    server = http(f"{address}/login", bearer_token_env_var="NO_TOKEN", env_http_headers={"X-Key": "NO_KEY"})
    found = await checkup(server, environ={})
    first, second = found.findings
    assert (first.severity, first.code) == ("error", "missing-variable")
    assert "NO_TOKEN" in first.message
    assert (second.severity, second.code) == ("warning", "missing-variable")
    assert "NO_KEY" in second.message


async def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        finding = only(await checkup(http(f"http://127.0.0.1:{port}/mcp")))
    assert (finding.code, finding.hint) == ("refused", "Is the server running?")


async def test_no_such_host() -> None:
    finding = only(await checkup(http("http://no-such-host.invalid/mcp")))
    assert finding.code == "unknown-host"


async def test_a_proxy_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://me:s3cret@127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    finding = only(await checkup(http("http://example.invalid/mcp")))
    assert finding.code == "proxy"
    assert "127.0.0.1:9" in finding.message
    assert "s3cret" not in f"{finding}"


# TLS.


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("cryptography")  # keyring brings it, on Linux only
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path_factory.mktemp("tls")))
    with strangers(context) as url:
        yield url


def certificate(folder: Path) -> Path:
    """A certificate that nobody signed but itself, with its key."""
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    start = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = folder / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


async def test_a_certificate_that_is_not_accepted(encrypted: str) -> None:
    finding = only(await checkup(http(f"{encrypted}/page")))
    assert finding.code == "tls"
    assert "is not accepted: self-signed certificate" in finding.message
    assert "SSL_CERT_FILE" in finding.hint


async def test_tls_and_none_taken_for_each_other(encrypted: str, address: str) -> None:
    plain = http(encrypted.replace("https:", "http:"))
    tls = replace(http(address.replace("http:", "https:")), name="other")
    first, second = await check_servers([plain, tls])
    assert "https://" in only(first).hint
    assert (only(second).code, "http://" in only(second).hint) == ("tls", True)
