"""Proxies and certificates as the environment names them, with a real proxy and real TLS."""

from __future__ import annotations

import base64
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from services.connections.http.bodies import whole
from services.connections.http.refusals import Refusal
from services.errors import ConnectionFailed
from services.events import ServerState
from services.settings import ServerSettings
from services.version import USER_AGENT
from services.web.no_proxy import direct_patterns, odd_entries
from services.web.proxies import client_options, proxies
from tests.servers.certificates import authority
from tests.servers.proxy import Proxy
from tests.servers.web import Web
from tests.services.conftest import running

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

    from services.events import ServerStatus


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return authority(tmp_path_factory.mktemp("certificates"))


async def start(web: Web, environ: dict[str, str], **settings: Any) -> ServerStatus:
    """How a start goes in this environment; a call goes through where it is ready."""
    server = ServerSettings("web", transport="http", url=web.url, **settings)
    async with running(server, environ=environ) as (manager, _):
        if manager.status("web").state is ServerState.READY:
            assert not (await manager.call_tool("web", "stream", {"text": "x"})).is_error
        return manager.status("web")


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_for_http(variable: str) -> None:
    async with Proxy() as proxy, Web() as web:
        assert (await start(web, {variable: proxy.url})).state is ServerState.READY
        assert proxy.asked[0].startswith(f"POST {web.url} ")
        assert {line.split()[1] for line in proxy.asked} == {web.url}


@pytest.mark.parametrize("without", ["127.0.0.1", "*", "127.0.0.0/8", "example.com, 127.0.0.1:{port}"])
async def test_no_proxy_for_some(without: str) -> None:
    async with Proxy() as proxy, Web() as web:
        environ = {"HTTP_PROXY": proxy.url, "NO_PROXY": without.format(port=web.port)}
        assert (await start(web, environ)).state is ServerState.READY
        assert proxy.asked == []


async def test_a_proxy_for_https_sees_no_headers(trusted: tuple[Path, ssl.SSLContext]) -> None:
    file, context = trusted
    async with Proxy() as proxy, Web(tls=context) as web:
        environ = {"HTTPS_PROXY": proxy.url, "SSL_CERT_FILE": str(file)}
        assert (await start(web, environ)).state is ServerState.READY
        assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{web.port} HTTP/1.1"}


async def test_a_proxy_that_is_not_there() -> None:
    async with Web() as web:
        status = await start(web, {"HTTP_PROXY": "http://127.0.0.1:9"})
        assert (status.state, status.reason) == (ServerState.FAILED, "network")
        assert web.requests == []


async def test_a_proxy_of_another_kind_is_refused_in_words() -> None:
    async with Web() as web:
        status = await start(web, {"ALL_PROXY": "socks4://user:secret@127.0.0.1:9"})
        assert status.cause == "ALL_PROXY names socks4://127.0.0.1, which is not a usable proxy"
        assert "socks5h; NO_PROXY" in status.hint


async def test_the_systems_proxy_library_is_never_called(monkeypatch: pytest.MonkeyPatch) -> None:
    class Untouchable(ModuleType):
        def __getattr__(self, name: str) -> Any:
            raise AssertionError(f"_scproxy.{name} was asked for")

    def untouchable() -> Any:
        raise AssertionError("the system was asked for its proxies")

    import urllib.request

    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "_scproxy", Untouchable("_scproxy"))
    monkeypatch.setattr(urllib.request, "getproxies", untouchable)
    monkeypatch.setattr(httpx2._utils, "getproxies", untouchable)
    async with Proxy() as proxy, Web() as web:
        assert (await start(web, {})).state is ServerState.READY
        assert (await start(web, {"HTTP_PROXY": proxy.url})).state is ServerState.READY


@pytest.mark.parametrize(
    ("environ", "url", "through"),
    [
        ({"HTTP_PROXY": "p:1"}, "http://example.com", "http://p:1"),
        ({"HTTP_PROXY": "p:1"}, "https://example.com", None),
        ({"HTTP_PROXY": "p:1", "http_proxy": "q:2"}, "http://example.com", "http://q:2"),
        ({"HTTP_PROXY": "p:1", "REQUEST_METHOD": "GET"}, "http://example.com", None),
        ({"ALL_PROXY": "http://p:1", "HTTPS_PROXY": "https://q:2"}, "https://a.b", "https://q:2"),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "example.com"}, "https://example.com", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "example.com"}, "https://api.example.com", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "example.com"}, "https://badexample.com", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "no_proxy": ".example.com"}, "https://example.com", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "no_proxy": ".example.com"}, "https://a.example.com", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "*.example.com"}, "https://a.example.com", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "::1"}, "http://[::1]:80", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "[::1]"}, "http://[::1]:80", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "fd00::/8"}, "http://[fd00::2]", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "10.0.0.0/8"}, "http://10.2.3.4", None),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "10.0.0.0/8"}, "http://11.2.3.4", "http://p:1"),
        ({"ALL_PROXY": "http://p:1", "no_proxy": "a b:c , ,%"}, "http://a", "http://p:1"),
    ],
)
def test_who_goes_through_which_proxy(environ: dict[str, str], url: str, through: str | None) -> None:
    patterns = {httpx2._utils.URLPattern(key): proxy for key, proxy in proxies(environ).items()}
    matching = [proxy for key, proxy in sorted(patterns.items()) if key.matches(httpx2.URL(url))]
    assert (matching or [None])[0] == through


async def test_a_proxy_that_nothing_needs_does_no_harm() -> None:
    async with Web() as web:
        environ = {"ALL_PROXY": "socks4://127.0.0.1:9", "HTTPS_PROXY": "ftp://x"}
        assert (await start(web, environ | {"NO_PROXY": "127.0.0.1"})).state is ServerState.READY
        assert (await start(web, environ | {"NO_PROXY": "*"})).state is ServerState.READY
        async with Proxy() as proxy:
            assert (await start(web, environ | {"HTTP_PROXY": proxy.url})).state is ServerState.READY


async def test_a_proxy_that_refuses_is_named_as_the_proxy() -> None:
    async with Web() as web:
        status = await start(web, {"HTTP_PROXY": "http://ann:secret@127.0.0.1:9"})
        assert status.cause == "the proxy 127.0.0.1:9 cannot be reached: connection refused"
        assert "NO_PROXY" in status.hint


async def test_a_refusal_that_came_through_a_proxy_names_it() -> None:
    async with (
        Proxy() as proxy,
        Web() as web,
        httpx2.AsyncClient(**client_options({"HTTP_PROXY": proxy.url})) as client,
    ):
        async with client.stream("GET", web.url.replace("/mcp", "/nowhere")) as response:
            body = (await whole(response)).content
        refusal = Refusal.of(response, body)
    assert refusal.cause.startswith(f"HTTP {refusal.status}")
    assert f"(through the proxy {proxy.url.removeprefix('http://')})" in refusal.cause


async def test_odd_entries_of_no_proxy_are_ignored_with_a_note() -> None:
    async with Web() as web:
        server = ServerSettings("web", transport="http", url=web.url)
        environ = {"NO_PROXY": "10.0.0.0/33,a b,127.0.0.1,[::1", "HTTP_PROXY": "http://127.0.0.1:9"}
        async with running(server, environ=environ) as (manager, _):
            assert manager.status("web").state is ServerState.READY
            said = [line.text for line in manager.log("web") if "NO_PROXY" in line.text]
    assert said == ["NO_PROXY has entries that name no host, and are ignored: 10.0.0.0/33, a b, [::1"]


async def test_the_password_of_a_url_and_our_name_are_sent() -> None:
    async with Web() as web:
        url = web.url.replace("//", "//user:p%40w@")
        server = ServerSettings("web", transport="http", url=url)
        async with running(server) as (manager, _):
            assert manager.status("web").state is ServerState.READY
            assert "p%40w" not in manager.status("web").address
        sent = {name.lower(): value for name, value in web.requests[0].headers.items()}
    assert sent["authorization"] == ["Basic " + base64.b64encode(b"user:p@w").decode()]
    assert sent["user-agent"] == [USER_AGENT]


@pytest.mark.parametrize(
    ("word", "patterns"),
    [
        ("[::1]:8080", ("all://[::1]:8080",)),
        ("http://example.com", ("http://example.com",)),
        ("bücher.example", ("all://bücher.example", "all://*.bücher.example")),
        ("10.1.2.3/8", ("all://10.0.0.0/8",)),
        ("example.com:99999", ()),
        ("fe80::1%eth0", ("all://[fe80::1%eth0]",)),
        ("ftp://example.com", ()),
        ("user@example.com", ()),
    ],
)
def test_entries_of_no_proxy(word: str, patterns: tuple[str, ...]) -> None:
    environ = {"NO_PROXY": word}
    assert direct_patterns(environ) == patterns
    assert odd_entries(environ) == (() if patterns else (word,))


@pytest.mark.parametrize("proxy", ["socks://p:1", "ftp://p", "http://", "socks5://"])
def test_what_is_no_proxy(proxy: str) -> None:
    with pytest.raises(ConnectionFailed, match=r"HTTPS_PROXY names .* not a usable proxy"):
        proxies({"HTTPS_PROXY": proxy})


@pytest.mark.parametrize("proxy", ["http://p:port", "http://[p", "http://ann:pa/ss@p:80", "ann:pa/ss@p:80"])
def test_a_proxy_that_is_no_url_is_named_without_what_may_be_its_password(proxy: str) -> None:
    with pytest.raises(ConnectionFailed) as caught:
        proxies({"HTTPS_PROXY": proxy})
    assert caught.value.message == "HTTPS_PROXY names no usable URL of a proxy"
    assert caught.value.reason == "variable"


async def test_a_certificate_of_an_unknown_authority(trusted: tuple[Path, ssl.SSLContext]) -> None:
    async with Web(tls=trusted[1]) as web:
        status = await start(web, {})
        assert (status.state, status.reason) == (ServerState.FAILED, "tls")
        assert "SSL_CERT_FILE" in status.hint
        assert web.requests == []


async def test_ssl_cert_file_and_ssl_cert_dir(trusted: tuple[Path, ssl.SSLContext], tmp_path: Path) -> None:
    file, context = trusted
    async with Web(tls=context) as web:
        assert (await start(web, {"SSL_CERT_FILE": str(file)})).state is ServerState.READY
        hashed = tmp_path / f"{subject_hash(file)}.0"
        hashed.write_bytes(file.read_bytes())
        assert (await start(web, {"SSL_CERT_DIR": str(tmp_path)})).state is ServerState.READY


def subject_hash(file: Path) -> str:
    """The name by which OpenSSL finds a certificate in a folder (`openssl x509 -subject_hash`)."""
    import hashlib

    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    assert certificate.public_bytes(Encoding.PEM)
    # The canonical form: one RDN, its value in lower case as UTF8String, without the outer SEQUENCE.
    value = certificate.subject.rdns[0]
    text = next(iter(value)).value
    raw = (text if isinstance(text, bytes) else text.encode()).lower()
    attribute = b"\x06\x03\x55\x04\x03" + b"\x0c" + bytes([len(raw)]) + raw
    sequence = b"\x30" + bytes([len(attribute)]) + attribute
    canonical = b"\x31" + bytes([len(sequence)]) + sequence
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}"


@pytest.mark.parametrize(("name", "content"), [("missing.pem", None), ("empty.pem", b"nothing")])
async def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    async with Web() as web:
        status = await start(web, {"SSL_CERT_FILE": str(file)})
        assert status.state is ServerState.FAILED
        assert f"{name}, which cannot be used" in status.cause
        assert status.reason == "variable"
