"""Does a structured result fit the schema its tool declares? Both come from a stranger.

So the whole check has two seconds; `keywords` sees to it that nothing of the schema reaches the
network, hangs or stops the program.
"""

from __future__ import annotations

import json
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from services.schemas.abridged import abridged, short
from services.schemas.keywords import Wording, damaged, limited, validator
from services.schemas.patterns import Undecided
from services.schemas.sentences import sentence
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

__all__ = ("misfits",)

MAX_ERRORS: Final = 5
SECONDS: Final = 2.0

_WORDING: Final = Wording(
    pattern=lambda value, source: f"{short(value)} does not match {source!r}",
    unknown=lambda names: (f"{short(name)} is not among the properties it allows" for name in names),
    repeated=lambda value: f"{value!r} has items that are the same",
    multiple=lambda value, step: f"{value!r} is not a multiple of {step}",
    more=lambda places: f"it does not allow item {', item '.join(map(str, places[:5]))}",
)


def misfits(value: Any, schema: Mapping[str, Any]) -> tuple[str, ...]:
    """What about the value does not fit, one line each; nothing when it fits. Up to two seconds."""
    from referencing.exceptions import Unresolvable

    try:
        with limited(seconds=SECONDS):
            check = _validator(json.dumps(schema))
            errors = islice(check.iter_errors(abridged(value)), MAX_ERRORS)
            return tuple(dict.fromkeys(_fault(error) for error in errors))
    except Undecided:
        return (
            f"structuredContent was not checked whole: the tool's output schema takes over {SECONDS:g} s",
        )
    except RecursionError:
        return ("structuredContent was not checked: it or the tool's output schema is nested too deeply",)
    except Unresolvable as error:
        return (f"the tool's output schema refers to what it does not hold: {one_line(str(error), 200)}",)
    except damaged() as error:
        return (f"the tool's output schema is not valid: {one_line(str(error), 200)}",)


def _fault(error: ValidationError) -> str:
    where = "" if error.json_path == "$" else f" (at {one_line(error.json_path, 80)})"
    return f"structuredContent does not fit the tool's output schema: {one_line(sentence(error), 300)}{where}"


@lru_cache(maxsize=64)
def _validator(schema_text: str) -> Validator:
    return validator(json.loads(schema_text), _WORDING)
