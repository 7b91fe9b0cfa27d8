"""Completing what stands after a name: URIs, the arguments of tools and prompts, their values."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.slash.offers import Offer, Place, candidates_of, name_offers
from services.arguments.pieces import Piece, pieces
from services.arguments.templates import completes, fill
from services.arguments.values import as_text
from services.arguments.words import quote
from services.errors import JackfieldError
from services.finder.ranking import best
from services.schemas import properties as schemas
from services.sendable import unsendable
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from app.slash.offers import CompletionSource
    from services.arguments.templates import Filled
    from services.catalog.entries import Prompt, ResourceTemplate, Tool
    from services.schemas.properties import Schema
    from widgets.composer.candidate import Candidate

__all__ = ("prompt_argument_candidates", "tool_argument_candidates", "uri_candidates", "uri_offers")

_PATIENCE = 3.0
"""Seconds a server may take to complete a value; then there is nothing to offer."""

_MOST_ASKED = 3
"""Templates whose variables are asked for at once."""

_SHORT = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "array": "list",
    "object": "object",
}


async def uri_candidates(
    place: Place, server: str, source: CompletionSource, *, forms: bool
) -> tuple[Candidate, ...]:
    """Resources whose URI fits, and templates: their literal text, then the values of their variables.

    With `forms` the template itself is offered too where its variables begin: its form asks for them.
    """
    offers, whole = await uri_offers(place, server, source, forms=forms)
    fits = any(offer.text.startswith(place.typed) for offer in offers)
    return candidates_of(offers, place, settled=bool(place.typed) and (whole or not fits))


async def uri_offers(
    place: Place, server: str, source: CompletionSource, *, forms: bool = False
) -> tuple[list[Offer], bool]:
    """The same as offers, of which those that are `final` are whole; and whether what is typed is whole."""
    catalog = source.catalog(server)
    offers = name_offers(
        place,
        catalog.resources,
        lambda resource: resource.uri,
        lambda resource: resource.description or resource.title or resource.name,
        more=False,
        final=True,
    )
    literal: list[Offer] = []
    asked: list[tuple[ResourceTemplate, Filled]] = []
    for template in catalog.templates:
        filled = fill(template.uri_template, place.typed)
        if filled is not None and filled.variable and len(asked) < _MOST_ASKED:
            asked.append((template, filled))
        else:
            literal.append(_template_offer(template, filled, forms))
    offers += best(place.typed, literal, lambda offer: offer.text)
    for values in await asyncio.gather(*(_template_values(*each, source) for each in asked)):
        offers += values
    begun = (template for template, filled in asked if forms and not filled.value and not filled.others)
    offers += [_form_offer(template) for template in begun]
    whole = any(resource.uri == place.typed for resource in catalog.resources) or any(
        filled.value and filled.complete and not filled.following for _, filled in asked
    )
    return offers, whole


def _template_offer(template: ResourceTemplate, filled: Filled | None, forms: bool) -> Offer:
    """A template up to the next variable; as it stands where that cannot be completed."""
    if forms and not completes(template.uri_template):
        return _form_offer(template)
    filled = filled or fill(template.uri_template, "")
    prefix = filled.prefix if filled else ""
    about = template.description or template.title or template.name
    return Offer(template.uri_template, prefix, one_line(template.uri_template), one_line(about, 160))


def _form_offer(template: ResourceTemplate) -> Offer:
    """A template as it stands: `/read` asks for its variables."""
    text = template.uri_template
    return Offer(text, quote(text), one_line(text), "a form asks for its variables", final=True)


async def _template_values(
    template: ResourceTemplate, filled: Filled, source: CompletionSource
) -> list[Offer]:
    values = await _ask(source, template.server, template, filled.variable, filled.value, filled.others)
    about = one_line(f"{filled.variable} · {template.title or template.name}", 160)
    uris = [filled.with_value(value) for value in values]
    return [Offer(uri, quote(uri), one_line(uri), about, final=filled.complete) for uri in uris]


def tool_argument_candidates(place: Place, begin: int, tool: Tool) -> tuple[Candidate, ...]:
    """Names of a tool's arguments that are not given yet, or the values a closed choice allows."""
    schema = tool.input_schema
    known = schemas.properties(schema)
    if place.text.startswith("{", begin):
        return ()
    current, given = _pieces_before(
        place, begin, lambda key: bool(schemas.types(known.get(key, {}), schema) & {"array", "object"})
    )
    if current is None or not current.key:
        first = schemas.required(schema)
        order = [*(name for name in first if name in known), *(name for name in known if name not in first)]
        about = {one_line(name): _about(known[name], schema, required=name in first) for name in order}
        return _key_candidates(place, begin, current, given, about)
    found = known.get(current.key, {})
    values = schemas.choices(found, schema)
    if not values and "boolean" in schemas.types(found, schema):
        values = (True, False)
    texts = best(current.value, [as_text(value) for value in values], str)
    return _value_candidates(place, begin, current, texts, settled=current.value in texts)


async def prompt_argument_candidates(
    place: Place, begin: int, prompt: Prompt, source: CompletionSource
) -> tuple[Candidate, ...]:
    """Names of a prompt's arguments that are not given yet, or values the server proposes."""
    current, given = _pieces_before(place, begin, lambda _key: False)
    if current is None or not current.key:
        order = sorted(prompt.arguments, key=lambda argument: not argument.required)
        about = {one_line(each.name): _with("required" * each.required, each.description) for each in order}
        return _key_candidates(place, begin, current, given, about)
    others = {piece.key: piece.value for piece in given}
    values = await _ask(source, prompt.server, prompt, current.key, current.value, others)
    return _value_candidates(place, begin, current, values, settled=bool(current.value))


def _pieces_before(
    place: Place, begin: int, takes_json: Callable[[str], bool]
) -> tuple[Piece | None, list[Piece]]:
    """The argument at the cursor, if one has been begun, and those before it."""
    found = list(pieces(place.text[begin : place.cursor], takes_json))
    if found and begin + found[-1].end == place.cursor:
        return found[-1], found[:-1]
    return None, found


def _key_candidates(
    place: Place, begin: int, current: Piece | None, given: Iterable[Piece], about: Mapping[str, str]
) -> tuple[Candidate, ...]:
    if place.text[place.cursor : place.cursor + 1].strip():
        return ()  # in the middle of a word
    start = place.cursor if current is None else begin + current.start
    typed = "" if current is None else current.value
    taken = {piece.key for piece in given}
    here = Place(place.text, start, place.cursor, place.cursor, typed)
    names = best(typed, (name for name in about if name not in taken), str)
    offers = [Offer(name, f"{quote(name)}=", f"{name}=", about[name]) for name in names]
    return candidates_of(offers, here, settled=not typed)


def _value_candidates(
    place: Place, begin: int, current: Piece, values: Iterable[str], *, settled: bool
) -> tuple[Candidate, ...]:
    start = begin + current.value_start
    in_word = place.text[place.cursor : place.cursor + 1].strip()
    if in_word or current.json or place.text[start - 1] != "=":
        return ()
    here = Place(place.text, start, place.cursor, place.cursor, current.value)
    offers = [Offer(value, quote(value), one_line(value) or '""', more=True, final=True) for value in values]
    return candidates_of(offers, here, settled=settled)


def _about(schema: Schema, root: Mapping[str, object], *, required: bool) -> str:
    """One line on an argument: required or not, what it takes, its description."""
    kinds = schemas.types(schema, root)
    if "number" in kinds:
        kinds -= {"integer"}
    words = [as_text(value) for value in schemas.choices(schema, root)[:6]]
    words = words or [short for kind, short in _SHORT.items() if kind in kinds]
    described = schema.get("description") or schema.get("title")
    facts = " ".join(["required"] * required + [one_line(" or ".join(words), 60)])
    return _with(facts.strip(), described if isinstance(described, str) else "")


def _with(facts: str, description: str) -> str:
    return one_line(" · ".join(part for part in (facts, description) if part), 160)


async def _ask(
    source: CompletionSource,
    server: str,
    ref: Prompt | ResourceTemplate,
    argument: str,
    value: str,
    context: Mapping[str, str],
) -> list[str]:
    """What the server proposes; nothing when it does not answer, in time or at all."""
    try:
        async with asyncio.timeout(_PATIENCE):
            values = await source.complete(server, ref, argument, value, context)
    except (JackfieldError, TimeoutError):
        return []
    return [each for each in values[:100] if unsendable(each) is None]
