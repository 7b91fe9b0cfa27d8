"""What the documentation shows in Python runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.support.places import ROOT

PAGES = sorted((ROOT / "docs").glob("*.md"))
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def test_the_library_page_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "library.md").read_text(), re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.stdout == "['echo', 'add']\n2 + 3 = 5 False\n", done.stderr


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda page: page.name)
def test_links_lead_somewhere(page: object) -> None:
    from pathlib import Path
    from urllib.parse import unquote

    assert isinstance(page, Path)
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / unquote(link)).exists()]
    assert not missing
