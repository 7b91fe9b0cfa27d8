"""From a slash command that was understood to what is done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.session.actions.calls import Calls
from app.session.actions.finding import Finding
from app.session.actions.keys import KeyActions
from app.session.actions.listings import Listings
from app.session.actions.logins import Logins
from app.session.actions.model_tools import ModelTools
from app.session.actions.models import Models
from app.session.actions.outside import Outside
from app.session.actions.past_calls import KIND as PAST_CALL
from app.session.actions.past_calls import PastCalls
from app.session.actions.roots import RootsActions
from app.session.actions.sampling import Sampling
from app.session.actions.saved import KIND as SAVED_CALL
from app.session.actions.saved import Saved
from app.session.actions.server_edits import ServerEdits
from app.session.actions.servers import Servers
from app.session.actions.sessions import Sessions
from app.session.actions.skills import Skills
from app.session.actions.talk import Talk
from app.session.actions.tasks import Tasks
from app.session.actions.terminal import TerminalActions
from app.session.actions.themes import Themes
from app.session.actions.traces import Traces
from services.errors import JackfieldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from app.session.actions.configuration import Configurations
    from app.session.context import SessionContext
    from app.slash.parse import Invocation
    from services.events import Event
    from services.model.conversation import OpenEngine
    from services.transcript.keeping import Keeping

__all__ = ("Dispatcher",)


class Dispatcher:
    """Carries out slash commands; every command of `app.slash.table` has its handler here."""

    def __init__(
        self,
        context: SessionContext,
        configurations: Configurations,
        open_engine: OpenEngine | None = None,
        keeping: Keeping | None = None,
    ) -> None:
        self._context = context
        self.talk = context.talk = Talk(context, configurations, open_engine)
        self.sampling = Sampling(context, self.talk)
        self.sessions = Sessions(context, self.talk, keeping)
        self.talk.asking.keep = self.sessions.keep_conversation
        self.tasks = Tasks(context)
        self.calls = Calls(context, self.tasks)
        self.saved = Saved(context)
        self.roots = RootsActions(context)
        self.skills = Skills(context, self.calls)
        self.logins = Logins(context)
        self.edits = ServerEdits(context, configurations)
        self.traces = Traces(context, self.talk)
        self.keys = KeyActions(context)
        self.terminal = TerminalActions(context)
        self.model_tools = ModelTools(context, self.talk)
        self.models = Models(context, self.talk, configurations, self.model_tools)
        self.servers = Servers(
            context, configurations, self.calls, self.skills, self.logins, self.traces, self.model_tools
        )
        self.outside = Outside(context, configurations)
        self.finding = Finding(context, self.servers, self.calls)
        self.past_calls = PastCalls(context, self.calls)
        self.sessions.take_called = self.past_calls.take_earlier
        for kind, provider in ((SAVED_CALL, self.saved), (PAST_CALL, self.past_calls)):
            self.finding.finder.add(provider)
            self.finding.openers[kind] = provider.open
        self.listings = Listings(context, self.finding)
        self.handlers: dict[str, Callable[[Mapping[str, str]], None]] = {
            "mcp": self.listings.mcp,
            "mcp verbose": self.listings.mcp_verbose,
            "mcp login": self.logins.log_in,
            "mcp logout": self.logins.log_out,
            "mcp add": self.edits.add,
            "mcp remove": self.edits.remove,
            "mcp restore": self.edits.restore,
            "mcp trust": self.edits.trust,
            "mcp reconnect": lambda given: self.servers.act(given["server"], "reconnect"),
            "mcp enable": lambda given: self.servers.act(given["server"], "enable"),
            "mcp disable": lambda given: self.servers.act(given["server"], "disable"),
            "trace": lambda given: self.traces.open(given.get("server", "")),
            "trace model": lambda _: self.traces.open_model(),
            "log": self.servers.log,
            "roots": self.roots.show,
            "roots add": self.roots.add,
            "roots remove": self.roots.remove,
            "tools": self.listings.tools,
            "call": self.calls.call,
            "resources": self.listings.resources,
            "read": self.calls.read,
            "follow": self.servers.follow,
            "prompts": self.listings.prompts,
            "prompt": self.calls.prompt,
            "say prompt": self.calls.say_prompt,
            "tasks": self.tasks.show,
            "tasks open": self.tasks.open,
            "tasks get": self.tasks.get,
            "tasks cancel": self.tasks.cancel,
            "skills": self.skills.skills,
            "saved": lambda _: self.saved.show(),
            "saved run": self.saved.run,
            "import": self.edits.bring_over,
            "model": self.models.model,
            "model login": self.models.log_in,
            "model logout": self.models.log_out,
            "retry": self.talk.retry,
            "undo": self.talk.undo,
            "compact": self.talk.compact,
            "approvals": self.models.approvals,
            "history": self.sessions.choose,
            "export": self.sessions.export,
            "clear": self.talk.clear,
            "theme": Themes(context, configurations).choose,
            "terminal": lambda _: self.terminal.show(),
            "help": lambda _: self.show_help(),
            "quit": lambda _: context.leave(),
        }

    def run(self, invocation: Invocation) -> None:
        """Carry out one command; what cannot be done becomes an error cell."""
        try:
            self.handlers[invocation.name](invocation.arguments)
        except JackfieldError as error:
            self._context.transcript.failure(error)

    def take(self, event: Event) -> None:
        """Something happened below."""
        for each in (self.logins, self.model_tools, self.sampling, self.tasks, self.outside):
            each.take(event)

    def say_to_model(self, text: str) -> None:
        """Text that is no command goes to the model."""
        self.talk.say(text)

    def show_help(self) -> None:
        """Open the page of commands and keys."""
        self.keys.show_help()
