"""Each tool of the demo server, as a plain SDK client sees it, in both protocol revisions."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
import pytest
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.services.demo.demo_peer import Peer

TOOLS = [
    "echo",
    "add",
    "image_scenario",
    "ask",
    "ask_url",
    "borrow_model",
    "look_around",
    "interview",
    "brew",
    "countdown",
    "big",
    "fail",
    "crash",
    "chatter",
    "grow",
    "audio",
    "links",
    "panel",
]

SCENARIOS = {
    "image_only": ["image"],
    "text_then_image": ["text", "image"],
    "invalid_base64_then_image": ["broken base64", "image"],
    "invalid_image_bytes_then_image": ["broken image", "image"],
    "multiple_valid_images": ["image", "image", "image"],
    "image_then_text": ["image", "text"],
    "text_only": ["text"],
}


def kind(block: types.ContentBlock) -> str:
    """What a block turns out to be when it is opened."""
    if not isinstance(block, types.ImageContent):
        return block.type
    try:
        data = b64decode(block.data, validate=True)
    except ValueError:
        return "broken base64"
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert Image.MIME[str(picture.format)] == block.mime_type
    except OSError:
        return "broken image"
    return "image"


def words(result: types.CallToolResult) -> str:
    """The text of the result's text blocks."""
    return "\n".join(block.text for block in result.content if isinstance(block, types.TextContent))


async def test_announces_its_tools(peer: Peer) -> None:
    tools = {tool.name: tool for tool in (await peer.client.list_tools()).tools}
    assert [name for name in tools if not name.startswith("grown_")] == TOOLS
    for tool in tools.values():
        assert tool.description
        assert tool.input_schema["additionalProperties"] is False
    changing = {
        name for name, tool in tools.items() if tool.annotations and not tool.annotations.read_only_hint
    }
    assert changing == {"crash", "grow"}
    scenario = tools["image_scenario"].input_schema
    assert scenario["properties"]["scenario"]["enum"] == list(SCENARIOS)
    assert set(scenario["properties"]) == {"scenario", "caption"}
    assert scenario["required"] == ["scenario"]


async def test_echo(peer: Peer) -> None:
    assert words(await peer.call("echo", text="Trunk call, please")) == "Trunk call, please"


async def test_add_answers_in_words_and_numbers(peer: Peer) -> None:
    result = await peer.call("add", a=2, b=3.5)
    assert words(result) == "2 + 3.5 = 5.5"
    assert result.structured_content == {"sum": 5.5}


async def test_wrong_arguments_are_a_failure_in_words(peer: Peer) -> None:
    result = await peer.call("add", a="two", b=3)
    assert result.is_error
    assert words(result) == "Wrong arguments: a: 'two' is not of type 'number'"


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_image_scenario(peer: Peer, scenario: str) -> None:
    result = await peer.call("image_scenario", scenario=scenario, caption="Look!")
    assert [kind(block) for block in result.content] == SCENARIOS[scenario]
    assert words(result) == ("Look!" if "text" in SCENARIOS[scenario] else "")


async def test_big_is_as_long_as_asked(peer: Peer) -> None:
    result = await peer.call("big", bytes=100_001)
    assert [kind(block) for block in result.content] == ["text"]
    assert len(words(result)) == 100_001


async def test_fail(peer: Peer) -> None:
    result = await peer.call("fail", message="Line engaged")
    assert result.is_error
    assert words(result) == "Line engaged"


async def test_audio_is_a_sound(peer: Peer) -> None:
    result = await peer.call("audio")
    sound = result.content[1]
    assert isinstance(sound, types.AudioContent)
    assert sound.mime_type == "audio/wav"
    assert b64decode(sound.data)[:4] == b"RIFF"


async def test_links_can_be_read(peer: Peer) -> None:
    result = await peer.call("links")
    links = [block for block in result.content if isinstance(block, types.ResourceLink)]
    for link in links[:-1]:
        read = await peer.client.read_resource(link.uri)
        assert read.contents[0].mime_type == link.mime_type
    enclosed = [block.resource for block in result.content if isinstance(block, types.EmbeddedResource)]
    assert isinstance(enclosed[0], types.TextResourceContents)
    assert isinstance(enclosed[1], types.BlobResourceContents)
    assert b64decode(enclosed[1].blob) == bytes(range(256))


async def test_countdown_reports_every_step(peer: Peer) -> None:
    steps: list[tuple[float, float | None, str | None]] = []

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        steps.append((progress, total, message))

    with anyio.fail_after(20):
        result = await peer.client.call_tool("countdown", {"seconds": 0.2}, progress_callback=progress)
    assert words(result) == "Lift-off after 0.2 s."
    assert [done for done, _, _ in steps] == list(range(11))
    assert steps[0][1:] == (10, "step 1 of 10, 0.2 s to go")


async def test_countdown_can_be_cancelled(peer: Peer, until: Callable[..., Any]) -> None:
    started = anyio.Event()

    async def progress(progress: float, total: float | None, message: str | None) -> None:
        started.set()

    async def count() -> None:
        await peer.client.call_tool("countdown", {"seconds": 600}, progress_callback=progress)

    with anyio.fail_after(20):
        async with anyio.create_task_group() as calls:
            calls.start_soon(count)
            await started.wait()
            calls.cancel_scope.cancel()
    await until(lambda: "countdown: cancelled" in peer.stderr.read_text())
    assert words(await peer.call("echo", text="still there")) == "still there"


async def test_chatter_writes_lines_and_log_messages(peer: Peer, until: Callable[..., Any]) -> None:
    peer.person.logs.clear()
    meta: Any = {types.LOG_LEVEL_META_KEY: "warning"} if peer.modern else {}
    with anyio.fail_after(20):
        result = await peer.client.call_tool("chatter", {"lines": 2}, meta=meta)
    levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]
    expected = levels[3:] if peer.modern else levels
    assert words(result) == f"2 lines on standard error, {len(expected)} log messages."
    await until(lambda: len(peer.person.logs) >= len(expected))
    assert [level for level, _ in peer.person.logs] == expected
    await until(lambda: "chatter: line 2 of 2 on standard error\n" in peer.stderr.read_text())


async def test_grow_adds_a_tool_and_announces_it(peer: Peer, until: Callable[..., Any]) -> None:
    if peer.modern:
        with anyio.fail_after(20):
            async with peer.client.listen(tools_list_changed=True) as events:
                result = await peer.call("grow")
                await anext(aiter(events))
    else:
        result = await peer.call("grow")
        await until(lambda: "notifications/tools/list_changed" in peer.person.notifications)
    name = words(result).rpartition(" ")[2]
    assert name in [tool.name for tool in (await peer.client.list_tools()).tools]
    assert words(await peer.call(name)) == f"I am {name}, grown while you watched."


ANSWER = {"name": "Bob", "colour": "red", "days": ["Mon", "Wed"], "lucky": 7, "subscribe": False}


async def test_ask_accepted_with_every_kind_of_field(peer: Peer) -> None:
    peer.person.answer = types.ElicitResult(action="accept", content=ANSWER)  # type: ignore[arg-type]
    verdict, _, content = words(await peer.call("ask")).partition("\n")
    assert verdict == "accept"
    assert json.loads(content) == ANSWER
    schema = peer.person.questions[-1].requested_schema
    assert schema["required"] == ["name", "colour", "days"]
    fields = schema["properties"]
    assert [field_kind(field) for field in fields.values()] == [
        "string 2..20",
        "string",
        "string email",
        "string uri",
        "string date",
        "string date-time",
        "number 0.5..2.5",
        "integer 1..99",
        "boolean",
        "string enum",
        "string oneOf",
        "string enum enumNames",
        "array enum 1..3",
        "array anyOf",
    ]
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    assert defaults == {"lucky": 7, "subscribe": True, "tariff": "trunk", "extras": ["clock"]}


def field_kind(field: dict[str, Any]) -> str:
    """A field's type and what it says besides."""
    parts = [field["type"], field.get("format", "")]
    parts += [
        key for key in ("enum", "oneOf", "anyOf", "enumNames") if key in {**field, **field.get("items", {})}
    ]
    for low, high in (("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems")):
        if low in field:
            parts.append(f"{field[low]}..{field[high]}")
    return " ".join(part for part in parts if part)


async def test_ask_has_a_short_form(peer: Peer) -> None:
    peer.person.answer = types.ElicitResult(action="accept", content={"name": "Bob"})
    assert words(await peer.call("ask", form="short")).startswith("accept\n")
    assert list(peer.person.questions[-1].requested_schema["properties"]) == ["name", "colour", "lucky"]


async def test_ask_says_what_does_not_fit(peer: Peer) -> None:
    peer.person.answer = types.ElicitResult(action="accept", content={"name": "Bob", "lucky": 100})
    result = await peer.call("ask", form="short")
    assert result.is_error
    assert "But lucky: 100 is greater than the maximum of 99." in words(result)


@pytest.mark.parametrize("action", ["decline", "cancel"])
@pytest.mark.parametrize("tool", ["ask", "ask_url"])
async def test_a_question_may_be_turned_down(peer: Peer, tool: str, action: Any) -> None:
    peer.person.answer = types.ElicitResult(action=action)
    assert words(await peer.call(tool)) == action


async def test_ask_url(peer: Peer, until: Callable[..., Any]) -> None:
    peer.person.notifications.clear()
    peer.person.answer = types.ElicitResult(action="accept")
    assert words(await peer.call("ask_url")) == "accept"
    question = peer.person.questions[-1]
    assert question.mode == "url"
    assert question.url.startswith("https://example.com/")
    if not peer.modern:
        assert question.elicitation_id
        await until(lambda: "notifications/elicitation/complete" in peer.person.notifications)
