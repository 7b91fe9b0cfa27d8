"""Skills and MCP Apps in the session: listed, opened, and files read when they are chosen."""

from __future__ import annotations

from tests.app.conftest import session
from tests.support.servers import demo, quick
from widgets.history.cells import LinkPart
from widgets.servers.details import ServerDetails


async def test_a_skill_is_opened_from_the_list_and_a_file_of_it_when_it_is_chosen() -> None:
    async with session(demo(), quick()) as s:
        await s.ready("demo", "quick")
        await s.answers("/skills", "first-steps")
        links = [part for part in s.app.session.history.cell(s.ids[-1]).targets if isinstance(part, LinkPart)]
        assert [link.uri for link in links] == ["first-steps", "patching"]
        s.app.cell_actions.act(s.ids[-1], "open", 1)
        await s.sees("Choose a colour as")
        shown = s.app.session.history.cell(s.ids[-1])
        assert (shown.kind, shown.name, shown.detail) == ("resource", "demo · skill", links[1].uri)
        assert [link.uri for link in shown.targets if isinstance(link, LinkPart)] == [
            "references/colours.md",
            "templates/label.txt",
        ]
        assert "Colours of cables" not in s.history
        s.app.cell_actions.act(s.ids[-1], "open", 0)
        await s.sees("Colours of cables")
        assert s.app.session.transcript.sources[s.ids[-1]].shell.endswith("patching references/colours.md")


async def test_a_skill_is_found_by_its_name_alone_and_a_mistake_is_answered() -> None:
    async with session(demo(), quick()) as s:
        await s.ready("demo", "quick")
        await s.answers("/skills patching templates/label.txt", "COLOUR ___")
        await s.answers("/skills demo patching references/", "references/colours.md")
        for line, says in (
            ("/skills pathcing", "no server offers a skill pathcing"),
            ("/skills demo pathcing", "did you mean patching?"),
            ("/skills demo patching label.txt", "the entry of the skill does not list it"),
            ("/skills quick patching", "quick offers no skills"),
            ("/skills quick", "none offered"),
        ):
            await s.answers(line, says)


async def test_the_servers_screen_has_a_tab_for_skills_where_there_are_any() -> None:
    async with session(demo(), quick()) as s:
        await s.ready("demo", "quick")
        for server, tabs in (("quick", False), ("demo", True)):
            s.app.dispatcher.servers.open(server)
            await s.until(lambda: bool(s.app.screen.query(ServerDetails)))
            details = s.app.screen.query_one(ServerDetails)
            assert any(label.text == "Skills" for label in details.bar.labels) is tabs
            if not tabs:
                await s.pilot.press("escape")
        details.open_tab("skills")
        await s.until(lambda: details.rows.total == 2)
        await s.pilot.press("down", "enter")
        await s.sees("Choose a colour as")


async def test_the_page_of_an_app_is_named_and_never_a_wall_of_html() -> None:
    async with session(demo()) as s:
        await s.ready("demo")
        await s.answers("/tools demo panel", "[app]")
        await s.answers("/call demo panel", "A1 A2 A3")
        await s.answers("/read demo ui://demo/panel.html", "page of an MCP App, 551 B · s saves")
        assert "<html" not in s.history
