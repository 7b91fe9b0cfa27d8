"""The tables of a server as models: of a program, of a URL, and those within: `oauth`, `tools.TOOL`."""

from __future__ import annotations

from services.config.common_kinds import ANY_TEXT, PORT, START, STRINGS, TEXT, VARIABLE, codex
from services.config.kinds import Choice, Flag, Key, Listing, Named, OneOf, Seconds, Table, Text, Whole

__all__ = ("HTTP_SERVER", "OAUTH", "STDIO_SERVER", "TOOL")

_APPROVAL = Choice("auto", "prompt", "writes", "approve")
_LEVEL = Choice("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")
_PROTOCOL = Text(r"^(auto|legacy|\d{4}-\d{2}-\d{2})$", '"auto", "legacy" or a date such as "2026-07-28"')
_ISSUERS = OneOf("an issuer, or a list of issuers", TEXT, Listing(TEXT))

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
        "client_id": Key(TEXT, "A client registered beforehand."),
        "client_secret": Key(TEXT, "Its secret in plain text; a variable is better."),
        "client_secret_env_var": Key(VARIABLE, "The environment variable that holds its secret."),
        "callback_port": Key(PORT, "Port of the login callback for this server."),
        "callback_url": Key(TEXT, "Redirect URI for this server."),
        "client_metadata_url": Key(TEXT, "URL of a client ID metadata document."),
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
        "private_key_file": Key(TEXT, "PEM file with the key that signs for `private_key_jwt`."),
        "private_key_env_var": Key(VARIABLE, "The environment variable that holds that key."),
        "signing_algorithm": Key(
            Choice("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"),
            "How that key signs; else what suits it.",
        ),
        "key_id": Key(TEXT, "The `kid` of that key."),
        "assertion_file": Key(TEXT, "File with the assertion for `jwt_bearer`, read again for every token."),
        "assertion_env_var": Key(VARIABLE, "The environment variable that holds that assertion."),
        "idp_token_endpoint": Key(TEXT, "Token endpoint of the identity provider, for `enterprise`."),
        "idp_issuer": Key(TEXT, "Its issuer, whose metadata tells that endpoint."),
        "idp_client_id": Key(TEXT, "The client registered there."),
        "idp_client_secret_env_var": Key(VARIABLE, "The environment variable that holds its secret."),
        "id_token_env_var": Key(VARIABLE, "The environment variable that holds the ID token to exchange."),
        "id_token_file": Key(TEXT, "File with that ID token, read again for every exchange."),
        "dpop": Key(Flag(), "Bind tokens to a key of ours (DPoP, RFC 9449).", False),
        "authorization_server_issuer": Key(TEXT, "The only authorization server to accept."),
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
        "name": Key(VARIABLE, "The variable.", needed=True),
        "source": Key(Choice("local", "remote"), "Whose environment it is taken from.", "local"),
    },
)

_EVERY_SERVER = {
    "protocol": Key(
        _PROTOCOL, "Protocol revision: `auto`, `legacy`, or a date such as `2026-07-28`.", "auto"
    ),
    "start": Key(START, "`lazy`: started at its first use, shown until then with what it offered last."),
    "enabled": Key(Flag(), "Whether the server is started.", True),
    "required": Key(Flag(), "Whether headless commands fail when it fails.", False),
    "startup_timeout_sec": Key(Seconds(), "Seconds for start and handshake.", 30.0),
    "tool_timeout_sec": Key(
        Seconds(),
        "Seconds for a call; stands still while a question is open, starts again at each progress message.",
        300.0,
    ),
    "enabled_tools": Key(STRINGS, "Only these tools are offered."),
    "disabled_tools": Key(STRINGS, "These tools are not offered, even if `enabled_tools` names them.", []),
    "default_tools_approval_mode": Key(_APPROVAL, "Who asks before a *model* calls a tool.", "auto"),
    "sampling": Key(
        Choice("ask", "off"),
        "Whether it may ask for a model's answer, with a yes of yours each time; `off` refuses.",
        "ask",
    ),
    "roots": Key(
        Listing(TEXT, "a list of directories"),
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
    "auth": codex(Choice("oauth", "chatgpt", "ema_auth")),
    "environment_id": codex(TEXT),
    "name": codex(),
    "omit_tools_from": codex(STRINGS),
    "startup_readiness": codex(Choice("connection", "catalog")),
    "supports_parallel_tool_calls": Key(
        Flag(),
        "Whether a *model's* calls to it may run side by side, also those that may change things.",
        False,
    ),
    "tool_input_schema_max_bytes": codex(Whole(1)),
}

STDIO_SERVER = Table(
    "[mcp_servers.NAME] of a program",
    {
        "command": Key(TEXT, "The program that is the server; `${VAR}` is expanded.", needed=True),
        "args": Key(STRINGS, "Its arguments; `${VAR}` is expanded.", []),
        "env": Key(
            Named(ANY_TEXT, VARIABLE),
            "Environment variables set for it; `${VAR}` is expanded in values.",
            {},
        ),
        "env_vars": Key(
            Listing(
                OneOf("the name of a variable, or { name, source }", VARIABLE, _ENV_VAR), "a list of names"
            ),
            "Names of environment variables passed through from ours.",
            [],
        ),
        "cwd": Key(TEXT, "Its working directory."),
        "watch": Key(
            Listing(TEXT, "a list of patterns"),
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
        "url": Key(TEXT, "Where the server is; `${VAR}` is expanded.", needed=True),
        "transport": Key(
            Choice("http", "streamable_http", "sse"),
            "`sse` for the old HTTP+SSE transport; else Streamable HTTP.",
        ),
        "bearer_token_env_var": Key(VARIABLE, "The environment variable that holds its bearer token."),
        "http_headers": Key(
            Named(ANY_TEXT), "Headers of every request to it; `${VAR}` is expanded in values.", {}
        ),
        "env_http_headers": Key(Named(VARIABLE), "Headers whose values are in environment variables.", {}),
        "http_headers_helper": Key(
            TEXT, "A command that prints a JSON object of headers: run per connection, 10 s, 64 KiB."
        ),
        "allow_token_over_http": Key(
            Flag(),
            "Send a token over plain http to another machine, where others can read it.",
            False,
        ),
        "scopes": Key(STRINGS, "The OAuth scopes to ask for."),
        "oauth_resource": Key(ANY_TEXT, "The OAuth `resource` to ask for."),
        "oauth": Key(OAUTH, "The OAuth client to be: `client_id`, `client_secret`, `callback_port`, …"),
        **_EVERY_SERVER,
    },
)
