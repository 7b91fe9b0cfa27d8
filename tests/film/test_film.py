"""The demo as a picture that moves: what is committed shows its scenes, and is played as ever."""

from __future__ import annotations

import re

import pytest

from tests.film.reading import SVG, ReadFilm
from tests.film.story import SCENES, film
from tests.support.places import ROOT

FILM = ROOT / "docs" / "demo.svg"
SHOWN = {
    "start": "/call demo echo  call a tool",
    "finder": "image_scenario  demo  tool",
    "form": "caption     Plugged in.",
    "picture": "tool result (image output)  PNG 640×400",
    "completion": "/call demo ask form=short",
    "question": "^s accept  ^n decline  esc cancel",
    "answer": '"name": "Maria"',
    "panel": "MCP  1 ready",
    "server": "Input schema",
}


@pytest.fixture(scope="module")
def committed() -> ReadFilm:
    return ReadFilm(FILM.read_text(encoding="utf-8"))


def test_all_scenes_are_seen_in_less_than_half_a_minute(committed: ReadFilm) -> None:
    assert committed.scenes == list(SCENES) == list(SHOWN)
    assert 20 <= committed.seconds <= 30


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_shows_what_it_promises(committed: ReadFilm, scene: str) -> None:
    seen = committed.last_of(scene)
    assert seen.scene == scene
    assert SHOWN[scene] in seen.text
    before = committed.last_of(SCENES[SCENES.index(scene) - 1])
    assert SHOWN[scene] not in before.text


def test_the_picture_is_drawn_in_half_blocks(committed: ReadFilm) -> None:
    picture, bare = committed.last_of("picture"), committed.last_of("start")
    assert picture.boxes > bare.boxes + 500
    assert picture.colours > bare.colours + 100
    assert "▀" not in picture.text


def test_where_nothing_shall_move_it_stands_at_the_picture(committed: ReadFilm) -> None:
    assert "@media (prefers-reduced-motion:reduce){.t,.way{animation:none}}" in committed.style
    assert committed.still() == committed.last_of("picture")


def test_it_is_small_and_nothing_in_it_acts_or_comes_from_elsewhere(committed: ReadFilm) -> None:
    assert FILM.stat().st_size < 300_000
    names = {one.tag.removeprefix(SVG) for one in committed.root.iter()}
    assert names == {"svg", "title", "desc", "style", "defs", "g", "path", "rect", "text", "use"}
    attributes = [(name, value) for one in committed.root.iter() for name, value in one.attrib.items()]
    assert not [name for name, _ in attributes if name.startswith("on")]
    assert all(value.startswith("#r") for name, value in attributes if name.endswith("href"))
    assert not re.search(r"url\(|@import|https?:", committed.style)


def test_nothing_in_it_tells_of_the_machine_it_was_made_on() -> None:
    text = FILM.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "pid " not in text
    assert "python -m services.demo" in text


@pytest.mark.timeout(300)
async def test_it_can_be_played_again_to_its_end() -> None:
    played = ReadFilm(await film())
    assert played.scenes == list(SCENES)
    for scene in SCENES:
        assert SHOWN[scene] in played.last_of(scene).text
    assert played.still() == played.last_of("picture")
