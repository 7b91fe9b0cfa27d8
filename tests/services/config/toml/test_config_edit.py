"""Edits of config.toml: what they change, and everything that they leave as it was."""

from __future__ import annotations

import threading
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from services.config.edit import add_server, remove_server, set_enabled, set_value
from services.config.file import load
from services.errors import ConfigurationError, UnknownServer

if TYPE_CHECKING:
    from pathlib import Path

FILE = """\
# My servers
model_of_elsewhere = 'kept'   # odd spacing

[mcp_servers.time]   # the clock
command = 'uvx'
args = [
  "mcp-server-time", # which one
  "--local-timezone",
]
favourite = true # nobody knows this key

# Figma, at work
[mcp_servers.figma]
url = "https://figma.example/mcp"

  [mcp_servers.figma.http_headers]
  X-Team = 'red'

[ui]
theme="nord"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return path


def test_a_value_changes_in_its_place(path: Path) -> None:
    set_value(path, "time", "command", "npx")
    assert path.read_text() == FILE.replace("command = 'uvx'", 'command = "npx"')


def test_a_new_key_comes_after_the_last_one_of_its_table(path: Path) -> None:
    set_enabled(path, "time", False)
    after = "favourite = true # nobody knows this key\n"
    assert path.read_text() == FILE.replace(after, after + "enabled = false\n")


def test_a_key_taken_out_leaves_the_rest(path: Path) -> None:
    set_value(path, "time", "favourite", None)
    assert path.read_text() == FILE.replace("favourite = true # nobody knows this key\n", "")


def test_a_key_of_a_table_within(path: Path) -> None:
    set_value(path, "figma", ("http_headers", "X-Team"), "blue")
    set_value(path, "figma", ("http_headers", "X-Kind"), "file")
    changed = '  X-Team = "blue"\n  X-Kind = "file"\n'
    assert path.read_text() == FILE.replace("  X-Team = 'red'\n", changed)


def test_an_approval_gets_a_table_of_its_own_behind_its_server(path: Path) -> None:
    set_value(path, "time", ("tools", "convert time", "approval_mode"), "approve")
    before, after = FILE.split("\n# Figma")
    block = '\n[mcp_servers.time.tools."convert time"]\napproval_mode = "approve"\n'
    assert path.read_text() == f"{before}{block}\n# Figma{after}"


def test_a_table_is_added_at_the_end(path: Path) -> None:
    table: dict[str, Any] = {
        "command": "npx",
        "args": ["-y", 'a"b'],
        "env": {"A B": "1", "C": "\n"},
        "cwd": None,
    }
    add_server(path, "new/one", table | {"tools": {"x": {"approval_mode": "prompt"}}})
    assert path.read_text() == FILE + (
        '\n[mcp_servers."new/one"]\n'
        'command = "npx"\n'
        'args = ["-y", "a\\"b"]\n'
        'env = { "A B" = "1", C = "\\n" }\n'
        '\n[mcp_servers."new/one".tools.x]\n'
        'approval_mode = "prompt"\n'
    )


def test_adding_and_removing_gives_the_file_back(path: Path) -> None:
    add_server(path, "new", {"url": "https://new.example"})
    assert remove_server(path, "new")
    assert path.read_text() == FILE


def test_a_table_removed_takes_its_subtables_and_no_comment_but_its_own(path: Path) -> None:
    assert remove_server(path, "figma")
    start, end = FILE.index("[mcp_servers.figma]"), FILE.index("\n[ui]")
    assert path.read_text() == FILE[:start] + FILE[end:]


def test_removing_what_is_not_there(path: Path, tmp_path: Path) -> None:
    assert not remove_server(path, "nope")
    assert path.read_text() == FILE
    assert not remove_server(tmp_path / "none.toml", "nope")
    assert not (tmp_path / "none.toml").exists()


def test_an_unknown_server_cannot_be_edited(path: Path, tmp_path: Path) -> None:
    for file in (path, tmp_path / "none.toml"):
        with pytest.raises(UnknownServer, match="No MCP server named 'nope' found"):
            set_enabled(file, "nope", True)


def test_adding_refuses_to_overwrite_unless_forced(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'time' is already configured"):
        add_server(path, "time", {"command": "x"})
    assert path.read_text() == FILE
    add_server(path, "time", {"command": "x"}, force=True)
    assert tomllib.loads(path.read_text())["mcp_servers"]["time"] == {"command": "x"}
    assert "# Figma, at work\n[mcp_servers.figma]" in path.read_text()


def test_adding_refuses_a_bad_name(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="invalid server name 'bad name!'"):
        add_server(path, "bad name!", {"command": "x"})


def test_a_file_that_is_made_is_private_and_names_its_schema(tmp_path: Path) -> None:
    path = tmp_path / "home" / "config.toml"
    add_server(path, "time", {"command": "uvx"})
    first, blank, *rest = path.read_text().split("\n")
    assert first.startswith("#:schema file:///")
    assert first.endswith("/assets/config.schema.json")
    assert [blank, *rest] == ["", "[mcp_servers.time]", 'command = "uvx"', ""]
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_link_stays_a_link_and_the_mode_stays(path: Path, tmp_path: Path) -> None:
    path.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(path)
    set_enabled(link, "time", False)
    assert link.is_symlink()
    assert "enabled = false" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_not_toml_is_left_alone(path: Path) -> None:
    path.write_text("[mcp_servers.x\n")
    for edit in (lambda: add_server(path, "y", {"command": "y"}), lambda: remove_server(path, "x")):
        with pytest.raises(ConfigurationError, match="line 1"):
            edit()
    assert path.read_text() == "[mcp_servers.x\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("startup_timeout_ms = 1500 # old", "startup_timeout_sec = 1.5 # old"),
        ('"startup_timeout_ms"=20_000', "startup_timeout_sec=20.0"),
        ("startup_timeout_sec = 4\nstartup_timeout_ms = 1500", "startup_timeout_sec = 4"),
        ("startup_timeout_ms = 'x'", "startup_timeout_ms = 'x'"),
    ],
)
def test_the_old_timeout_is_rewritten_by_the_next_edit(path: Path, before: str, after: str) -> None:
    path.write_text(f"[mcp_servers.x]\ncommand = 'x'\n{before}\n[mcp_servers.y]\nstartup_timeout_ms = 9\n")
    set_enabled(path, "x", False)
    assert path.read_text() == (
        f"[mcp_servers.x]\ncommand = 'x'\n{after}\nenabled = false\n[mcp_servers.y]\nstartup_timeout_ms = 9\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "mcp_servers.x.command = 'x'\na = 1",
            "mcp_servers.x.command = 'x'\nmcp_servers.x.enabled = false\na = 1",
        ),
        ("mcp_servers.x = {command = 'x'}", "mcp_servers.x = {command = 'x', enabled = false}"),
        ("mcp_servers.x = {}", "mcp_servers.x = { enabled = false }"),
        ("mcp_servers = {x = {command = 'x'}}", "mcp_servers = {x = {command = 'x', enabled = false}}"),
        ("[mcp_servers]\nx.command = 'x'", "[mcp_servers]\nx.command = 'x'\nx.enabled = false"),
        ("[mcp_servers]\nx = {command='x' } # c", "[mcp_servers]\nx = {command='x', enabled = false } # c"),
        (
            "[mcp_servers.x.env]\nA = 'x'",
            "[mcp_servers.x]\nenabled = false\n\n[mcp_servers.x.env]\nA = 'x'",
        ),
        ('[ "mcp_servers" . "x" ]\n"enabled"=true', '[ "mcp_servers" . "x" ]\n"enabled"=false'),
        (
            "[mcp_servers.x]\ncommand = '''\n[a]\n'''",
            "[mcp_servers.x]\ncommand = '''\n[a]\n'''\nenabled = false",
        ),
        ("[mcp_servers.x]\n\tcommand = 'x'", "[mcp_servers.x]\n\tcommand = 'x'\n\tenabled = false"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_every_way_to_write_a_server_can_be_edited(
    path: Path, before: str, after: str, newline: str, mark: str
) -> None:
    def as_bytes(text: str) -> bytes:
        return (mark + text + "\n").replace("\n", newline).encode()

    path.write_bytes(as_bytes(before))
    set_enabled(path, "x", False)
    assert path.read_bytes() == as_bytes(after)
    assert not load(path, environ={}).servers[0].enabled
    assert remove_server(path, "x")
    assert load(path, environ={}).servers == ()


def test_writers_at_the_same_time_lose_nothing(path: Path) -> None:
    def add(number: int) -> None:
        add_server(path, f"s{number}", {"command": "x"})

    threads = [threading.Thread(target=add, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {server.name for server in load(path, environ={}).servers}
    assert names == {"time", "figma"} | {f"s{number}" for number in range(12)}


# Generated files: sections in any order, each line marked with the server whose it is.

Line = tuple[str, str]
NAMES = ["a", "b-c", "d@1/x"]

values = st.sampled_from(
    [
        *("'lit'", '"esc \\" # [x] \\u00e9"', "'''x''''", "[]", "true", "1_000", "0x1F", "nan"),
        *("1979-05-27 07:32:00", "[ 1, # one\n  2 ]", "{ q = 1, 'r s' = [{ t = 2 }] }"),
        '"""\n[mcp_servers.a]\n# not a comment\n"""',
    ]
)


@st.composite
def decorations(draw: st.DrawFn) -> list[str]:
    lines = st.lists(st.sampled_from(["", "# note", "   ", "#command = 'x'", "\t# note"]), max_size=2)
    return draw(lines)


@st.composite
def blocks(draw: st.DrawFn, name: str) -> list[list[Line]]:
    """One or two headers of a server, with what stands under them."""
    key = f'"{name}"' if set(name) & set("@/") else draw(st.sampled_from([name, f'"{name}"', f"'{name}'"]))
    headers = [f"[mcp_servers.{key}]", f"  [mcp_servers . {key}.env]  # env"]
    found: list[list[Line]] = []
    for header in headers[: draw(st.integers(1, 2))]:
        lines = [(header, name)]
        for number in range(draw(st.integers(0, 3))):
            lines += [(line, name) for line in draw(decorations())]
            indent, end = draw(st.sampled_from(["", "  "])), draw(st.sampled_from(["", " # end"]))
            lines.append((f"{indent}key{number} = {draw(values)}{end}", name))
        found.append(lines)
    return found


@st.composite
def files(draw: st.DrawFn) -> list[Line]:
    lines: list[Line] = [(line, "") for line in draw(decorations())]
    lines += [(f"top{n} = {draw(values)}", "") for n in range(draw(st.integers(0, 2)))]
    sections = [draw(blocks(name)) for name in NAMES]
    sections.append([[("[other.table]", ""), (f"x = {draw(values)} # other", "")]])
    if draw(st.booleans()):  # tables within may stand anywhere
        sections = [[block] for section in sections for block in section]
    for section in draw(st.permutations(sections)):
        lines += [(line, "") for line in draw(decorations())]
        if _last_owner(lines) == section[0][0][1] != "":
            lines = _owned_to_the_end(lines)
        lines += [line for block in section for line in block]
    return lines + [(line, "") for line in draw(decorations())]


def _last_owner(lines: list[Line]) -> str:
    return next(
        (owner for line, owner in reversed(lines) if line.strip() and not line.strip().startswith("#")), ""
    )


def _owned_to_the_end(lines: list[Line]) -> list[Line]:
    """What stands between two tables of one server goes with them."""
    last = max(at for at, (_, owner) in enumerate(lines) if owner)
    return [*lines[: last + 1], *((line, lines[last][1]) for line, _ in lines[last + 1 :])]


def text_of(lines: list[Line], newline: str) -> str:
    return "".join(f"{line}\n" for line, _ in lines).replace("\n", newline)


def plain(text: str) -> Any:
    return tomllib.loads(text, parse_float=str)


@settings(max_examples=60, deadline=None)
@given(lines=files(), name=st.sampled_from(NAMES), newline=st.sampled_from(["\n", "\r\n"]))
def test_removing_takes_only_the_lines_of_the_table(
    tmp_path_factory: pytest.TempPathFactory, lines: list[Line], name: str, newline: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "removed.toml"
    before = text_of(lines, newline)
    path.write_bytes(before.encode())
    assert remove_server(path, name)
    after = path.read_bytes().decode()

    data = plain(before)
    del data["mcp_servers"][name]
    assert plain(after) == data
    assert tomlkit.parse(after).as_string() == after
    kept = text_of([line for line in lines if line[1] != name], newline)
    assert without_blank(after) == without_blank(kept)


def without_blank(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


@settings(max_examples=60, deadline=None)
@given(
    lines=files(),
    name=st.sampled_from(NAMES),
    newline=st.sampled_from(["\n", "\r\n"]),
    key=st.sampled_from(
        [("key0",), ("new key",), ("env", "key1"), ("env", "NEW"), ("tools", "t", "approval_mode")]
    ),
    value=st.sampled_from(["x", "é\u2028\"'\x01", True, 3, 2.5, ["a", "b"], {"k": "v"}, None]),
)
def test_setting_changes_one_place(
    tmp_path_factory: pytest.TempPathFactory,
    lines: list[Line],
    name: str,
    newline: str,
    key: tuple[str, ...],
    value: Any,
) -> None:
    path = tmp_path_factory.getbasetemp() / "set.toml"
    before = text_of(lines, newline)
    path.write_bytes(before.encode())
    set_value(path, name, key, value)
    after = path.read_bytes().decode()

    assert within(plain(after)["mcp_servers"][name], key) == (value if value != 2.5 else "2.5")
    for other in NAMES:
        if other != name:
            assert plain(after)["mcp_servers"][other] == plain(before)["mcp_servers"][other]
    # What stands before the server's first line and after its last one is as it was.
    own = [at for at, (_, owner) in enumerate(lines) if owner == name]
    assert after.startswith(text_of(lines[: own[0]], newline))
    assert after.endswith(text_of(lines[own[-1] + 1 :], newline))


def within(table: Any, key: tuple[str, ...]) -> Any:
    for part in key:
        table = table.get(part, {}) if isinstance(table, dict) else {}
    return None if table == {} else table


@settings(max_examples=30, deadline=None)
@given(lines=files(), newline=st.sampled_from(["\n", "\r\n"]))
def test_adding_appends(tmp_path_factory: pytest.TempPathFactory, lines: list[Line], newline: str) -> None:
    path = tmp_path_factory.getbasetemp() / "added.toml"
    before = text_of(lines, newline)
    path.write_bytes(before.encode())
    add_server(path, "new", {"command": "x", "env": {"A": "b"}})
    after = path.read_bytes().decode()
    assert after.startswith(before)
    assert plain(after)["mcp_servers"].pop("new") == {"command": "x", "env": {"A": "b"}}
    remove_server(path, "new")
    assert path.read_bytes().decode().rstrip() == before.rstrip()
