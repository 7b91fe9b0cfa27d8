"""What may come next in a slash command or a mention: names and values that fit what is typed, best first.

Everything but the values of prompt arguments and template variables is known here and answered
within milliseconds; those are asked of the server (`completion/complete`), with a limit.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from app.slash.command import Argument, Command, Kind
from app.slash.completion_commands import command_candidates, subcommand_candidates
from app.slash.completion_mentions import mention_candidates
from app.slash.completion_names import NAMES, counts, file_candidates, name_candidates
from app.slash.completion_servers import new_server_candidates
from app.slash.completion_values import prompt_argument_candidates, tool_argument_candidates, uri_candidates
from app.slash.offers import Place
from app.slash.parse import bind, is_slash, match_name, split_command, split_prompt
from app.slash.table import COMMANDS
from services.arguments.tool_names import is_bare_call, owners
from services.arguments.words import Word, read_word, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.slash.offers import CompletionSource
    from widgets.composer.candidate import Candidate

__all__ = ("candidates",)

_LONGEST = 8192
"""Characters before the cursor; a line longer than that is pasted, not typed."""
_CALL = "/call "


async def candidates(
    text: str, cursor: int, source: CompletionSource, commands: Sequence[Command] = COMMANDS
) -> tuple[Candidate, ...]:
    """At most 50 ways to go on at the cursor, best first; in a text that is no command only mentions."""
    if cursor > _LONGEST:
        return ()
    if not is_slash(text, commands):
        if bare := await _bare_call_candidates(text, cursor, source, commands):
            return bare
        return await mention_candidates(text, cursor, source, lambda server: counts(source.catalog(server)))
    done, place, quoted = _look(text, cursor)
    if not done:
        return command_candidates(place, commands, source)
    path, used = split_command(done, commands)
    if not path:
        return await _said_prompt_candidates(place, done, source)
    command, rest = path[-1], done[used:]
    bound, left = bind(command.arguments, rest, source)
    slot = None if left else _slot(command.arguments, bound)
    if command.subcommands and not rest and not quoted:
        return subcommand_candidates(place, command, slot, source)
    if slot is None:
        return ()
    return await _argument_candidates(place, command, slot, bound, source)


async def _bare_call_candidates(
    text: str, cursor: int, source: CompletionSource, commands: Sequence[Command]
) -> tuple[Candidate, ...]:
    """The same in a text that begins with `server.tool`, which is a call without its command."""
    first = next(words(text), None)
    if first is None or cursor < first.start or not owners(first.text, source):
        return ()
    # Behind the name only arguments are completed: a sentence that begins with it is left alone.
    if cursor > first.end and not is_bare_call(text, source):
        return ()
    found = await candidates(_CALL + text, len(_CALL) + cursor, source, commands)
    back = len(_CALL)
    return tuple(replace(each, start=each.start - back, end=each.end - back) for each in found)


def _look(text: str, cursor: int) -> tuple[Sequence[Word], Place, bool]:
    """The words before the one at the cursor, the place of that one, and whether it is quoted."""
    before = text[:cursor]
    head = tuple(islice(words(before), 8))
    if head and head[-1].end == cursor:
        current = head[-1]
        end = max(cursor, read_word(text, current.start).end)
        return head[:-1], Place(text, current.start, end, cursor, current.text), current.quoted
    return head, Place(text, cursor, cursor, cursor, ""), False


def _slot(arguments: Sequence[Argument], bound: Mapping[str, Word]) -> Argument | None:
    """The argument that is being typed: the one that takes the rest, or the first after those given."""
    given = [at for at, argument in enumerate(arguments) if argument.name in bound]
    last = given[-1] if given else -1
    if last >= 0 and arguments[last].kind.takes_rest:
        return arguments[last]
    return arguments[last + 1] if last + 1 < len(arguments) else None


async def _said_prompt_candidates(
    place: Place, done: Sequence[Word], source: CompletionSource
) -> tuple[Candidate, ...]:
    """The arguments of a prompt that is given to the model."""
    said = split_prompt(done[0].text, source)
    prompt = source.catalog(said[0]).prompt(said[1]) if said is not None else None
    begin = done[1].start if len(done) > 1 else place.start
    return await prompt_argument_candidates(place, begin, prompt, source) if prompt is not None else ()


async def _argument_candidates(
    place: Place, command: Command, slot: Argument, bound: Mapping[str, Word], source: CompletionSource
) -> tuple[Candidate, ...]:
    server = _named(bound, "server", source.servers())
    if slot.kind is Kind.NEW_SERVER:
        begin = bound[slot.name].start if slot.name in bound else place.start
        return new_server_candidates(place, begin)
    if slot.kind is Kind.SAVED and slot.name in bound:  # a name of several words needs no quotes
        begin = bound[slot.name].start
        place = Place(place.text, begin, place.end, place.cursor, place.text[begin : place.cursor])
    if slot.kind in NAMES:
        return name_candidates(place, command, slot, server, source)
    if server is None:
        return ()
    if slot.kind is Kind.FILE:
        return file_candidates(place, bound["skill"].text, source.catalog(server).skills)
    begin = bound[slot.name].start if slot.name in bound else place.start
    if slot.kind is Kind.URI:
        return await uri_candidates(place, server, source, forms=command.name == "read")
    if slot.kind is Kind.TOOL_ARGUMENTS:
        catalog = source.catalog(server)
        name = _named(bound, "tool", [tool.name for tool in catalog.tools])
        tool = catalog.tool(name) if name is not None else None
        return tool_argument_candidates(place, begin, tool) if tool is not None else ()
    if slot.kind is Kind.PROMPT_ARGUMENTS:
        catalog = source.catalog(server)
        name = _named(bound, "prompt", [prompt.name for prompt in catalog.prompts])
        prompt = catalog.prompt(name) if name is not None else None
        return await prompt_argument_candidates(place, begin, prompt, source) if prompt is not None else ()
    return ()


def _named(bound: Mapping[str, Word], argument: str, names: Sequence[str]) -> str | None:
    word = bound.get(argument)
    return None if word is None else match_name(word.text, names)
