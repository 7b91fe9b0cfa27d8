"""`[model]` and `[models.NAME]`: what is read of them, and what is said of those that cannot be used."""

from __future__ import annotations

import pytest

from services.config.complaints import describe
from services.config.file import parse
from services.settings import ModelSettings


def models(text: str) -> tuple[ModelSettings, ...]:
    return parse(text, environ={}).models


def test_every_key_is_read_and_the_unnamed_model_comes_first() -> None:
    found = parse(
        """
        [models.fast]
        provider = "ollama"
        name = "qwen3"

        [model]
        provider = "anthropic"
        name = "claude-sonnet-4-5"
        base_url = " https://proxy.example/ "
        api_key_env_var = "KEY"
        reasoning = "high"
        max_output_tokens = 8000
        context_window = 100_000
        tool_output_token_limit = 5000
        system_prompt = "Be brief."
        omit_tools_from = ["noisy"]
        """,
        environ={},
        source="/c.toml",
    )
    assert found.problems == ()
    assert found.models == (
        ModelSettings(
            "",
            "anthropic",
            "claude-sonnet-4-5",
            base_url="https://proxy.example",
            api_key_env_var="KEY",
            reasoning="high",
            max_output_tokens=8000,
            context_window=100_000,
            tool_output_token_limit=5000,
            system_prompt="Be brief.",
            omit_tools_from=("noisy",),
        ),
        ModelSettings("fast", "ollama", "qwen3"),
    )
    assert [model.table for model in found.models] == ["[model]", "[models.fast]"]
    assert found.models[0].source == "/c.toml"


@pytest.mark.parametrize(
    ("lines", "said", "hint"),
    [
        ('name = "x"', "models.a.provider is missing (line 1)", 'Write provider = "openai".'),
        ('provider = "openai"', "models.a.name is missing (line 1)", 'Write name = "the model\'s name".'),
        (
            'provider = "openai"\nname = "x"\napi_key = "sk-1234"',
            "models.a.api_key is not supported: a key in plain text can be read by anybody (line 4)",
            "Set api_key_env_var, or keep the key safe: jackfield model login",
        ),
        (
            'provider = "openai"\nname = "x"\nbase_url = "ftp://x"',
            "models.a.base_url must start with http:// or https:// (line 4)",
            "Write the address that the provider gives, such as …/v1.",
        ),
        (
            'provider = "azure"\nname = "x"',
            "models.a.base_url is missing (line 1)",
            "azure has an address for each of its customers.",
        ),
        (
            'provider = "openai"\nname = "x"\nmax_output_tokens = 0',
            "models.a.max_output_tokens must be at least 1, not 0 (line 4)",
            "",
        ),
        (
            'provider = "openai"\nname = "x"\nsystem_prompt = "a"\nsystem_prompt_file = "b"',
            "models.a.system_prompt_file stands beside system_prompt (line 5)",
            "Keep one of them.",
        ),
    ],
)
def test_a_bad_table_is_one_model_that_cannot_be_used(lines: str, said: str, hint: str) -> None:
    found = parse(f'[models.a]\n{lines}\n[models.b]\nprovider = "ollama"\nname = "y"', environ={})
    bad, good = found.models
    assert good == ModelSettings("b", "ollama", "y")
    assert bad.invalid and bad.hint == hint
    assert [describe(problem) for problem in found.problems] == [said]
    assert "sk-1234" not in repr(found)


def test_a_provider_that_is_not_known_is_told_with_those_that_are() -> None:
    (model,) = models('[model]\nprovider = "opnai"\nname = "x"')
    assert model.invalid.startswith('model.provider must be "openai", "openai-chat", "anthropic", "ollama"')


def test_an_unknown_key_is_a_warning_and_the_model_is_used() -> None:
    found = parse('[models.a]\nprovider = "ollama"\nname = "x"\nbase_ulr = "http://a"', environ={})
    assert found.models == (ModelSettings("a", "ollama", "x"),)
    assert [(p.severity, p.hint) for p in found.problems] == [("warning", "Did you mean `base_url`?")]


@pytest.mark.parametrize("text", ["models = 3", '[models]\na = "x"', "model = 3"])
def test_what_is_no_table_takes_nothing_else_down(text: str) -> None:
    found = parse(f'{text}\n[mcp_servers.s]\ncommand = "c"', environ={})
    assert found.models == () and len(found.problems) == 1
    assert [server.name for server in found.servers] == ["s"]


def test_limits_and_parallel_calls_of_a_server() -> None:
    lines = ('command = "c"', "supports_parallel_tool_calls = true", "tools.t.output_token_limit = 500")
    found = parse("\n".join(("[mcp_servers.s]", *lines)), environ={})
    (server,) = found.servers
    assert server.supports_parallel_tool_calls and server.tool_output_limits == {"t": 500}
    assert found.problems == ()
