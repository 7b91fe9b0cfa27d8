"""What is a secret: by its name, by its value, within a URL, within any text."""

from __future__ import annotations

import pytest

from services.secrecy.names import MASK, is_secret_name, is_secret_option, is_secret_value
from services.secrecy.redaction import Redactor
from services.secrecy.secrets import masked_arguments
from services.secrecy.texts import masked_text
from services.secrecy.urls import masked_url
from tests.support.work import growth

SECRET = "c4n4ry-0123456789"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "token",
            "GITHUB_TOKEN",
            "GITHUBTOKEN",
            "sessionToken",
            "my_pat",
            "otp",
            "TOTP",
            "DB_PASS",
            "db-pass",
        ),
        *("SENTRY_DSN", "api_key", "apiKey", "APIKEY", "X-Api-Key", "private-key", "AWS_SECRET_ACCESS_KEY"),
        *(
            "password",
            "passwd",
            "pwd",
            "credentials",
            "Authorization",
            "proxy-authorization",
            "cookies",
            "jwt",
        ),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)
    assert is_secret_option(name)


@pytest.mark.parametrize("name", ["key", "KEY", "sig", "signature", "access", "X-Amz-Signature"])
def test_names_of_secrets_where_something_is_given(name: str) -> None:
    assert is_secret_option(name)
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "author",
            "monkey",
            "keyboard",
            "compass",
            "passage",
            "tokenizer",
            "secretary",
            "key_name",
            "",
            "_",
        ),
        *("max_tokens", "maxTokens", "input_tokens", "progressToken", "nextPageToken", "next_page_token"),
        *(
            "token_file",
            "TOKEN_PATH",
            "password-file",
            "secret_name",
            "auth_url",
            "token_type",
            "api_key_env_var",
        ),
        "x" * 1000 + "token",
    ],
)
def test_names_that_only_sound_like_it(name: str) -> None:
    assert not is_secret_name(name)
    assert not is_secret_option(name)


@pytest.mark.parametrize(
    "value", ["ghp_0123456789abcdef", "Bearer abcd", "sk-ant-0123456", "eyJhbGciOiJIUzI1.e30"]
)
def test_values_that_are_secrets_by_themselves(value: str) -> None:
    assert is_secret_value(value)


@pytest.mark.parametrize("value", ["sk-SK", "hello", "Basic", "https://example.com"])
def test_values_that_are_not(value: str) -> None:
    assert not is_secret_value(value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/p", "https://h/p"),
        ("https://me:pass@h/p", f"https://me:{MASK}@h/p"),
        ("https://t0ken@h/p", f"https://{MASK}@h/p"),
        ("https://ghp_0123456789abcdef:x-oauth-basic@h", f"https://{MASK}:{MASK}@h"),
        ("postgres://u:p@ss@h/db", f"postgres://u:{MASK}@h/db"),
        ("https://h/p?sig=abcd&x=1", f"https://h/p?sig={MASK}&x=1"),
        ("https://h/p?access=abcd;page=2", f"https://h/p?access={MASK};page=2"),
        ("https://h/p?X-Amz-Signature=abcd", f"https://h/p?X-Amz-Signature={MASK}"),
        ("https://h/#access_token=abcd&state=s", f"https://h/#access_token={MASK}&state={MASK}"),
        ("https://h/?%74oken=abcd", f"https://h/?%74oken={MASK}"),
        ("https://h/hook/ghp_0123456789abcdef/x", f"https://h/hook/{MASK}/x"),
        ("https://h/sk-SK/page", "https://h/sk-SK/page"),
        ("https://h/?token=${TOKEN}", "https://h/?token=${TOKEN}"),
        ("https://a/http://u:p@b", f"https://a/http://u:{MASK}@b"),
    ],
)
def test_urls(url: str, shown: str) -> None:
    assert masked_url(url) == shown
    if "${" not in url:
        assert masked_text(f"see {url} there") == f"see {shown} there"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--token", SECRET],
        [f"--token={SECRET}"],
        ["--db-pass", SECRET],
        [f"DB_PASS={SECRET}"],
        ["--env", f"SENTRY_DSN={SECRET}"],
        ["--header", f"Authorization: Bearer {SECRET}"],
        [f"--header=X-Api-Key: {SECRET}"],
        [f"--url=postgres://u:{SECRET}@h/db"],
        [f"https://{SECRET}@h"],
        [f"https://h/?sig={SECRET}"],
        [f"https://h/#token={SECRET}"],
        ["-p", f"ghp_{SECRET}".replace("-", "")],
    ],
)
def test_arguments(arguments: list[str]) -> None:
    assert SECRET.replace("-", "") not in " ".join(masked_arguments(arguments)).replace("-", "")


@pytest.mark.parametrize(
    "text",
    [
        f"401: Bearer {SECRET} was refused",
        f"invalid_client: Basic {SECRET}==",
        f"<p>token={SECRET}</p>",
        f"proxy http://me:{SECRET}@proxy:3128 refused",
        f"try https://h/cb?code={SECRET} again",
        f"your key sk-ant-{SECRET} has expired",
        f"password='{SECRET}'",
    ],
)
def test_what_a_stranger_says(text: str) -> None:
    assert SECRET not in masked_text(text)
    assert masked_text("3 tokens left; max_tokens=4096, page=2") == "3 tokens left; max_tokens=4096, page=2"


@pytest.mark.parametrize(
    "piece",
    [
        "http://",
        "http://a?b=",
        "https://x:y@",
        "a.",
        "token=",
        "Bearer ",
        "//@",
        "ghp_",
        "a=b&",
        "-",
        "?#",
        '\\"',
    ],
)
def test_masking_is_linear(piece: str) -> None:
    redactor = Redactor()
    redactor.learn(["a-secret-" + "a" * 2_000])

    few, many = (piece * (size // len(piece)) for size in (1 << 14, 1 << 17))
    assert growth(redactor.cut, few, many, repeats=3) < 4 * 8
    assert growth(redactor.loose, few, many, repeats=3) < 4 * 8
