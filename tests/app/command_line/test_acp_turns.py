"""Turns of a model through `jackfield acp`, driven by the client half of the protocol's library."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from acp import RequestError, schema

from tests.app.command_line.acp_stage import Editor, editing, home_with, text
from tests.app.command_line.connect_stage import PYTHON, ROOT, quick
from tests.services.model.wire import TEXT, Provider, provider
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PIXEL = base64.b64encode(
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
        "53de0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
).decode()
DEMO = f'command = {json.dumps(PYTHON)}\nargs = ["-m", "services.demo"]\ncwd = {json.dumps(str(ROOT))}\n'
ECHO = ("mcp__quick__echo", {"text": "hi"})


@pytest.fixture
def there() -> Iterator[Provider]:
    """A provider whose model calls anew in each turn."""
    with provider() as found:
        answer = found.answer
        found.answer = lambda path, body: answer(path, {"messages": of_turn(body["messages"])})  # type: ignore[method-assign]
        yield found


def of_turn(messages: list[Any]) -> list[Any]:
    """What was said since the person spoke last; pictures of a tool come as if it were the person, too."""
    spoken = (
        at
        for at, one in enumerate(messages)
        if one["role"] == "user" and "tool_result" not in json.dumps(one["content"])
    )
    return messages[max(spoken) :]


@pytest.fixture
async def editor(there: Provider, tmp_path: Path) -> AsyncIterator[Editor]:
    async with editing(home_with(tmp_path, there, quick=quick(), demo=DEMO)) as editor:
        await editor.open()
        yield editor


def last(there: Provider) -> Any:
    """What the model was told last of the person."""
    return next(one for one in reversed(there.bodies[-1]["messages"]) if one["role"] == "user")["content"]


def words(calls: list[Any]) -> list[str]:
    """The texts that a call brought back."""
    return [one.content.text for one in calls[-1].content if one.content.type == "text"]


async def test_an_answer_is_streamed(editor: Editor, tmp_path: Path) -> None:
    session = await editor.begin(tmp_path)
    assert await editor.ask(session, "hello") == "end_turn"
    chunks = editor.of(session, "agent_message_chunk")
    assert len(chunks) > 1 and editor.said(session) == TEXT
    assert len({one.message_id for one in chunks}) == 1
    assert [one.title for one in editor.of(session, "session_info_update")] == ["hello"]
    assert editor.of(session, "usage_update")[-1].size > 0
    assert not editor.of(session, "plan")


@pytest.mark.parametrize(
    ("choice", "stops", "status", "outcome"),
    [
        ("allow_once", "end_turn", "completed", "hi"),
        ("session", "end_turn", "completed", "hi"),
        ("always", "end_turn", "completed", "hi"),
        ("reject_once", "end_turn", "failed", "denied"),
        ("nonsense", "end_turn", "failed", "not one of those"),
        (None, "cancelled", "failed", ""),
    ],
)
async def test_a_call_is_made_when_the_person_allows_it(
    editor: Editor,
    there: Provider,
    tmp_path: Path,
    choice: str | None,
    stops: str,
    status: str,
    outcome: str,
) -> None:
    there.call, editor.choice = ECHO, choice
    session = await editor.begin(tmp_path)
    assert await editor.ask(session, "hello") == stops
    ((asked, options),) = editor.asked
    assert [(one.option_id, one.kind) for one in options] == [
        ("once", "allow_once"),
        ("session", "allow_always"),
        ("always", "allow_always"),
        ("reject", "reject_once"),
    ]
    (call,) = editor.of(session, "tool_call")
    assert (call.tool_call_id, call.title, call.status) == (asked.tool_call_id, "quick.echo", "pending")
    assert call.raw_input == asked.raw_input == {"text": "hi"}
    news = editor.of(session, "tool_call_update")
    assert ("in_progress" in [one.status for one in news]) is (status == "completed")
    if outcome:
        assert news[-1].status == status
        assert any(outcome in said for said in words(news)), news[-1]
    there.bodies.clear()
    again = await editor.ask(session, "again")
    asks = {"session": 1, "always": 1}.get(str(choice), 2)
    assert len(editor.asked) == asks and again == stops
    written = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert ('approval_mode = "approve"' in written) is (choice == "always")


async def test_cancel_ends_the_turn_while_the_person_is_asked(
    editor: Editor, there: Provider, tmp_path: Path
) -> None:
    there.call, editor.choice = ECHO, "wait"
    session = await editor.begin(tmp_path)
    asking = asyncio.create_task(editor.ask(session, "hello"))
    await until(lambda: bool(editor.asked))
    with pytest.raises(RequestError, match="still answering"):
        await editor.ask(session, "and this")
    await editor.agent.cancel(session_id=session)
    assert await asking == "cancelled"
    there.call = None
    assert await editor.ask(session, "again") == "end_turn"


async def test_cancel_ends_the_call_too(editor: Editor, there: Provider, tmp_path: Path) -> None:
    there.call = ("mcp__quick__sleep", {"seconds": 600})
    session = await editor.begin(tmp_path)
    asking = asyncio.create_task(editor.ask(session, "hello"))
    await until(lambda: "in_progress" in [one.status for one in editor.of(session, "tool_call_update")])
    await editor.agent.cancel(session_id=session)
    assert await asking == "cancelled"
    assert editor.of(session, "tool_call_update")[-1].status == "failed"
    there.call = ECHO
    assert await editor.ask(session, "again") == "end_turn"
    assert words(editor.of(session, "tool_call_update")) == ["hi"]


async def test_cancel_that_comes_with_the_prompt_counts(editor: Editor, tmp_path: Path) -> None:
    session = await editor.begin(tmp_path)
    asking = asyncio.create_task(editor.ask(session, "hello"))
    await asyncio.sleep(0)
    await editor.agent.cancel(session_id=session)
    assert await asking == "cancelled"
    assert await editor.ask(session, "again") == "end_turn"


async def test_whatever_a_prompt_consists_of(editor: Editor, there: Provider, tmp_path: Path) -> None:
    session = await editor.begin(tmp_path)
    await until(lambda: len(editor.of(session, "available_commands_update")) > 0)
    file = schema.TextResourceContents(uri="file:///project/a.py", text="print(1)", mime_type="text/x-python")
    blob = schema.BlobResourceContents(
        uri="file:///project/b.bin", blob="AAEC", mime_type="application/x-thing"
    )
    shot = schema.BlobResourceContents(uri="file:///project/c.png", blob=PIXEL)
    blocks = [
        text("look"),
        schema.ImageContentBlock(type="image", data=PIXEL, mime_type="image/png"),
        *(schema.EmbeddedResourceContentBlock(type="resource", resource=one) for one in (file, blob, shot)),
        schema.ResourceContentBlock(type="resource_link", uri="file:///project/d.md", name="d.md"),
        schema.ResourceContentBlock(type="resource_link", uri="quick://text", name="text"),
    ]
    assert await editor.ask(session, *blocks) == "end_turn"
    told = last(there)
    texts = " ".join(one["text"] for one in told if one["type"] == "text")
    assert sum(one["type"] == "image_url" for one in told) == 2
    for piece in (
        "look",
        "[resource file:///project/a.py]\nprint(1)",
        "b.bin: application/x-thing, 3 B",
        "d.md",
    ):
        assert piece in texts, texts
    assert "[resource of the server quick]" in texts


async def test_a_file_is_read_by_an_editor_that_can(there: Provider, tmp_path: Path) -> None:
    file = (tmp_path / "a b.py").as_uri()
    link = schema.ResourceContentBlock(type="resource_link", uri=f"{file}#L1:2", name="a b.py")
    other = schema.ResourceContentBlock(type="resource_link", uri="https://example.com/x", name="x")
    async with editing(home_with(tmp_path, there)) as editor:
        await editor.open(fs=schema.FileSystemCapabilities(read_text_file=True))
        session = await editor.begin(tmp_path)
        editor.files[str(tmp_path / "a b.py")] = "print('unsaved')"
        assert await editor.ask(session, "look", link, other) == "end_turn"
        told = json.dumps(last(there))
        assert "print('unsaved')" in told and "[resource link: " in told and "example.com/x" in told
        editor.files.clear()
        assert await editor.ask(session, "look", link) == "end_turn"
        assert "[resource link: " in json.dumps(last(there))


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (
            schema.AudioContentBlock(type="audio", data="AAEC", mime_type="audio/wav"),
            "audio is not supported",
        ),
        (schema.ImageContentBlock(type="image", data="AAEC", mime_type="image/png"), "not a picture"),
        (schema.ImageContentBlock(type="image", data="%%%", mime_type="image/png"), "not base64"),
    ],
)
async def test_what_cannot_be_said(editor: Editor, tmp_path: Path, block: Any, words: str) -> None:
    session = await editor.begin(tmp_path)
    with pytest.raises(RequestError, match=words) as refused:
        await editor.ask(session, block)
    assert refused.value.code == -32602 and str(refused.value).count("\n") <= 1
    assert await editor.ask(session, "hello") == "end_turn"


async def test_pictures_come_back_as_pictures(editor: Editor, there: Provider, tmp_path: Path) -> None:
    there.call = ("mcp__demo__image_scenario", {"scenario": "text_then_image"})
    session = await editor.begin(tmp_path)
    assert await editor.ask(session, "draw") == "end_turn"
    content = [one.content for one in editor.of(session, "tool_call_update")[-1].content]
    assert [one.mime_type for one in content if one.type == "image"] == ["image/png"], content
    assert base64.b64decode(next(one.data for one in content if one.type == "image"))[:4] == b"\x89PNG"


async def test_a_model_that_calls_and_calls_is_stopped(
    editor: Editor, there: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Provider.answer.__get__(there)
    monkeypatch.setattr(there, "answer", lambda path, _: answer(path, {}))
    there.call, editor.choice = ECHO, "session"
    session = await editor.begin(tmp_path)
    assert await editor.ask(session, "hello") == "max_turn_requests"


async def test_progress_is_told(editor: Editor, there: Provider, tmp_path: Path) -> None:
    there.call = ("mcp__quick__progress", {"steps": 3})
    session = await editor.begin(tmp_path)
    assert await editor.ask(session, "go") == "end_turn"
    told = [words([one])[0] for one in editor.of(session, "tool_call_update") if one.content]
    assert told == ["1 of 3 step 1", "2 of 3 step 2", "3 of 3 step 3", "3 steps"]


async def test_an_answer_that_breaks_off_is_an_error_in_plain_words(
    editor: Editor, there: Provider, tmp_path: Path
) -> None:
    session = await editor.begin(tmp_path)
    there.key = "another"
    with pytest.raises(RequestError) as refused:
        await editor.ask(session, "hello")
    assert refused.value.code == -32000 and str(refused.value).count("\n") <= 1
    there.key = ""
    assert await editor.ask(session, "again") == "end_turn"
