"""The program at the other end, without one: crowds, faults of ours, numbers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest

from services.app_server.dialect import DIALECT
from services.app_server.question_values import ElicitationResponse
from services.driving.driver import Driver, DriverFailed
from services.driving.jsonrpc import Request, read
from services.driving.values import Nothing
from tests.services.driving.kept_writer import Kept

if TYPE_CHECKING:
    from services.driving.driver import Call
    from services.standard_streams import Writer


async def _reload(_params: Any, _call: Call) -> Nothing:
    await asyncio.sleep(60)
    return Nothing()


async def _initialize(_params: Any, _call: Call) -> Nothing:
    raise ZeroDivisionError("a fault of ours")


def driver(kept: Kept) -> Driver:
    """A driver that has called `initialize`."""
    made = Driver(
        cast("Writer", kept), DIALECT, {"initialize": _initialize, "config/mcpServer/reload": _reload}
    )
    made.hear(Request("initialize", {"clientInfo": {"name": "a", "version": "1"}}, 0))
    return made


async def test_a_fault_of_ours_is_answered() -> None:
    kept = Kept()
    made = driver(kept)
    await asyncio.sleep(0)
    assert kept.messages[0]["id"] == 0 and kept.codes() == [-32000]
    await made.close(0)


async def test_a_crowd_is_refused_and_the_rest_ends_with_an_answer() -> None:
    kept = Kept()
    made = driver(kept)
    await asyncio.sleep(0)
    for number in range(1_001):
        made.hear(Request("config/mcpServer/reload", {}, number))
    assert kept.messages[-1]["id"] == 1_000 and kept.codes()[-1] == -32001
    made.hear(Request("$/cancelRequest", {"id": 7}))
    await asyncio.sleep(0.01)
    assert kept.messages[-1]["id"] == 7
    await made.close(0)
    assert kept.codes().count(-32800) == 1_000


async def test_a_driver_that_leaves_fails_what_it_was_asked() -> None:
    kept = Kept()
    made = driver(kept)
    asking = asyncio.create_task(made.ask("mcpServer/elicitation/request", Nothing(), ElicitationResponse))
    await asyncio.sleep(0)
    await made.close(0)
    with pytest.raises(DriverFailed, match="has left"):
        await asking


def test_numbers_keep_their_digits() -> None:
    message = read(
        b'{"id": 1, "method": "x", "params": {"a": 1.00000000000000000001, "b": 12345678901234567}}'
    )
    assert isinstance(message, Request)
    assert repr(message.params["a"]) == "1.00000000000000000001"
    assert message.params["b"] == 12345678901234567
