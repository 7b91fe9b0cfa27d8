"""The resources of the demo server, and the template whose arguments it completes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mcp_types as types

from services.demo.media import PANEL, PANEL_TYPE, panel_html, picture_data

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("RESOURCES", "TEMPLATES", "complete_socket", "read")

WELCOME = """\
Welcome to the demo server.

It has tools that answer with text, numbers, pictures, sound and links, tools that ask
you something, and tools that take their time, fail or fall over. Nothing here leaves
this machine.
"""


@dataclass(frozen=True, slots=True)
class Cable:
    """A cable between two sockets of the picture `jackfield.png`."""

    colour: str
    ends: tuple[str, str]


CABLES = (
    Cable("red", ("A2", "B4")),
    Cable("magenta", ("A5", "D8")),
    Cable("blue", ("B1", "C4")),
    Cable("yellow", ("B6", "D3")),
)
ROWS, COLUMNS = "ABCD", range(1, 9)

RESOURCES = (
    types.Resource(
        name="welcome",
        title="Welcome",
        uri="demo://welcome",
        description="What this server is.",
        mime_type="text/plain",
        size=len(WELCOME),
    ),
    types.Resource(
        name="cables",
        title="Cables",
        uri="demo://cables.json",
        description="Which socket is connected to which.",
        mime_type="application/json",
    ),
    types.Resource(
        name="jackfield",
        title="The jackfield",
        uri="demo://pictures/jackfield.png",
        description="A picture of it.",
        mime_type="image/png",
    ),
)

TEMPLATES = (
    types.ResourceTemplate(
        name="socket",
        title="One socket",
        uri_template="demo://sockets/{row}/{number}",
        description="What is plugged into a socket; rows A to D, numbers 1 to 8.",
        mime_type="text/plain",
    ),
)


def read(uri: str) -> types.TextResourceContents | types.BlobResourceContents | None:
    """What a resource holds, None when there is no such resource."""
    if uri == "demo://welcome":
        return types.TextResourceContents(uri=uri, mime_type="text/plain", text=WELCOME)
    if uri == "demo://cables.json":
        cables = [{"colour": cable.colour, "from": cable.ends[0], "to": cable.ends[1]} for cable in CABLES]
        return types.TextResourceContents(
            uri=uri, mime_type="application/json", text=json.dumps({"cables": cables}, indent=2)
        )
    if uri == "demo://pictures/jackfield.png":
        return types.BlobResourceContents(uri=uri, mime_type="image/png", blob=picture_data("jackfield.png"))
    if uri == PANEL:
        return types.TextResourceContents(uri=uri, mime_type=PANEL_TYPE, text=panel_html())
    if place := re.fullmatch(r"demo://sockets/([A-D])/([1-8])", uri):
        return types.TextResourceContents(
            uri=uri, mime_type="text/plain", text=socket_text(place[1] + place[2])
        )
    return None


def socket_text(socket: str) -> str:
    """What is plugged into a socket, in words."""
    for cable in CABLES:
        if socket in cable.ends:
            other = cable.ends[1 - cable.ends.index(socket)]
            return f"Socket {socket}: the {cable.colour} cable, to {other}."
    return f"Socket {socket} is free."


def complete_socket(argument: str, value: str, known: Mapping[str, str]) -> list[str]:
    """Values for an argument of the template; with a row known, the numbers in use in it."""
    if argument == "row":
        return [row for row in ROWS if row.startswith(value.upper())]
    if argument != "number":
        return []
    row = known.get("row", "")
    in_use = sorted(end[1:] for cable in CABLES for end in cable.ends if end[0] == row)
    numbers = in_use if row else [str(column) for column in COLUMNS]
    return [number for number in numbers if number.startswith(value)]
