"""What may come next in a slash command or a mention: names and values that fit what is typed, best first.

Everything but the values of prompt arguments and template variables is known here and answered
within milliseconds; those are asked of the server (`completion/complete`), with a limit.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from app.slash.command import Argument, Command, Kind
from app.slash.completion_mentions import mention_candidates
from app.slash.completion_servers import PROGRAMS, new_server_candidates
from app.slash.completion_values import prompt_argument_candidates, tool_argument_candidates, uri_candidates
from app.slash.offers import Offer, Place, candidates_of, name_offers
from app.slash.parse import bind, is_slash, match_name, prompt_line, split_command, split_prompt
from app.slash.table import COMMANDS
from services.arguments.tool_names import is_bare_call, owners
from services.arguments.words import Word, quote, read_word, words
from services.finder.ranking import best
from services.settings import LEVELS
from services.skills.naming import labels, size_text
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.slash.offers import CompletionSource
    from services.catalog.entries import Catalog, Prompt, Tool
    from services.skills.entries import Skill
    from widgets.composer.candidate import Candidate

__all__ = ("candidates",)

_LONGEST = 8192
"""Characters before the cursor; a line longer than that is pasted, not typed."""
_CALL = "/call "
_MOST_SHOWN = 3
"""Arguments of a prompt that its line in the list shows."""
_NAMES = frozenset(
    (
        Kind.SERVER,
        Kind.SAVED,
        Kind.THEME,
        Kind.MODEL,
        Kind.LEVEL,
        Kind.PROGRAM,
        Kind.TOOL,
        Kind.PROMPT,
        Kind.SKILL,
    )
)


async def candidates(
    text: str, cursor: int, source: CompletionSource, commands: Sequence[Command] = COMMANDS
) -> tuple[Candidate, ...]:
    """At most 50 ways to go on at the cursor, best first; in a text that is no command only mentions."""
    if cursor > _LONGEST:
        return ()
    if not is_slash(text, commands):
        if bare := await _bare_call_candidates(text, cursor, source, commands):
            return bare
        return await mention_candidates(text, cursor, source, lambda server: _counts(source.catalog(server)))
    done, place, quoted = _look(text, cursor)
    if not done:
        return _command_candidates(place, commands, source)
    path, used = split_command(done, commands)
    if not path:
        return await _said_prompt_candidates(place, done, source)
    command, rest = path[-1], done[used:]
    bound, left = bind(command.arguments, rest, source)
    slot = None if left else _slot(command.arguments, bound)
    if command.subcommands and not rest and not quoted:
        return _subcommand_candidates(place, command, slot, source)
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


def _command_candidates(
    place: Place, commands: Sequence[Command], source: CompletionSource
) -> tuple[Candidate, ...]:
    """Commands, and once something is typed the prompts of all servers, which are commands too."""
    known: list[Offer | Prompt] = [
        Offer(
            f"/{command.name}",
            f"/{command.name}",
            command.usage,
            command.summary,
            more=bool(command.arguments or command.subcommands),
            final=not command.needs_arguments,
        )
        for command in commands
    ]
    if len(place.typed) > 1:
        known += [prompt for server in source.servers() for prompt in source.catalog(server).prompts]
    found = best(place.typed, known, lambda each: each.text if isinstance(each, Offer) else _said(each))
    offers = [each if isinstance(each, Offer) else _prompt_offer(each) for each in found]
    # Commands are found whatever their case, names of servers and prompts are not.
    typed = place.typed if ":" in place.typed else place.typed.casefold()
    ready = any(offer.final and offer.text == typed for offer in offers)
    return candidates_of(offers, place, settled=ready)


def _said(prompt: Prompt) -> str:
    return f"/{one_line(prompt.server)}:{prompt.name}"


def _prompt_offer(prompt: Prompt) -> Offer:
    """A prompt as the command that gives it to the model."""
    line, arguments = prompt_line(prompt.server, prompt.name), prompt.arguments
    shown = [f"{one_line(each.name, 40)}=" for each in arguments[:_MOST_SHOWN]]
    needed = any(argument.required for argument in arguments)
    return Offer(
        _said(prompt),
        line,
        one_line(" ".join([line, *shown, *("…" for _ in arguments[_MOST_SHOWN : _MOST_SHOWN + 1])])),
        one_line(_about_prompt(prompt), 160),
        more=bool(arguments),
        final=not needed,
    )


async def _said_prompt_candidates(
    place: Place, done: Sequence[Word], source: CompletionSource
) -> tuple[Candidate, ...]:
    """The arguments of a prompt that is given to the model."""
    said = split_prompt(done[0].text, source)
    prompt = source.catalog(said[0]).prompt(said[1]) if said is not None else None
    begin = done[1].start if len(done) > 1 else place.start
    return await prompt_argument_candidates(place, begin, prompt, source) if prompt is not None else ()


def _subcommand_candidates(
    place: Place, command: Command, slot: Argument | None, source: CompletionSource
) -> tuple[Candidate, ...]:
    """Sub-commands, and what else may stand in their place."""
    offers = [
        Offer(
            sub.name,
            sub.name,
            " ".join([sub.name, *(argument.usage for argument in sub.arguments)]),
            sub.summary,
            more=bool(sub.arguments),
            final=not sub.needs_arguments,
        )
        for sub in command.subcommands
    ]
    ready = not place.typed and not command.needs_arguments
    if slot is not None and slot.kind is Kind.SERVER:
        keywords = tuple(sub.name for sub in command.subcommands)
        offers += _server_offers(place, source, more=False, final=True, keywords=keywords)
    ready = ready or any(offer.final and offer.text == place.typed for offer in offers)
    return candidates_of(_best(place, offers), place, settled=ready)


def _best(place: Place, offers: Sequence[Offer]) -> list[Offer]:
    return best(place.typed, offers, lambda offer: offer.text)


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
    if slot.kind in _NAMES:
        return _name_candidates(place, command, slot, server, source)
    if server is None:
        return ()
    if slot.kind is Kind.FILE:
        return _file_candidates(place, bound["skill"].text, source.catalog(server).skills)
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


def _name_candidates(
    place: Place, command: Command, slot: Argument, server: str | None, source: CompletionSource
) -> tuple[Candidate, ...]:
    after = command.arguments[command.arguments.index(slot) + 1 :]
    more, final = bool(after), not any(argument.required for argument in after)
    catalog = source.catalog(server) if server is not None else None
    if slot.kind is Kind.SERVER:
        offers = _server_offers(place, source, more=more, final=final)
        if after and after[0].required and after[0].kind is Kind.TOOL:
            offers += _tool_offers(place, source)
    elif slot.kind is Kind.MODEL:
        offers = name_offers(place, source.models(), str, lambda _model: "", more=more, final=final)
    elif slot.kind is Kind.THEME:
        offers = name_offers(place, source.themes(), str, lambda _theme: "", more=more, final=final)
    elif slot.kind is Kind.SAVED:
        saved = source.saved_calls()
        offers = name_offers(place, saved, str, lambda name: saved[name], more=more, final=final)
    elif slot.kind is Kind.PROGRAM:
        offers = name_offers(place, PROGRAMS, str, lambda _program: "", more=more, final=final)
    elif slot.kind is Kind.LEVEL:
        offers = name_offers(place, LEVELS, str, lambda _level: "", more=more, final=final)
    elif catalog is None:
        return ()
    elif slot.kind is Kind.TOOL:
        offers = name_offers(
            place, catalog.tools, lambda tool: tool.name, _about_tool, more=more, final=final
        )
    elif slot.kind is Kind.SKILL:
        known = dict(zip(labels(catalog.skills), catalog.skills, strict=True))
        offers = name_offers(place, known, str, lambda name: known[name].description, more=more, final=final)
    else:
        offers = name_offers(
            place, catalog.prompts, lambda prompt: prompt.name, _about_prompt, more=more, final=final
        )
    if not place.typed:
        settled = not slot.required
    elif any(offer.text == place.typed for offer in offers):
        settled = final
    else:
        # An optional server may turn out to be the first word of a filter.
        settled = not slot.required and more
    return candidates_of(offers, place, settled=settled)


def _tool_offers(place: Place, source: CompletionSource) -> list[Offer]:
    """Tools of all servers as `server.tool`, once something is typed that names one."""
    if not place.typed.strip():
        return []
    tools = [tool for server in source.servers() for tool in source.catalog(server).tools]
    found = best(place.typed, tools, lambda tool: f"{tool.server}.{tool.name}")
    names = [(one_line(f"{tool.server}.{tool.name}"), tool) for tool in found]
    return [
        Offer(name, quote(name), name, one_line(_about_tool(tool), 160), more=True, final=True)
        for name, tool in names
    ]


def _file_candidates(place: Place, typed: str, skills: Sequence[Skill]) -> tuple[Candidate, ...]:
    """The files of the skill that was named."""
    known = dict(zip(labels(skills), skills, strict=True))
    name = match_name(typed, tuple(known))
    files = known[name].files if name is not None else ()
    offers = name_offers(place, files, lambda file: file.path, size_text, more=False, final=True)
    settled = not place.typed or any(offer.text == place.typed for offer in offers)
    return candidates_of(offers, place, settled=settled)


def _about_tool(tool: Tool) -> str:
    return tool.description or tool.title


def _about_prompt(prompt: Prompt) -> str:
    return prompt.description or prompt.title


def _server_offers(
    place: Place, source: CompletionSource, *, more: bool, final: bool, keywords: Sequence[str] = ()
) -> list[Offer]:
    return name_offers(
        place,
        source.servers(),
        str,
        lambda server: _counts(source.catalog(server)),
        more=more,
        final=final,
        keywords=keywords,
    )


def _counts(catalog: Catalog) -> str:
    """What a server offers, in a few words."""
    counts = (
        (len(catalog.tools), "tool"),
        (len(catalog.resources), "resource"),
        (len(catalog.templates), "template"),
        (len(catalog.prompts), "prompt"),
        (len(catalog.skills), "skill"),
    )
    return " · ".join(f"{count} {what}{'s' * (count != 1)}" for count, what in counts if count)
