"""Logins through `jackfield app-server`, on a provider of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.app.command_line.app_server_stage import Driver, driving
from tests.app.command_line.login_stage import LoginWorld, in_thread, leaks, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def world() -> Iterator[LoginWorld]:
    with in_thread(LoginWorld()) as world:
        yield world


@pytest.fixture
def driver(tmp_path: Path, world: LoginWorld) -> Iterator[Driver]:
    (tmp_path / "config.toml").write_text(
        f"""
mcp_oauth_credentials_store = "file"
[mcp_servers.web]
url = "{world.url}"
[mcp_servers.program]
command = "true"
enabled = false
[mcp_servers.token]
url = "{world.url}"
bearer_token_env_var = "TOKEN"
enabled = false
""",
        encoding="utf-8",
    )
    with driving(tmp_path, environ={"TOKEN": "x"}) as driver:
        driver.open()
        told = driver.news("mcpServer/startupStatus/updated", name="web", status="failed")
        assert told["failureReason"] == "reauthenticationRequired"
        yield driver


def test_a_login_ends_in_a_server_that_is_ready(driver: Driver, world: LoginWorld) -> None:
    (status,) = driver.ask("mcpServerStatus/list", serverName="web")["data"]
    assert (status["authStatus"], status["runtimeStatus"]) == ("notLoggedIn", "authenticationRequired")
    assert status["remedy"]["type"] == "logIn"
    begun = driver.ask("mcpServer/oauth/login", name="web", scopes=["read"])
    assert begun["authorizationUrl"].startswith("http")
    visit(begun["authorizationUrl"])
    done = driver.news("mcpServer/oauthLogin/completed", name="web")
    assert (done["success"], done["error"], done["loginId"]) == (True, None, begun["loginId"])
    driver.news("mcpServer/startupStatus/updated", name="web", status="ready")
    (status,) = driver.ask("mcpServerStatus/list", serverName="web")["data"]
    assert status["authStatus"] == "oAuth"
    assert world.urls[-1]["scope"] == "read"
    assert leaks(str(driver.told)) == []


def test_a_login_that_fails_says_why(driver: Driver, world: LoginWorld) -> None:
    world.says_no = "not you"
    visit(driver.ask("mcpServer/oauth/login", name="web")["authorizationUrl"])
    done = driver.news("mcpServer/oauthLogin/completed", success=False)
    assert "not you" in done["error"]
    driver.ask("mcpServer/oauth/login", name="web", timeoutSecs=0.2)
    assert "0.2 s" in driver.news("mcpServer/oauthLogin/completed", success=False)["error"]
    for name, words in (("program", "a program"), ("token", "TOKEN"), ("wbe", "wbe")):
        error = driver.refused("mcpServer/oauth/login", name=name)
        assert words in error["message"], error
