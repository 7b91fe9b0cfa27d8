"""The tools of the demo server: how they are announced and what they do."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.server.subscriptions import ToolsListChanged

from services.demo.borrowing import borrow_model, look_around
from services.demo.calls import LEVELS, DemoTool, complain, failure, result
from services.demo.interview import interview
from services.demo.media import PANEL, SCENARIOS, audio, image_scenario, links, panel
from services.demo.questions import FORMS, ask, ask_url
from services.demo.schemas import closed
from services.demo.tasks import brew

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from services.demo.calls import Call, DemoState, Outcome

__all__ = ("TOOLS", "tool_list")

LINE = "The quick brown fox jumps over the lazy dog, and 0123456789 follow it around. \n"


async def echo(call: Call) -> Outcome:
    return result(call.arguments["text"])


async def add(call: Call) -> Outcome:
    a, b = call.arguments["a"], call.arguments["b"]
    return result(f"{a} + {b} = {a + b}", structured={"sum": a + b})


async def countdown(call: Call) -> Outcome:
    """At least ten steps, none longer than a second."""
    seconds = float(call.arguments["seconds"])
    steps = max(10, math.ceil(seconds))
    try:
        for step in range(steps):
            left = seconds * (steps - step) / steps
            await call.progress(step, steps, f"step {step + 1} of {steps}, {left:.1f} s to go")
            await anyio.sleep(seconds / steps)
        await call.progress(steps, steps, "lift-off")
    except anyio.get_cancelled_exc_class():
        complain("countdown: cancelled")
        raise
    return result(f"Lift-off after {seconds:g} s.")


async def big(call: Call) -> Outcome:
    size = int(call.arguments["bytes"])
    return result((LINE * (size // len(LINE) + 1))[:size])


async def fail(call: Call) -> Outcome:
    return failure(call.arguments.get("message", "This tool always fails."))


async def crash(call: Call) -> Outcome:
    complain("crash: the operator pulled the plug")
    os._exit(3)


async def chatter(call: Call) -> Outcome:
    lines = int(call.arguments.get("lines", 3))
    for number in range(1, lines + 1):
        complain(f"chatter: line {number} of {lines} on standard error")
    sent = [await call.log(level, f"chatter: a message of level {level}") for level in LEVELS]
    return result(f"{lines} lines on standard error, {sum(sent)} log messages.")


async def grow(call: Call) -> Outcome:
    """Announce the new tool in the way of either revision; the other one is dropped by the SDK."""
    name = f"grown_{len(call.state.grown) + 1}"
    call.state.grown.append(name)
    await call.context.session.send_tool_list_changed()
    await call.state.bus.publish(ToolsListChanged())
    return result(f"There is a new tool: {name}")


async def greet(call: Call) -> Outcome:
    return result(f"I am {call.params.name}, grown while you watched.")


def hints(
    *, changes: bool = False, destroys: bool = False, repeatable: bool = True, outside: bool = False
) -> types.ToolAnnotations:
    """Annotations in the words of the specification."""
    return types.ToolAnnotations(
        read_only_hint=not changes,
        destructive_hint=destroys,
        idempotent_hint=repeatable,
        open_world_hint=outside,
    )


def tool(
    run: Callable[[Call], Awaitable[Outcome]],
    title: str,
    description: str,
    arguments: dict[str, Any] | None = None,
    *,
    needs: tuple[str, ...] = (),
    output: dict[str, Any] | None = None,
    annotations: types.ToolAnnotations | None = None,
    page: str = "",
) -> DemoTool:
    """A tool named like the function that runs it; `page` is the `ui://` resource of its MCP App."""
    announced = types.Tool(
        name=getattr(run, "__name__", title),
        title=title,
        description=description,
        input_schema=closed(arguments or {}, needs),
        output_schema=output,
        annotations=annotations or hints(),
        _meta={"ui": {"resourceUri": page}} if page else None,
    )
    return DemoTool(announced, run)


TOOLS: tuple[DemoTool, ...] = (
    tool(
        echo,
        "Echo",
        "Says back what it was told.",
        {"text": {"type": "string", "description": "what to say back"}},
        needs=("text",),
    ),
    tool(
        add,
        "Add",
        "Adds two numbers; answers in words and as structured content.",
        {
            "a": {"type": "number", "description": "the first number"},
            "b": {"type": "number", "description": "the second number"},
        },
        needs=("a", "b"),
        output=closed({"sum": {"type": "number"}}, ("sum",)),
    ),
    tool(
        image_scenario,
        "Image scenario",
        "Answers with pictures and text, some of it broken, in the order the scenario names.",
        {
            "scenario": {"type": "string", "enum": list(SCENARIOS), "description": "what the answer holds"},
            "caption": {"type": "string", "description": "the text, where the scenario has one"},
        },
        needs=("scenario",),
    ),
    tool(
        ask,
        "Ask with a form",
        "Asks you with a form that has every kind of field, and says what you answered.",
        {
            "form": {
                "type": "string",
                "enum": list(FORMS),
                "default": "every field",
                "description": "how long a form",
            }
        },
        annotations=hints(repeatable=False),
    ),
    tool(
        ask_url,
        "Ask with a web address",
        "Asks you to open a page in your browser, and says what you answered.",
        {
            "way": {
                "type": "string",
                "enum": ["asked", "finishes", "first"],
                "default": "asked",
                "description": "2025-11-25: the page finishes by itself, or is wanted before the call",
            }
        },
        annotations=hints(repeatable=False, outside=True),
    ),
    tool(
        borrow_model,
        "Borrow your model",
        "Asks a model of yours about a picture, and says what it answered.",
        {"question": {"type": "string", "description": "what to ask about the picture"}},
        annotations=hints(repeatable=False),
    ),
    tool(look_around, "Look around", "Asks for the directories it may work in, and says which they are."),
    tool(
        interview,
        "Interview",
        "Asks for several things at once, then one more thing a round.",
        {"rounds": {"type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "how many"}},
        annotations=hints(repeatable=False, outside=True),
    ),
    tool(
        brew,
        "Brew",
        "Makes tea: a task that goes on at the server, where the client takes tasks.",
        {
            "seconds": {"type": "number", "minimum": 0, "maximum": 3600, "description": "how long to take"},
            "ask": {"type": "boolean", "default": False, "description": "ask in the middle of it"},
        },
        needs=("seconds",),
    ),
    tool(
        countdown,
        "Countdown",
        "Counts down and reports progress at every step; may be cancelled.",
        {"seconds": {"type": "number", "minimum": 0, "maximum": 3600, "description": "how long to take"}},
        needs=("seconds",),
    ),
    tool(
        big,
        "Big",
        "Answers with one long text.",
        {"bytes": {"type": "integer", "minimum": 0, "maximum": 200_000_000, "description": "how long"}},
        needs=("bytes",),
    ),
    tool(
        fail,
        "Fail",
        "Answers that it failed.",
        {"message": {"type": "string", "description": "what to say went wrong"}},
    ),
    tool(
        crash,
        "Crash",
        "Ends the server's process with status 3.",
        annotations=hints(changes=True, destroys=True, repeatable=False),
    ),
    tool(
        chatter,
        "Chatter",
        "Writes on standard error and sends a log message of every level.",
        {
            "lines": {
                "type": "integer",
                "minimum": 0,
                "maximum": 10_000,
                "default": 3,
                "description": "lines on standard error",
            }
        },
        annotations=hints(repeatable=False),
    ),
    tool(
        grow,
        "Grow",
        "Adds a tool to this server and announces it.",
        annotations=hints(changes=True, repeatable=False),
    ),
    tool(audio, "Audio", "Answers with a short sound."),
    tool(links, "Links", "Answers with links to resources and with resources enclosed."),
    tool(panel, "Panel", "Shows the sockets, in words or on the page of an MCP App.", page=PANEL),
)


def tool_list(state: DemoState) -> dict[str, DemoTool]:
    """The tools as they are now, by name."""
    tools = {known.tool.name: known for known in TOOLS}
    return tools | {name: DemoTool(GROWN.model_copy(update={"name": name}), greet) for name in state.grown}


GROWN = types.Tool(
    name="grown", description="Was not here before.", input_schema=closed({}), annotations=hints()
)
"""What a tool that `grow` adds looks like, but for its name."""
