"""The demo server itself: what it answers to each request of the protocol, in both revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import NotificationOptions, Server
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from services.demo import prompts, resources, skills, tasks
from services.demo.calls import Call, DemoState, failure, session_key
from services.demo.questions import nested_answers
from services.demo.schemas import problem
from services.demo.tools import tool_list

if TYPE_CHECKING:
    from mcp.server.models import InitializationOptions

__all__ = ("DemoServer",)

INSTRUCTIONS = """\
This server shows every kind of thing an MCP server can do, without a network.
Start with `add` and `image_scenario`; `ask` and `interview` ask you something back; `countdown` and `brew`
take their time.
`fail` and `crash` do what their names say.
"""

Context = ServerRequestContext[Any, Any]
Page = types.PaginatedRequestParams | None

RESOURCE_NOT_FOUND = -32002
"""The code of 2025-11-25; 2026-07-28 has invalid params instead."""


class DemoServer(Server[Any]):
    """An MCP server of both revisions, 2025-11-25 and 2026-07-28."""

    def __init__(self) -> None:
        self.state = DemoState()
        super().__init__(
            "jackfield-demo",
            version="1.0.0",
            title="Jackfield demo",
            description="Every kind of thing an MCP server can do.",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read_resource,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
            on_completion=self._complete,
            on_subscriptions_listen=ListenHandler(self.state.bus),
        )
        self.middleware.append(nested_answers)
        self.add_request_handler("logging/setLevel", types.SetLevelRequestParams, self._set_level)
        self.extensions = {**skills.EXTENSIONS, tasks.TASKS: {}}
        self.add_request_handler("skills/list", types.PaginatedRequestParams, skills.list_skills)
        self.add_request_handler("skills/get", skills.SkillParams, skills.get_skill)
        self.add_request_handler("resources/directory/read", skills.SkillParams, skills.read_directory)
        self.add_request_handler("tasks/get", tasks.TaskParams, self._get_task)
        self.add_request_handler("tasks/update", tasks.UpdateParams, self._update_task)
        self.add_request_handler("tasks/cancel", tasks.TaskParams, self._cancel_task)

    def create_initialization_options(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
    ) -> InitializationOptions:
        """The answer to `initialize`: says that the tools may change, over HTTP too; it has no extensions."""
        changes = notification_options or NotificationOptions(tools_changed=True)
        return super().create_initialization_options(changes, experimental_capabilities, extensions or {})

    async def _list_tools(self, context: Context, params: Page) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[known.tool for known in tool_list(self.state).values()])

    async def _call_tool(self, context: Context, params: types.CallToolRequestParams) -> Any:
        known = tool_list(self.state).get(params.name)
        if known is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {params.name}")
        wrong = problem(known.tool.input_schema, params.arguments or {})
        if wrong:
            return failure(f"Wrong arguments: {wrong}")
        return await known.run(Call(context, params, self.state))

    async def _list_resources(self, context: Context, params: Page) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=list(resources.RESOURCES))

    async def _list_templates(self, context: Context, params: Page) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=list(resources.TEMPLATES))

    async def _read_resource(
        self, context: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        uri = str(params.uri)
        contents = resources.read(uri) or skills.read_skill_file(uri)
        if contents is None:
            modern = context.protocol_version in MODERN_PROTOCOL_VERSIONS
            code = types.INVALID_PARAMS if modern else RESOURCE_NOT_FOUND
            raise MCPError(code, f"Unknown resource: {uri}", {"uri": uri})
        return types.ReadResourceResult(contents=[contents])

    async def _list_prompts(self, context: Context, params: Page) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=list(prompts.PROMPTS))

    async def _get_prompt(
        self, context: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        prompt = next((prompt for prompt in prompts.PROMPTS if prompt.name == params.name), None)
        if prompt is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")
        try:
            words = prompts.messages(params.name, params.arguments or {})
        except KeyError as missing:
            raise MCPError(
                types.INVALID_PARAMS, f"The prompt {params.name} needs the argument {missing}"
            ) from missing
        return types.GetPromptResult(description=prompt.description, messages=words)

    async def _complete(self, context: Context, params: types.CompleteRequestParams) -> types.CompleteResult:
        argument, value = params.argument.name, params.argument.value
        known = (params.context.arguments if params.context else None) or {}
        values: list[str] = []
        if isinstance(params.ref, types.ResourceTemplateReference):
            if params.ref.uri == resources.TEMPLATES[0].uri_template:
                values = resources.complete_socket(argument, value, known)
        elif params.ref.name == "explain_tool":
            values = prompts.complete_prompt(argument, value, tool_list(self.state))
        return types.CompleteResult(
            completion=types.Completion(values=values, total=len(values), has_more=False)
        )

    async def _set_level(self, context: Context, params: types.SetLevelRequestParams) -> types.EmptyResult:
        self.state.levels[session_key(context)] = params.level
        return types.EmptyResult()

    async def _get_task(self, context: Context, params: tasks.TaskParams) -> dict[str, Any]:
        return tasks.get_task(self.state, params)

    async def _update_task(self, context: Context, params: tasks.UpdateParams) -> dict[str, Any]:
        return tasks.update_task(self.state, params)

    async def _cancel_task(self, context: Context, params: tasks.TaskParams) -> dict[str, Any]:
        return tasks.cancel_task(self.state, params)
