"""`jackfield mcp …`: the commands on the configuration. What they do is imported when they do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from app.command_line.shell_completion import complete_servers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.command_line.servers.add import Wanted

__all__ = (
    "add",
    "disable",
    "enable",
    "get",
    "import_servers",
    "list_servers",
    "login",
    "logout",
    "remove",
    "trust",
    "wanted_of",
)

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, with the field names of Codex.")
_name = click.argument("name", shell_complete=complete_servers)


@click.command("list")
@_as_json
@click.pass_context
def list_servers(context: click.Context, as_json: bool) -> int:
    """List the configured servers, in the order of the file. Secrets are masked."""
    from app.command_line.servers import show as mcp_show

    return mcp_show.list_servers(context, as_json=as_json)


@click.command()
@_name
@_as_json
@click.pass_context
def get(context: click.Context, name: str, as_json: bool) -> int:
    """Show one server. Secrets are masked, `${VAR}` stands as it is written."""
    from app.command_line.servers import show as mcp_show

    return mcp_show.get(context, name, as_json=as_json)


class _Add(click.Command):
    """Takes everything after the first `--` for the server's command, as it is."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if "--" not in args and not any(word.startswith("--url") for word in args):
                hint = "The server's own options go after --: jackfield mcp add NAME -- CMD ARGS…"
                raise click.UsageError(f"{error.format_message()} {hint}", ctx) from None
            raise


@click.command(cls=_Add)
@click.argument("name")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- CMD ARGS…]")
@click.option("--url", metavar="URL", help="Where the server is (Streamable HTTP).")
@click.option("--env", multiple=True, metavar="KEY=VALUE", help="A variable to set for the program.")
@click.option("--env-var", multiple=True, metavar="NAME", help="A variable to pass on from ours.")
@click.option("--cwd", metavar="DIR", help="The program's working directory.")
@click.option("--transport", type=click.Choice(["http", "sse"]), help="sse is the old HTTP+SSE transport.")
@click.option("--bearer-token-env-var", metavar="NAME", help="The variable that holds the bearer token.")
@click.option("--header", multiple=True, metavar="KEY=VALUE", help="A header of every request.")
@click.option("--oauth-client-id", metavar="ID", help="An OAuth client registered beforehand.")
@click.option(
    "--oauth-client-secret-env-var", metavar="NAME", help="The variable that holds that client's secret."
)
@click.option(
    "--oauth-client-registration",
    type=click.Choice(["auto", "cimd", "dcr"]),
    help="A client ID metadata document (cimd), a dynamic registration (dcr), or whichever works (auto).",
)
@click.option("--oauth-resource", metavar="URI", help="The OAuth resource to ask for.")
@click.option("--scopes", metavar="A,B", help="The OAuth scopes to ask for.")
@click.option("--no-login", is_flag=True, help="Do not log in, even if the server wants it.")
@click.option("--force", is_flag=True, help="Replace the server if it exists.")
@click.pass_context
def add(context: click.Context, /, **words: object) -> int:
    """Add a server: a program, or a URL.

    \b
    jackfield mcp add time -- uvx mcp-server-time
    jackfield mcp add docs --url https://example.com/mcp

    `${VAR}` in a value is expanded when the server is started, so that secrets can stay out of the file:
    --env 'API_KEY=${API_KEY}'.

    On a terminal, a URL that wants a login gets one at once.
    """
    from app.command_line.servers.add import Wanted, add_server

    return add_server(context, Wanted(**words))  # type: ignore[arg-type]


def wanted_of(words: Sequence[str]) -> Wanted:
    """What the words after `/mcp add` say, read by the very command of the shell; raises UsageError."""
    from app.command_line.servers.add import Wanted

    # Without --help: it would print.
    context = add.make_context("/mcp add", list(words), help_option_names=[])
    return Wanted(**context.params)


@click.command()
@_name
@click.pass_context
def remove(context: click.Context, name: str) -> int:
    """Remove a server and forget its credentials. Everything else in the file stays as it is written."""
    from app.command_line.servers import edit as mcp_edit

    return mcp_edit.remove(context, name)


@click.command()
@_name
@click.pass_context
def enable(context: click.Context, name: str) -> int:
    """Enable a server."""
    from app.command_line.servers import edit as mcp_edit

    return mcp_edit.switch(context, name, enabled=True)


@click.command()
@_name
@click.pass_context
def disable(context: click.Context, name: str) -> int:
    """Disable a server: it stays in the file and is not started."""
    from app.command_line.servers import edit as mcp_edit

    return mcp_edit.switch(context, name, enabled=False)


@click.command()
@_name
@click.option("--scopes", metavar="A,B", help="The scopes to ask for, instead of those of the configuration.")
@click.option("--no-browser", is_flag=True, help="Do not open a browser: paste the answer here.")
@click.option("-v", "--verbose", is_flag=True, help="Show each step of the login.")
@click.pass_context
def login(context: click.Context, name: str, scopes: str | None, no_browser: bool, verbose: bool) -> int:
    """Log in to a server that wants it (OAuth).

    A browser opens; when you have signed in there, the login is done. Over SSH, or with --no-browser, the
    address is printed, and you paste the one that the browser ends at.

    Exit status: 0 logged in, 1 failed, 2 wrong usage or configuration, 130 ended by Ctrl+C.
    """
    from app.command_line.servers import login as mcp_login

    return mcp_login.log_in(context, name, scopes=scopes, no_browser=no_browser, verbose=verbose)


@click.command()
@_name
@click.pass_context
def logout(context: click.Context, name: str) -> int:
    """Log out of a server: its tokens are revoked where the provider offers that, and forgotten."""
    from app.command_line.servers import login as mcp_login

    return mcp_login.log_out(context, name)


_PROGRAMS = (
    *("codex", "claude", "cursor", "vscode", "windsurf", "gemini", "opencode", "goose"),
    *("cline", "roo", "zed", "continue", "lmstudio", "amazonq", "kiro", "jetbrains", "registry"),
)


@click.command("import")
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--from", "program", type=click.Choice(_PROGRAMS), help="Only from this program.")
@click.option("--dry-run", is_flag=True, help="Only show what would be added.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.pass_context
def import_servers(
    context: click.Context, file: str | None, program: str | None, dry_run: bool, yes: bool
) -> int:
    """Import the servers of other programs, from FILE or from where those keep their files.

    It shows what it would add and asks first. Servers that are here already are left out, names that are
    taken are changed.
    """
    from app.command_line.servers.imports import bring_over

    return bring_over(context, file, program, dry_run=dry_run, yes=yes)


@click.command()
@click.argument("file", required=False, type=click.Path())
@click.option("--yes/--no", "yes", default=None, help="The answer, without being asked for it.")
@click.pass_context
def trust(context: click.Context, file: str | None, yes: bool | None) -> int:
    """Say whether the servers of a project's files may be used: of FILE, or of those found from here up.

    Such files are .mcp.json and .jackfield/config.toml. It shows all that they would start and asks. The
    answer is for what stands in the file now: when it changes, nothing of it is used until the next yes.
    """
    from app.command_line.servers import trust as mcp_trust

    return mcp_trust.trust(context, file, yes)
