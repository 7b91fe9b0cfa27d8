"""One call that a model wants, as a value."""

from __future__ import annotations

from services.approval import ToolCall

__all__ = ("ToolCall",)
