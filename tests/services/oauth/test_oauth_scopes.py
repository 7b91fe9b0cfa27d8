"""Which scopes are asked for."""

from __future__ import annotations

import pytest

from services.oauth.challenge import Challenge
from services.oauth.discovery import Discovery
from services.oauth.scopes import tidy, union, wanted_scopes

OFFERED = ["read", "write", "admin"]


def discovered(*, resource: list[str] | None = None, server: list[str] | None = None) -> Discovery:
    metadata = {"scopes_supported": resource} if resource is not None else {}
    return Discovery("https://s/mcp", "https://a", "https://s/mcp", metadata, {"scopes_supported": server})


@pytest.mark.parametrize(
    ("said", "configured", "challenge", "resource", "wanted"),
    [
        (["x"], ["c"], "h", ["m"], ("x",)),
        ([], ["c"], "h", ["m"], ()),
        (None, ["c"], "h", ["m"], ("c",)),
        (None, [], "h", ["m"], ()),
        (None, None, "h i", ["m"], ("h", "i")),
        (None, None, None, ["m", "n", "m", 'no"t'], ("m", "n")),
        (None, None, "", ["m"], ("m",)),
        (None, None, None, [], None),
        (None, None, None, None, None),
    ],
)
def test_the_first_who_names_scopes_decides(
    said: list[str] | None,
    configured: list[str] | None,
    challenge: str | None,
    resource: list[str] | None,
    wanted: tuple[str, ...] | None,
) -> None:
    asked = Challenge(scope=challenge) if challenge is not None else None
    found = wanted_scopes(said, configured, asked, discovered(resource=resource, server=OFFERED))
    assert found.scopes == wanted
    assert found.parameter == (" ".join(wanted) if wanted else None)


def test_scopes_of_the_authorization_server_are_nobodys_wish() -> None:
    assert wanted_scopes(None, None, None, discovered(server=OFFERED)).scopes is None


def test_offline_access_is_added_to_what_was_found_out_only() -> None:
    offering = discovered(resource=["read"], server=["offline_access"])
    assert wanted_scopes(None, None, None, offering).scopes == ("read", "offline_access")
    assert wanted_scopes(["read"], None, None, offering).scopes == ("read",)
    assert wanted_scopes(None, ["read"], None, offering).scopes == ("read",)
    assert wanted_scopes(None, None, None, discovered(server=["offline_access"])).scopes is None


def test_more_scopes_are_asked_for_with_those_there_are() -> None:
    more = Challenge(scope="write read", error="insufficient_scope")
    found = wanted_scopes(None, ["configured"], more, discovered(), held=("read",))
    assert found.scopes == ("read", "configured", "write")


def test_scopes_are_tidied() -> None:
    assert tidy(["a b", "", "b", "c\\", "d\x00", " e "]) == ("a", "b", "e")
    assert union(("a",), ("b", "a")) == ("a", "b")
