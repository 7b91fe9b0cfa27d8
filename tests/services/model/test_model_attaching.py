"""What goes beside a text, and what is allowed without a question."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from services.config.file import load
from services.errors import InvalidArguments, JackfieldError
from services.model.allowances import Allowances
from services.model.approvals import Approval, approvals, take_back
from services.model.attaching import prompt_content, resource_content
from services.model.place import Place
from tests.services.conftest import running
from tests.services.model.stage import Person
from tests.support.servers import demo

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_a_resource_goes_along_as_its_text(tmp_path: Path) -> None:
    async with running(demo()) as (manager, _):
        place = Place(manager, Person(), Allowances(), tmp_path)
        uri = manager.catalog("demo").resources[0].raw_uri
        content = await resource_content(place, "demo", uri)
        assert isinstance(content[0], str) and content[0].startswith("[resource of the server demo]")
        assert uri in content[0]
        with pytest.raises(JackfieldError):
            await resource_content(place, "demo", "demo://not-there")
        with pytest.raises(InvalidArguments, match="row, number are missing"):
            await resource_content(place, "demo", "demo://sockets/{row}/{number}")


async def test_the_messages_of_a_prompt_go_along(tmp_path: Path) -> None:
    async with running(demo()) as (manager, _):
        place = Place(manager, Person(), Allowances(), tmp_path)
        prompt = manager.catalog("demo").prompts[0]
        arguments = {argument.wire_name: "add" for argument in prompt.arguments}
        result = await manager.get_prompt("demo", prompt.raw_name, arguments)
        content = await prompt_content(place, "demo", prompt.raw_name, arguments)
        assert len([part for part in content if isinstance(part, str)]) == len(result.messages)


async def test_approvals_are_listed_and_taken_back(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(
        '# mine\n[mcp_servers.demo]\ncommand = "x"\n\n'
        '[mcp_servers.demo.tools.add]\napproval_mode = "approve"\n'
    )
    async with running(demo(tools={"add": "approve", "echo": "prompt"})) as (manager, _):
        place = Place(manager, Person(), Allowances(tmp_path), tmp_path, config)
        for name in ("add", "big"):
            tool = manager.catalog("demo").tool(name)
            assert tool is not None
            place.allowances.allow(tool)
        found = approvals(place)
        assert found == (Approval("demo", "add", "always"), Approval("demo", "big", "session"))
        for each in found:
            await take_back(place, each)
        assert place.allowances.session == ()
    (server,) = load(config, environ={}).servers
    assert server.tools == {} and config.read_text().startswith("# mine\n")
