"""Why a value breaks a schema, in plain words: the library quotes values as Python writes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from services.text import one_line

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ("sentence",)

_TYPES = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def sentence(error: ValidationError) -> str:
    """The reason in plain words."""
    value: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "required":
            missing = [one_line(str(name), 40) for name in value if name not in instance]
            return f"{', '.join(missing[:5])}: required"
        case "type":
            kinds = [value] if isinstance(value, str) else value
            return "must be " + " or ".join(_TYPES.get(kind, one_line(str(kind), 40)) for kind in kinds)
        case "enum":
            return "must be one of " + one_line(", ".join(json.dumps(one) for one in value[:10]), 100)
        case "const":
            return "must be " + one_line(json.dumps(value), 60)
        case "anyOf" | "oneOf":
            return "fits none of the forms allowed" if error.context else "fits more than one form"
        case "minItems" | "maxItems":
            return f"{'at least' if error.validator == 'minItems' else 'at most'} {value} entries"
        case "minLength" | "maxLength":
            return f"{'at least' if error.validator == 'minLength' else 'at most'} {value} characters"
        case "minimum":
            return f"at least {value}"
        case "maximum":
            return f"at most {value}"
    return one_line(error.message, 120)
