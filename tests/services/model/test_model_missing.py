"""Before the first turn, and where the extra is not installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from services.connection_manager import ConnectionManager
from services.errors import ModelFailed
from services.model.allowances import Allowances
from services.model.choosing import choose, usable
from services.model.conversation import Conversation
from services.model.events import Failed
from services.model.keys import ModelKeys
from services.model.place import Place
from services.remedies import ConfigureModel, InstallModelPackages, ListModels
from services.settings import ModelSettings
from tests.services.model.stage import MODEL, Person, events

if TYPE_CHECKING:
    from _pytest.monkeypatch import MonkeyPatch

ROOT = Path(__file__).parents[3]


@pytest.mark.anyio
async def test_without_the_extra_the_turn_says_what_installs_it(
    tmp_path: Path, monkeypatch: MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.startswith("services.model.library")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pydantic_ai", None)
    async with ConnectionManager() as manager:
        place = Place(manager, Person(), Allowances(), tmp_path)
        conversation = Conversation(place, MODEL, ModelKeys(None, {}), {})
        (last,) = await events(conversation.ask("hello"))
        await conversation.close()
    assert isinstance(last, Failed) and isinstance(last.error, ModelFailed)
    assert last.error.reason == "not_installed" and last.error.remedy == InstallModelPackages()


def test_a_conversation_is_there_before_its_library() -> None:
    code = (
        "import sys; import services.model.conversation;"
        "import app.command_line.model.ask, app.command_line.model.manage;"
        "print([n for n in sys.modules if n.split('.')[0] in ('pydantic_ai', 'openai', 'anthropic', 'mcp')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stdout == "[]\n", done.stderr


def test_which_model_is_asked() -> None:
    fast = ModelSettings("fast", "ollama", "x")
    assert choose([MODEL, fast]) is MODEL and choose([MODEL, fast], "fast") is fast
    assert choose([MODEL, fast], "model") is MODEL and choose([fast]) is fast
    with pytest.raises(ModelFailed) as none:
        choose([])
    assert none.value.remedy == ConfigureModel()
    with pytest.raises(ModelFailed) as other:
        choose([fast], "fsat")
    assert "fast" in other.value.hint or other.value.remedy == ListModels()
    with pytest.raises(ModelFailed, match="cannot be used: it is broken"):
        usable(ModelSettings("x", invalid="it is broken"))
