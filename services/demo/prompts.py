"""The prompts of the demo server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mcp_types as types

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ("AUDIENCES", "PROMPTS", "complete_prompt", "messages")

AUDIENCES = ("a beginner", "a developer", "an operator", "a child of ten")

PROMPTS = (
    types.Prompt(name="tour", title="Tour", description="A walk through what this server can do."),
    types.Prompt(
        name="explain_tool",
        title="Explain a tool",
        description="Asks a model to explain one of the tools here.",
        arguments=[
            types.PromptArgument(name="tool", description="which tool", required=True),
            types.PromptArgument(name="audience", description="who it is for", required=False),
        ],
    ),
)


def messages(name: str, arguments: Mapping[str, str]) -> list[types.PromptMessage]:
    """What a prompt says; KeyError when a required argument is missing."""
    if name == "tour":
        return [
            say("user", "Show me around this server."),
            say("assistant", "Gladly: `add` counts, `image_scenario` paints and `ask` asks. Which first?"),
        ]
    tool, audience = arguments["tool"], arguments.get("audience") or AUDIENCES[0]
    return [say("user", f"Explain the tool `{tool}` of the demo server to {audience}.")]


def say(role: types.Role, words: str) -> types.PromptMessage:
    """One message of a prompt."""
    return types.PromptMessage(role=role, content=types.TextContent(text=words))


def complete_prompt(argument: str, value: str, tools: Iterable[str]) -> list[str]:
    """Values for an argument of `explain_tool`."""
    choices = {"tool": tools, "audience": AUDIENCES}.get(argument, ())
    return [choice for choice in choices if value.lower() in choice.lower()]
