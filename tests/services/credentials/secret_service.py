"""A real Secret Service: gnome-keyring on a D-Bus session of its own, with its files in a folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("SecretService", "secret_service")

SECONDS = 20.0

# Without folders of services: nothing is started by the bus, no second keyring and no prompter.
BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class SecretService:
    """A running one: the variables that lead to it, and its processes."""

    def __init__(self, environ: dict[str, str], daemon: subprocess.Popen[bytes]) -> None:
        self.environ = environ
        self.daemon = daemon


@contextmanager
def secret_service(*, unlocked: bool = True) -> Iterator[SecretService]:
    """Serve secrets until the block ends; without gnome-keyring skip, or fail if nothing may be."""
    missing = [name for name in ("dbus-daemon", "gnome-keyring-daemon") if shutil.which(name) is None]
    if missing:
        reason = f"not installed: {', '.join(missing)}"
        if os.environ.get("JACKFIELD_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    # The path of a socket must be short.
    with tempfile.TemporaryDirectory(prefix="keyring-") as name, ExitStack() as stack:
        folder = Path(name)
        environ = {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder / 'bus'}",
            "HOME": name,
            "XDG_DATA_HOME": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "XDG_RUNTIME_DIR": name,
        }
        (folder / "bus.conf").write_text(BUS.format(socket=folder / "bus"), encoding="utf-8")
        bus = ["dbus-daemon", "--nofork", "--nopidfile", "--config-file", str(folder / "bus.conf")]
        stack.enter_context(_running(bus, environ))
        _wait_for(lambda: (folder / "bus").exists())
        keyring = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        keyring += ["--control-directory", str(folder / "control"), *(["--unlock"] if unlocked else [])]
        daemon = stack.enter_context(_running(keyring, environ, said=b"password" if unlocked else b""))
        _wait_for(lambda: _serves(environ["DBUS_SESSION_BUS_ADDRESS"], unlocked))
        yield SecretService(environ, daemon)


@contextmanager
def _running(
    command: list[str], environ: dict[str, str], said: bytes = b""
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | environ,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(said)
        process.stdin.close()
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def _serves(address: str, unlocked: bool) -> bool:
    import secretstorage
    from jeepney.io.blocking import open_dbus_connection  # type: ignore[import-untyped]

    with closing(open_dbus_connection(address)) as connection:
        if not secretstorage.check_service_availability(connection):
            return False
        if not unlocked:
            return True
        return not secretstorage.get_default_collection(connection).is_locked()


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        with suppress(OSError):
            if condition():
                return
        assert time.monotonic() < deadline, "the keyring did not start"
        time.sleep(0.02)
