"""`jackfield bench`: one call again and again, in rounds of so many side by side."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from app.command_line.connect.arguments import read_given
from app.command_line.connect.calls import tool_of
from app.command_line.connect.program import program_of, split_server
from app.command_line.connect.run import Desk, run
from app.command_line.connect.targets import Wish
from app.command_line.terminal.output import FAILED, OK, Cell, answer, note, paint, print_json, table, warn
from services.amounts import plural
from services.arguments.call import check_arguments, tool_arguments
from services.load import measure
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import click

    from services.load import Load

__all__ = ("run_bench",)

_PERCENTILES: Final = (50, 90, 99)
_MOST_REASONS: Final = 5


def run_bench(
    context: click.Context,
    words: tuple[str, ...],
    *,
    given: str | None,
    calls: int,
    concurrency: tuple[int, ...],
    duration: float,
    timeout: float | None,
    no_check: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Measure every round and print the figures; the exit status says whether all calls succeeded."""
    server, name, rest = split_server(context, words, "TOOL")
    whole = read_given(given, rest)
    wish = Wish.of(context, server, timeout=timeout, **options)

    async def work() -> int:
        async with Desk(wish) as desk:
            await desk.manager.listed(desk.server)
            tool = tool_of(desk, name, bool(program_of(context)))
            arguments = tool_arguments(tool, rest, check=not no_check) if whole is None else whole
            if not no_check:
                for remark in check_arguments(tool, arguments, f"jackfield bench {desk.shown} {tool.name}"):
                    warn(remark)

            async def call() -> str:
                result = await desk.manager.call_tool(desk.server, tool.raw_name, arguments)
                told = next((text for block in result.blocks if (text := getattr(block, "text", ""))), "")
                return f"the tool reported an error: {one_line(told, 200)}" if result.is_error else ""

            with suppress(TimeoutError):
                async with asyncio.timeout(duration):
                    await call()
            rounds = []
            for number in concurrency:
                desk.line.show(f"{desk.shown}.{tool.name}: {number} side by side")
                rounds.append(await measure(call, number, calls=calls, seconds=duration))
            desk.line.hide()
            if as_json:
                print_json({"server": desk.server, "tool": tool.raw_name, "rounds": [*map(_value, rounds)]})
            else:
                _print(rounds)
            return FAILED if any(one.failed or not one.latencies for one in rounds) else OK

    return run(work)


def _print(rounds: Sequence[Load]) -> None:
    heads = ["CONCURRENCY", "CALLS", "CALLS/S", *(f"P{percent}" for percent in _PERCENTILES), "MAX", "ERRORS"]
    answer(table(map(_row, rounds), heads))
    for one in rounds:
        for line in _reasons(one):
            note(line)


def _row(one: Load) -> Sequence[str | Cell]:
    times = [_time(one.percentile(percent)) for percent in (*_PERCENTILES, 100)]
    failed = Cell(str(one.failed), "red" if one.failed else "")
    return [str(one.concurrency), str(len(one.latencies)), f"{one.per_second:.1f}", *times, failed]


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _reasons(one: Load) -> Iterator[str]:
    head = paint(f"{one.concurrency} side by side:", "dim", sys.stderr)
    worst = sorted(one.errors.items(), key=lambda item: -item[1])
    for reason, count in worst[:_MOST_REASONS]:
        yield f"{head} {plural(count, 'call')} failed: {one_line(reason, 300)}"
    if one.unfinished:
        yield f"{head} {plural(one.unfinished, 'call')} cancelled at the end of the time"


def _value(one: Load) -> dict[str, Any]:
    return {
        "concurrency": one.concurrency,
        "calls": len(one.latencies),
        "seconds": one.seconds,
        "calls_per_second": one.per_second,
        "latency_ms": {
            **{f"p{percent}": _milliseconds(one.percentile(percent)) for percent in _PERCENTILES},
            "max": _milliseconds(one.percentile(100)),
        },
        "errors": dict(one.errors),
        "unfinished": one.unfinished,
    }


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1e3, 3)
