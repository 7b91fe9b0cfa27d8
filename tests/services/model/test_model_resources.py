"""Resources and prompts as parts of a question."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from services.model.answers import Image
from services.model.resources import of_prompt, of_resource
from services.results.reader import prompt_result, resource_result
from tests.services.model.test_model_answers import png

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = base64.b64encode(png()).decode()


async def test_a_resource_is_data_with_where_it_is_from(tmp_path: Path) -> None:
    contents: list[dict[str, Any]] = [
        {"uri": "demo://a", "mimeType": "text/plain", "text": "one\ttwo\U000e0041"},
        {"uri": "demo://b.png", "mimeType": "image/png", "blob": PICTURE},
        {"uri": "demo://c.bin", "mimeType": "application/x-odd", "blob": base64.b64encode(b"\0odd").decode()},
    ]
    read = await resource_result("demo", "demo://all", {"contents": contents}, 0.0)
    text, picture = await of_resource(read, tmp_path, 1_000)
    assert isinstance(text, str)
    assert text.startswith('<resource server="demo" uri="demo://all">\n') and text.endswith("\n</resource>")
    assert "one\ttwo\n" in text and PICTURE not in text
    assert picture == Image("image/png", png())
    (saved,) = tmp_path.iterdir()
    assert str(saved) in text and saved.read_bytes() == b"\0odd"


async def test_a_large_resource_is_a_file(tmp_path: Path) -> None:
    contents = [{"uri": "demo://a", "text": "x" * 10_000}]
    read = await resource_result("demo", "demo://a", {"contents": contents}, 0.0)
    (text,) = await of_resource(read, tmp_path, 100)
    assert isinstance(text, str) and len(text) < 1_000
    assert len(list(tmp_path.iterdir())) == 1


async def test_the_messages_of_a_prompt_in_their_order(tmp_path: Path) -> None:
    messages = [
        {"role": "user", "content": {"type": "text", "text": "Look:\tat"}},
        {"role": "user", "content": {"type": "image", "mimeType": "image/png", "data": PICTURE}},
        {"role": "assistant", "content": {"type": "text", "text": "A jack."}},
    ]
    parts = await of_prompt(await prompt_result({"messages": messages}, 0.0), tmp_path, 1_000)
    assert parts[0] == "Look:\tat"
    assert Image("image/png", png()) in parts
    assert parts[-1] == "(assistant:) A jack."
