"""Tools that answer with pictures, sound and resources."""

from __future__ import annotations

import math
from base64 import b64encode
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import mcp_types as types

from services.demo.calls import result, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.demo.calls import Call, Outcome

__all__ = (
    "JACKFIELD",
    "PANEL",
    "PANEL_TYPE",
    "SCENARIOS",
    "audio",
    "image_scenario",
    "links",
    "panel",
    "panel_html",
    "picture",
    "picture_data",
)

JACKFIELD, SUNSET, WHEEL = "jackfield.png", "sunset.jpg", "wheel.png"
PANEL, PANEL_TYPE = "ui://demo/panel.html", "text/html;profile=mcp-app"
"""The page of an MCP App."""


@cache
def picture_data(name: str) -> str:
    """A demo picture's file, as base64."""
    return b64encode((files("assets") / "demo" / name).read_bytes()).decode("ascii")


@cache
def panel_html() -> str:
    """The page that shows the sockets."""
    return (files("assets") / "demo" / "panel.html").read_text(encoding="utf-8")


async def panel(call: Call) -> Outcome:
    """The same in words, for who shows no pages."""
    rows = "\n".join(" ".join(f"{row}{number}" for number in range(1, 9)) for row in "ABCD")
    return result(f"The sockets of the jackfield:\n{rows}")


def picture(name: str) -> types.ImageContent:
    """A demo picture as a block."""
    kind = "image/jpeg" if name.endswith(".jpg") else "image/png"
    return types.ImageContent(data=picture_data(name), mime_type=kind)


def image(data: str) -> types.ImageContent:
    """A block that says it is a PNG, whatever `data` holds."""
    return types.ImageContent(data=data, mime_type="image/png")


SCENARIOS: dict[str, Callable[[str], list[types.ContentBlock]]] = {
    "image_only": lambda _: [picture(JACKFIELD)],
    "text_then_image": lambda caption: [text(caption), picture(JACKFIELD)],
    "invalid_base64_then_image": lambda _: [image("this is *not* base64!"), picture(JACKFIELD)],
    "invalid_image_bytes_then_image": lambda _: [
        image(b64encode(b"\x89PNG\r\n\x1a\nbut no picture follows").decode("ascii")),
        picture(JACKFIELD),
    ],
    "multiple_valid_images": lambda _: [picture(SUNSET), picture(WHEEL), picture(JACKFIELD)],
    "image_then_text": lambda caption: [picture(JACKFIELD), text(caption)],
    "text_only": lambda caption: [text(caption)],
}
"""What each scenario's content list holds, given the caption."""


async def image_scenario(call: Call) -> Outcome:
    """The content list a scenario names."""
    caption = call.arguments.get("caption", "A jackfield with four cables in it.")
    return result(*SCENARIOS[call.arguments["scenario"]](caption))


@cache
def ring() -> str:
    """Half a second of a ringing telephone, a WAV file as base64."""
    import io
    import wave
    from array import array

    rate = 8000
    samples = array(
        "h",
        (
            int(7000 * (math.sin(math.tau * 440 * i / rate) + math.sin(math.tau * 480 * i / rate)))
            for i in range(rate // 2)
        ),
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples.tobytes())
    return b64encode(file.getvalue()).decode("ascii")


async def audio(call: Call) -> Outcome:
    """A text block and a sound."""
    return result("A telephone rings.", types.AudioContent(data=ring(), mime_type="audio/wav"))


async def links(call: Call) -> Outcome:
    """Links to resources that can be read, one that cannot, and two resources that came along."""
    return result(
        "Four links and two enclosures:",
        types.ResourceLink(
            name="welcome", title="Welcome", uri="demo://welcome", mime_type="text/plain", description="Text."
        ),
        types.ResourceLink(
            name="jackfield", title="The picture", uri="demo://pictures/jackfield.png", mime_type="image/png"
        ),
        types.ResourceLink(
            name="socket", title="Socket A2", uri="demo://sockets/A/2", mime_type="text/plain"
        ),
        types.ResourceLink(
            name="nowhere", uri="demo://nowhere", description="Reading this one is an error, on purpose."
        ),
        types.EmbeddedResource(
            resource=types.TextResourceContents(
                uri="demo://enclosed/note.md",
                mime_type="text/markdown",
                text="# A note\n\nThis text came *inside* the result.",
            )
        ),
        types.EmbeddedResource(
            resource=types.BlobResourceContents(
                uri="demo://enclosed/bytes.bin",
                mime_type="application/octet-stream",
                blob=b64encode(bytes(range(256))).decode("ascii"),
            )
        ),
    )
