"""Noticing that files of the configuration changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.config.looking import look, look_until_still
from services.config.projects.files import project_places

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def created(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("a = 1")


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_text(path.read_text(encoding="utf-8"))
    other.replace(path)


def edited(path: Path) -> None:
    path.write_text("a = 12")


def relinked(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("change", [created, replaced, edited, relinked])
def test_every_way_to_change_a_file_is_seen(
    tmp_path: Path, change: Callable[[Path], None], there: bool
) -> None:
    path = tmp_path / "folder" / "config.toml"
    created(path.with_name("elsewhere"))
    if there:
        real = tmp_path / "real.toml"
        real.write_text("a = 100")
        path.symlink_to(real)
    elif change is not created:
        created(path)
    before = look([path])
    assert before == look([path])
    change(path)
    assert look([path]) != before
    path.unlink()
    assert look([path]) == ()


def test_a_file_behind_a_link_is_looked_at(tmp_path: Path) -> None:
    real, path = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text("a = 1")
    path.symlink_to(real)
    before = look([path])
    real.write_text("a = 12")
    assert look([path]) != before


def test_somebody_who_is_still_writing_is_waited_for(tmp_path: Path) -> None:
    path, looks = tmp_path / "config.toml", 0

    def places() -> list[Path]:
        nonlocal looks
        looks += 1
        if looks <= 4:
            path.write_text("#" * looks)
        return [path]

    assert look_until_still(places) == look([path])
    assert looks == 5


def test_a_projects_places_are_known_before_there_is_anything(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "deep").mkdir()
    assert project_places(tmp_path / "deep") == tuple(
        folder / name
        for folder in (tmp_path.resolve() / "deep", tmp_path.resolve())
        for name in (".jackfield/config.toml", ".mcp.json")
    )
