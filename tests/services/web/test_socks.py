"""SOCKS5 proxies that the environment names, with a real one: through it, past it, what fails in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from services.check.checkup import check_servers
from services.errors import ConnectionFailed, LoginFailed
from services.events import ServerState
from services.model.events import Ended, Failed
from services.oauth.logins import Logins
from services.settings import ServerSettings
from services.web import proxies as web_proxies
from services.web import socks as handshakes
from services.web.proxies import proxies
from tests.servers.certificates import authority
from tests.servers.socks import Socks
from tests.servers.web import Web
from tests.services.conftest import running
from tests.services.model.stage import events
from tests.services.model.test_model_wire import conversing
from tests.services.model.wire import TEXT, provider
from tests.services.oauth.stage import has_login, staged
from tests.services.web.test_http_environment import start

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

LOGIN = ("ann", "s3cret/@")
LOGIN_IN_URL = "ann:s3cret%2F%40"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    return authority(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize("variable", ["all_proxy", "HTTP_PROXY"])
@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
async def test_all_goes_through_it(variable: str, scheme: str) -> None:
    async with Socks() as socks, Web() as web:
        environ = {variable: f"{scheme}://127.0.0.1:{socks.port}"}
        assert (await start(web, environ)).state is ServerState.READY
        assert set(socks.asked) == {f"127.0.0.1:{web.port}"}


async def test_with_a_name_and_a_password() -> None:
    async with Socks(login=LOGIN) as socks, Web() as web:
        environ = {"ALL_PROXY": f"socks5://{LOGIN_IN_URL}@127.0.0.1:{socks.port}"}
        assert (await start(web, environ)).state is ServerState.READY
        assert socks.asked


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
@pytest.mark.parametrize("host", ["jack.invalid", "[2001:db8::7]"])
async def test_the_proxy_finds_names_and_addresses(host: str, scheme: str) -> None:
    places = {"jack.invalid": "127.0.0.1", "2001:db8::7": "127.0.0.1"}
    async with Socks(places=places) as socks, Web() as web:
        server = ServerSettings("web", transport="http", url=web.url.replace("127.0.0.1", host))
        environ = {"ALL_PROXY": f"{scheme}://127.0.0.1:{socks.port}"}
        async with running(server, environ=environ) as (manager, _):
            assert manager.status("web").state is ServerState.READY
        assert set(socks.asked) == {f"{host.strip('[]')}:{web.port}"}


async def test_who_needs_no_proxy_goes_without() -> None:
    async with Socks() as socks, Web() as web:
        environ = {"ALL_PROXY": socks.url, "NO_PROXY": "127.0.0.1"}
        assert (await start(web, environ)).state is ServerState.READY
        assert socks.asked == []


async def test_tls_is_with_the_server_behind_it(trusted: tuple[Path, ssl.SSLContext]) -> None:
    file, context = trusted
    async with Socks() as socks, Web(tls=context) as web:
        environ = {"ALL_PROXY": socks.url, "SSL_CERT_FILE": str(file)}
        assert (await start(web, environ)).state is ServerState.READY
        status = await start(web, {"ALL_PROXY": socks.url})
        assert (status.state, status.reason) == (ServerState.FAILED, "tls")
        assert "proxy" not in status.cause


REFUSED = {
    "password": ({"login": ("ann", "another")}, "does not accept the name and password"),
    "nameless": ({}, "does not take a name and a password"),
    "ruleset": ({"login": LOGIN, "reply": 2}, "does not allow connections to {where}"),
    "target": ({"login": LOGIN, "reply": 5}, "cannot connect to {where}: connection refused"),
    "broken": ({"login": LOGIN, "reply": 1}, "cannot connect to {where}: general SOCKS server failure"),
    "unknown code": ({"login": LOGIN, "reply": 77}, "does not answer as a SOCKS5 proxy"),
    "HTTP": ({"raw": b"HTTP/1.1 400 Bad Request\r\n\r\n"}, "does not answer as a SOCKS5 proxy"),
    "cut off": ({"raw": b"\x05"}, "does not answer as a SOCKS5 proxy"),
}


@pytest.mark.parametrize(("options", "words"), REFUSED.values(), ids=REFUSED)
async def test_what_fails_in_it_is_told_as_the_proxys(options: dict[str, Any], words: str) -> None:
    async with Socks(**options) as socks, Web() as web:
        place = f"127.0.0.1:{socks.port}"
        status = await start(web, {"ALL_PROXY": f"socks5://{LOGIN_IN_URL}@{place}"})
        told = words.format(where=f"127.0.0.1:{web.port}")
        assert (status.cause, status.reason) == (f"the proxy {place} {told}", "network")
        assert "NO_PROXY" in status.hint
        assert web.requests == []


async def test_one_that_wants_a_password_says_so() -> None:
    async with Socks(login=LOGIN) as socks, Web() as web:
        status = await start(web, {"ALL_PROXY": f"socks5://127.0.0.1:{socks.port}"})
        assert status.cause == f"the proxy 127.0.0.1:{socks.port} wants a name and a password"


async def test_one_that_is_not_there() -> None:
    async with Web() as web:
        status = await start(web, {"ALL_PROXY": "socks5://ann:secret@127.0.0.1:9"})
        assert status.cause == "the proxy 127.0.0.1:9 cannot be reached: connection refused"


async def test_one_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshakes, "_PATIENCE", 0.3)
    async with Socks(raw=b"") as socks, Web() as web:
        status = await start(web, {"ALL_PROXY": socks.url})
        assert status.cause == f"the proxy 127.0.0.1:{socks.port} has not answered in time"


async def test_logins_go_through_it_too(tmp_path: Path) -> None:
    async with Socks() as socks, staged(tmp_path) as stage:
        stage.logins = Logins(tmp_path, mode="file", environ={"ALL_PROXY": socks.url})
        await stage.log_in(timeout=30)
        assert has_login(stage.logins, stage.settings)
        places = {stage.provider.url.split("/")[2], stage.provider.issuer.split("/")[2]}
        assert set(socks.asked) == places


async def test_a_login_names_the_proxy_that_refuses(tmp_path: Path) -> None:
    async with Socks(login=LOGIN) as socks, staged(tmp_path) as stage:
        environ = {"ALL_PROXY": f"socks5://ann:wrong@127.0.0.1:{socks.port}"}
        stage.logins = Logins(tmp_path, mode="file", environ=environ)
        with pytest.raises(LoginFailed, match=r"the proxy .* does not accept the name and password"):
            await stage.log_in(timeout=30)


async def test_models_are_asked_through_it_too(tmp_path: Path) -> None:
    async with Socks() as socks:
        with provider() as there:
            model, environ = there.model("openai-chat"), {"ALL_PROXY": socks.url}
            async with conversing(model, tmp_path, environ=environ) as conversation:
                found = await events(conversation.ask("well?"))
            assert isinstance(found[-1], Ended) and found[-1].text == TEXT
            assert set(socks.asked) == {there.url.removeprefix("http://")}


async def test_a_model_names_the_proxy_that_refuses(tmp_path: Path) -> None:
    async with Socks(reply=2) as socks:
        with provider() as there:
            model, environ = there.model("openai-chat"), {"ALL_PROXY": socks.url}
            async with conversing(model, tmp_path, environ=environ) as conversation:
                found = await events(conversation.ask("well?"))
    assert isinstance(found[-1], Failed)
    assert "does not allow connections to 127.0.0.1" in found[-1].error.message


async def test_check_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Socks(login=LOGIN) as socks, Web() as web:
        place = f"127.0.0.1:{socks.port}"
        for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("all_proxy", f"socks5://ann:s3cret@{place}")
        (found,) = await check_servers([ServerSettings("web", transport="http", url=web.url)])
    (finding,) = found.findings
    assert finding.code == "proxy"
    assert finding.message == f"the proxy {place} does not accept the name and password"
    assert "s3cret" not in f"{found}"


def test_without_the_package_for_it_the_line_is_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_proxies, "can_speak", lambda: False)
    with pytest.raises(ConnectionFailed) as caught:
        proxies({"ALL_PROXY": "socks5h://user:secret@127.0.0.1:9"})
    said = "ALL_PROXY names socks5h://127.0.0.1, and the package for SOCKS proxies is not installed"
    assert caught.value.message == said
    assert caught.value.hint.startswith("Install it with: pip install 'jackfield[socks]'")
    assert caught.value.reason == "variable"
