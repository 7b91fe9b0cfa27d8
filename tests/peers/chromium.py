"""A real browser without a window: Chromium by its driver, spoken to in plain WebDriver (W3C)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx2

from tests.peers.servers import end

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Chromium", "chromium", "missing")

TIMEOUT = 30.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""What WebDriver calls the reference of an element."""

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


def missing() -> str:
    """What of it is not installed; empty when nothing is missing."""
    names = ("chromium", "chromedriver")
    return ", ".join(f"no {name}" for name in names if shutil.which(name) is None)


class Chromium:
    """One window; every method waits for what it does, `TIMEOUT` at most."""

    def __init__(self, driver: httpx2.Client, profile: str) -> None:
        self._driver = driver
        options = {"args": [*FLAGS, f"--user-data-dir={profile}"], "binary": shutil.which("chromium")}
        wanted = {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}
        self._session = f"/session/{self._post('/session', capabilities=wanted)['sessionId']}"

    def open(self, url: str) -> None:
        """Go to a URL and wait until it is loaded, redirects included."""
        self._post(f"{self._session}/url", url=url)

    def click(self, selector: str) -> None:
        """Click on the element that a CSS selector finds."""
        found = self._post(f"{self._session}/element", using="css selector", value=selector)
        self._post(f"{self._session}/element/{found[ELEMENT]}/click")

    def wait_for_title(self, title: str) -> None:
        """Wait until the page has this title."""
        deadline = time.monotonic() + TIMEOUT
        while self.title != title:
            assert time.monotonic() < deadline, f"the page is {self.title!r}, not {title!r}:\n{self.text}"
            time.sleep(0.05)

    @property
    def title(self) -> str:
        return str(self._value(self._driver.get(f"{self._session}/title")))

    @property
    def address(self) -> str:
        return str(self._value(self._driver.get(f"{self._session}/url")))

    @property
    def text(self) -> str:
        """The text of the page as a person reads it."""
        found = self._post(f"{self._session}/element", using="css selector", value="body")
        return str(self._value(self._driver.get(f"{self._session}/element/{found[ELEMENT]}/text")))

    def close(self) -> None:
        self._value(self._driver.delete(self._session))

    def _post(self, path: str, **body: Any) -> Any:
        return self._value(self._driver.post(path, json=body))

    @staticmethod
    def _value(answer: httpx2.Response) -> Any:
        value = answer.json()["value"]
        assert answer.status_code == 200, f"{value['error']}: {value['message']}"
        return value


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser with an empty profile while the block runs."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = subprocess.Popen(
            ["chromedriver", "--port=0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            url = f"http://127.0.0.1:{_port(driver)}"
            with httpx2.Client(base_url=url, timeout=TIMEOUT, trust_env=False) as client:
                browser = Chromium(client, profile)
                try:
                    yield browser
                finally:
                    browser.close()
        finally:
            end(driver)
            assert driver.stdout is not None
            driver.stdout.close()


def _port(driver: subprocess.Popen[bytes]) -> int:
    """The port, which the driver writes on a line of its own."""
    assert driver.stdout is not None
    for line in driver.stdout:
        if b"started successfully on port" in line:
            return int(line.rsplit(b" ", 1)[1].strip(b" .\n"))
    raise RuntimeError(f"chromedriver ended with {driver.wait(5)}")
