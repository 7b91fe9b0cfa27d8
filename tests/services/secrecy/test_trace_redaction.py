"""No secret leaves a trace, whatever door it takes: rows, details, files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from services.secrecy.names import MASK, is_secret_name
from services.secrecy.redaction import Redactor
from services.settings import ServerSettings
from services.trace.frames import Exchange
from services.trace.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "s3cr3t-Value/with+odd=chars"


def message(**parts: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", **parts}).encode()


def all_that_leaves(trace: Trace) -> str:
    frames = trace.frames()
    details = [json.dumps(trace.detail(frame.number), ensure_ascii=False) for frame in frames]
    return "\n".join([*map(repr, frames), *details, *trace.lines()])


def traced(settings: ServerSettings | None = None, environ: Mapping[str, str] | None = None) -> Trace:
    trace = Trace("demo")
    trace.begin(settings or ServerSettings("demo"), environ or {})
    return trace


@pytest.mark.parametrize(
    "name",
    [
        *("access_token", "refresh_token", "id_token", "client_secret", "code_verifier", "client_assertion"),
        *(
            "password",
            "passwd",
            "api_key",
            "apiKey",
            "X-Api-Key",
            "GITHUB_TOKEN",
            "token",
            "secret",
            "secrets",
        ),
        *("authorization", "private_key", "AWS_SECRET_ACCESS_KEY", "cookie", "credentials", "sessionToken"),
    ],
)
def test_keys_that_look_secret(name: str) -> None:
    assert is_secret_name(name)
    trace = traced()
    trace.sent(message(id=1, method="tools/call", params={"name": "x", "arguments": {name: SECRET}}))
    assert SECRET not in all_that_leaves(trace)


@pytest.mark.parametrize(
    "name",
    [
        *("progressToken", "nextCursor", "maxTokens", "input_tokens", "total_tokens", "nextPageToken"),
        *("name", "method", "code", "passage", "key", "keyboard", "token_file", "secretary", "author"),
    ],
)
def test_keys_that_only_sound_like_it(name: str) -> None:
    assert not is_secret_name(name)
    trace = traced()
    trace.sent(message(id=1, method="tools/call", params={"name": "x", "arguments": {name: "plain"}}))
    assert '"plain"' in all_that_leaves(trace)


def test_the_settings_secrets_are_masked_literally() -> None:
    settings = ServerSettings(
        "demo",
        command="run",
        args=("--token", "from-the-arguments", "--port", "80"),
        env={"API_KEY": SECRET, "DEBUG": "true", "LANG": "plain-language"},
        env_vars=("MY_PASSWORD", "MY_PLACE"),
    )
    trace = traced(settings, {"MY_PASSWORD": "from the environment", "MY_PLACE": "somewhere"})
    told = f"{SECRET} from-the-arguments from the environment plain-language somewhere true"
    trace.received(message(method="notifications/message", params={"level": "info", "data": told}))
    trace.note("trouble", told, [told])
    left = all_that_leaves(trace)
    assert f"{MASK} {MASK} {MASK} plain-language somewhere true" in left
    for hidden in (SECRET, "from-the-arguments", "from the environment"):
        assert hidden not in left
        assert json.dumps(hidden)[1:-1] not in left


def test_bearer_tokens_and_configured_headers() -> None:
    settings = ServerSettings(
        "demo",
        transport="http",
        url="https://me:pass-in-url@there/mcp?api_key=key-in-url&page=2",
        bearer_token_env_var="TOKEN",
        http_headers={"X-Plain-Name": "header-value-1"},
        env_http_headers={"X-Other": "OTHER"},
    )
    trace = traced(settings, {"TOKEN": "Bearer tok9", "OTHER": "header-value-2"})
    trace.redactor.learn_headers({"X-Helped": "helper-value"})
    exchange = Exchange(
        "POST",
        settings.url,
        b"\r\n".join(
            (
                b"Authorization: Bearer something-else",
                *(name + b": told" for name in (b"Cookie", b"DPoP", b"Proxy-Authorization", b"X-Helped")),
                b"X-Plain-Name: header-value-1",
                b"x-other: header-value-2",
                b"Mcp-Session-Id: 0123456789abcdef0123456789abcdef",
                b"Accept: application/json",
            )
        ),
        0.0,
    )
    exchange.status, exchange.latency = 200, 0.01
    exchange.response_headers = b"\r\n".join(
        (
            b"Set-Cookie: told",
            b"Location: https://there/cb?code=told&x=told",
            b"X-Echo: tok9 header-value-1 helper-value",
        )
    )
    trace.exchanged(exchange)
    left = all_that_leaves(trace)
    for hidden in (
        "told",
        "something-else",
        "tok9",
        "header-value",
        "helper-value",
        "pass-in-url",
        "key-in-url",
    ):
        assert hidden not in left, hidden
    assert "89abcdef" not in left
    assert "Accept: application/json" in left
    assert "Mcp-Session-Id: 01234567…" in left
    assert f"page={MASK}" in left


@pytest.mark.parametrize(
    ("request_body", "response_body"),
    [
        (
            b"grant_type=authorization_code&code=sekret1&code_verifier=sekret2&client_id=me&client_secret=sekret3",
            b'{"access_token":"sekret4","refresh_token":"sekret5","id_token":"sekret6","expires_in":60}',
        ),
        (
            b"grant_type=refresh_token&refresh_token=sekret1&client_assertion=sekret2",
            b'{"access_token":"sekret3","token_type":"Bearer", "scope": "a b", broken',
        ),
    ],
)
def test_bodies_of_a_login(request_body: bytes, response_body: bytes) -> None:
    trace = traced()
    exchange = Exchange("POST", "https://login/token", b"", 0.0)
    exchange.request_body, exchange.status = request_body, 200
    trace.exchanged(exchange)
    trace.bodied(exchange, response_body)
    left = all_that_leaves(trace)
    assert "sekret" not in left
    assert "grant_type=" in left


def test_an_authorization_code_is_one_only_among_its_like() -> None:
    redactor = Redactor()
    assert redactor.json({"code": "print(1)"}) == {"code": "print(1)"}
    login = {"code": "abc", "state": "xyz", "redirect_uri": "http://127.0.0.1/cb"}
    assert redactor.json(login) == {"code": MASK, "state": MASK, "redirect_uri": "http://127.0.0.1/cb"}
    assert redactor.json({"error": {"code": -32_600, "message": "no"}})["error"]["code"] == -32_600
    assert MASK in redactor.text("https://there/cb?code=abc&state=x") and "abc" not in redactor.text(
        "https://there/cb?code=abc"
    )


def test_bearer_in_any_text() -> None:
    redactor = Redactor()
    assert redactor.text("sent Authorization: Bearer abcdef.ghi-jkl=") == f"sent Authorization: Bearer {MASK}"
    assert redactor.text("the bearer of bad news") == "the bearer of bad news"


QUESTION = {
    "mode": "form",
    "message": "Log in",
    "requestedSchema": {
        "type": "object",
        "properties": {
            "user": {"type": "string"},
            "phrase": {"type": "string", "format": "password"},
            "door": {"type": "string", "writeOnly": True},
            "password": {"type": "string"},
        },
    },
}
ANSWER = {
    "action": "accept",
    "content": {"user": "ada", "phrase": "sekret1", "door": "sekret2", "password": "sekret3"},
}


def test_answers_to_secret_fields() -> None:
    trace = traced()
    trace.received(message(id=1, method="elicitation/create", params=QUESTION))
    trace.sent(message(id=1, result=ANSWER))
    trace.received(message(method="notifications/message", params={"data": "you said sekret1"}))
    left = all_that_leaves(trace)
    assert "sekret" not in left
    assert '"ada"' in left
    assert '"format": "password"' in left


def test_answers_of_the_newest_era_also_when_the_question_is_gone() -> None:
    trace = Trace("demo", frames=2)
    asks = {
        "resultType": "input_required",
        "inputRequests": {"k": {"method": "elicitation/create", "params": QUESTION}},
    }
    trace.received(message(id=1, result=asks))
    for _ in range(5):
        trace.received(message(method="notifications/progress", params={}))
    trace.sent(message(id=2, method="tools/call", params={"name": "x", "inputResponses": {"k": ANSWER}}))
    left = all_that_leaves(trace)
    assert "sekret" not in left
    assert "ada" in left


def test_answers_are_masked_whole_when_a_question_could_not_be_read() -> None:
    trace = traced()
    huge = QUESTION | {"message": "x" * 100_000}
    trace.received(message(id=1, method="elicitation/create", params=huge))
    trace.sent(message(id=1, result=ANSWER))
    assert '"ada"' not in all_that_leaves(trace)


def test_a_schema_keeps_its_shape_and_loses_its_default() -> None:
    field = {"type": "string", "description": "yours", "default": "sekret"}
    shown = Redactor().json({"properties": {"password": field}})
    assert shown["properties"]["password"] == field | {"default": MASK}


@pytest.mark.parametrize("size", [10, 200_000, 3_000_000])
def test_in_messages_that_are_cut_or_cannot_be_parsed(size: int) -> None:
    trace = traced(ServerSettings("demo", env={"API_KEY": SECRET}))
    inside = json.dumps({"password": "sekret", "said": SECRET, "filler": "x" * size})[1:-1].encode()
    trace.received(b'{"jsonrpc":"2.0","id":1,"result":{' + inside + b"}")
    left = all_that_leaves(trace)
    assert "sekret" not in left
    assert SECRET not in left


def test_a_secret_at_the_very_cut_does_not_show_its_beginning() -> None:
    from services.trace.trace import KEPT_OF_ONE

    trace = traced(ServerSettings("demo", env={"API_KEY": SECRET}))
    head = b'{"jsonrpc":"2.0","id":1,"result":{"text":"'
    trace.received(head + b"x" * (KEPT_OF_ONE - len(head) - 12) + SECRET.encode() + b'"}}')
    assert SECRET[:12] not in all_that_leaves(trace)


def test_what_was_recorded_is_not_changed() -> None:
    value = {"password": "x", "list": [{"token": "y"}]}
    before = json.dumps(value)
    Redactor().json(value)
    assert json.dumps(value) == before


def test_of_tokens_that_change_again_and_again_the_latest_are_masked() -> None:
    redactor = Redactor()
    redactor.learn([SECRET])
    for number in range(1_000):
        redactor.learn_passing([f"access-{number:04}-token", f"access-{number:04}-token"])
    assert redactor.text(f"{SECRET} access-0999-token access-0960-token") == f"{MASK} {MASK} {MASK}"
    assert redactor.text("access-0001-token") == "access-0001-token"
