"""config.toml as a model: the one description of its tables and keys, with types and defaults.

The tables of a server are in `server_models.py`, the `[gateway]` table is in `gateway_table.py`.
`tables.py` and `file.py` check files against it; `schema.py` makes the JSON Schema and the key
tables of the documentation from it.
"""

from __future__ import annotations

from services.config.common_kinds import ANY_TEXT, PORT, START, STRINGS, TEXT, VARIABLE, codex
from services.config.gateway_table import GATEWAY
from services.config.kinds import Choice, Flag, Key, Kind, Listing, Named, OneOf, Table, Whole
from services.config.server_models import HTTP_SERVER, STDIO_SERVER
from services.model_providers import PROVIDERS

__all__ = ("CONFIG_FILE", "MODEL", "RESIDENT", "SANDBOX", "UI")

_POLICIES = Choice("read-only", "workspace-write", "danger-full-access", "external-sandbox")

_NETWORK = Key(OneOf("true, false or a word", Flag(), TEXT), "Whether it has a network; either spelling.")

_POLICY = Table(
    "sandbox_policy = { … }",
    {
        "type": Key(_POLICIES, "Which policy.", needed=True),
        "writable_roots": Key(Listing(TEXT, "a list of directories"), "Directories it may write to."),
        "network_access": _NETWORK,
        "network-access": _NETWORK,
        "exclude_tmpdir_env_var": Key(Flag(), "Whether `$TMPDIR` is not writable."),
        "exclude_slash_tmp": Key(Flag(), "Whether `/tmp` is not writable."),
    },
)

SANDBOX = Table(
    "[sandbox]",
    {
        "sandbox_policy": Key(
            OneOf("a policy's name, or { type, … }", _POLICY, _POLICIES),
            "The policy, by name or as a table with `type`, as OpenAI Codex has it.",
        ),
        "codex_linux_sandbox_exe": Key(TEXT, "Path of the program that sandboxes on Linux."),
        "sandbox_cwd": Key(TEXT, "The directory that the policy is about; else the working directory."),
    },
)

MODEL = Table(
    "[model]",
    {
        "provider": Key(Choice(*PROVIDERS), "Who offers the model: [model.md](model.md) has them all."),
        "name": Key(TEXT, "The model's name, as the provider has it."),
        "base_url": Key(TEXT, "Where the interface is, where it is not the provider's own."),
        "api_key_env_var": Key(VARIABLE, "The environment variable that holds the key."),
        "allow_key_over_http": Key(
            Flag(), "Send the key over plain http to another machine, where others can read it.", False
        ),
        "reasoning": Key(
            Choice("none", "minimal", "low", "medium", "high", "xhigh"),
            "How much it thinks before it answers.",
        ),
        "max_output_tokens": Key(Whole(1), "The most tokens of one answer."),
        "context_window": Key(Whole(1_000), "Tokens it can take in; for models that are not known here."),
        "tool_output_token_limit": Key(
            Whole(100), "Tokens of one result that it is given; else a tenth of the context window."
        ),
        "system_prompt": Key(ANY_TEXT, "What it is told before everything else."),
        "system_prompt_file": Key(TEXT, "The file that holds that, in place of `system_prompt`."),
        "omit_tools_from": Key(STRINGS, "Servers whose tools it is not offered.", []),
    },
)

UI = Table(
    "[ui]",
    {
        "theme": Key(TEXT, "Name of the theme."),
        "images": Key(
            Choice("auto", "kitty", "sixel", "halfblock", "off"),
            "How [pictures](pictures.md) are drawn; `auto` asks the terminal, and `/terminal` says what it "
            "answered.",
            "auto",
        ),
        "editor": Key(TEXT, "The editor that `Ctrl+G` opens in a form; else `$VISUAL`, `$EDITOR`."),
        "keys": Key(
            Named(TEXT),
            'Keys of your own by id: `"history.copy" = "y"`; [keys.md](keys.md) has the ids.',
            {},
        ),
        "history": Key(
            Choice("on", "off"), "Whether sessions are kept: [history.md](history.md) says how.", "on"
        ),
    },
)

RESIDENT = Table(
    "[resident]",
    {
        "idle_minutes": Key(
            Whole(1, 10_080), "Minutes without a command after which kept servers, and the resident, end.", 15
        ),
        "open_session": Key(
            Flag(),
            "Whether commands use the servers of an open session: [resident.md](resident.md).",
            True,
        ),
    },
)

CONFIG_FILE = Table(
    "config.toml",
    {
        "mcp_oauth_credentials_store": Key(
            Choice("auto", "keyring", "file"), "Where credentials are kept.", "auto"
        ),
        "mcp_oauth_callback_port": Key(PORT, "Port of the login callback; else the system chooses."),
        "mcp_oauth_callback_url": Key(TEXT, "Redirect URI of the login callback."),
        "mcp_optional_startup_grace_ms": codex(Whole(0)),
        "tool_output_token_limit": codex(Whole(1)),
        "mcp_enterprise_managed_auth": codex(Named(Kind())),
        "omit_tools_from": codex(STRINGS),
        "start": Key(START, "When servers are started that do not say it: `eager` or `lazy`.", "eager"),
        "model": Key(MODEL, "The model at the table."),
        "models": Key(
            Named(MODEL), "More models by name, which `/model NAME` and `--model NAME` choose.", {}
        ),
        "sandbox": Key(SANDBOX, "What servers that ask for `codex/sandbox-state` are told.", {}),
        "resident": Key(RESIDENT, "How long servers are kept for the shell.", {}),
        "ui": Key(UI, "How the session looks.", {}),
        "gateway": Key(GATEWAY, "What `jackfield serve` offers: [gateway.md](gateway.md).", {}),
        "mcp_servers": Key(Named(OneOf("a table", STDIO_SERVER, HTTP_SERVER)), "The servers, by name.", {}),
    },
)
"""The whole file. `file.py` checks each server by itself: one bad table is one invalid server."""
