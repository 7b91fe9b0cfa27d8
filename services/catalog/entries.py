"""What servers offer, as values: tools, resources, templates and prompts; skills are `services.skills`'.

Names and texts are printable; `raw_name` and `raw_uri` are what goes on the wire.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from services.icons import Icon
    from services.skills.entries import Skill

__all__ = ("Catalog", "Prompt", "PromptArgument", "Resource", "ResourceTemplate", "Tool")


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool of one server."""

    server: str
    name: str
    raw_name: str
    title: str = ""
    description: str = ""
    input_schema: dict[str, Any] = field(default_factory=dict)
    """The JSON Schema as it came; its texts are not yet printable."""
    output_schema: dict[str, Any] | None = None
    read_only: bool | None = None
    destructive: bool | None = None
    idempotent: bool | None = None
    open_world: bool | None = None
    """Hints of the server about itself (annotations); None where it says nothing. Untrusted."""
    for_app_only: bool = False
    """Whether an MCP App keeps it for itself (`_meta.ui.visibility` without `model`)."""
    task_support: str = ""
    """`execution.taskSupport` of 2025-11-25: `optional` or `required`; else empty."""
    app_uri: str = ""
    """The `ui://` resource of its MCP App (`_meta.ui.resourceUri`); empty where it has none."""
    icons: tuple[Icon, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of one server."""

    server: str
    uri: str
    raw_uri: str
    name: str = ""
    title: str = ""
    description: str = ""
    mime_type: str = ""
    size: int | None = None
    icons: tuple[Icon, ...] = ()


@dataclass(frozen=True, slots=True)
class ResourceTemplate:
    """One RFC 6570 URI template of one server."""

    server: str
    uri_template: str
    raw_uri_template: str
    name: str = ""
    title: str = ""
    description: str = ""
    mime_type: str = ""
    icons: tuple[Icon, ...] = ()


@dataclass(frozen=True, slots=True)
class PromptArgument:
    """One argument of a prompt; values are strings on the wire."""

    name: str
    description: str = ""
    required: bool = False
    raw_name: str = ""
    """As on the wire; empty where it is the same as `name`."""

    @property
    def wire_name(self) -> str:
        """What the server knows it by."""
        return self.raw_name or self.name


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt of one server."""

    server: str
    name: str
    raw_name: str
    title: str = ""
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()
    icons: tuple[Icon, ...] = ()


_Named = TypeVar("_Named", Tool, Prompt)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything one server offers, replaced whole when a list is read again."""

    tools: tuple[Tool, ...] = ()
    resources: tuple[Resource, ...] = ()
    templates: tuple[ResourceTemplate, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    skills: tuple[Skill, ...] = ()

    def tool(self, name: str) -> Tool | None:
        """The tool of that name: as on the wire, else as people see it; None where there is none."""
        return _of_name(self.tools, name)

    def prompt(self, name: str) -> Prompt | None:
        """The prompt of that name: as on the wire, else as people see it; None where there is none."""
        return _of_name(self.prompts, name)

    def resource(self, uri: str) -> Resource | None:
        """The resource of that URI: as on the wire, or as people see it; None where it is not listed."""
        return next((one for one in self.resources if uri in (one.raw_uri, one.uri)), None)

    def template(self, text: str) -> ResourceTemplate | None:
        """The template that is written so: as on the wire, or as people see it; None where there is none."""
        return next((one for one in self.templates if text in (one.raw_uri_template, one.uri_template)), None)


def _of_name(entries: tuple[_Named, ...], name: str) -> _Named | None:
    shown = None
    for entry in entries:
        if entry.raw_name == name:
            return entry
        if shown is None and entry.name == name:
            shown = entry
    return shown
