"""What servers tell by themselves, in the session: resources, lists; and levels of logs."""

from __future__ import annotations

import asyncio

from services.settings import ServerSettings
from tests.app.conftest import session
from tests.servers.web import MODERN, REVISIONS, Web


def at(web: Web, name: str = "web") -> ServerSettings:
    return ServerSettings(name, transport="http", url=web.url)


async def test_a_resource_that_changes_is_told_of_while_it_is_followed() -> None:
    async with Web((MODERN,)) as web, session(at(web)) as running:
        await running.enter("/follow web web://a")
        await running.sees("web: web://a is followed.")
        await running.until(lambda: web.listening.get("resourceSubscriptions"))
        async with asyncio.timeout(15):
            while "web: web://a changed." not in running.history:
                await web.notify("notifications/resources/updated", uri="web://a")
                await running.pilot.pause(0.01)
        for _ in range(200):
            await web.notify("notifications/resources/updated", uri="web://a")
        await running.pilot.pause()
        assert running.history.count("changed.") < 5
        await running.enter("/follow web web://a")
        await running.sees("web: web://a is no longer followed.")


async def test_levels_of_logs() -> None:
    async with Web((MODERN,)) as web, Web(REVISIONS) as old, session(at(web), at(old, "old")) as running:
        await running.enter("/log web error")
        await running.sees("web: log messages from error on.")
        await running.enter("/log old error")
        await running.sees("old: the server offers no log messages, so it takes no level")


async def test_a_list_nobody_told_of_is_read_again_when_it_is_looked_at() -> None:
    async with Web((MODERN,), list_changed=False) as web, session(at(web)) as running:
        web.tools.append({"name": "late", "inputSchema": {"type": "object"}})
        await running.enter("/tools web")
        await running.sees("web changed its tools: added late")
