"""What is taken for Markdown, and what is not."""

from __future__ import annotations

import time

import pytest

from services.results.markdown import looks_like_markdown


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\nSome **bold** words.",
        "Intro\n\n- one\n- two\n\nSee [docs](https://example.com).",
        "```python\nprint(1)\n```",
        "Use `a` and **b**.",
        "| a | b |\n|---|:-:|\n| 1 | 2 |",
        "## Steps\n1. first\n2. second",
    ],
)
def test_markdown_is_known(text: str) -> None:
    assert looks_like_markdown(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain words",
        "- one\n- two",
        "# a comment\nkey: value\nother: 2\nlist:\n- a\n- b",
        "#!/bin/sh\n# **x**\n- a\n- b",
        "def f(**kwargs):\n    # note\n    return kwargs",
        "# settings\n[tool]\nname = 'x'\npath = `y`",
        '{"a": "**b** `c`"}',
        "<p>**a** `b`</p>",
        "2 * 3 ** 4 and a_b_c",
        "diff --git a b\n- one\n- two\n# x",
        "ls | wc\n| x",
        "```\nnever closed",
        "int main() {\n  x = `y`;\n}\n# **z**",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert not looks_like_markdown(text)


@pytest.mark.parametrize(
    "text", ["```a\n" * 50_000, "|" * 100_000, "[" * 100_000, "\n" * 100_000, "**a" * 40_000, "{ " * 50_000]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.perf_counter()
    looks_like_markdown(text)
    assert time.perf_counter() - began < 0.2
