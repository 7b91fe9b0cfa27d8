"""`jackfield ask` and `jackfield model` against a model on the real wire, as a shell uses them."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.peers.model_wire import model_at
from tests.peers.test_peer_model import FIXTURES, KEY

if TYPE_CHECKING:
    from tests.peers.model_wire import Relay

pytestmark = pytest.mark.peer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def relay(peers_installed: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with model_at(FIXTURES, tmp_path_factory.mktemp("aimock")) as running:
        yield running


@pytest.fixture
def home(relay: Relay, tmp_path: Path) -> Path:
    relay.forget()
    (tmp_path / "config.toml").write_text(
        f"""
mcp_oauth_credentials_store = "file"
[model]
provider = "openai"
name = "gpt-5.2"
base_url = "{relay.url}/v1"
api_key_env_var = "KEY"
[models.kept]
provider = "anthropic"
name = "claude-sonnet-4-5"
base_url = "{relay.url}"
[mcp_servers.demo]
command = "{sys.executable}"
args = ["-m", "services.demo"]
cwd = "{ROOT}"
default_tools_approval_mode = "prompt"
"""
    )
    return tmp_path


def jackfield(home: Path, *words: str, typed: str = "", key: str = KEY) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "JACKFIELD_HOME": str(home), "KEY": key, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environ,
        timeout=50,
        check=False,
    )


def test_standard_output_is_the_answer_alone(home: Path) -> None:
    done = jackfield(home, "ask", "hello")
    assert (done.stdout, done.returncode) == ("Hello, *you*!\n", 0), done.stderr
    assert "tokens in" in done.stderr


def test_the_text_may_come_from_standard_input(home: Path, relay: Relay) -> None:
    done = jackfield(home, "ask", "say", "hello", "-", typed="to the file\n")
    assert done.returncode == 0, done.stderr
    assert "say hello" in json.dumps(relay.bodies[0]) and "to the file" in json.dumps(relay.bodies[0])


def test_a_call_that_nobody_can_approve_is_denied_and_said(home: Path) -> None:
    done = jackfield(home, "ask", "add", "--json")
    assert done.returncode == 6, done.stderr
    assert "demo.add needs approval; denied" in done.stderr
    told = json.loads(done.stdout)
    assert told["answer"] == "It is five." and told["calls"][0]["outcome"] == "denied"


def test_calls_may_be_approved_beforehand_and_are_told_as_events(home: Path) -> None:
    done = jackfield(home, "ask", "add", "--approve", "all", "--stream-json", "--server", "demo")
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [event["type"] for event in told]
    assert kinds[-1] == "ended"
    assert kinds.index("call_wanted") < kinds.index("call_begun") < kinds.index("call_ended")
    assert told[kinds.index("call_ended")]["outcome"] == "ok"


def test_a_picture_of_the_person_goes_along(home: Path, relay: Relay) -> None:
    picture = ROOT / "assets" / "demo" / "jackfield.png"
    done = jackfield(home, "ask", "hello", "--image", str(picture))
    assert done.returncode == 0, done.stderr
    assert "data:image/png;base64," in json.dumps(relay.bodies[0])
    done = jackfield(home, "ask", "hello", "--image", str(ROOT / "pyproject.toml"))
    assert done.returncode == 2 and "not a picture" in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["ask", "hello", "--model", "kepd"], 2, "there is no model named kepd"),
        (["ask", "hello", "--server", "dmo"], 2, "No MCP server named 'dmo'"),
        (["ask", ""], 2, "there is nothing to ask"),
        (["ask", "hello", "--json", "--stream-json"], 2, "choose one"),
    ],
)
def test_wrong_usage_is_said_plainly(home: Path, words: list[str], status: int, says: str) -> None:
    done = jackfield(home, *words)
    assert done.returncode == status and says in done.stderr
    assert (json.loads(done.stdout)["error"]["reason"] == "usage") if "--json" in words else not done.stdout
    assert "Traceback" not in done.stderr


def test_a_key_that_is_not_accepted_is_in_no_output(home: Path, relay: Relay) -> None:
    relay.answer = (401, {"error": {"message": f"Incorrect API key: {KEY}"}}, {})
    done = jackfield(home, "ask", "hello")
    assert done.returncode == 3 and "does not accept the key" in done.stderr
    assert KEY not in done.stderr + done.stdout
    done = jackfield(home, "ask", "hello", "--json")
    assert done.returncode == 3 and json.loads(done.stdout)["error"]["reason"] == "key"
    assert KEY not in done.stderr + done.stdout


def test_models_are_listed_checked_and_their_keys_kept(home: Path, relay: Relay) -> None:
    done = jackfield(home, "model", "login", "kept", typed="sk-kept\n")
    assert done.returncode == 0 and "sk-kept" not in done.stdout + done.stderr
    listed = json.loads(jackfield(home, "model", "list", "--json").stdout)
    assert [(row["name"], row["key"]) for row in listed] == [("model", "KEY"), ("kept", "kept")]
    relay.headers.clear()
    done = jackfield(home, "model", "check", "kept")
    assert done.returncode == 0 and "kept: anthropic claude-sonnet-4-5 answered" in done.stdout
    assert "sk-kept" in json.dumps(relay.headers[0])
    assert "Deleted the key" in jackfield(home, "model", "logout", "kept").stdout


def test_a_bad_table_of_another_model_is_nothing_to_this_one(home: Path) -> None:
    with (home / "config.toml").open("a") as file:
        file.write('[models.bad]\nprovider = "nobody"\n')
    done = jackfield(home, "ask", "hello")
    assert done.returncode == 0 and "nobody" not in done.stderr
    done = jackfield(home, "ask", "hello", "--model", "bad")
    assert done.returncode == 2 and done.stderr.count("nobody") == 1


def test_no_library_writes_to_the_terminal(home: Path) -> None:
    master, slave = pty.openpty()
    # What says that this is a test would keep a library quiet.
    environ = {key: value for key, value in os.environ.items() if key not in ("CI", "PYTEST_VERSION")}
    environ |= {"JACKFIELD_HOME": str(home), "KEY": KEY, "PYTHONPATH": str(ROOT), "TERM": "dumb"}
    words = [sys.executable, "-m", "app", "ask", "hello"]
    with subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environ) as process:
        os.close(slave)
        said = b""
        with contextlib.suppress(OSError):  # its end
            while data := os.read(master, 1 << 12):
                said += data
        os.close(master)
    lines = [line for line in said.decode().replace("\r", "").split("\n") if line]
    assert process.returncode == 0
    assert lines[0] == "Hello, *you*!" and len(lines) == 2 and "tokens in" in lines[1], lines
