"""Blocks of Markdown as rows: Rich lays them out, in looks that are resolved when they are drawn.

A look is the last part of a component class of the history; it stands in the `meta` of each style, so that
rows stay good when the theme changes. Never hidden: HTML and the addresses of links are drawn as text.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.console import Console
from rich.markdown import CodeBlock, Heading, HorizontalRule, ImageItem, Markdown
from rich.rule import Rule
from rich.segment import Segment
from rich.style import Style
from rich.syntax import Syntax
from rich.theme import Theme

from widgets.views.rows import LOOK

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from rich.console import ConsoleOptions, RenderResult
    from rich.text import TextType

    from widgets.views.markdown_blocks import MarkdownBlock

__all__ = ("markdown_rows",)

_LONGEST_LINE: Final = 1_000
"""Characters of a line of code that is coloured: some lexers take quadratic time."""
_LEAST: Final = 8
"""Columns: in less Rich draws nothing."""


def _look(name: str, **attributes: Any) -> Style:
    return Style(meta={LOOK: name}, **attributes)


_STYLES: Final = {
    "markdown.paragraph": Style(),
    "markdown.text": Style(),
    "markdown.em": Style(italic=True),
    "markdown.emph": Style(italic=True),
    "markdown.strong": Style(bold=True),
    "markdown.s": Style(strike=True),
    "markdown.kbd": Style(bold=True),
    "markdown.code": _look("code"),
    "markdown.code_block": Style(),
    "markdown.block_quote": _look("dim"),
    "markdown.list": Style(),
    "markdown.item": Style(),
    "markdown.item.bullet": _look("accent"),
    "markdown.item.number": _look("accent"),
    "markdown.hr": _look("dim"),
    **{f"markdown.h{level}": _look("heading", underline=level == 1) for level in range(1, 8)},
    "markdown.link": _look("link"),
    "markdown.link_url": _look("dim"),
    "markdown.table.border": _look("dim"),
    "markdown.table.header": _look("heading"),
    "repr.number": Style(),
}


class _Heading(Heading):
    LEVEL_ALIGN = dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "left")


class _Rule(HorizontalRule):
    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Rule(style=console.get_style("markdown.hr"))


class _Code(CodeBlock):
    """A code block within a list; others are blocks of their own."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield _Coloured(str(self.text).rstrip(), self.lexer_name)


class _Coloured:
    """Code in the colours of its language, on the ground of code blocks."""

    def __init__(self, code: str, language: str) -> None:
        longest = max(map(len, code.split("\n")))
        self._syntax = Syntax(
            code,
            language if longest <= _LONGEST_LINE else "text",
            theme="ansi_dark",
            word_wrap=True,
            padding=(0, 1),
        )

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._syntax, options):
            own = segment.style or Style()
            kept = Style(color=own.color, bold=own.bold, italic=own.italic, underline=own.underline)
            yield Segment(segment.text, kept + _look("code-block"), segment.control)


class _Image(ImageItem):
    """A picture that is only linked to: its words and its address."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from console.render(f"[{self.text.plain or 'picture'}] ({self.destination})", options)

    def on_text(self, context: Any, text: TextType) -> None:
        self.text.append(str(text))


class _Markdown(Markdown):
    elements: ClassVar[dict[str, Any]] = {
        **Markdown.elements,
        "heading_open": _Heading,
        "hr": _Rule,
        "fence": _Code,
        "code_block": _Code,
        "image": _Image,
    }

    def __init__(self, text: str) -> None:
        super().__init__("", hyperlinks=False)
        self.parsed = _parser().parse(text)


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Without HTML: Rich draws none of it, and what a model says is hidden from nobody.
    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


@cache
def _console() -> Console:
    return Console(
        width=80,
        color_system="truecolor",
        force_terminal=False,
        legacy_windows=False,
        no_color=False,
        theme=Theme(_STYLES),
        highlight=False,
        markup=False,
        emoji=False,
    )


@lru_cache(maxsize=4_096)
def markdown_rows(block: MarkdownBlock, width: int) -> tuple[tuple[Segment, ...], ...]:
    """The rows of a block within `width` columns, without blank ones at either end."""
    width = max(width, _LEAST)
    console = _console()
    options = console.options.update(width=width, height=None)
    if block.code is not None:
        body: Any = _Coloured(block.drawn.rstrip("\n"), block.code.partition(" ")[0] or "text")
    else:
        body = _Markdown(block.drawn.lstrip() if block.joined and block.drawn[:4].isspace() else block.drawn)
    lines = console.render_lines(body, options, pad=False)
    rows = [tuple(segment for segment in line if segment.text) for line in lines]
    first = next((at for at, row in enumerate(rows) if _is_text(row)), len(rows))
    last = next((at for at in range(len(rows), first, -1) if _is_text(rows[at - 1])), first)
    return tuple(rows[first:last])


def _is_text(row: tuple[Segment, ...]) -> bool:
    return any(segment.text.strip() for segment in row)
