"""The web server whose calls become tasks, in the form of either era; how each goes is a script of states.

work(text)    a task; each look at it is answered with the next state of `script`, at last with the last
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from typing import Any

from tests.servers.web import MODERN, Web
from tests.servers.web_wire import Reply, Request, Stream, error, result, text

__all__ = ("DONE", "TaskServer", "asks", "state")

_NAMES = {"ttlMs": "ttl", "pollIntervalMs": "pollInterval"}


def state(status: str, **more: Any) -> dict[str, Any]:
    """One state of a task, in the words of the extension."""
    return {"status": status, "pollIntervalMs": 10, "ttlMs": None, **more}


DONE = state("completed", result=text("the work is done", modern=True))


def asks(*keys: str, method: str = "elicitation/create", **params: Any) -> dict[str, Any]:
    """The state of a task that asks for input, under each of these keys."""
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    wanted = params or {"mode": "form", "message": "Who?", "requestedSchema": schema}
    return state("input_required", inputRequests={key: {"method": method, "params": wanted} for key in keys})


class TaskServer(Web):
    """`script` is changed by tests at will; `told` has the parameters of every request about a task."""

    def __init__(self, *script: dict[str, Any], speaks: str = MODERN, **options: Any) -> None:
        super().__init__((speaks,), **options)
        self.modern = speaks == MODERN
        self.script = list(script)
        self.created = state("working")
        self.task_support = "required"
        self.declares = True
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.headers: list[tuple[str, str | None]] = []
        self.refuses: dict[str, tuple[int, str]] = {}
        """Methods that are answered with an error: its code and its message."""
        self.answered: set[str] = set()
        """Keys of requests for input that were answered: a task that asks goes on once all are."""
        self.outcome: dict[str, Any] = text("the work is done", modern=False)
        self._ids = itertools.count(1)
        tool: dict[str, Any] = {"name": "work", "inputSchema": {"type": "object"}}
        if not self.modern:
            tool["execution"] = {"taskSupport": "required"}
        self.tools = [*self.tools, tool]

    def asked(self, method: str) -> list[dict[str, Any]]:
        """The parameters of the requests of one method."""
        return [params for told, params in self.told if told == method]

    def _capabilities(self) -> dict[str, Any]:
        declared = super()._capabilities()
        if not self.declares:
            return declared
        if self.modern:
            return declared | {"extensions": {"io.modelcontextprotocol/tasks": {}}}
        whole: dict[str, Any] = {"list": {}, "cancel": {}, "requests": {"tools": {"call": {}}}}
        return declared | {"tasks": whole}

    async def _message(self, request: Request, writer: asyncio.StreamWriter) -> Reply | None:
        message = request.message
        method, number = str(message.get("method", "")), message.get("id")
        if not method.startswith("tasks/"):
            return await super()._message(request, writer)
        params = message.get("params") or {}
        self.told.append((method, params))
        self.headers.append((method, request.header("mcp-name")))
        if method in self.refuses:
            return error(number, *self.refuses[method])
        match method:
            case "tasks/get":
                return result(number, self._wire(params["taskId"], self._next()))
            case "tasks/list":
                return result(number, {"tasks": [self._wire("listed-1", state("working"))]})
            case "tasks/cancel":
                self.script = [state("cancelled")]
                return result(number, self._wire(params["taskId"], state("cancelled")))
            case "tasks/update":
                self.answered.update(params["inputResponses"])
                return result(number, {"resultType": "complete"})
            case "tasks/result":
                return await self._result(number, params["taskId"], writer)
        return error(number, -32601, f"Method not found: {method}")

    async def _call(
        self, number: Any, params: dict[str, Any], writer: asyncio.StreamWriter, *, modern: bool
    ) -> Reply | None:
        if params["name"] != "work":
            return await super()._call(number, params, writer, modern=modern)
        self.told.append(("tools/call", params))
        made = self._wire(f"task-{next(self._ids)}", self.created)
        if not modern:
            return result(number, {"task": made})
        return result(number, {**made, "resultType": "task"})

    def _next(self) -> dict[str, Any]:
        now = self.script[0]
        wanted = set(now.get("inputRequests") or ())
        if len(self.script) > 1 and wanted <= self.answered:
            return self.script.pop(0)
        return now

    def _wire(self, task_id: str, now: dict[str, Any]) -> dict[str, Any]:
        times = {"createdAt": "2026-11-27T10:00:00Z", "lastUpdatedAt": "2026-11-27T10:00:01Z"}
        whole = {"taskId": task_id, **times, **now}
        return whole if self.modern else {_NAMES.get(key, key): value for key, value in whole.items()}

    async def _result(self, number: Any, task_id: str, writer: asyncio.StreamWriter) -> Reply | None:
        """`tasks/result` of 2025-11-25: what the task asks goes out on its stream."""
        if self.script[0]["status"] != "input_required":
            return result(number, self.outcome)
        stream = Stream(writer)
        await stream.open()
        wanted = self.script[0]["inputRequests"]
        for key, request in wanted.items():
            asked = f"{task_id} {key}"
            answer = self.answers[asked] = asyncio.get_running_loop().create_future()
            meta = {"io.modelcontextprotocol/related-task": {"taskId": task_id}}
            params = {**request["params"], "_meta": meta}
            await stream.event({"jsonrpc": "2.0", "id": asked, **request, "params": params})
            self.outcome = text(json.dumps(await answer), modern=False)
            self.answered.add(key)
        await stream.event({"jsonrpc": "2.0", "id": number, "result": self.outcome})
        await stream.end()
        return None


async def _main() -> None:
    script = [state("working", statusMessage=f"step {number}") for number in range(3)]
    async with TaskServer(*script, asks("name"), DONE) as web:
        print(web.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":  # a server of its own: its URL on standard output, until standard input ends
    asyncio.run(_main())
