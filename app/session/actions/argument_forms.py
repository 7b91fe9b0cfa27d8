"""The forms in which a person fills in the arguments of a tool, a prompt or a template, and their drafts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from services.errors import JackfieldError
from services.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from app.session.context import SessionContext
    from app.session.screens.form import FormScreen
    from app.session.screens.proposals import Complete
    from services.arguments.uri_template import UriTemplate
    from services.catalog.entries import Prompt, ResourceTemplate, Tool
    from services.forms.fields import Entry

    CallTool = Callable[[str, str, Mapping[str, Any]], None]
    """What is done with a tool: its server, its name, its arguments."""

    UsePrompt = Callable[[str, str, Mapping[str, str]], None]
    """What is done with a prompt: its server, its name, its arguments."""

__all__ = ("ArgumentForms",)


class ArgumentForms:
    """Opens forms; what one was left with is there when it opens again."""

    def __init__(self, context: SessionContext) -> None:
        self._context = context
        self._drafts: dict[tuple[str, str], Mapping[str, Entry]] = {}
        """What forms were left with, by server and by name of the tool or prompt."""
        self._asked: float | None = None
        """When it was asked for what opens late (`time.monotonic`); None for what opens at once."""

    @contextmanager
    def late(self, asked: float) -> Iterator[None]:
        """Forms of the block were wanted then, and wait for somebody who has begun to type since."""
        self._asked = asked
        try:
            yield
        finally:
            self._asked = None

    def ask_tool(self, tool: Tool, arguments: Mapping[str, Any], call: CallTool) -> None:
        """Ask for the arguments of a tool; `arguments` are filled in."""
        from app.session.screens.form import FormScreen

        title = f"{one_line(tool.server, 80)}.{tool.name}"
        draft = None if arguments else self._drafts.get((tool.server, tool.raw_name))
        screen = FormScreen(title, tool.description, tool.input_schema, arguments, draft=draft)

        def send(content: dict[str, Any]) -> None:
            call(tool.server, tool.raw_name, content)

        self._open(screen, (tool.server, tool.raw_name), send)

    def ask_prompt(self, prompt: Prompt, arguments: Mapping[str, str], use: UsePrompt) -> None:
        """Ask for the arguments of a prompt; `arguments` are filled in."""
        from app.session.screens.form import FormScreen

        schema = {
            "type": "object",
            "properties": {
                a.name: {"type": "string", "description": a.description} for a in prompt.arguments
            },
            "required": [a.name for a in prompt.arguments if a.required],
        }
        title = f"{one_line(prompt.server, 80)} · {prompt.name}"

        key = (prompt.server, f"/{prompt.raw_name}")  # a tool may have the same name
        draft = None if arguments else self._drafts.get(key)

        def send(content: dict[str, Any]) -> None:
            use(prompt.server, prompt.raw_name, {k: str(v) for k, v in content.items()})

        complete = self._values_of(prompt.server, prompt)
        screen = FormScreen(title, prompt.description, schema, arguments, draft=draft, complete=complete)
        self._open(screen, key, send)

    def ask_template(
        self,
        server: str,
        text: str,
        template: UriTemplate,
        listed: ResourceTemplate | None,
        read: Callable[[str, str], None],
    ) -> None:
        """Ask for the variables of a template; `listed` is what its server says of it, where it does."""
        from app.session.screens.form import FormScreen

        about = (listed.description or listed.title or listed.name) if listed is not None else ""
        title, key = f"{one_line(server, 80)} · {one_line(text, 200)}", (server, template.text)
        complete = None if listed is None else self._values_of(server, listed)
        screen = FormScreen(title, about, template.schema, draft=self._drafts.get(key), complete=complete)

        def send(values: dict[str, Any]) -> None:
            try:
                read(server, template.expand(values))
            except JackfieldError as error:
                self._context.transcript.failure(error)

        self._open(screen, key, send)

    def _open(self, screen: FormScreen, key: tuple[str, str], send: Callable[[dict[str, Any]], None]) -> None:
        """Show a form; left without sending, what was entered is kept for the next time.

        A form that opened with values of its own, and not with the draft, takes nothing from that one.
        """
        continued = screen.draft is not None

        def left(content: dict[str, Any] | None) -> None:
            if continued and (content is not None or screen.draft is None):
                self._drafts.pop(key, None)
            if content is not None:
                send(content)
            elif screen.draft is not None:
                is_new = screen.draft != self._drafts.get(key)
                self._drafts[key] = screen.draft  # what is folded may differ where nothing else does
                if is_new:
                    self._context.notify("Draft kept: the form will open with it.")

        if self._asked is None:
            self._context.open(screen, left)
        else:
            self._context.run(self._open_late(screen, left, self._asked), "calls")

    async def _open_late(
        self, screen: FormScreen, left: Callable[[dict[str, Any] | None], None], asked: float
    ) -> None:
        await self._context.nobody_types(asked)
        self._context.open(screen, left)

    def _values_of(self, server: str, entry: Prompt | ResourceTemplate) -> Complete:
        """What proposes values for the arguments of a prompt or the variables of a template."""

        async def complete(name: str, value: str, others: Mapping[str, str]) -> tuple[str, ...]:
            return await self._context.connected().complete(server, entry, name, value, others)

        return complete
