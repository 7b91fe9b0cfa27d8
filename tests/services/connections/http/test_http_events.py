"""Streams of events, cut: the same events however the bytes come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.connections.http.events import EventCutter, without_mark

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STREAM = b": hm\n\nevent: message\nid: 7\ndata: one\ndata:two\n\ndata\n\nevent: ping\ndata: x\n\ndata: left"


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 1_000])
def test_events_are_the_same_however_they_come(end: bytes, size: int) -> None:
    data = STREAM.replace(b"\n", end)
    cutter = EventCutter()
    events = [event for at in range(0, len(data), size) for event in cutter.feed(data[at : at + size])]
    assert [event.data for event in events] == [b"", b"one\ntwo", b"", b"x"]
    assert [event.is_message for event in events] == [True, True, True, False]
    assert events[1].rest == b"event: message\nid: 7\n"
    left = cutter.finish()
    assert left is not None
    assert left.data == b"left"


@pytest.mark.parametrize("chunks", [[b"\xef\xbb\xbfdata"], [b"\xef", b"\xbb", b"\xbfdata"], [b"da", b"ta"]])
async def test_a_mark_at_the_beginning_is_taken_away(chunks: list[bytes]) -> None:
    async def come() -> AsyncGenerator[bytes, None]:
        for chunk in chunks:
            yield chunk

    assert b"".join([chunk async for chunk in without_mark(come())]) == b"data"


def test_an_event_of_more_lines_than_anybody_writes_has_no_data() -> None:
    (event,) = EventCutter().feed(b"event: message\n" + b"data:\n" * 200_000 + b"\n")
    assert event.is_message
    assert event.data is None


def test_names_that_only_begin_like_a_field_are_none() -> None:
    (event,) = EventCutter().feed(b"database: 1\ndata: a\n data: b\nidle: 2\neventually: 3\nid\n\n")
    assert (event.type, event.data, event.rest) == (b"", b"a", b"id: \n")
