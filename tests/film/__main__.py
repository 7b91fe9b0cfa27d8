"""Play the demo and write docs/demo.svg: `python -m tests.film`."""

from __future__ import annotations

import asyncio
import os
import tempfile

from tests.film.story import film
from tests.support.places import ROOT

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        os.environ["JACKFIELD_HOME"] = home
        os.environ.pop("NO_COLOR", None)
        (ROOT / "docs" / "demo.svg").write_text(asyncio.run(film()), encoding="utf-8")
