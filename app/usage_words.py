"""What a model used, in words, for the shell and the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.model.events import Usage

__all__ = ("usage_line",)


def usage_line(usage: Usage) -> str:
    """What was used, in one quiet line."""
    cached = f" ({usage.cached_tokens:,} cached)" if usage.cached_tokens else ""
    parts = [f"{usage.input_tokens:,} tokens in{cached}", f"{usage.output_tokens:,} out"]
    if usage.cost is not None:
        parts.append(f"${usage.cost:.4f}")
    if usage.share is not None:
        parts.append(f"{usage.share:.0%} of the context")
    return " · ".join(parts)
