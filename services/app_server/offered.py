"""What a server offers, as drivers are told of it: under the names that go on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.app_server.server_values import McpResource, McpResourceTemplate, McpTool

if TYPE_CHECKING:
    from services.catalog.entries import Catalog, Tool

__all__ = ("counts", "resources", "templates", "tools")


def counts(catalog: Catalog) -> dict[str, int]:
    """How many of each kind there are."""
    return {
        "tools": len(catalog.tools),
        "resources": len(catalog.resources),
        "resourceTemplates": len(catalog.templates),
        "prompts": len(catalog.prompts),
        "skills": len(catalog.skills),
    }


def tools(catalog: Catalog) -> dict[str, McpTool]:
    """The tools by the names they are called by."""
    return {
        tool.raw_name: McpTool(
            name=tool.raw_name,
            title=tool.title or None,
            description=tool.description or None,
            input_schema=tool.input_schema,
            output_schema=tool.output_schema,
            annotations=_annotations(tool),
        )
        for tool in catalog.tools
    }


def resources(catalog: Catalog) -> list[McpResource]:
    """The resources that are listed."""
    return [
        McpResource(
            uri=one.raw_uri,
            name=one.name,
            title=one.title or None,
            description=one.description or None,
            mime_type=one.mime_type or None,
            size=one.size,
        )
        for one in catalog.resources
    ]


def templates(catalog: Catalog) -> list[McpResourceTemplate]:
    """The templates that are listed."""
    return [
        McpResourceTemplate(
            uri_template=one.raw_uri_template,
            name=one.name,
            title=one.title or None,
            description=one.description or None,
            mime_type=one.mime_type or None,
        )
        for one in catalog.templates
    ]


def _annotations(tool: Tool) -> dict[str, bool]:
    hints = {
        "readOnlyHint": tool.read_only,
        "destructiveHint": tool.destructive,
        "idempotentHint": tool.idempotent,
        "openWorldHint": tool.open_world,
    }
    return {name: value for name, value in hints.items() if value is not None}
