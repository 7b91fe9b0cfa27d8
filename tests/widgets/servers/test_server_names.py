"""What a server offers, by name, and its settings, as lines."""

from __future__ import annotations

from services.catalog.entries import Catalog, Prompt, Resource, ResourceTemplate, Tool
from widgets.servers.offer_text import offer_lines
from widgets.servers.settings_text import settings_lines


def test_each_kind_has_a_line_of_names() -> None:
    catalog = Catalog(
        tools=(Tool("s", "a", "a"), Tool("s", "b", "b")),
        resources=(
            Resource("s", "x://1", "x://1", name="one", title="One"),
            Resource("s", "x://2", "x://2"),
        ),
        templates=(ResourceTemplate("s", "x://{n}", "x://{n}", name="any"),),
        prompts=(Prompt("s", "p", "p"),),
    )
    assert offer_lines(catalog) == [
        "  Tools: a, b",
        "  Resources: One (x://1), x://2",
        "  Resource templates: any (x://{n})",
        "  Prompts: p",
    ]
    assert offer_lines(Catalog()) == []


def test_settings_say_where_they_come_from() -> None:
    text = [line.text for line in settings_lines([("start", "lazy", "/f"), ("cwd", "–", "")], ("tools",))]
    assert text == ["Settings", "  start  lazy  /f", "  cwd    –  default", "", "Capabilities", "  tools"]
    assert "not connected" in settings_lines([], ())[-1].text
