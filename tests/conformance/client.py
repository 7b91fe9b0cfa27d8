"""What the conformance suite starts: our front door, used on everything a server offers.

No scenario has code of its own, but for the table of `oauth` that its context stands for, the calls that
the suite asks for in so many words (MCP_CONFORMANCE_CONTEXT) and the one tool that wants a schema sent
back to it: whoever needs a login gets one, every tool is called, every resource read, every prompt taken,
all at once, every skill loaded with all its files, and every question accepted as its form first stands. The
scenario that looks for files read too early is the one in which no skill is loaded.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import httpx2

from services.connection_manager import ConnectionManager
from services.errors import JackfieldError, ScopesNeeded
from services.events import LoginStep, ServerState
from services.forms.form import fields_of
from services.inbox.questions import Answer, FormQuestion, QuestionAsked
from services.oauth.logins import Logins
from services.settings import ServerSettings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from services.catalog.entries import Tool
    from services.events import Event
    from services.skills.entries import Skill

SERVER = "suite"
SECONDS = 20.0
METADATA_URL = "https://conformance-test.local/client-metadata.json"
LOGINS = 5
"""A person gives up at some time; the suite counts to three."""
SECRET, KEY, ASSERTION, ID_TOKEN = "SUITE_SECRET", "SUITE_KEY", "SUITE_ASSERTION", "SUITE_ID_TOKEN"
SAMPLES: Mapping[str, Any] = {
    "string": "text",
    "integer": 2,
    "number": 3,
    "boolean": True,
    "array": [],
    "object": {},
    "null": None,
}


async def main(url: str, context: Mapping[str, Any], home: Path) -> None:
    """Connect to the suite's server and use it. Raises SystemExit with the cause where it cannot."""
    oauth, variables = oauth_of(context)
    settings = ServerSettings(SERVER, transport="http", url=url, startup_timeout_sec=SECONDS, oauth=oauth)
    environ = {**os.environ, **variables}

    def hear(event: Event) -> None:
        if isinstance(event, LoginStep):
            print(f"{event.step.what}: {event.step.detail}", file=sys.stderr)
        if isinstance(event, QuestionAsked) and isinstance(event.question, FormQuestion):
            form = fields_of(event.question.schema, strict_elicitation=True)
            content, reasons = form.content({})
            assert not reasons, reasons
            manager.inbox.answer(event.question, Answer("accept", content))

    logins = Logins(home, mode="file", environ=environ)
    manager = ConnectionManager(
        [settings], listener=hear, version="conformance", environ=environ, logins=logins
    )
    async with manager, asyncio.timeout(SECONDS + 15):
        await ready(manager)
        await use(manager, context)


def oauth_of(context: Mapping[str, Any]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
    """The `oauth` table for what the suite says of the client, and the variables that it names."""
    oauth: dict[str, str | int | bool] = {"client_metadata_url": METADATA_URL}
    if "cimd" not in os.environ.get("MCP_CONFORMANCE_SCENARIO", ""):
        oauth = {}
    variables: dict[str, str] = {}
    if "client_id" in context:
        oauth |= {"client_id": context["client_id"]}
    if "client_secret" in context:
        oauth |= {"client_secret_env_var": SECRET}
        variables[SECRET] = context["client_secret"]
    if "issuer" in context:
        oauth |= {"authorization_server_issuer": context["issuer"]}
    if "client-credentials" in str(context.get("name")):
        oauth |= {"grant": "client_credentials"}
    if "private_key_pem" in context:
        oauth |= {"private_key_env_var": KEY, "signing_algorithm": context["signing_algorithm"]}
        variables[KEY] = context["private_key_pem"]
    if "valid_jwt" in context:
        oauth |= {"grant": "jwt_bearer", "assertion_env_var": ASSERTION}
        variables[ASSERTION] = context["valid_jwt"]
    if "idp_id_token" in context:
        oauth |= {"grant": "enterprise", "id_token_env_var": ID_TOKEN}
        oauth |= {name: context[name] for name in ("idp_client_id", "idp_token_endpoint")}
        variables[ID_TOKEN] = context["idp_id_token"]
    return oauth, variables


async def ready(manager: ConnectionManager) -> None:
    """Wait for the server, and log in to it as long as it asks for that."""
    for _ in range(LOGINS):
        await manager.settled(SECONDS + 5, server=SERVER)
        status = manager.status(SERVER)
        if status.state is ServerState.READY:
            print(f"ready, protocol {status.protocol}, auth {status.auth}", file=sys.stderr)
            return
        print(f"{status.state}: {status.cause}\n{status.hint}", file=sys.stderr)
        if status.state is not ServerState.LOGIN_NEEDED:
            break
        await log_in(manager)
    raise SystemExit("not ready")


async def log_in(manager: ConnectionManager) -> None:
    """Log in, with a browser that goes where it is sent and agrees to everything."""

    async def browse(url: str) -> None:
        async with httpx2.AsyncClient(trust_env=False, follow_redirects=True) as browser:
            page = await browser.get(url)
            print(f"the browser ends with {page.status_code}", file=sys.stderr)

    try:
        await manager.login(SERVER, show=browse, open_browser=False)
    except JackfieldError as error:
        raise SystemExit(f"login: {error}") from error


async def use(manager: ConnectionManager, context: Mapping[str, Any]) -> None:
    """Call, read and take everything, side by side."""
    catalog = manager.catalog(SERVER)
    calls = context.get("toolCalls") or [
        {"name": tool.raw_name, "arguments": arguments_for(tool, catalog.tools)} for tool in catalog.tools
    ]
    wanted: list[Callable[[], Awaitable[object]]] = [
        *(lambda c=call: manager.call_tool(SERVER, c["name"], c["arguments"]) for call in calls),
        *(lambda r=resource: manager.read_resource(SERVER, r.raw_uri) for resource in catalog.resources),
        *(lambda p=prompt: manager.get_prompt(SERVER, p.raw_name) for prompt in catalog.prompts),
    ]
    if "no-prefetch" not in os.environ.get("MCP_CONFORMANCE_SCENARIO", ""):
        wanted += [partial(load, manager, skill) for skill in catalog.skills]
    again = [one for one in await asyncio.gather(*map(said, wanted)) if one is not None]
    if again:
        await log_in(manager)
        await ready(manager)
        await asyncio.gather(*map(said, again))


async def load(manager: ConnectionManager, skill: Skill) -> str:
    """Load a skill as whoever acts on it does: its SKILL.md first, and its files only after that."""
    read = [await manager.read_skill(skill, file.path) for file in skill.files]
    return f"{skill.name}: {', '.join(content.file.path for content in read)}"


async def said(ask: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]] | None:
    """Ask; what a server refuses is told, and is for the suite to judge. Returns what needs another login."""
    try:
        print(await ask(), file=sys.stderr)
    except ScopesNeeded as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return ask
    except JackfieldError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    return None


def arguments_for(tool: Tool, tools: tuple[Tool, ...]) -> dict[str, Any]:
    """Arguments that a tool's schema may be content with: the required ones, by their types."""
    schema = tool.input_schema
    if tool.raw_name == "json_schema_echo":
        return {"schema": next(other.input_schema for other in tools if other is not tool)}
    properties = schema.get("properties") or {}
    return {name: SAMPLES.get(properties[name].get("type"), "text") for name in schema.get("required") or ()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="conformance-home-") as folder:
        told = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
        asyncio.run(main(sys.argv[-1], told, Path(folder)))
