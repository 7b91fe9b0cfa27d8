"""The resources, prompts and completions of `suite_server`."""

from __future__ import annotations

import json
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError

from tests.servers.suite_asking import MODERN, Context, asked, content_of, form, wanting

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WATCHED = "test://watched-resource"
RESOURCES = {
    "test://static-text": {
        "mimeType": "text/plain",
        "text": "This is the static text resource.",
    },
    "test://static-binary": {"mimeType": "image/png", "blob": PIXEL},
    WATCHED: {"mimeType": "text/plain", "text": "Watched resource content"},
}
TEMPLATE = "test://template/{id}/data"
PROMPTS: dict[str, tuple[str, ...]] = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}
CONTEXT = form("What context should the prompt use?", context={"type": "string"})


def cached(context: Context, **result: Any) -> dict[str, Any]:
    more = {"resultType": "complete", "ttlMs": 1_000, "cacheScope": "public"}
    return result | (more if context.protocol_version == MODERN else {})


async def list_resources(context: Context, params: Any) -> Any:
    listed = [
        {"uri": uri, "name": uri.removeprefix("test://"), "mimeType": content["mimeType"]}
        for uri, content in RESOURCES.items()
    ]
    return cached(context, resources=listed)


async def list_templates(context: Context, params: Any) -> Any:
    return cached(context, resourceTemplates=[{"uriTemplate": TEMPLATE, "name": "data by id"}])


async def read_resource(context: Context, params: types.ReadResourceRequestParams) -> Any:
    uri = str(params.uri)
    if uri in RESOURCES:
        return cached(context, contents=[{"uri": uri, **RESOURCES[uri]}])
    head, tail = TEMPLATE.split("{id}")
    if not (uri.startswith(head) and uri.endswith(tail)):
        raise MCPError(types.INVALID_PARAMS, f"Resource not found: {uri}", {"uri": uri})
    number = uri[len(head) : -len(tail)]
    text = json.dumps({"id": number, "templateTest": True, "data": f"Data for ID: {number}"})
    return cached(context, contents=[{"uri": uri, "mimeType": "application/json", "text": text}])


async def list_prompts(context: Context, params: Any) -> Any:
    listed = [
        {
            "name": name,
            "description": f"{name} of the suite",
            "arguments": [{"name": each, "required": True} for each in arguments],
        }
        for name, arguments in PROMPTS.items()
    ]
    return cached(context, prompts=listed)


async def get_prompt(context: Context, params: types.GetPromptRequestParams) -> Any:
    if params.name not in PROMPTS:
        raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")
    content = await _prompt(context, params.name, params.arguments or {})
    if content is None:
        return wanting(user_context=CONTEXT)
    messages = [{"role": "user", "content": one} for one in content]
    return {"messages": messages, "resultType": "complete"}


async def _prompt(context: Context, name: str, given: dict[str, str]) -> list[dict[str, Any]] | None:
    match name:
        case "test_prompt_with_arguments":
            said = f"Prompt with arguments: arg1='{given.get('arg1')}', arg2='{given.get('arg2')}'"
        case "test_prompt_with_embedded_resource":
            resource = {"uri": given.get("resourceUri", ""), "mimeType": "text/plain", "text": "Embedded."}
            text = {"type": "text", "text": "Please process the embedded resource above."}
            return [{"type": "resource", "resource": resource}, text]
        case "test_prompt_with_image":
            image = {"type": "image", "data": PIXEL, "mimeType": "image/png"}
            return [image, {"type": "text", "text": "Please analyze the image above."}]
        case "test_input_required_result_prompt":
            answers = await asked(context, user_context=CONTEXT)
            if answers is None:
                return None
            said = f"Use this context: {content_of(answers['user_context'], 'context')}"
        case _:
            said = "This is a simple prompt for testing."
    return [{"type": "text", "text": said}]


async def complete(context: Context, params: types.CompleteRequestParams) -> Any:
    values = [one for one in ("paris", "park", "party") if one.startswith(params.argument.value)]
    return {
        "completion": {"values": values, "total": len(values), "hasMore": False},
        "resultType": "complete",
    }


HANDLERS: dict[str, Any] = {
    "on_list_resources": list_resources,
    "on_list_resource_templates": list_templates,
    "on_read_resource": read_resource,
    "on_list_prompts": list_prompts,
    "on_get_prompt": get_prompt,
    "on_completion": complete,
}
