"""Keys of the newest OpenAI Codex: known, noted, their values looked at."""

from __future__ import annotations

from services.config.file import parse

TABLE = '[mcp_servers.s]\ncommand = "x"\n'


def severities(text: str, *, strict: bool = False) -> list[tuple[str, str]]:
    found = parse(text, environ={}, strict=strict)
    return [(problem.key, problem.severity) for problem in found.problems]


def test_known_keys_are_notes_also_where_warnings_are_errors() -> None:
    top = "mcp_optional_startup_grace_ms = 0\ntool_output_token_limit = 5\nomit_tools_from = []\n"
    own = 'environment_id = "local"\nstartup_readiness = "catalog"\nomit_tools_from = ["a"]\n'
    managed = '[mcp_enterprise_managed_auth.idp]\nissuer = "https://a"\n'
    found = parse(top + TABLE + own + managed, environ={}, strict=True)
    assert {problem.severity for problem in found.problems} == {"note"}
    assert len(found.problems) == 7
    assert found.servers[0].invalid == ""


def test_a_wrong_value_of_such_a_key_is_a_warning() -> None:
    text = TABLE + 'startup_readiness = "soon"\n'
    assert severities(text) == [("startup_readiness", "warning")]
    assert severities(text, strict=True) == [("startup_readiness", "error")]


def test_an_unknown_key_of_the_sandbox_drops_only_itself() -> None:
    policy = 'sandbox_policy = { type = "workspace-write", network-access = true, nonsense = 1 }'
    found = parse(f"[sandbox]\n{policy}\n", environ={})
    assert found.sandbox == {"sandbox_policy": {"type": "workspace-write", "network-access": True}}
    assert len(found.problems) == 1
