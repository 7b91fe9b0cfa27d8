"""config.toml as a model: the one description of its tables and keys, with types and defaults.

`tables.py` and `file.py` check files against it; `schema.py` makes the JSON Schema and the key
tables of the documentation from it.
"""

from __future__ import annotations

from services.config.gateway_table import GATEWAY
from services.config.kinds import (
    Choice,
    Flag,
    Key,
    Kind,
    Listing,
    Named,
    NoEffect,
    OneOf,
    Seconds,
    Table,
    Text,
    Whole,
)
from services.model_providers import PROVIDERS

__all__ = (
    "CONFIG_FILE",
    "HTTP_SERVER",
    "MODEL",
    "OAUTH",
    "RESIDENT",
    "SANDBOX",
    "STDIO_SERVER",
    "TOOL",
    "UI",
)

_APPROVAL = Choice("auto", "prompt", "writes", "approve")
_LEVEL = Choice("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
_ANY_TEXT = Text()
_TEXT = Text(r"\S", "some text")
_VARIABLE = Text(r"^[^=]+$", "the name of an environment variable")
_PROTOCOL = Text(r"^(auto|legacy|\d{4}-\d{2}-\d{2})$", '"auto", "legacy" or a date such as "2026-07-28"')
_START = Choice("eager", "lazy")
_PORT = Whole(1, 65535)
_STRINGS = Listing(_ANY_TEXT)
_ISSUERS = OneOf("an issuer, or a list of issuers", _TEXT, Listing(_TEXT))
_POLICIES = Choice("read-only", "workspace-write", "danger-full-access", "external-sandbox")


def _codex(kind: Kind | None = None) -> Key:
    """A key that OpenAI Codex acts on and we do not; its value is checked all the same."""
    return Key(NoEffect(kind), "Known to OpenAI Codex; no effect here.")


TOOL = Table(
    "[mcp_servers.NAME.tools.TOOL]",
    {
        "approval_mode": Key(_APPROVAL, "Who asks before a model calls this tool."),
        "output_token_limit": Key(Whole(100), "Tokens of one result that a model is given."),
    },
)

OAUTH = Table(
    "oauth = { … }",
    {
        "client_id": Key(_TEXT, "A client registered beforehand."),
        "client_secret": Key(_TEXT, "Its secret in plain text; a variable is better."),
        "client_secret_env_var": Key(_VARIABLE, "The environment variable that holds its secret."),
        "callback_port": Key(_PORT, "Port of the login callback for this server."),
        "callback_url": Key(_TEXT, "Redirect URI for this server."),
        "client_metadata_url": Key(_TEXT, "URL of a client ID metadata document."),
        "client_registration": Key(
            Choice("auto", "cimd", "dcr"),
            "How a client comes about: by a metadata document, by registration, or as can be.",
            "auto",
        ),
        "grant": Key(
            Choice("authorization_code", "client_credentials", "jwt_bearer", "enterprise"),
            "How tokens are obtained: all but `authorization_code` need no person.",
            "authorization_code",
        ),
        "token_endpoint_auth_method": Key(
            Choice("none", "client_secret_basic", "client_secret_post", "private_key_jwt"),
            "How the client proves itself at the token endpoint; else the server's choice.",
        ),
        "private_key_file": Key(_TEXT, "PEM file with the key that signs for `private_key_jwt`."),
        "private_key_env_var": Key(_VARIABLE, "The environment variable that holds that key."),
        "signing_algorithm": Key(
            Choice("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"),
            "How that key signs; else what suits it.",
        ),
        "key_id": Key(_TEXT, "The `kid` of that key."),
        "assertion_file": Key(_TEXT, "File with the assertion for `jwt_bearer`, read again for every token."),
        "assertion_env_var": Key(_VARIABLE, "The environment variable that holds that assertion."),
        "idp_token_endpoint": Key(_TEXT, "Token endpoint of the identity provider, for `enterprise`."),
        "idp_issuer": Key(_TEXT, "Its issuer, whose metadata tells that endpoint."),
        "idp_client_id": Key(_TEXT, "The client registered there."),
        "idp_client_secret_env_var": Key(_VARIABLE, "The environment variable that holds its secret."),
        "id_token_env_var": Key(_VARIABLE, "The environment variable that holds the ID token to exchange."),
        "id_token_file": Key(_TEXT, "File with that ID token, read again for every exchange."),
        "dpop": Key(Flag(), "Bind tokens to a key of ours (DPoP, RFC 9449).", False),
        "authorization_server_issuer": Key(_TEXT, "The only authorization server to accept."),
        "trusted_issuer": Key(
            _ISSUERS,
            "An issuer (or several) to accept in metadata and answers where another is due.",
        ),
        "assume_pkce_of": Key(
            _ISSUERS, "An issuer (or several) that does PKCE though its metadata does not list it."
        ),
    },
)

_ENV_VAR = Table(
    "{ name, source }",
    {
        "name": Key(_VARIABLE, "The variable.", needed=True),
        "source": Key(Choice("local", "remote"), "Whose environment it is taken from.", "local"),
    },
)

_EVERY_SERVER = {
    "protocol": Key(
        _PROTOCOL, "Protocol revision: `auto`, `legacy`, or a date such as `2026-07-28`.", "auto"
    ),
    "start": Key(_START, "`lazy`: started at its first use, shown until then with what it offered last."),
    "enabled": Key(Flag(), "Whether the server is started.", True),
    "required": Key(Flag(), "Whether headless commands fail when it fails.", False),
    "startup_timeout_sec": Key(Seconds(), "Seconds for start and handshake.", 30.0),
    "tool_timeout_sec": Key(
        Seconds(),
        "Seconds for a call; stands still while a question is open, starts again at each progress message.",
        300.0,
    ),
    "enabled_tools": Key(_STRINGS, "Only these tools are offered."),
    "disabled_tools": Key(_STRINGS, "These tools are not offered, even if `enabled_tools` names them.", []),
    "default_tools_approval_mode": Key(_APPROVAL, "Who asks before a *model* calls a tool.", "auto"),
    "sampling": Key(
        Choice("ask", "off"),
        "Whether it may ask for a model's answer, with a yes of yours each time; `off` refuses.",
        "ask",
    ),
    "roots": Key(
        Listing(_TEXT, "a list of directories"),
        "The directories the server may ask for, relative to the file; `${VAR}` is expanded. "
        "Without the key you are asked; `[]` refuses.",
    ),
    "log_level": Key(_LEVEL, "The lowest level of log messages it is asked for; else all."),
    "keep_alive": Key(
        Flag(),
        "Whether commands of the shell leave it running for the next one: [resident.md](resident.md).",
        False,
    ),
    "resend": Key(
        Flag(),
        "Send a call again if the connection broke under it and the tool is read-only or idempotent.",
        False,
    ),
    "tools": Key(Named(TOOL), "Settings of single tools: `tools.NAME.approval_mode`.", {}),
    "startup_timeout_ms": Key(Whole(1), "The old spelling of `startup_timeout_sec`, in milliseconds."),
    "auth": _codex(Choice("oauth", "chatgpt", "ema_auth")),
    "environment_id": _codex(_TEXT),
    "name": _codex(),
    "omit_tools_from": _codex(_STRINGS),
    "startup_readiness": _codex(Choice("connection", "catalog")),
    "supports_parallel_tool_calls": Key(
        Flag(),
        "Whether a *model's* calls to it may run side by side, also those that may change things.",
        False,
    ),
    "tool_input_schema_max_bytes": _codex(Whole(1)),
}

STDIO_SERVER = Table(
    "[mcp_servers.NAME] of a program",
    {
        "command": Key(_TEXT, "The program that is the server; `${VAR}` is expanded.", needed=True),
        "args": Key(_STRINGS, "Its arguments; `${VAR}` is expanded.", []),
        "env": Key(
            Named(_ANY_TEXT, _VARIABLE),
            "Environment variables set for it; `${VAR}` is expanded in values.",
            {},
        ),
        "env_vars": Key(
            Listing(
                OneOf("the name of a variable, or { name, source }", _VARIABLE, _ENV_VAR), "a list of names"
            ),
            "Names of environment variables passed through from ours.",
            [],
        ),
        "cwd": Key(_TEXT, "Its working directory."),
        "watch": Key(
            Listing(_TEXT, "a list of patterns"),
            "Files (patterns such as `src/**/*.py`) whose change starts it again; `${VAR}` is expanded.",
            [],
        ),
        "transport": Key(Choice("stdio"), "`stdio`; need not be said."),
        **_EVERY_SERVER,
    },
)

HTTP_SERVER = Table(
    "[mcp_servers.NAME] of a URL",
    {
        "url": Key(_TEXT, "Where the server is; `${VAR}` is expanded.", needed=True),
        "transport": Key(
            Choice("http", "streamable_http", "sse"),
            "`sse` for the old HTTP+SSE transport; else Streamable HTTP.",
        ),
        "bearer_token_env_var": Key(_VARIABLE, "The environment variable that holds its bearer token."),
        "http_headers": Key(
            Named(_ANY_TEXT), "Headers of every request to it; `${VAR}` is expanded in values.", {}
        ),
        "env_http_headers": Key(Named(_VARIABLE), "Headers whose values are in environment variables.", {}),
        "http_headers_helper": Key(
            _TEXT, "A command that prints a JSON object of headers: run per connection, 10 s, 64 KiB."
        ),
        "allow_token_over_http": Key(
            Flag(),
            "Send a token over plain http to another machine, where others can read it.",
            False,
        ),
        "scopes": Key(_STRINGS, "The OAuth scopes to ask for."),
        "oauth_resource": Key(_ANY_TEXT, "The OAuth `resource` to ask for."),
        "oauth": Key(OAUTH, "The OAuth client to be: `client_id`, `client_secret`, `callback_port`, …"),
        **_EVERY_SERVER,
    },
)

_NETWORK = Key(OneOf("true, false or a word", Flag(), _TEXT), "Whether it has a network; either spelling.")

_POLICY = Table(
    "sandbox_policy = { … }",
    {
        "type": Key(_POLICIES, "Which policy.", needed=True),
        "writable_roots": Key(Listing(_TEXT, "a list of directories"), "Directories it may write to."),
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
        "codex_linux_sandbox_exe": Key(_TEXT, "Path of the program that sandboxes on Linux."),
        "sandbox_cwd": Key(_TEXT, "The directory that the policy is about; else the working directory."),
    },
)

MODEL = Table(
    "[model]",
    {
        "provider": Key(Choice(*PROVIDERS), "Who offers the model: [model.md](model.md) has them all."),
        "name": Key(_TEXT, "The model's name, as the provider has it."),
        "base_url": Key(_TEXT, "Where the interface is, where it is not the provider's own."),
        "api_key_env_var": Key(_VARIABLE, "The environment variable that holds the key."),
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
        "system_prompt": Key(_ANY_TEXT, "What it is told before everything else."),
        "system_prompt_file": Key(_TEXT, "The file that holds that, in place of `system_prompt`."),
        "omit_tools_from": Key(_STRINGS, "Servers whose tools it is not offered.", []),
    },
)

UI = Table(
    "[ui]",
    {
        "theme": Key(_TEXT, "Name of the theme."),
        "images": Key(
            Choice("auto", "kitty", "sixel", "halfblock", "off"),
            "How [pictures](pictures.md) are drawn; `auto` asks the terminal, and `/terminal` says what it "
            "answered.",
            "auto",
        ),
        "editor": Key(_TEXT, "The editor that `Ctrl+G` opens in a form; else `$VISUAL`, `$EDITOR`."),
        "keys": Key(
            Named(_TEXT),
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
    },
)

CONFIG_FILE = Table(
    "config.toml",
    {
        "mcp_oauth_credentials_store": Key(
            Choice("auto", "keyring", "file"), "Where credentials are kept.", "auto"
        ),
        "mcp_oauth_callback_port": Key(_PORT, "Port of the login callback; else the system chooses."),
        "mcp_oauth_callback_url": Key(_TEXT, "Redirect URI of the login callback."),
        "mcp_optional_startup_grace_ms": _codex(Whole(0)),
        "tool_output_token_limit": _codex(Whole(1)),
        "mcp_enterprise_managed_auth": _codex(Named(Kind())),
        "omit_tools_from": _codex(_STRINGS),
        "start": Key(_START, "When servers are started that do not say it: `eager` or `lazy`.", "eager"),
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
