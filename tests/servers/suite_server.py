"""A server with everything that the conformance suite of the MCP project asks of servers, by its names.

`python tests/servers/suite_server.py PORT` serves both eras at http://127.0.0.1:PORT/mcp; port 0 takes a free
one, which is printed.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    ListenHandler,
    PromptsListChanged,
    ResourceUpdated,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError

from tests.servers import suite_asking as ask
from tests.servers.suite_asking import MODERN, Context, asked, content_of, form, told, wanting
from tests.servers.suite_offers import HANDLERS, PIXEL, PROMPTS, WATCHED, cached

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp.server.session import ServerSession

    Tool = Callable[[Context, dict[str, Any]], Awaitable[Any]]

SILENCE = "UklGRiQAAABXQVZFZm10IBAAAAABAAEARKwAAIhYAQACABAAZGF0YQAAAAA="
TEXT, IMAGE = {"type": "string"}, {"type": "image", "data": PIXEL, "mimeType": "image/png"}
bus = InMemorySubscriptionBus()
watching: list[ServerSession] = []
"""The sessions of 2025-11-25 that follow the watched resource."""
tools: dict[str, tuple[Tool, dict[str, Any]]] = {}


def tool(schema: dict[str, Any] | None = None, **properties: Any) -> Callable[[Tool], Tool]:
    """One tool, by its function's name; `properties` are its arguments."""

    def keep(function: Tool) -> Tool:
        tools[function.__name__] = (function, schema or {"type": "object", "properties": properties})
        return function

    return keep


def embedded(uri: str, text: str, mime: str = "text/plain") -> dict[str, Any]:
    return {"type": "resource", "resource": {"uri": uri, "mimeType": mime, "text": text}}


@tool()
async def test_simple_text(context: Context, arguments: dict[str, Any]) -> Any:
    return "This is a simple text response for testing."


@tool()
async def test_image_content(context: Context, arguments: dict[str, Any]) -> Any:
    return [IMAGE]


@tool()
async def test_audio_content(context: Context, arguments: dict[str, Any]) -> Any:
    return [{"type": "audio", "data": SILENCE, "mimeType": "audio/wav"}]


@tool()
async def test_embedded_resource(context: Context, arguments: dict[str, Any]) -> Any:
    return [embedded("test://embedded-resource", "This is an embedded resource content.")]


@tool()
async def test_multiple_content_types(context: Context, arguments: dict[str, Any]) -> Any:
    data = told({"test": "data", "value": 123})
    text = {"type": "text", "text": "Multiple content types test:"}
    return [text, IMAGE, embedded("test://mixed-content-resource", data, "application/json")]


@tool()
async def test_tool_with_logging(context: Context, arguments: dict[str, Any]) -> Any:
    level = (context.meta or {}).get(types.LOG_LEVEL_META_KEY)
    if context.protocol_version == MODERN and level is None:
        return "nobody asked for log messages"
    for said in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        params = types.LoggingMessageNotificationParams(level="info", data=said)
        await context.session.send_notification(
            types.LoggingMessageNotification(params=params), context.request_id
        )
        await asyncio.sleep(0.05)
    return "done"


@tool()
async def test_logging_tool(context: Context, arguments: dict[str, Any]) -> Any:
    return await test_tool_with_logging(context, arguments)


@tool()
async def test_streaming_elicitation(context: Context, arguments: dict[str, Any]) -> Any:
    await context.session.report_progress(1, 2, "before the question")
    return await _one(context, "user_name", ask.NAME, "Hello, {}!")


@tool()
async def test_tool_with_progress(context: Context, arguments: dict[str, Any]) -> Any:
    for step in (0, 50, 100):
        await context.session.report_progress(step, 100, f"{step} of 100")
        await asyncio.sleep(0.05)
    return "done"


@tool()
async def test_error_handling(context: Context, arguments: dict[str, Any]) -> Any:
    raise RuntimeError("This tool intentionally returns an error for testing")


@tool(prompt=TEXT)
async def test_sampling(context: Context, arguments: dict[str, Any]) -> Any:
    return await _one(context, "answer", ask.sample(arguments.get("prompt", "")), "LLM response: {}")


@tool(message=TEXT)
async def test_elicitation(context: Context, arguments: dict[str, Any]) -> Any:
    wanted = form(arguments.get("message", ""), response={"type": "string", "description": "Your answer"})
    wanted["params"]["requestedSchema"]["required"] = []
    return await _one(context, "answer", wanted, "User response: {}")


@tool()
async def test_elicitation_sep1034_defaults(context: Context, arguments: dict[str, Any]) -> Any:
    wanted = form(
        "Please provide user information",
        name={"type": "string", "default": "John Doe"},
        age={"type": "integer", "default": 30},
        score={"type": "number", "default": 95.5},
        status={"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
        verified={"type": "boolean", "default": True},
    )
    return await _one(context, "answer", wanted, "Elicitation completed: {}")


@tool()
async def test_elicitation_sep1330_enums(context: Context, arguments: dict[str, Any]) -> Any:
    plain = ["option1", "option2", "option3"]
    titled = [{"const": f"value{number}", "title": f"Option {number}"} for number in (1, 2, 3)]
    wanted = form(
        "Please choose",
        untitledSingle={"type": "string", "enum": plain},
        titledSingle={"type": "string", "oneOf": titled},
        legacyEnum={"type": "string", "enum": plain, "enumNames": ["One", "Two", "Three"]},
        untitledMulti={"type": "array", "items": {"type": "string", "enum": plain}},
        titledMulti={"type": "array", "items": {"anyOf": titled}},
    )
    return await _one(context, "answer", wanted, "Elicitation completed: {}")


@tool(region={**TEXT, "x-mcp-header": "Region"})
async def test_x_mcp_header(context: Context, arguments: dict[str, Any]) -> Any:
    return f"region={arguments.get('region')}"


@tool()
async def test_missing_capability(context: Context, arguments: dict[str, Any]) -> Any:
    if "sampling" not in ask.capabilities(context):
        data: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(types.MISSING_REQUIRED_CLIENT_CAPABILITY, "sampling is needed", data)
    return "sampling is declared"


@tool()
async def test_input_required_result_elicitation(context: Context, arguments: dict[str, Any]) -> Any:
    return await _one(context, "user_name", ask.NAME, "Hello, {}!")


@tool()
async def test_input_required_result_sampling(context: Context, arguments: dict[str, Any]) -> Any:
    return await _one(
        context, "capital_question", ask.sample("What is the capital of France?"), "It said: {}"
    )


@tool()
async def test_input_required_result_list_roots(context: Context, arguments: dict[str, Any]) -> Any:
    return await _one(context, "client_roots", ask.ROOTS, "Roots: {}")


@tool()
async def test_input_required_result_request_state(context: Context, arguments: dict[str, Any]) -> Any:
    confirm = form("Please confirm", ok={"type": "boolean"})
    state, answers = ask.state_of(context), await asked(context, confirm=confirm)
    known = state == "nonce" or context.protocol_version != MODERN
    return "state-ok: confirmed" if answers and known else wanting("nonce", confirm=confirm)


@tool()
async def test_input_required_result_tampered_state(context: Context, arguments: dict[str, Any]) -> Any:
    return await test_input_required_result_request_state(context, arguments)


@tool()
async def test_input_required_result_multiple_inputs(context: Context, arguments: dict[str, Any]) -> Any:
    questions = {"user_name": ask.NAME, "greeting": ask.sample("Greet me"), "client_roots": ask.ROOTS}
    ask.state_of(context)
    answers = await asked(context, **questions)
    return "All three came." if answers else wanting("several", **questions)


@tool()
async def test_input_required_result_multi_round(context: Context, arguments: dict[str, Any]) -> Any:
    first, second = ask.NAME, form("What is your favourite colour?", color=TEXT)
    if context.protocol_version != MODERN:
        answers = await asked(context, step1=first, step2=second) or {}
        return f"{content_of(answers['step1'], 'name')} likes {content_of(answers['step2'], 'color')}"
    state = json.loads(ask.state_of(context) or "{}")
    if "name" in state and (known := await asked(context, step2=second)):
        return f"{state['name']} likes {content_of(known['step2'], 'color')}"
    if state and "name" not in state and (known := await asked(context, step1=first)):
        return wanting(told({"name": content_of(known["step1"], "name")}), step2=second)
    return wanting(told({"round": 1}), step1=first)


@tool()
async def test_input_required_result_capabilities(context: Context, arguments: dict[str, Any]) -> Any:
    declared = ask.capabilities(context)
    questions = {
        **({"sample": ask.sample("Say hello")} if "sampling" in declared else {}),
        **({"ask": ask.NAME} if "elicitation" in declared else {}),
    }
    return wanting("by capability", **questions)


@tool()
async def test_trigger_tool_change(context: Context, arguments: dict[str, Any]) -> Any:
    if tools.pop("test_dynamic_tool", None) is None:
        tools["test_dynamic_tool"] = tools["test_simple_text"]
    await bus.publish(ToolsListChanged())
    return "told"


@tool()
async def test_trigger_prompt_change(context: Context, arguments: dict[str, Any]) -> Any:
    if PROMPTS.pop("test_dynamic_prompt", None) is None:
        PROMPTS["test_dynamic_prompt"] = ()
    await bus.publish(PromptsListChanged())
    return "told"


ADDRESS = {
    "$anchor": "addressDef",
    "type": "object",
    "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
}


@tool()
async def change_watched(context: Context, arguments: dict[str, Any]) -> Any:
    """Not the suite's: tell whoever follows the watched resource that it changed."""
    await bus.publish(ResourceUpdated(uri=WATCHED))
    for session in watching:
        await session.send_resource_updated(WATCHED)
    return "told"


@tool(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"address": ADDRESS},
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": False,
    }
)
async def json_schema_2020_12_tool(context: Context, arguments: dict[str, Any]) -> Any:
    return "called"


async def _one(context: Context, key: str, question: dict[str, Any], said: str) -> Any:
    """Ask one thing, and tell what was answered."""
    try:
        answers = await asked(context, **{key: question})
    except MCPError as error:
        return f"not answered: {error.message}"
    return wanting(**{key: question}) if answers is None else said.format(told(answers[key]))


# The server around them.


async def list_tools(context: Context, params: Any) -> Any:
    listed = [
        {"name": name, "description": f"{name} of the suite", "inputSchema": schema}
        for name, (_, schema) in tools.items()
    ]
    return cached(context, tools=listed)


async def call_tool(context: Context, params: types.CallToolRequestParams) -> Any:
    known = tools.get(params.name)
    if known is None:
        raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
    try:
        result = await known[0](context, params.arguments or {})
    except RuntimeError as error:
        return {"content": [{"type": "text", "text": str(error)}], "isError": True, "resultType": "complete"}
    if isinstance(result, dict):
        return result
    content = result if isinstance(result, list) else [{"type": "text", "text": result}]
    return {"content": content, "resultType": "complete"}


def main(port: int) -> None:
    handlers: dict[str, Any] = {"on_list_tools": list_tools, "on_call_tool": call_tool, **HANDLERS}
    server: Server[Any] = Server(
        "suite-server", version="1.0.0", on_subscriptions_listen=ListenHandler(bus), **handlers
    )

    async def watch(context: Context, params: types.SubscribeRequestParams) -> dict[str, Any]:
        if str(params.uri) == WATCHED:
            watching.append(context.session)
        return {}

    async def nothing(context: Context, params: Any) -> dict[str, Any]:
        return {}

    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, nothing)
    server.add_request_handler("resources/subscribe", types.SubscribeRequestParams, watch)
    server.add_request_handler("resources/unsubscribe", types.UnsubscribeRequestParams, nothing)
    listening = socket.create_server(("127.0.0.1", port))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(server.streamable_http_app(), log_level="critical", lifespan="on")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(int(sys.argv[1]))
