"""Sessions of `jackfield acp`: servers handed over, several at once, kept ones, models, questions."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from acp import RequestError, schema

from tests.app.command_line.acp_stage import FORMS, editing, home_with
from tests.app.command_line.connect_stage import PYTHON, QUICK, ROOT, jackfield, quick
from tests.app.command_line.login_stage import LoginWorld, in_thread, visit
from tests.servers.web import Web
from tests.services.model.wire import TEXT, Provider, provider
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEMO = f'command = {json.dumps(PYTHON)}\nargs = ["-m", "services.demo"]\ncwd = {json.dumps(str(ROOT))}\n'


@pytest.fixture
def there() -> Iterator[Provider]:
    with provider() as found:
        yield found


def given(name: str, *options: str, env: dict[str, str] | None = None) -> schema.McpServerStdio:
    """The quick server, as an editor hands it over."""
    program, *args = (*QUICK, *options)
    variables = [schema.EnvVariable(name=key, value=value) for key, value in (env or {}).items()]
    return schema.McpServerStdio(name=name, command=program, args=args, env=variables)


def offered(there: Provider) -> set[str]:
    """The tools that the model was offered last."""
    return {tool["function"]["name"] for tool in there.bodies[-1].get("tools", ())}


def servers(there: Provider) -> set[str]:
    """The servers whose tools the model was offered last."""
    return {name.split("__")[1] for name in offered(there) if name.startswith("mcp__")}


async def test_servers_of_an_editor_are_the_sessions_own(there: Provider, tmp_path: Path) -> None:
    async with editing(home_with(tmp_path, there, quick=quick())) as editor, Web() as web:
        opened = await editor.open()
        mcp = opened.agent_capabilities.mcp_capabilities  # type: ignore[union-attr]
        assert mcp is not None and mcp.http and mcp.sse
        remote = schema.HttpMcpServer(
            type="http", name="web", url=web.url, headers=[schema.HttpHeader(name="X-Mine", value="${HOME}")]
        )
        session = await editor.begin(tmp_path, given("quick"), given("quick"), remote)
        other = await editor.begin(tmp_path)
        assert await editor.ask(session, "hello") == "end_turn"
        assert servers(there) == {"quick", "quick-2", "quick-3", "web"}
        assert web.requests[-1].headers["x-mine"] == ["${HOME}"]
        assert await editor.ask(other, "hello") == "end_turn"
        assert servers(there) == {"quick"}


async def test_a_server_is_started_where_the_session_works(there: Provider, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    async with editing(home_with(tmp_path, there)) as editor:
        await editor.open()
        script = f"import os,pathlib; pathlib.Path({str(tmp_path / 'seen')!r}).write_text(os.getcwd())"
        await editor.begin(work, schema.McpServerStdio(name="x", command=PYTHON, args=["-c", script], env=[]))
        await until((tmp_path / "seen").exists, 60)
        await until(lambda: (tmp_path / "seen").read_text(encoding="utf-8") == str(work), 60)


async def test_servers_of_a_project_need_a_yes(there: Provider, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    program, *args = QUICK
    (work / ".mcp.json").write_text(
        json.dumps({"mcpServers": {"ours": {"command": program, "args": args}}}), encoding="utf-8"
    )
    async with editing(home_with(tmp_path, there)) as editor:
        await editor.open()
        before = await editor.begin(work)
        assert await editor.ask(before, "hello") == "end_turn"
        assert f"jackfield mcp trust {work}" in editor.said(before) and servers(there) == set()
        await asyncio.to_thread(jackfield, "mcp", "trust", "--yes", str(work), home=tmp_path)
        after, elsewhere = await editor.begin(work), await editor.begin(tmp_path)
        assert await editor.ask(after, "hello") == "end_turn"
        assert servers(there) == {"ours"} and editor.said(after) == TEXT
        assert await editor.ask(elsewhere, "hello") == "end_turn"
        assert servers(there) == set()


async def test_what_a_model_has_to_do_without_is_said_once(there: Provider, tmp_path: Path) -> None:
    async with editing(home_with(tmp_path, there)) as editor:
        await editor.open()
        gone = schema.McpServerStdio(name="gone", command=PYTHON, args=["-c", "exit(3)"], env=[])
        session = await editor.begin(tmp_path, gone)
        assert await editor.ask(session, "hello") == "end_turn"
        assert editor.said(session).count("The gone MCP server is ") == 1, editor.said(session)
        assert await editor.ask(session, "again") == "end_turn"
        assert editor.said(session).count("The gone MCP server") == 1


@pytest.mark.parametrize(
    ("directory", "words"), [("work", "not a directory here"), ("/nowhere/at/all", "not a directory here")]
)
async def test_a_directory_that_is_none(there: Provider, tmp_path: Path, directory: str, words: str) -> None:
    async with editing(home_with(tmp_path, there)) as editor:
        await editor.open()
        with pytest.raises(RequestError, match=words) as refused:
            await editor.agent.new_session(cwd=directory, mcp_servers=[])
        assert refused.value.code == -32602


async def test_two_sessions_at_once(there: Provider, tmp_path: Path) -> None:
    async with editing(home_with(tmp_path, there, quick=quick())) as editor:
        await editor.open()
        there.call, editor.choice = ("mcp__quick__sleep", {"seconds": 600}), "allow_once"
        slow, fast = await editor.begin(tmp_path), await editor.begin(tmp_path)
        assert slow != fast
        asking = asyncio.create_task(editor.ask(slow, "slow"))
        await until(lambda: "in_progress" in [one.status for one in editor.of(slow, "tool_call_update")], 60)
        there.call = None
        assert await editor.ask(fast, "fast") == "end_turn"
        assert editor.said(fast) == TEXT and editor.said(slow) == ""
        await editor.agent.cancel(session_id=slow)
        assert await asking == "cancelled"
        await editor.agent.close_session(session_id=slow)
        with pytest.raises(RequestError, match="no session"):
            await editor.ask(slow, "more")
        assert await editor.ask(fast, "again") == "end_turn"


async def test_a_session_is_gone_on_with(there: Provider, tmp_path: Path) -> None:
    home = home_with(tmp_path, there, quick=quick())
    async with editing(home) as editor:
        opened = await editor.open()
        assert opened.agent_capabilities is not None and opened.agent_capabilities.load_session
        there.call, editor.choice = ("mcp__quick__echo", {"text": "hi"}), "allow_once"
        session = await editor.begin(tmp_path)
        assert await editor.ask(session, "what is it?") == "end_turn"
        here = await editor.agent.list_sessions()
        assert [(one.session_id, one.title) for one in here.sessions] == [(session, "what is it?")]
        assert await editor.leave() == 0
    async with editing(home) as editor:
        await editor.open()
        (found,) = (await editor.agent.list_sessions(cwd=str(tmp_path))).sessions
        assert (found.session_id, found.cwd, found.title) == (session, str(tmp_path), "what is it?")
        assert not (await editor.agent.list_sessions(cwd="/elsewhere")).sessions
        with pytest.raises(RequestError) as refused:
            await editor.agent.load_session(cwd=str(tmp_path), session_id="2020-01-01-000000")
        assert refused.value.code == -32002
        await editor.agent.load_session(cwd=str(tmp_path), session_id=session, mcp_servers=[])
        assert editor.said(session, "user_message_chunk") == "what is it?"
        assert editor.said(session) == TEXT
        (call,) = editor.of(session, "tool_call")
        assert (call.title, call.raw_input) == ("quick.echo", {"text": "hi"})
        assert editor.of(session, "tool_call_update")[-1].content[0].content.text == "hi"
        there.bodies.clear()
        assert await editor.ask(session, "and now?") == "end_turn"
        told = json.dumps(there.bodies[-1]["messages"])
        assert "what is it?" in told and "and now?" in told
        editor.updates.clear()
        await editor.agent.resume_session(cwd=str(tmp_path), session_id=session)
        assert not editor.of(session, "user_message_chunk")
        assert await editor.ask(session, "still there?") == "end_turn"


async def test_without_a_history_nothing_is_kept(there: Provider, tmp_path: Path) -> None:
    async with editing(home_with(tmp_path, there, more='[ui]\nhistory = "off"\n')) as editor:
        opened = await editor.open()
        can = opened.agent_capabilities
        assert can is not None and not can.load_session
        assert can.session_capabilities is not None and can.session_capabilities.list is None
        assert await editor.ask(await editor.begin(tmp_path), "hello") == "end_turn"
        assert not (tmp_path / "history").exists() or not list((tmp_path / "history").iterdir())


async def test_another_model_is_chosen(there: Provider, tmp_path: Path) -> None:
    more = '[models.third]\nprovider = "nobody"\nname = "x"\n'
    async with editing(home_with(tmp_path, there, more)) as editor:
        await editor.open()
        begun = await editor.agent.new_session(cwd=str(tmp_path), mcp_servers=[])
        assert begun.config_options is not None
        (option,) = begun.config_options
        assert (option.id, option.category, option.current_value) == ("model", "model", "model")
        assert [one.value for one in option.options] == ["model", "second"]
        session = begun.session_id
        changed = await editor.agent.set_config_option(config_id="model", session_id=session, value="second")
        assert changed is not None and changed.config_options[0].current_value == "second"
        assert await editor.ask(session, "hello") == "end_turn"
        for option_id, value in (("model", "nobody"), ("model", "third"), ("colour", "red")):
            with pytest.raises(RequestError) as refused:
                await editor.agent.set_config_option(config_id=option_id, session_id=session, value=value)
            assert refused.value.code == -32602


async def test_prompts_of_servers_are_commands(there: Provider, tmp_path: Path) -> None:
    async with editing(home_with(tmp_path, there, quick=quick())) as editor:
        await editor.open()
        session = await editor.begin(tmp_path)
        found = {one.name: one for one in await editor.commands(session, "quick:greet")}
        assert set(found) == {"quick:plain", "quick:greet"}
        assert found["quick:greet"].input is not None
        assert "name=TEXT" in found["quick:greet"].input.root.hint
        assert await editor.ask(session, '/quick:greet name="Ann B" tone=warm') == "end_turn"
        assert "Ann B" in json.dumps(there.bodies[-1]["messages"][-1])
        with pytest.raises(RequestError, match="needs name") as refused:
            await editor.ask(session, "/quick:greet tone=warm")
        assert refused.value.code == -32602
        assert await editor.ask(session, "/nothing of ours") == "end_turn"
        assert "/nothing of ours" in json.dumps(there.bodies[-1]["messages"][-1])
        there.call, editor.choice = ("mcp__quick__notify_list_changed", {"what": "prompts"}), "allow_once"
        new = await editor.begin(tmp_path)
        assert await editor.ask(new, "more") == "end_turn"
        await editor.commands(new, "quick:late_1")


async def test_questions_of_servers_are_put_to_an_editor_that_shows_them(
    there: Provider, tmp_path: Path
) -> None:
    async with editing(home_with(tmp_path, there, quick=quick())) as editor:
        await editor.open(elicitation=FORMS)
        there.call = ("mcp__quick__ask", {})
        editor.fills = schema.AcceptElicitationResponse(action="accept", content={"name": "Ann", "age": 7})
        assert await editor.ask(await editor.begin(tmp_path), "ask me") == "end_turn"
        (message, mode, _) = editor.forms.pop()
        assert message == "quick: What is your name?"
        assert set(mode.requested_schema.properties) == {"name", "age"}
        assert '"Ann"' in editor.updates_text()
        editor.fills = schema.AcceptElicitationResponse(action="accept", content={"age": "x"})
        session = await editor.begin(tmp_path)
        assert await editor.ask(session, "ask me") == "end_turn"
        assert "A question of quick was cancelled: the editor's answer does not fit" in editor.said(session)
        there.call = ("mcp__quick__ask", {"mode": "url"})
        editor.fills = schema.DeclineElicitationResponse(action="decline")
        session = await editor.begin(tmp_path)
        assert await editor.ask(session, "ask me") == "end_turn"
        assert str(editor.forms[-1][1].url) == "https://example.com/q"
        assert '"decline"' in editor.updates_text(session)


@pytest.mark.parametrize("mode", ["form", "url"])
async def test_questions_are_declined_with_words_where_an_editor_shows_none(
    there: Provider, tmp_path: Path, mode: str
) -> None:
    async with editing(home_with(tmp_path, there, quick=quick())) as editor:
        await editor.open()
        there.call = ("mcp__quick__ask", {"mode": mode})
        session = await editor.begin(tmp_path)
        assert await editor.ask(session, "ask me") == "end_turn"
        assert "A question of quick was declined: this editor " in editor.said(session)
        assert '"decline"' in editor.updates_text(session) and not editor.forms


@pytest.mark.parametrize(("choice", "told"), [("session", True), ("reject_once", False)])
async def test_directories_are_told_after_a_yes(
    there: Provider, tmp_path: Path, choice: str, told: bool
) -> None:
    async with editing(home_with(tmp_path, there, demo=DEMO)) as editor:
        await editor.open()
        there.call = ("mcp__demo__look_around", {})
        session = (
            await editor.agent.new_session(
                cwd=str(tmp_path), mcp_servers=[], additional_directories=[str(ROOT)]
            )
        ).session_id
        editor.choice = "allow_once"
        editor.choices["directories"] = choice
        assert await editor.ask(session, "look") == "end_turn"
        assert any("directories" in (call.title or "") for call, _ in editor.asked)
        answer = editor.updates_text(session)
        assert (str(tmp_path) in answer and str(ROOT) in answer) is told, answer


async def test_a_login_is_a_page_to_open(there: Provider, tmp_path: Path) -> None:
    with in_thread(LoginWorld()) as world:
        home = home_with(tmp_path, there, web=f'url = "{world.url}"')
        written = (home / "config.toml").read_text(encoding="utf-8")
        (home / "config.toml").write_text(
            f'mcp_oauth_credentials_store = "file"\n{written}', encoding="utf-8"
        )
        async with editing(home) as editor:
            await editor.open()
            session = await editor.begin(tmp_path)
            await editor.commands(session, "login")
            assert await editor.ask(session, "hello") == "end_turn"
            assert "The web MCP server is not logged in. Say: /login web" in editor.said(session)
            logging_in = asyncio.create_task(editor.ask(session, "/login"))
            await until(lambda: "Open this page" in editor.said(session), 60)
            page = next(line for line in editor.said(session).splitlines() if line.startswith("http"))
            await asyncio.to_thread(visit, page)
            assert await logging_in == "end_turn"
            assert "Logged in to web." in editor.said(session)
            assert await editor.ask(session, "hello") == "end_turn"
            assert any(name.startswith("mcp__web__") for name in offered(there))


async def test_a_key_that_is_missing_is_said_with_what_to_do(there: Provider, tmp_path: Path) -> None:
    async with editing(home_with(tmp_path, there), environ={"KEY": ""}) as editor:
        opened = await editor.open()
        (method,) = opened.auth_methods or []
        assert method.id == "model-key"
        for asking in (
            editor.agent.new_session(cwd=str(tmp_path), mcp_servers=[]),
            editor.agent.authenticate(method_id="model-key"),
        ):
            with pytest.raises(RequestError, match="KEY is not set") as refused:
                await asking
            assert refused.value.code == -32000 and len(str(refused.value).splitlines()) == 2
        with pytest.raises(RequestError, match="no method"):
            await editor.agent.authenticate(method_id="other")


async def test_without_a_model_there_is_no_session(tmp_path: Path) -> None:
    async with editing(tmp_path) as editor:
        assert not (await editor.open()).auth_methods
        with pytest.raises(RequestError, match="no model is configured\nWrite \\[model\\]") as refused:
            await editor.begin(tmp_path)
        assert refused.value.code == -32603
