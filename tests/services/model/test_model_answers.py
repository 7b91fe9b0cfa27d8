"""What a model is given of a result: text, pictures, files."""

from __future__ import annotations

import base64
import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow

from services.model.answers import answer_of
from services.results.reader import tool_result

if TYPE_CHECKING:
    from pathlib import Path

    from services.model.answers import Answer

pytestmark = pytest.mark.anyio


def png() -> bytes:
    data = BytesIO()
    Pillow.new("RGB", (8, 8), "red").save(data, "PNG")
    return data.getvalue()


async def answer(folder: Path, *content: dict[str, Any], limit: int = 1_000, **more: Any) -> Answer:
    result = await tool_result({"content": list(content), **more}, None, 0.0)
    return await answer_of(result, folder, "demo-tool", limit)


async def test_text_goes_as_it_stood_on_the_wire(tmp_path: Path) -> None:
    found = await answer(tmp_path, {"type": "text", "text": "a\tb\U000e0041"})
    assert (found.text, found.hidden, found.files) == ("a\tb", 1, ())


async def test_structured_content_goes_once_when_both_say_the_same(tmp_path: Path) -> None:
    value = {"b": 1, "a": [1, 2]}
    same = await answer(tmp_path, {"type": "text", "text": json.dumps(value)}, structuredContent=value)
    assert same.text == json.dumps(value)
    other = await answer(tmp_path, {"type": "text", "text": "three things"}, structuredContent=value)
    assert other.text == f"three things\nStructured content:\n{json.dumps(value)}"
    alone = await answer(tmp_path, structuredContent=value)
    assert alone.text == json.dumps(value)


async def test_pictures_go_as_pictures_by_what_they_are(tmp_path: Path) -> None:
    data = base64.b64encode(png()).decode()
    found = await answer(tmp_path, {"type": "image", "data": data, "mimeType": "image/jpeg"})
    (image,) = found.images
    assert (image.mime_type, image.data) == ("image/png", png()) and found.files == ()


async def test_what_is_no_picture_is_never_sent_as_one(tmp_path: Path) -> None:
    broken = base64.b64encode(b"\x89PNG\r\n\x1a\nbut no picture follows").decode()
    found = await answer(tmp_path, {"type": "image", "data": broken, "mimeType": "image/png"})
    assert found.images == () and len(found.files) == 1 and "image/png" in found.text


async def test_sound_and_blobs_are_named_with_the_file_they_are_in(tmp_path: Path) -> None:
    data = base64.b64encode(b"RIFFxxxxWAVE" + bytes(200)).decode()
    blob = {"uri": "demo://b.bin", "blob": base64.b64encode(bytes(3_000)).decode()}
    found = await answer(
        tmp_path,
        {"type": "audio", "data": data, "mimeType": "audio/wav"},
        {"type": "resource", "resource": blob},
    )
    assert len(found.files) == 2 and all(path.exists() for path in found.files)
    assert f"audio/wav, 212 B, saved to {found.files[0]}" in found.text
    assert str(found.files[1]) in found.text and "demo://b.bin" in found.text


async def test_links_and_embedded_texts_are_said(tmp_path: Path) -> None:
    found = await answer(
        tmp_path,
        {"type": "resource_link", "uri": "demo://x", "name": "x"},
        {"type": "resource", "resource": {"uri": "demo://y", "text": "inside"}},
    )
    assert found.text == '[resource link: {"uri": "demo://x", "name": "x"}]\n[resource demo://y]\ninside'


async def test_an_error_of_the_tool_says_so(tmp_path: Path) -> None:
    found = await answer(tmp_path, {"type": "text", "text": "no"}, isError=True)
    assert found.text == "The tool reported an error:\nno"


async def test_a_large_result_is_a_file_with_head_and_tail(tmp_path: Path) -> None:
    text = "\n".join(f"line {number}" for number in range(600_000))
    found = await answer(tmp_path, {"type": "text", "text": text}, limit=1_000)
    assert len(found.text) < 5_000
    assert found.text.startswith("line 0\n") and found.text.endswith("line 599999")
    (path,) = found.files
    assert str(path) in found.text and path.read_text() == text


@pytest.mark.parametrize("limit", [1, 10, 100])
async def test_the_bound_holds_for_wide_characters(tmp_path: Path, limit: int) -> None:
    found = await answer(tmp_path, {"type": "text", "text": "語" * 10_000}, limit=limit)
    assert len(found.text.encode()) < limit * 4 + 400


async def test_nothing_at_all_is_said_too(tmp_path: Path) -> None:
    assert (await answer(tmp_path)).text == "(nothing)"
