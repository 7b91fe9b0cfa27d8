"""The commands that connect to servers: lists, skills, call, read, prompt and check.

Only what is needed to read the command line is imported here; the work is imported late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from app.command_line.connect.options import Seconds, answering, cold, of_servers, trace
from app.command_line.connect.program import ServerCommand
from app.command_line.shell_completion import complete_servers

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.shell_completion import CompletionItem

    from services.events import CatalogKind

__all__ = ("call", "check", "prompt", "prompts", "read", "resources", "skills", "templates", "tools")


def _common(function: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every one of these commands has."""
    options = (
        click.option(
            "--json", "as_json", is_flag=True, help="Print the answer as JSON, as the server sent it."
        ),
        of_servers,
        click.option(
            "-v", "--verbose", is_flag=True, help="Show more: full descriptions, the servers' logs."
        ),
        click.pass_context,
    )
    for option in reversed(options):
        function = option(function)
    return function


_trace = trace("the servers")


def _complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from app.command_line.connect.completion import complete_words

    return complete_words(context, parameter, incomplete)


def _listing(kind: CatalogKind, text: str) -> click.Command:
    @click.command(kind, cls=ServerCommand, help=text)
    @click.argument("server", required=False, metavar="[SERVER]", shell_complete=complete_servers)
    @cold
    @_trace
    @_common
    def command(context: click.Context, server: str | None, as_json: bool, **options: Any) -> int:
        from app.command_line.connect.lists import show_list
        from app.command_line.connect.targets import Wish

        return show_list(Wish.of(context, server, **options), kind, as_json=as_json)

    return command


tools = _listing(
    "tools",
    "List the tools of a server, or of all enabled ones.\n\n"
    "In a terminal each tool is shown with the arguments that `jackfield call` takes, [those in brackets] "
    "being optional. In a pipe there is one line for each tool, its parts set apart by tabs.\n\n"
    "\b\njackfield tools time\njackfield tools https://example.com/mcp\n"
    "jackfield tools -- npx -y some-server",
)
resources = _listing("resources", "List the resources of a server, or of all enabled ones.")
templates = _listing("templates", "List the resource templates of a server, or of all enabled ones.")
prompts = _listing("prompts", "List the prompts of a server, or of all enabled ones.")


@click.command("skills", cls=ServerCommand)
@click.argument("words", nargs=-1, metavar="[SERVER [NAME [FILE]]]", shell_complete=_complete)
@click.option("--save", metavar="DIR", help="Write what is read into this directory.")
@cold
@_trace
@_common
def skills(context: click.Context, words: tuple[str, ...], **options: Any) -> int:
    """List the skills of servers, open one, or read one of its files.

    NAME may be the URI of a skill that is not listed. A file is used only where its size and digest are those
    the server lists, and the frontmatter of SKILL.md is the one it lists; no file is read before it is named.
    A FILE that ends in / is a directory: what is in it is listed, where the server offers that.

    \b
    jackfield skills docs
    jackfield skills docs git-workflow > SKILL.md
    jackfield skills docs git-workflow references/branches.md
    """
    from app.command_line.connect.skills import show_skills

    return show_skills(context, words, **options)


@click.command("call", cls=ServerCommand)
@click.argument("words", nargs=-1, metavar="SERVER TOOL [KEY=VALUE | KEY:=JSON]...", shell_complete=_complete)
@click.option(
    "--args",
    "given",
    metavar="JSON|@FILE|-",
    help="The arguments as one JSON object; - reads standard input.",
)
@click.option("--save", metavar="DIR", help="Write images, audio and enclosed files into this directory.")
@click.option("--timeout", metavar="S", type=Seconds(), help="Seconds to wait, instead of tool_timeout_sec.")
@click.option("--no-check", is_flag=True, help="Send the arguments without checking them first.")
@click.option("--detach", is_flag=True, help="Leave a call that becomes a task at the server; print its id.")
@answering
@cold
@_trace
@_common
def call(context: click.Context, words: tuple[str, ...], **options: Any) -> int:
    """Call a tool and print its answer.

    KEY=VALUE is typed by the tool's schema: a=1 is a number where it asks for one. KEY:=JSON is sent as it
    is. Arguments are checked against the schema before they are sent.

    \b
    jackfield call time get_current_time timezone=Europe/Vienna
    jackfield call time.get_current_time timezone=Europe/Vienna
    jackfield call db query --args @query.json
    jackfield call echo message=hello -- npx -y some-server

    A question of the server is put to you on a terminal. --answer, --accept-defaults and --decline answer it
    without you; where nobody can answer, it is declined.

    A call that becomes a task is waited for. `jackfield tasks` is for those that --detach left.

    Exit status: 0 done, 1 failed, 2 wrong usage or configuration, 3 login needed, 4 server unreachable,
    5 the tool reported an error, 6 a question was declined because nobody could answer.
    """
    from app.command_line.connect.calls import call_tool

    return call_tool(context, words, **options)


@click.command("read", cls=ServerCommand)
@click.argument("words", nargs=-1, metavar="SERVER URI [NAME=VALUE]...", shell_complete=_complete)
@click.option("--save", metavar="DIR", help="Write what is read into this directory.")
@answering
@cold
@_trace
@_common
def read(context: click.Context, words: tuple[str, ...], **options: Any) -> int:
    """Read a resource and print it.

    Into a file or a pipe a binary resource goes as its bytes. URI may be a template (RFC 6570): NAME=VALUE
    fills it in. A list is NAME=VALUE several times, or NAME:=JSON, as is a map.

    \b
    jackfield read docs docs://guide > guide.md
    jackfield read docs 'docs://{section}{?page}' section=setup page=2
    jackfield read demo://welcome -- python -m my_server
    """
    from app.command_line.connect.calls import read_resource

    return read_resource(context, words, **options)


@click.command("prompt", cls=ServerCommand)
@click.argument("words", nargs=-1, metavar="SERVER NAME [KEY=VALUE]...", shell_complete=_complete)
@answering
@cold
@_trace
@_common
def prompt(context: click.Context, words: tuple[str, ...], **options: Any) -> int:
    """Get a prompt and print its messages.

    \b
    jackfield prompt demo explain_tool tool=add audience="a child of ten"
    """
    from app.command_line.connect.calls import get_prompt

    return get_prompt(context, words, **options)


@click.command("check", cls=ServerCommand)
@click.argument("servers", nargs=-1, metavar="[SERVER]...", shell_complete=complete_servers)
@_common
def check(context: click.Context, servers: tuple[str, ...], as_json: bool, **options: Any) -> int:
    """Connect to servers, list everything they offer, and report what is wrong and why.

    Without a name all enabled servers are checked, side by side.

    Exit status: 0 all is well, 3 a login is all that is missing, 4 servers that cannot be reached are all
    that is wrong, 1 anything else.
    """
    from app.command_line.connect.check import check_all

    return check_all(context, servers, as_json=as_json, **options)
