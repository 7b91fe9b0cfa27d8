"""The life of a server under random wishes: a state machine over real processes."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from itertools import pairwise

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.connection_manager import ConnectionManager
from services.connections.life_cycle import WAYS
from services.connections.reconnection import Retry
from services.errors import JackfieldError
from services.events import ServerState, StatusChanged
from services.processes.guardian import identity, is_alive, look
from tests.services.conftest import Recorder
from tests.support.servers import quick
from tests.support.waiting import until

STABLE = frozenset(
    {ServerState.READY, ServerState.FAILED, ServerState.STOPPED, ServerState.DISABLED, ServerState.INVALID}
)
WISHES = ("connect", "disconnect", "reconnect", "enable", "disable")
VARIANTS = {
    "sound": quick("one"),
    "more tools": quick("one", "--tools", "3"),
    "breaks": quick("one", "--exit-at-start", "4"),
    "silent": quick("one", "--silent", startup_timeout_sec=0.3),
    "slow": quick("one", "--slow-start", "0.2"),
    "disabled": quick("one", enabled=False),
    "invalid": type(quick())("one", invalid="url is not supported for stdio"),
}
FIRST = {"disabled": "disabled", "invalid": "invalid"}
"""What a variant comes to rest in by itself, where it does not run."""


class Life(RuleBasedStateMachine):
    """One server, many wishes, alone and at once; afterwards nothing is left of it."""

    @initialize(variant=st.sampled_from(sorted(VARIANTS)))
    def begin(self, variant: str) -> None:
        self.variant = variant
        self.wanted = {FIRST.get(variant, "running")}
        self.runner = asyncio.Runner()
        self.recorder = Recorder()
        self.started: set[tuple[int, int]] = set()
        """Every process, and when it started: ids are given out again."""
        retry = Retry(first=0.01, longest=0.03, tries=2)
        self.manager = ConnectionManager([VARIANTS[variant]], listener=self._hear, retry=retry)
        self.runner.run(self.manager.start())

    def _hear(self, event: object) -> None:
        if isinstance(event, StatusChanged):
            self.recorder.append(event)
            process = look(event.status.pid) if event.status.pid is not None else None
            if process is not None:
                self.started.add(identity(process))

    async def _all_gone(self) -> None:
        await until(lambda: not any(is_alive(*process) for process in self.started))

    @rule(wishes=st.lists(st.sampled_from(WISHES), min_size=1, max_size=4))
    def at_once(self, wishes: list[str]) -> None:
        """Several wishes in the same moment, as from keys, reload and the command line."""

        async def wish() -> None:
            async with asyncio.timeout(20):
                await asyncio.gather(*(getattr(self.manager, wish)("one") for wish in wishes))

        self.runner.run(wish())
        for each in wishes:
            self._expect(each)

    @rule(variant=st.sampled_from(sorted(VARIANTS)), wish=st.sampled_from(WISHES))
    def other_settings(self, variant: str, wish: str) -> None:
        """The table changes on disk while somebody presses a key."""
        old, self.variant = self.variant, variant

        async def change() -> None:
            async with asyncio.timeout(20):
                await asyncio.gather(
                    self.manager.apply([VARIANTS[variant]]), getattr(self.manager, wish)("one")
                )

        self.runner.run(change())
        if variant != old:  # either may have come first
            fresh = FIRST.get(variant, "running")
            self.wanted = {fresh, self._after(fresh, wish)}
        else:
            self._expect(wish)

    def _expect(self, wish: str) -> None:
        """Wishes are done in the order they came; what the server may come to rest in."""
        self.wanted = {self._after(before, wish) for before in self.wanted}

    def _after(self, before: str, wish: str) -> str:
        if self.variant == "invalid":
            return before
        if wish in ("enable", "reconnect"):
            return "running"
        if wish == "disable":
            return "disabled"
        if before == "disabled":
            return before
        return "running" if wish == "connect" else "stopped"

    @rule(wish=st.sampled_from(WISHES), seconds=st.sampled_from([0.0, 0.001, 0.02]))
    def given_up(self, wish: str, seconds: float) -> None:
        """Whoever wished it waits no longer: it may have come true, or half of it, which is the end."""

        async def wish_and_leave() -> None:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await getattr(self.manager, wish)("one")

        self.runner.run(wish_and_leave())
        if self.variant != "invalid":
            ends = {"stopped"} if wish in ("disconnect", "reconnect", "disable") else set()
            before = self.wanted
            self._expect(wish)
            self.wanted |= before | (ends if before != {"disabled"} else set())

    @rule(wish=st.sampled_from((*WISHES, "remove")))
    def while_calling(self, wish: str) -> None:
        """A call is under way: it ends at once, whatever is wished, unless that leaves the server alone."""

        async def call() -> None:
            calling = asyncio.create_task(self.manager.call_tool("one", "sleep", {"seconds": 60}))
            await asyncio.sleep(0.005)
            await getattr(self.manager, wish)("one")
            if wish in ("connect", "enable"):
                calling.cancel()
            async with asyncio.timeout(5):
                with suppress(JackfieldError, asyncio.CancelledError):
                    await calling

        self.runner.run(call())
        if wish == "remove":
            self._back_again()
        else:
            self._expect(wish)

    @rule(wishes=st.lists(st.sampled_from(WISHES), max_size=2))
    def removed(self, wishes: list[str]) -> None:
        """Its table is taken out while somebody presses keys: nothing brings it back to life."""

        async def remove() -> None:
            async with asyncio.timeout(20):
                pressed = [asyncio.ensure_future(getattr(self.manager, wish)("one")) for wish in wishes]
                await self.manager.remove("one")
                await asyncio.gather(*pressed, return_exceptions=True)

        self.runner.run(remove())
        self._back_again()

    def _back_again(self) -> None:
        assert self.manager.servers == ()
        self.runner.run(self._all_gone())
        self.recorder.clear()
        self.runner.run(self.manager.add(VARIANTS[self.variant]))
        self.wanted = {FIRST.get(self.variant, "running")}

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.05]))
    def time_passes(self, seconds: float) -> None:
        self.runner.run(asyncio.sleep(seconds))

    @rule()
    def it_dies(self) -> None:
        async def die() -> None:
            with suppress(JackfieldError):
                await self.manager.call_tool("one", "die", {"status": 5})

        self.runner.run(die())

    @rule()
    def it_settles(self) -> None:
        """Left alone, it comes to rest; ready exactly when it can be."""

        self.runner.run(self._come_to_rest())
        status = self.manager.status("one")
        runs = "failed" if self.variant in ("breaks", "silent") else "ready"
        assert status.state in {runs if wanted == "running" else wanted for wanted in self.wanted}
        if status.state is ServerState.READY:
            assert self.manager.catalog("one").tools
        else:
            assert status.cause or status.state is not ServerState.FAILED
            self.runner.run(self._all_gone())

    async def _come_to_rest(self) -> None:
        """Wait for a state that stays; one that is ready answers, or its loss is about to be noticed."""
        async with asyncio.timeout(30):
            while True:
                await until(lambda: self.manager.status("one").state in STABLE, timeout=25)
                if self.manager.status("one").state is not ServerState.READY:
                    return
                with suppress(JackfieldError):
                    result = await self.manager.call_tool("one", "echo", {"text": "here"})
                    assert not result.is_error
                    return
                await asyncio.sleep(0.01)

    @invariant()
    def every_change_of_state_went_a_known_way(self) -> None:
        told = [event.status.state for event in getattr(self, "recorder", ())]
        for before, state in pairwise(told):
            assert before is state or state in WAYS[before]

    def teardown(self) -> None:
        if not hasattr(self, "runner"):
            return

        async def end() -> None:
            async with asyncio.timeout(20):
                await self.manager.close()
            await self._all_gone()

        self.runner.run(end())
        assert self.manager.status("one").state not in (ServerState.READY, ServerState.STARTING)
        self.runner.close()


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=20,
    stateful_step_count=12,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
