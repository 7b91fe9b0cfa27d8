"""Reading a slash command: a line becomes an `Invocation`, or a `ParseProblem` in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from app.slash.command import Argument, Command, Kind
from app.slash.names import Names, match_name
from app.slash.table import COMMANDS, SAY_PROMPT, find
from app.slash.tool_words import server_and_tool, several_tools, tool_names, wants_tool
from services.arguments.words import Word, quote, words
from services.ranking import nearest
from services.settings import LEVELS
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = (
    "Invocation",
    "Names",
    "ParseProblem",
    "bind",
    "is_slash",
    "match_name",
    "parse",
    "prompt_line",
    "split_command",
    "split_prompt",
)

_MOST_WORDS = 8
"""More than any command has before the argument that takes the rest."""
_MOST_NAMED = 8
"""Servers that a message names."""
_MOST_COLONS = 16
"""Colons of a word that are looked at: the names of servers and of prompts may hold some."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """A command that can be carried out."""

    name: str
    """The command and its sub-command: `call`, `mcp reconnect`."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    """By `Argument.name`. Servers, tools and prompts are the names in the configuration and the
    catalog; the arguments of tools and prompts stand as typed (`services.arguments.line` reads them)."""
    text: str = ""
    """The line as typed."""


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """Why a line is no command: one plain sentence, what to do next, and the usage where it helps."""

    message: str
    hint: str = ""
    usage: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    """Whole lines that would do, nearest first."""


def is_slash(text: str, commands: Sequence[Command] = COMMANDS) -> bool:
    """Whether the text is a command line rather than something to say to the model.

    A slash in the first column always is. After blanks only a command of the table counts, so
    ` /usr/bin` with a blank before it is text.
    """
    if text.startswith("/"):
        return True
    stripped = text.lstrip()
    if not stripped.startswith("/"):
        return False
    first = next(words(stripped))
    return find(first.text[1:], commands) is not None


def parse(text: str, names: Names, commands: Sequence[Command] = COMMANDS) -> Invocation | ParseProblem:
    """Read one line; never raises."""
    head = tuple(islice(words(text), _MOST_WORDS))
    path, used = split_command(head, commands)
    if not path:
        said = _say_prompt(head[0], text, names) if head else None
        return said or _unknown_command(head[0].text if head else "", commands)
    command = path[-1]
    usage = path[0].usages if len(path) == 1 else (command.usage_in(path[:-1]),)
    if head[used:] and wants_tool(command.arguments) and (ways := several_tools(head[used:], names)):
        return _unclear_tool(command, head[used], ways, text)
    bound, left = bind(command.arguments, head[used:], names)
    keywords = [sub.name for sub in command.subcommands]
    values: dict[str, str] = {}
    for argument in command.arguments:
        word = bound.get(argument.name)
        if word is None:
            if argument.required:
                return ParseProblem(f"{argument.shown} is missing.", usage=usage)
            continue
        others: Sequence[str] = keywords
        if argument.kind is Kind.SERVER and wants_tool(command.arguments):
            others = tool_names(word, names)
        value = _value(argument, word, values, text, names, others)
        if isinstance(value, ParseProblem):
            return value if value.suggestions else ParseProblem(value.message, value.hint, usage)
        values[argument.name] = value
    if left:
        return ParseProblem(f"{_shown(left[0].text)} is one word too many.", usage=usage)
    return Invocation(" ".join(command.name for command in path), values, text)


def split_command(head: Sequence[Word], commands: Sequence[Command]) -> tuple[tuple[Command, ...], int]:
    """The way to the command the words begin with, and how many words that took; a quoted word is a name."""
    if not head or head[0].quoted or not head[0].text.startswith("/"):
        return (), 0
    command = find(head[0].text[1:], commands)
    if command is None:
        return (), 0
    if len(head) > 1 and not head[1].quoted:
        sub = find(head[1].text, command.subcommands)
        if sub is not None:
            return (command, sub), 2
    return (command,), 1


def split_prompt(typed: str, names: Names) -> tuple[str, str] | None:
    """Of `/SERVER:PROMPT` the server, which is known, and the prompt, which need not be; None for others.

    Where colons let it be read in several ways, the one with a prompt that is known.
    """
    found, at = None, 0
    for _ in range(_MOST_COLONS):
        if not typed.startswith("/") or (at := typed.find(":", at + 1)) < 0:
            break
        server = match_name(typed[1:at], names.servers())
        if server is None:
            continue
        if names.catalog(server).prompt(typed[at + 1 :]) is not None:
            return server, typed[at + 1 :]
        found = found or (server, typed[at + 1 :])
    return found


def prompt_line(server: str, prompt: str) -> str:
    """The command that gives a prompt to the model, as it is typed."""
    return f"/{quote(one_line(server))}:{quote(one_line(prompt)) if prompt else ''}"


def bind(
    arguments: Sequence[Argument], rest: Sequence[Word], names: Names
) -> tuple[dict[str, Word], Sequence[Word]]:
    """Which word is which argument, by name; and the words that are left over.

    An optional server before free text is left out when the word names no server, so
    `/tools echo` filters and `/tools demo` lists. Where a server and its tool are needed, one word may
    name both: `/call demo.echo`, or `/call echo` where no other server has it.
    """
    bound: dict[str, Word] = {}
    if wants_tool(arguments) and rest:
        rest = server_and_tool(rest, names)
    for at, argument in enumerate(arguments):
        if not rest:
            break
        word = rest[0]
        more = arguments[at + 1 :]
        optional = argument.kind is Kind.SERVER and not argument.required and more
        if optional and match_name(word.text, names.servers()) is None:
            continue
        bound[argument.name] = word
        rest = () if argument.kind.takes_rest else rest[1:]
    return bound, rest


def _unclear_tool(command: Command, word: Word, ways: Sequence[tuple[str, str]], text: str) -> ParseProblem:
    """A name that tools of several servers have: which they are."""
    few = ways[:_MOST_NAMED]
    said = ", ".join(server for server, _ in few) + (", …" if len(ways) > len(few) else "")
    return ParseProblem(
        f"Several servers have a tool {_shown(word.text)}: {said}.",
        f"Name the server too: /{command.name} {ways[0][1]}",
        suggestions=tuple(text[: word.start] + way + text[word.end :] for _, way in few),
    )


def _value(
    argument: Argument,
    word: Word,
    values: Mapping[str, str],
    text: str,
    names: Names,
    keywords: Sequence[str],
) -> str | ParseProblem:
    """What the argument stands for, in the words of the configuration and the catalog.

    `keywords` are what else might have been meant in its place.
    """
    if argument.kind in (Kind.TOOL_ARGUMENTS, Kind.PROMPT_ARGUMENTS, Kind.NEW_SERVER):
        return text[word.start :].strip()
    rest = argument.kind in (Kind.TEXT, Kind.SAVED)
    taken = tuple(words(text, word.start)) if rest else (word,)
    if taken[-1].unclosed:
        return ParseProblem(f"The quote {taken[-1].unclosed} is not closed.")
    if rest:
        return " ".join(each.text for each in taken)
    known = _known(argument.kind, values.get("server", ""), names)
    if known is None:
        return word.text
    meant = match_name(word.text, known)
    if meant is not None:
        return meant
    return _unknown_name(argument, word, values, text, (*keywords, *known))


def _known(kind: Kind, server: str, names: Names) -> tuple[str, ...] | None:
    """The names an argument may have, or None where anything goes.

    A server that has listed nothing yet may still have the tool: the call will tell.
    """
    if kind is Kind.SERVER:
        return tuple(names.servers())
    if kind is Kind.THEME:
        return tuple(names.themes())
    if kind is Kind.MODEL:
        return tuple(names.models())
    if kind is Kind.LEVEL:
        return LEVELS
    if kind is Kind.TOOL:
        return tuple(tool.name for tool in names.catalog(server).tools) or None
    if kind is Kind.PROMPT:
        return tuple(prompt.name for prompt in names.catalog(server).prompts) or None
    return None


def _say_prompt(word: Word, text: str, names: Names) -> Invocation | ParseProblem | None:
    """A line that begins with `/SERVER:PROMPT`; None where it names no server."""
    found = split_prompt(word.text, names)
    if found is None:
        return _unknown_server(word, text, names)
    if word.unclosed:
        return ParseProblem(f"The quote {word.unclosed} is not closed.")
    server, prompt = found
    if not prompt:
        return ParseProblem("PROMPT is missing.", usage=(SAY_PROMPT.usage,))
    known = _known(Kind.PROMPT, server, names)
    meant = prompt if known is None else match_name(prompt, known)
    if meant is None:
        near = nearest(prompt, known or ())
        lines = tuple(prompt_line(server, name) + text[word.end :] for name in near)
        message = f"The server {_shown(server)} has no prompt {_shown(prompt)}."
        return ParseProblem(message, _did_you_mean([one_line(name) for name in near]), suggestions=lines)
    rest = text[word.end :].strip()
    return Invocation(
        "say prompt", {"server": server, "prompt": meant} | ({"arguments": rest} if rest else {}), text
    )


def _unknown_server(word: Word, text: str, names: Names) -> ParseProblem | None:
    server, colon, prompt = word.text[1:].partition(":")
    near = [one_line(name) for name in nearest(server, names.servers())] if colon else []
    if not near:
        return None
    lines = tuple(prompt_line(name, prompt) + text[word.end :] for name in near)
    return ParseProblem(f"There is no server {_shown(server)}.", _did_you_mean(near), suggestions=lines)


def _unknown_name(
    argument: Argument, word: Word, values: Mapping[str, str], text: str, known: Iterable[str]
) -> ParseProblem:
    wanted = _shown(word.text)
    message = {
        Kind.SERVER: f"There is no server {wanted}.",
        Kind.THEME: f"There is no theme {wanted}.",
        Kind.MODEL: f"There is no model {wanted}.",
        Kind.LEVEL: f"There is no log level {wanted}.",
    }.get(argument.kind, f"The server {_shown(values.get('server', ''))} has no {argument.kind} {wanted}.")
    near = [one_line(name) for name in nearest(word.text, known)]
    lines = tuple(text[: word.start] + quote(name) + text[word.end :] for name in near)
    return ParseProblem(message, _did_you_mean(near), suggestions=lines)


def _unknown_command(typed: str, commands: Sequence[Command]) -> ParseProblem:
    near = [f"/{name}" for name in nearest(typed[1:], [command.name for command in commands])]
    hint = _did_you_mean(near) if near else "/help lists the commands."
    if "/" in typed[1:]:
        hint = f"{hint} To send it as text, put a space before it."
    return ParseProblem(f"{_shown(typed)} is not a command.", hint, suggestions=tuple(near))


def _did_you_mean(names: Sequence[str]) -> str:
    if not names:
        return ""
    *first, last = (_shown(name) for name in names)
    return f"Did you mean {', '.join(first)} or {last}?" if first else f"Did you mean {last}?"


def _shown(text: str) -> str:
    text = one_line(text, 80)
    return text if text.startswith("/") else f'"{text}"'
