"""About how large a JSON value is, without writing it."""

from __future__ import annotations

__all__ = ("json_size",)


def json_size(value: object, most: int) -> int:
    """About how many characters a JSON value takes; stops counting above `most`."""
    size, waiting = 0, [value]
    while waiting and size <= most:
        item = waiting.pop()
        size += len(item) if isinstance(item, str) else 8
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return size
