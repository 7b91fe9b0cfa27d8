"""Results as files: their names, their bytes, and that nothing of anybody's is lost."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.results.content import (
    AudioBlock,
    EmbeddedResource,
    ImageBlock,
    ResourceLink,
    TextBlock,
    ToolResult,
    UnknownBlock,
)
from services.results.reader import read_prompt_result, read_resource_result, read_tool_result
from services.results.saving import SaveFailed, save
from tests.services.results.images import encoded, image_block, png

if TYPE_CHECKING:
    from services.results.content import Block, PromptResult, ResourceResult

    Result = ToolResult | ResourceResult | PromptResult


def files_of(result: Result | str, stem: str = "result") -> tuple[tuple[str, bytes], ...]:
    """What is saved of a result into an empty folder: the names and the bytes."""
    with TemporaryDirectory() as folder:
        paths = asyncio.run(save(result, Path(folder), stem))
        return tuple((path.name, path.read_bytes()) for path in paths)


def names(*blocks: Block, stem: str = "shot") -> list[str]:
    return [name for name, _ in files_of(ToolResult(blocks), stem)]


def test_all_the_plain_text_is_one_file_and_every_picture_its_own() -> None:
    from PIL import Image

    jpeg = encoded(Image.new("RGB", (4, 4)), "JPEG")
    raw = {
        "content": [
            {"type": "text", "text": "one\ttab\x1b[0m"},
            image_block(png()),
            {"type": "text", "text": "two"},
            image_block(png(2, 2)),
            image_block(jpeg, "image/png"),
            {"type": "strange", "x": 1},
        ],
        "structuredContent": {"a": "\u202e"},
    }
    files = dict(files_of(read_tool_result(raw, None, 0), "shot"))
    assert list(files) == ["shot.txt", "shot.png", "shot-2.png", "shot.jpg", "shot.json", "shot-2.json"]
    assert files["shot.txt"] == b"one\ttab\x1b[0m\ntwo"
    assert files["shot-2.png"] == png(2, 2)
    assert json.loads(files["shot.json"]) == {"type": "strange", "x": 1}
    assert json.loads(files["shot-2.json"]) == {"a": "\u202e"}


def test_resources_are_called_what_their_uri_calls_them() -> None:
    raw = {
        "contents": [
            {"uri": "file:///home/me/report.csv", "mimeType": "text/csv", "text": "a\tb"},
            {"uri": "demo://pictures/wheel", "mimeType": "image/jpeg", "blob": image_block(png())["data"]},
            {
                "uri": "demo://docs/read%20me?x=1#y",
                "mimeType": "text/markdown; charset=utf-8",
                "text": "# hi",
            },
            {"uri": "demo://data", "mimeType": "application/json", "text": "{}"},
            {"uri": "demo://x/report.docx", "blob": "UEsDBAo="},
            {"uri": "data:text/plain,hello", "blob": "AAEC"},
            {"uri": "demo://x/.0", "blob": "AAEC"},
        ]
    }
    files = files_of(read_resource_result("lab", "demo://x", raw, 0), "stem")
    assert [name for name, _ in files] == [
        "report.csv",
        "wheel.png",
        "read_me.md",
        "data.json",
        "report.docx",
        "stem.bin",
        "0.bin",
    ]
    assert files[0][1] == b"a\tb"


def test_a_prompt_is_its_text() -> None:
    raw = {"messages": [{"role": "user", "content": {"type": "text", "text": "say\t\x07"}}]}
    assert files_of(read_prompt_result(raw, 0), "ask") == (("ask.txt", b"say\t\x07"),)
    assert files_of("drawn text", "cell") == (("cell.txt", b"drawn text"),)


def test_a_result_without_anything_is_its_json() -> None:
    link = {"type": "resource_link", "uri": "a://b", "name": "b"}
    ((name, data),) = files_of(read_tool_result({"content": [link]}, None, 0), "links")
    assert name == "links.json"
    assert json.loads(data) == {"content": [link]}
    assert files_of(ToolResult((ResourceLink("a://b"),)), "x") == (("x.json", b"{}"),)


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("server.tool", "server.tool.txt"),
        ("../../etc/passwd", "etc_passwd.txt"),
        ("/absolute", "absolute.txt"),
        ("..", "result.txt"),
        ("", "result.txt"),
        (".bashrc", "bashrc.txt"),
        ("-rf", "rf.txt"),
        ("a\\b:c*d?e", "a_b_c_d_e.txt"),
        ("a b\nc\x1b[0m", "a_b_c.txt"),
        ("con", "_con.txt"),
        ("com1.log", "_com1.log.txt"),
        ("x" * 500, "x" * 120 + ".txt"),
        ("漢" * 500, "漢" * 40 + ".txt"),
        ("get_notes.txt", "get_notes.txt"),
        ("\u202eevil", "evil.txt"),
    ],
)
def test_names_are_safe(stem: str, name: str) -> None:
    assert names(TextBlock("x"), stem=stem) == [name]


@given(st.lists(st.tuples(st.text(), st.text(), st.binary(max_size=20)), min_size=1, max_size=6), st.text())
@settings(max_examples=60, deadline=None)
def test_no_name_leaves_the_directory_or_hides_or_meets_another(
    items: list[tuple[str, str, bytes]], stem: str
) -> None:
    blocks: list[Block] = [EmbeddedResource(f"a://{uri}", mime, data=data) for uri, mime, data in items]
    blocks += [ImageBlock(mime, data) for _, mime, data in items] + [AudioBlock("", b"RIFF....WAVE")]
    got = names(*blocks, stem=stem)
    assert len({name.casefold() for name in got}) == len(got)
    for name in got:
        assert Path(name).name == name
        assert not name.startswith((".", "-"))
        assert not set(name) & set('/\\:*?"<>|\0\n')
        assert len(name.encode()) < 200
        assert Path(name).suffix


async def test_saving_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "shot.png").write_bytes(b"mine")
    result = ToolResult((ImageBlock("image/png", png()), ImageBlock("image/png", png(2, 2))))
    first = await save(result, tmp_path, "shot")
    second = await save(result, tmp_path, "shot")
    assert [path.name for path in first] == ["shot-2.png", "shot-3.png"]
    assert [path.name for path in second] == ["shot-4.png", "shot-5.png"]
    assert (tmp_path / "shot.png").read_bytes() == b"mine"
    assert first[0].read_bytes() == png()
    assert len(list(tmp_path.iterdir())) == 5


async def test_the_directory_is_made(tmp_path: Path) -> None:
    (path,) = await save("text", tmp_path / "new" / "one", "cell")
    assert path == tmp_path / "new" / "one" / "cell.txt"
    assert path.read_text() == "text"


async def test_when_one_file_fails_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0

    def full(_: int) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = ToolResult((TextBlock("x"), ImageBlock("image/png", png())))
    with pytest.raises(SaveFailed, match="No space left on device"):
        await save(result, tmp_path, "shot")
    assert list(tmp_path.iterdir()) == []


async def test_when_one_rename_fails_none_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = Path.replace

    def failing(self: Path, target: Any) -> Path:
        if Path(target).suffix == ".png":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(SaveFailed, match="Permission denied"):
        await save(ToolResult((TextBlock("x"), ImageBlock("image/png", png()))), tmp_path, "shot")
    assert list(tmp_path.iterdir()) == []


async def test_a_place_that_is_no_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SaveFailed, match="cannot save to"):
        await save("text", tmp_path / "file", "cell")


async def test_many_files_of_one_name_are_each_proposed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed: list[str] = []
    touch = Path.touch

    def counting(path: Path, *arguments: Any, **options: Any) -> None:
        proposed.append(path.name)
        touch(path, *arguments, **options)

    monkeypatch.setattr(Path, "touch", counting)
    result = ToolResult(tuple(ImageBlock("image/png", png()) for _ in range(60)))
    (tmp_path / "shot.png").touch()
    proposed.clear()
    paths = await save(result, tmp_path, "shot")
    assert [path.name for path in paths] == [f"shot-{number}.png" for number in range(2, 62)]
    assert len(proposed) == 61
    assert (await asyncio.to_thread(names, *result.blocks))[:3] == ["shot.png", "shot-2.png", "shot-3.png"]


def test_base64_of_a_block_nobody_knows_is_saved_and_not_shown() -> None:
    data = "QUJD" * 500
    video = {"type": "video", "data": data, "mimeType": "video/mp4"}
    nameless = {"type": "resource", "resource": {"blob": data}}
    result = read_tool_result(
        {"content": [video, nameless, {"type": "odd", "data": "few words. " * 50}]}, None, 0
    )
    shown = [block.json for block in result.blocks if isinstance(block, UnknownBlock)]
    assert [data in text for text in shown] == [False, False, False]
    assert ["2,000 characters of base64" in text for text in shown] == [True, True, False]
    saved = [json.loads(file) for _, file in files_of(result)]
    assert saved[:2] == [video, nameless]
    prompt = read_prompt_result({"messages": [{"role": "user", "content": video}]}, 0)
    assert [json.loads(file) for _, file in files_of(prompt)] == [video]
