"""The history under the fingers: keys pressed, what is selected, what is asked for."""

from __future__ import annotations

import pytest
from textual.geometry import Offset

from services.connections.calls import Progress
from tests.widgets.history.examples import NOW, HistoryApp, Sunset, rich_example
from widgets.history.cells import Cell, JsonPart, LinkPart, NotePart, PicturePart, TextPart
from widgets.history.history import History

LONG = "\n".join(f"line {number}" for number in range(40))


def note(number: int) -> Cell:
    return Cell("notice", parts=(TextPart(f"note {number}"),))


def call(text: str = "ok", kind: str = "done") -> Cell:
    return Cell(kind, "demo.echo", "message=hi", "12 ms", (TextPart(text),))  # type: ignore[arg-type]


def screen_text(app: HistoryApp) -> list[str]:
    return [app.history.render_line(y).text.rstrip() for y in range(app.history.size.height)]


def last_request(app: HistoryApp) -> tuple[int, str, int | None]:
    message = app.messages[-1]
    assert isinstance(message, History.ActionRequested)
    return message.cell_id, message.action, message.target_index


async def test_the_newest_cell_stays_in_view_until_the_person_scrolls_up() -> None:
    app = HistoryApp([note(number) for number in range(100)])

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        assert "note 99" in screen_text(app)[-2]

        app.history.append(note(100))
        await pilot.pause()
        assert "note 100" in screen_text(app)[-2]

        await pilot.press("tab", "pageup")
        above = screen_text(app)[:-1]
        app.history.append(note(101))
        app.history.append(note(102))
        await pilot.pause()
        assert screen_text(app)[:-1] == above
        assert screen_text(app)[-1].endswith("↓ 2 new")

        await pilot.press("end")
        assert "note 102" in screen_text(app)[-2]
        assert not any("new" in line for line in screen_text(app))

        app.history.append(note(103))
        await pilot.pause()
        assert "note 103" in screen_text(app)[-2]


async def test_arrows_walk_from_cell_to_cell() -> None:
    app = HistoryApp([note(number) for number in range(30)])

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab")
        assert app.history.selected == 29
        await pilot.press("up", "up")
        assert app.history.selected == 27
        await pilot.press("down", "down", "down")
        assert app.history.selected == 29
        await pilot.press("home")
        assert (app.history.selected, app.history.scroll_offset.y) == (0, 0)
        await pilot.press("pagedown")
        assert app.history.selected in range(4, 7)
        await pilot.press(*["up"] * 9)
        assert (app.history.selected, app.history.scroll_offset.y) == (0, 0)


async def test_a_cell_higher_than_the_view_is_scrolled_through() -> None:
    app = HistoryApp([note(0), call(LONG), note(2)])

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab", "home", "down", "enter")
        assert app.history.scroll_offset.y == 1
        await pilot.press("down")
        assert (app.history.selected, app.history.scroll_offset.y) == (1, 4)
        await pilot.press(*["down"] * 12)
        assert app.history.selected == 2
        await pilot.press("up", "up")
        assert app.history.selected == 1


async def test_long_text_folds_and_unfolds() -> None:
    app = HistoryApp([call(LONG)])

    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("tab")
        assert "… 32 more lines (Enter)" in screen_text(app)[9]
        await pilot.press("enter")
        assert "line 8" in screen_text(app)[9]
        await pilot.press("enter")
        assert "… 32 more lines (Enter)" in screen_text(app)[9]
        await pilot.press("space")
        assert "line 8" in screen_text(app)[9]
        assert not app.messages


async def test_what_is_too_long_even_unfolded_opens_in_the_viewer() -> None:
    app = HistoryApp([call("\n".join(f"line {number}" for number in range(5000)))])

    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("tab", "enter", "end")
        assert any("more lines (Enter opens the viewer, Space folds)" in line for line in screen_text(app))
        await pilot.press("enter")
        assert last_request(app) == (0, "view", None)
        await pilot.press("space")
        assert "… 4,992 more lines (Enter)" in screen_text(app)[9]


async def test_keys_ask_and_do_nothing_themselves() -> None:
    app = HistoryApp([call()])

    async with app.run_test() as pilot:
        await pilot.press("tab")

        for key, action in {
            "c": "copy",
            "s": "save",
            "r": "call_again",
            "j": "raw",
            "x": "copy_command",
            "k": "keep",
        }.items():
            await pilot.press(key)
            assert last_request(app) == (0, action, None)


async def test_only_what_makes_sense_for_a_cell_is_offered() -> None:
    app = HistoryApp([note(0)])

    async with app.run_test() as pilot:
        await pilot.press("tab", "s", "r", "j", "x")
        assert not app.messages
        assert {"c", "ctrl+f", "escape"} <= set(app.screen.active_bindings)
        assert not {"s", "r", "j", "x"} & set(app.screen.active_bindings)


async def test_escape_cancels_a_running_call_and_leaves_otherwise() -> None:
    app = HistoryApp([note(0), Cell("running", "demo.countdown", started=NOW)])

    async with app.run_test() as pilot:
        await pilot.press("tab", "escape")
        assert last_request(app) == (1, "cancel", None)
        app.history.replace(1, Cell("cancelled", "demo.countdown", right="3 s"))
        await pilot.press("escape")
        assert isinstance(app.messages[-1], History.Left)


async def test_links_and_pictures_are_chosen_and_opened() -> None:
    parts = (LinkPart("demo://a", "A"), NotePart("between"), PicturePart(Sunset()), LinkPart("demo://b", "B"))
    app = HistoryApp([Cell("done", "demo.links", parts=parts)])

    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("tab", "enter")
        assert last_request(app) == (0, "open", 0)
        await pilot.press("right", "n", "enter")
        assert last_request(app) == (0, "open", 2)
        await pilot.press("left", "enter")
        assert last_request(app) == (0, "open", 1)
        assert app.history.cell(0).targets[1] == parts[2]


async def test_clicks_select_choose_unfold_and_open() -> None:
    cells = [
        call(LONG),
        Cell("done", "demo.links", parts=(LinkPart("demo://a", "A"), LinkPart("demo://b", "B"))),
    ]
    app = HistoryApp(cells)

    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        await pilot.click(offset=Offset(6, 13))
        assert (app.history.selected, app.history.chosen) == (1, 1)
        await pilot.click(offset=Offset(6, 12), times=2)
        assert last_request(app) == (1, "open", 0)
        await pilot.click(offset=Offset(6, 9))
        assert app.history.selected == 0
        assert "line 8" in screen_text(app)[9]


async def test_the_mouse_wheel_scrolls_and_a_click_on_the_count_returns() -> None:
    app = HistoryApp([note(number) for number in range(50)])

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        app.history.scroll_to(y=10)
        app.history.append(note(50))
        await pilot.pause()
        await pilot.click(offset=Offset(55, 11))
        assert "note 50" in screen_text(app)[-2]


async def test_a_running_call_shows_its_time_and_progress() -> None:
    app = HistoryApp([Cell("running", "demo.countdown", started=NOW, progress=Progress(2, 4, "half way"))])

    async with app.run_test(size=(80, 6)) as pilot:
        app.now = NOW + 5.16
        await pilot.pause()
        line = screen_text(app)[0]
        assert "▰▰▰▰▰▱▱▱▱▱ half way" in line
        assert line.endswith("5.1 s")

        app.now = NOW + 65
        assert screen_text(app)[0].endswith("1 min 05 s")
        app.history.replace(0, call())
        await pilot.pause()
        assert screen_text(app)[0].endswith("12 ms")


async def test_the_spinner_ticks_only_while_something_runs() -> None:
    app = HistoryApp([note(0)])

    async with app.run_test() as pilot:
        await pilot.pause()
        idle = len(app.history._timers)
        app.history.append(Cell("running", "demo.countdown", started=NOW))
        await pilot.pause()
        assert len(app.history._timers) == idle + 1
        app.history.replace(1, call())
        await pilot.pause()
        assert len(app.history._timers) == idle


async def test_what_is_above_the_view_may_grow_without_moving_it() -> None:
    app = HistoryApp([note(number) for number in range(200)])

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()
        app.history.scroll_to(y=200)
        await pilot.pause()
        before = screen_text(app)
        app.history.replace(3, call(LONG))
        app.history.replace(97, call(LONG))
        await pilot.pause()
        assert screen_text(app) == before


async def test_a_new_width_keeps_the_place() -> None:
    app = HistoryApp([call(f"cell {number} " * 40) for number in range(300)])

    async with app.run_test(size=(100, 12)) as pilot:
        await pilot.pause()
        app.history.scroll_to(y=app.history._store.top(150))
        await pilot.pause()
        assert "cell 150" in screen_text(app)[1]

        for width in (60, 30, 110):
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            assert "cell 150" in screen_text(app)[1]


async def test_search_finds_the_next_cell_and_goes_round() -> None:
    app = HistoryApp([call(LONG), note(1), call("a NEEDLE here"), note(3), call(LONG + "\nneedle below")])

    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("tab", "home")
        assert await app.history.find("needle")
        assert app.history.selected == 2
        assert await app.history.find("needle")
        assert app.history.selected == 4
        await pilot.pause()
        assert any("needle below" in line for line in screen_text(app))
        assert await app.history.find("needle")
        assert app.history.selected == 2
        assert await app.history.find("needle", backwards=True)
        assert app.history.selected == 4
        assert not await app.history.find("nowhere")
        await pilot.press("ctrl+f")
        assert isinstance(app.messages[-1], History.SearchRequested)


async def test_the_text_of_a_cell_is_whole() -> None:
    app = HistoryApp([call(LONG), *rich_example()])

    async with app.run_test():
        assert app.history.cell_text(0) == f"✓  demo.echo  message=hi  12 ms\n{LONG}"
        assert app.history.cell_text(0, head=False) == LONG
        assert "tool result (image output)  PNG 1280×800 · 214 kB" in app.history.cell_text(6)


async def test_cells_are_replaced_and_cleared() -> None:
    app = HistoryApp([note(0), note(1)])

    async with app.run_test() as pilot:
        await pilot.press("tab")
        app.history.clear()
        await pilot.pause()
        assert app.history.selected is None
        for number in (0, 1):
            with pytest.raises(KeyError):
                app.history.cell(number)
        assert not any(screen_text(app))

        with pytest.raises(KeyError):
            app.history.cell(1)

        assert app.history.append(note(2)) == 2
        await pilot.press("up", "end", "home", "pageup", "enter", "c", "escape")
        assert app.history.selected == 2


@pytest.mark.parametrize("text", ["[/x]", "[@click=app.quit]x[/]", "[b", "\\[b]", "$accent"])
async def test_hostile_text_is_only_text(text: str) -> None:
    parts = (TextPart(text), JsonPart(text), LinkPart(text, text, text), NotePart(text))
    app = HistoryApp([Cell("done", text, text, text, parts), Cell("entry", parts=(TextPart(text),))])

    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.click(offset=Offset(5, 1))
        await pilot.press("tab", "up", "enter")
        assert sum(line.count(text) for line in screen_text(app)) == 10
        assert app.is_running


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (8, 5), (40, 12)])
async def test_no_size_is_too_small(size: tuple[int, int]) -> None:
    app = HistoryApp(
        [*rich_example(), Cell("done", "漢字" * 50, "e\u0301" * 90, "1 s", (TextPart("👩\u200d👧" * 30),))]
    )

    async with app.run_test(size=size) as pilot:
        await pilot.press("tab", "home", "down", "down", "down", "enter", "pagedown", "end", "up", "right")
        assert all(len(line) <= size[0] * 4 for line in screen_text(app))


async def test_the_mouse_marks_rows_to_copy() -> None:
    app = HistoryApp([call("first\nsecond")])

    async with app.run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        await pilot.mouse_down(offset=Offset(3, 1))
        await pilot.hover(offset=Offset(20, 2))
        await pilot.mouse_up(offset=Offset(20, 2))
        assert app.screen.get_selected_text() == "first\nsecond"


@pytest.mark.parametrize("key", ["c", "s", "r", "j", "x", "enter", "space"])
async def test_no_key_acts_on_a_cell_that_is_out_of_sight(key: str) -> None:
    app = HistoryApp([call(f"call {number}") for number in range(40)])

    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.press("tab", "home")
        assert app.history.selected == 0
        app.history.scroll_to(y=60)
        await pilot.pause()
        asked = len(app.messages)
        await pilot.press(key)
        await pilot.pause()
        assert len(app.messages) == asked
        assert app.history.scroll_offset.y == 0

        if key in "csrjx":
            await pilot.press(key)
            await pilot.pause()
            assert last_request(app)[0] == 0
