"""The desk's tools as the library wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_ai import BinaryContent, ToolReturn
from pydantic_ai.exceptions import ToolFailed
from pydantic_ai.tools import ToolDefinition
from pydantic_ai.toolsets import AbstractToolset, ToolsetTool
from pydantic_ai.toolsets.external import TOOL_SCHEMA_VALIDATOR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic_ai import RunContext
    from pydantic_ai.messages import ModelMessage

    from services.model.desk import Called, Desk
    from services.model.tools import OfferedTool

__all__ = ("TRIES", "ServersToolset")

TRIES = 8
"""How often in a row a model may get the arguments of one tool wrong."""


class ServersToolset(AbstractToolset[None]):
    """The tools that are offered at each request; `before_request` is told what was said until then."""

    def __init__(self, desk: Desk, before_request: Callable[[Sequence[ModelMessage]], None]) -> None:
        self._desk = desk
        self._before_request = before_request

    @property
    def id(self) -> str:
        """The library keeps toolsets apart by it."""
        return "mcp"

    async def get_tools(self, ctx: RunContext[None]) -> dict[str, ToolsetTool[None]]:
        """What is offered now: servers come and go between requests."""
        self._before_request(ctx.messages)
        return {tool.name: self._tool(tool) for tool in (await self._desk.offer_ahead()).tools}

    def _tool(self, offered: OfferedTool) -> ToolsetTool[None]:
        definition = ToolDefinition(
            name=offered.name,
            parameters_json_schema=offered.schema,
            description=offered.description or None,
            strict=False,  # the schema is the server's, not ours to change
            sequential=not offered.parallel,
            defer_loading=offered.deferred,
        )
        return ToolsetTool(
            toolset=self, tool_def=definition, max_retries=TRIES, args_validator=TOOL_SCHEMA_VALIDATOR
        )

    async def call_tool(
        self, name: str, tool_args: dict[str, Any], ctx: RunContext[None], tool: ToolsetTool[None]
    ) -> Any:
        """The answer for the model; a call that failed is marked as such where the interface can."""
        return _returned(await self._desk.call(ctx.tool_call_id or "", name, tool_args))


def _returned(called: Called) -> Any:
    answer = called.answer
    if answer.images:
        images = [BinaryContent(image.data, media_type=image.mime_type) for image in answer.images]
        return ToolReturn(return_value=[answer.text, *images])
    if called.failed:
        raise ToolFailed(answer.text)
    return answer.text
