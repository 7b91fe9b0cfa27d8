"""A browser for tests: follows an authorization page to its end, as somebody does who agrees to all."""

from __future__ import annotations

import sys
from contextlib import suppress
from urllib.request import urlopen

if __name__ == "__main__":
    with suppress(OSError), urlopen(sys.argv[1], timeout=10) as page:
        page.read()
