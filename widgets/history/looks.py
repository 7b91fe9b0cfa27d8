"""How the spans of the history look: component classes, each with its default style."""

from __future__ import annotations

__all__ = ("COMPONENTS", "LOOKS")

COMPONENTS = {
    "history--plain",
    "history--dim",
    "history--heading",
    "history--name",
    "history--accent",
    "history--success",
    "history--warning",
    "history--error",
    "history--bar",
    "history--code",
    "history--code-block",
    "history--link",
    "history--target",
    "history--progress",
    "history--progress-rest",
    "history--json-key",
    "history--json-string",
    "history--json-number",
    "history--json-word",
    "history--json-mark",
    "history--match",
    "history--new",
}

LOOKS = """
HistoryView {
    & > .history--dim { color: $text-muted; }
    & > .history--heading { text-style: bold; }
    & > .history--name { text-style: bold; }
    & > .history--accent { color: $text-accent; }
    & > .history--success { color: $text-success; }
    & > .history--warning { color: $text-warning; }
    & > .history--error { color: $text-error; }
    & > .history--bar { color: $text-accent; }
    & > .history--code { color: $text-warning; }
    & > .history--code-block { background: $surface; }
    & > .history--link { color: $text-accent; text-style: underline; }
    & > .history--target { background: $accent 18%; color: $text-accent; text-style: bold; }
    & > .history--progress { color: $text-accent; }
    & > .history--progress-rest { color: $text-disabled; }
    & > .history--json-key { color: $text-accent; }
    & > .history--json-string { color: $text-success; }
    & > .history--json-number { color: $text-warning; }
    & > .history--json-word { color: $text-warning; text-style: italic; }
    & > .history--json-mark { color: $text-muted; }
    & > .history--match { background: $warning; color: $background; }
    & > .history--new { background: $panel; color: $text-accent; }
}
"""
