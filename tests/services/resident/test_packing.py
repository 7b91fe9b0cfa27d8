"""What goes between a command and the keeper: whatever a frame may hold, however deep."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from services.catalog.entries import Catalog, Tool
from services.errors import ServerError
from services.resident.messages import Reply
from services.resident.packing import packed, unpacked, unpacked_values

if TYPE_CHECKING:
    from collections.abc import Callable


def nested(depth: int, *, lists: bool = False) -> Any:
    value: Any = {"end": True}
    for _ in range(depth):
        value = [value, 1] if lists else {"a": value, "b": 1}
    return value


def depth_of(value: Any) -> int:
    depth = 0
    while isinstance(value, list) or "a" in value:
        value, depth = value[0] if isinstance(value, list) else value["a"], depth + 1
    assert value == {"end": True}
    return depth


@pytest.mark.parametrize("depth", [0, 400, 900, 5000])
@pytest.mark.parametrize("lists", [False, True], ids=["objects", "arrays"])
@pytest.mark.parametrize("unpacked", [unpacked, unpacked_values])
def test_json_of_any_depth_arrives_inside_any_value(
    unpacked: Callable[[bytes], Any], depth: int, lists: bool
) -> None:
    deep = nested(depth, lists=lists)
    reply = unpacked(packed(Reply(1, {"structured": deep, "beside": (1, "ä")})))
    assert depth_of(reply.value["structured"]) == depth
    assert reply.value["beside"] == (1, "ä")
    tool = Tool("a", "b", "b", input_schema=deep)
    catalog = unpacked(packed(Catalog(tools=(tool, Tool("a", "c", "c")))))
    assert depth_of(catalog.tools[0].input_schema) == depth
    assert catalog.tools[1] == Tool("a", "c", "c")
    error = unpacked(packed(Reply(1, error=ServerError("no", code=-1, data=deep, hint="do")))).error
    assert (error.message, error.code, depth_of(error.data)) == ("no", -1, depth)


def test_what_is_shared_and_circular_stays_so() -> None:
    shared = {"x": [1]}
    value = [nested(2000), shared, {"again": shared}, []]
    value.append(value)
    _, one, two, empty, itself = again = unpacked(packed(value))
    assert one is two["again"]
    assert (one, empty) == (shared, [])
    assert itself is again


FOREIGN = {
    "a function of Python": pickle.dumps(os.getcwd),
    "a function of ours": pickle.dumps(packed),
    "a class with deeds": b"cservices.inbox.inbox\nInbox\n.",
    "one that another module has": b"cservices.resident.packing\nJackfieldError\n.",
    "a class of Python": b"csubprocess\nPopen\n.",
    "a part of a module": b"cservices.files\nos\n.",
    "noise": b"\x80\x05nonsense",
    "nothing": b"",
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN)
def test_nothing_but_values_comes_out_of_foreign_bytes(data: bytes) -> None:
    with pytest.raises(ValueError, match="no message"):
        unpacked_values(data)
