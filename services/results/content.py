"""What a tool, a resource or a prompt brought back, as values to draw.

The wire's content list is kept open: a block that is unknown or malformed becomes
an `UnknownBlock` with its JSON, and what is wrong is said in `faults`.
Text in these values is printable. Source: specification, server/tools, "Tool Result".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.results.pictures import Picture

__all__ = (
    "AudioBlock",
    "Block",
    "EmbeddedResource",
    "ImageBlock",
    "PromptMessage",
    "PromptResult",
    "ResourceLink",
    "ResourceResult",
    "TextBlock",
    "ToolResult",
    "UnknownBlock",
)


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class ImageBlock:
    """An image as it came; `data` is empty and `problem` says why when the base64 is broken."""

    mime_type: str
    data: bytes = field(repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Audio to save; `problem` as in `ImageBlock`."""

    mime_type: str
    data: bytes = field(repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ResourceLink:
    """A link to a resource of the same server, to be read with `resources/read`."""

    uri: str
    name: str = ""
    title: str = ""
    description: str = ""
    mime_type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class EmbeddedResource:
    """The contents of a resource: `text`, or `data` when it is binary."""

    uri: str
    mime_type: str = ""
    text: str | None = None
    data: bytes | None = field(default=None, repr=False)
    problem: str = ""

    @property
    def is_app(self) -> bool:
        """Whether it is the page of an MCP App: HTML for a host that runs it, not for reading."""
        essence, *parameters = (part.strip().lower() for part in self.mime_type.split(";"))
        return essence == "text/html" and "profile=mcp-app" in (one.replace('"', "") for one in parameters)

    @property
    def size(self) -> int:
        """Bytes of its content, as far as they can be told from what is shown of it."""
        return len(self.data) if self.data is not None else len((self.text or "").encode(errors="replace"))


@dataclass(frozen=True, slots=True)
class UnknownBlock:
    """A block of a type we do not know, or a malformed one, as indented JSON."""

    type: str
    json: str
    abridged: bool = False
    """Whether base64 was left out of the JSON; the raw result has it."""


Block = TextBlock | ImageBlock | AudioBlock | ResourceLink | EmbeddedResource | UnknownBlock


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The answer to one `tools/call`."""

    blocks: tuple[Block, ...] = ()
    structured: str | None = None
    """`structuredContent` as indented JSON, or None when there is none."""
    is_error: bool = False
    """The tool itself reported an error (`isError`)."""
    faults: tuple[str, ...] = ()
    """What is wrong with the result by the specification or the tool's output schema; one line each."""
    pictures: tuple[Picture, ...] = ()
    """Every block that decodes as an image, in the order of the content list; the first is drawn."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    """The result as it stood on the wire; only for showing as JSON and for a model."""
    duration: float = 0.0
    """Seconds from sending to the answer."""


@dataclass(frozen=True, slots=True)
class ResourceResult:
    """The answer to one `resources/read`."""

    server: str
    uri: str
    contents: tuple[EmbeddedResource, ...] = ()
    pictures: tuple[Picture, ...] = ()
    faults: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    duration: float = 0.0


@dataclass(frozen=True, slots=True)
class PromptMessage:
    """One message of a prompt: the role it speaks in and its content."""

    role: str
    block: Block


@dataclass(frozen=True, slots=True)
class PromptResult:
    """The answer to one `prompts/get`."""

    description: str = ""
    messages: tuple[PromptMessage, ...] = ()
    pictures: tuple[Picture, ...] = ()
    faults: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    duration: float = 0.0
