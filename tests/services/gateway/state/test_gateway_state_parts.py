"""What is bounded and reckoned of a shared state, without any server."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from services.errors import ConfigurationError
from services.gateway.keys import Keys
from services.gateway.known import Known
from services.gateway.state import address, echoes
from services.gateway.state.address import shown_address, state_address
from services.gateway.state.echoes import Echoes

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "s3cret-of-the-state"


# Addresses.


@pytest.mark.parametrize(
    "written",
    [
        "redis://localhost",
        "redis://localhost:6379",
        "redis://localhost:6379/",
        "redis://localhost:6379/4",
        f"rediss://me:{SECRET}@state.example.com:6380/0?ssl_ca_certs=/etc/ca.pem",
        "redis://[::1]:6379/0",
        "redis://${HOST}:6379/0",
        "redis://:${PASSWORD}@${HOST:-elsewhere}/0",
    ],
)
def test_addresses_of_a_state(written: str) -> None:
    found = state_address(written, {"HOST": "state", "PASSWORD": SECRET})
    assert found.startswith("redis")
    assert "${" not in found
    assert SECRET not in shown_address(found)
    assert not shown_address(found).endswith(SECRET)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "state:6379",
        "http://state:6379",
        "unix:///run/state",
        "redis://",
        "redis://:6379",
        f"redis://:{SECRET}@",
        "redis://state:0",
        "redis://state:99999",
        f"redis://:{SECRET}/more@state:6379",
        f"redis://:p#{SECRET}@state",
        "redis://state/one",
        "redis://state/0?db=1",
        f"redis://state/0?password={SECRET}",
        "redis://sta te/0",
        "redis://state/0\n",
        "redis://[::1/0",
    ],
)
def test_what_is_no_address_is_refused_without_its_password(written: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        state_address(written, {})
    told = f"{refused.value.message} {refused.value.hint}"
    assert "redis://HOST:PORT/N" in told
    assert SECRET not in told


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"NOT_SET is not set, needed by gateway\.state"):
        state_address("redis://${NOT_SET}/0", {})


def test_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError) as refused:
        state_address("redis://state/0", {})
    assert refused.value.hint == "Install it with: pip install 'jackfield[scale]'"
    assert importlib.util.find_spec("redis") is not None


# News of several.


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Iterator[Clock]:
    yield Clock()


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ("a", 1),
        ("aaa", 3),
        ("ab", 1),
        ("ba", 1),
        ("aabb", 2),
        ("abab", 2),
        ("abc", 1),
        ("abcabcabc", 3),
        ("aab", 2),
        ("abb", 2),
    ],
)
def test_as_many_are_told_as_one_heard(clock: Clock, heard: str, told: int) -> None:
    lately = Echoes(clock)
    assert sum(lately.is_news("r", who) for who in heard) == told


def test_another_resource_is_other_news(clock: Clock) -> None:
    lately = Echoes(clock)
    assert [lately.is_news(what, who) for what, who in ("ra", "sb", "rb", "sa")] == [True, True, False, False]


def test_after_a_pause_it_counts_from_the_beginning(clock: Clock) -> None:
    lately = Echoes(clock)
    assert lately.is_news("r", "a")
    clock.now += 10
    assert lately.is_news("r", "b")
    assert not lately.is_news("r", "a")


def test_what_was_heard_longest_ago_is_forgotten(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echoes, "_MOST", 3)
    lately = Echoes(clock)
    for what in "rstu":
        assert lately.is_news(what, "a")
    assert not lately.is_news("u", "b")
    assert lately.is_news("r", "b")  # it was forgotten


# Keys.


def test_a_new_key_makes_and_the_old_ones_are_good() -> None:
    ours, theirs = Keys(b"one"), Keys(b"two")
    before = ours.sealed(b"told")
    assert theirs.opened(before) is None
    ours.adopt(b"two")
    assert ours.opened(before) == b"told"
    assert theirs.opened(ours.sealed(b"more")) == b"more"
    assert ours.all == (b"two", b"one")


@pytest.mark.parametrize("text", ["", "v1.", "v1.x", "another server's state", "v1." + "A" * 60, "v1.é"])
def test_what_no_key_made_is_nothing(text: str) -> None:
    assert Keys(b"one").opened(text) is None


def test_keys_are_bounded() -> None:
    keys = Keys(b"0")
    first = keys.sealed(b"x")
    for number in range(1, 10):
        keys.adopt(str(number).encode())
    assert len(keys.all) == 5
    assert keys.opened(first) is None
    keys.adopt(b"9")
    assert len(keys.all) == 5


# Lists.


def test_the_same_list_has_the_same_digest() -> None:
    one, other = Known(), Known()
    one.take("s", "tools", [{"name": "a", "title": "A"}])
    other.take("s", "tools", [{"title": "A", "name": "a"}])
    assert one.digest("s", "tools") == other.digest("s", "tools")
    other.take("s", "tools", [{"name": "a"}])
    assert one.digest("s", "tools") != other.digest("s", "tools")
