"""Where the files are, and how they are written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.config.paths import config_file, home, locked, make_directory, write_whole
from services.errors import ConfigurationError


def test_home_is_where_the_variable_says(tmp_path: Path) -> None:
    assert home({"JACKFIELD_HOME": str(tmp_path)}) == tmp_path
    assert config_file(tmp_path) == tmp_path / "config.toml"


def test_a_home_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        home({"JACKFIELD_HOME": f"{tmp_path}/nope"})
    assert caught.value.message == (
        f'JACKFIELD_HOME points to "{tmp_path}/nope", but that path does not exist'
    )


def test_a_home_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError) as caught:
        home({"JACKFIELD_HOME": f"{tmp_path}/file"})
    assert caught.value.message == (
        f'JACKFIELD_HOME points to "{tmp_path}/file", but that path is not a directory'
    )


@pytest.mark.parametrize("environ", [{}, {"JACKFIELD_HOME": ""}])
def test_home_is_else_the_platforms_and_need_not_exist(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    named = environ | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "LOCALAPPDATA": str(tmp_path / "local")}
    assert home(named, "linux") == tmp_path / "config" / "jackfield"
    assert not (tmp_path / "config").exists()
    assert home(environ | {"XDG_CONFIG_HOME": " "}, "linux") == tmp_path / ".config" / "jackfield"
    assert home(environ, "darwin") == tmp_path / "Library/Application Support/jackfield"
    assert home(named, "win32") == tmp_path / "local" / "jackfield"
    assert home(environ, "win32") == tmp_path / "AppData/Local/jackfield"


def test_the_default_home_is_the_one_platformdirs_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    import platformdirs

    for place in ("", "/somewhere/else"):
        monkeypatch.setenv("XDG_CONFIG_HOME", place)
        monkeypatch.delenv("JACKFIELD_HOME", raising=False)
        assert home() == platformdirs.user_config_path("jackfield", appauthor=False)


def test_a_file_is_made_private_in_private_directories(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "file"
    write_whole(path, "text\n")
    assert path.read_text() == "text\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.parent.parent.stat().st_mode & 0o777 == 0o700
    make_directory(path.parent)


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "file", tmp_path / "link"
    path.write_text("old")
    path.chmod(0o644)
    link.symlink_to("file")
    write_whole(link, b"\xffnew")
    assert link.is_symlink()
    assert path.read_bytes() == b"\xffnew"
    assert path.stat().st_mode & 0o777 == 0o644
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "link"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ConfigurationError, match=f"cannot write {path}: No space left on device"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_a_directory_that_cannot_be_made_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot write"):
        write_whole(tmp_path / "file" / "config.toml", "x")
    with pytest.raises(ConfigurationError, match="cannot lock"), locked(tmp_path / "file" / "config.toml"):
        pass


def test_processes_take_turns(tmp_path: Path) -> None:
    path = tmp_path / "counter"
    path.write_text("0")
    code = (
        "import sys; from pathlib import Path; from services.config.paths import locked, write_whole\n"
        "path = Path(sys.argv[1])\n"
        "for _ in range(25):\n"
        "    with locked(path):\n"
        "        write_whole(path, str(int(path.read_text()) + 1))\n"
    )
    root = str(Path(__file__).parents[3])
    environ = os.environ | {"PYTHONPATH": root}
    runs = [subprocess.Popen([sys.executable, "-c", code, str(path)], env=environ) for _ in range(3)]
    assert [run.wait(timeout=40) for run in runs] == [0, 0, 0]
    assert path.read_text() == "75"


def test_waiting_for_another_writer_ends(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with locked(path):
        with pytest.raises(ConfigurationError) as caught, locked(path, timeout=0.05):
            pass
        assert "another process has been writing" in caught.value.message
    with locked(path, timeout=0.05):
        pass


def test_reading_costs_few_imports(tmp_path: Path) -> None:
    """The commands that only look at the file must not pay for the SDK, the screen or the tools of edits."""
    (tmp_path / "config.toml").write_text(
        '[mcp_servers.x]\ncommand = "c"\n[mcp_servers.y]\nurl = "http://a"\n'
    )
    code = (
        "import sys; from services.config.paths import config_file, home\n"
        "from services.config.file import load\n"
        "assert len(load(config_file(home()), environ={}).servers) == 2\n"
        "heavy = {'textual', 'rich', 'mcp', 'mcp_types', 'httpx2', 'keyring', 'pydantic', 'tomlkit',\n"
        "         'filelock', 'platformdirs', 'asyncio', 'jsonschema'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    environ = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3]), "JACKFIELD_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=environ, check=True, timeout=30)
