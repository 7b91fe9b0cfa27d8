"""A small MCP server of 2025-11-25 over stdio that starts quickly and misbehaves on demand.

Written by hand on the standard library, so that it can say what an SDK would not let it say.

Tools:
  echo(text)                    the text
  sleep(seconds)                waits, then says so; stops when the call is cancelled
  ask(mode, count, withdraw_after)
                                sends `count` elicitation/create requests at once (mode "form" or "url") and
                                returns what came back as JSON (a list when count > 1); with `withdraw_after`
                                it cancels them after so many seconds and returns "withdrawn". When the call
                                is cancelled, its questions are cancelled too
  bad_result(kind)              a result that is not valid MCP, one of KINDS
  rpc_error(code, message)      a JSON-RPC error
  die(status)                   ends the process with this status after the line "dying"
  flood_stderr(lines)           so many numbered lines on standard error, from 0
  big(bytes)                    one text of that many characters
  progress(steps, delay)        a progress notification every `delay` seconds
  structured()                  structured content that contradicts the tool's output schema
  notify_list_changed(what)     adds a tool, resource or prompt (what = "tools", "resources", "prompts") and
                                sends the notification
  filler_1 ... filler_N         do nothing (--tools N)

Resources quick://text, quick://json, quick://picture and the template quick://item/{number};
prompts plain() and greet(name, tone), with completion of both.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

if not __package__:  # started by its path, as a server is
    sys.path[0] = str(Path(__file__).parents[2])

from tests.servers.quick_catalog import Catalog
from tests.servers.quick_tools import Tools
from tests.servers.quick_wire import Call, Cancelled, Refused, Wire, complain

VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")


class Quick:
    """The server: reads requests and answers them."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.wire = Wire()
        self.catalog = Catalog(options)
        self.tools = Tools(self.catalog, self.wire)
        self.mark = self.catalog.mark
        self.calls: dict[Any, Call] = {}

    def run(self) -> None:
        for line in sys.stdin.buffer:
            if not self.options.silent and line.strip():
                self.receive(json.loads(line))

    def receive(self, message: dict[str, Any]) -> None:
        method = message.get("method")
        if method is None:
            self.wire.answered(message)
        elif "id" in message:
            call = self.calls[message["id"]] = Call(message)
            worker = threading.Thread(target=self.work, args=(method, call), daemon=True)
            worker.start()
            if method not in ("tools/call", "initialize"):  # the rest keeps its order
                worker.join()
        elif method == "notifications/cancelled":
            if cancelled := self.calls.get(message["params"].get("requestId")):
                cancelled.cancelled.set()
        elif method == "notifications/initialized" and self.mark:
            complain(f"hostile line{self.mark}")
            sys.stderr.buffer.write(b"bytes that are not UTF-8: \x9b31m \xff\xfe\n")
            sys.stderr.buffer.flush()
            self.wire.notify(
                "notifications/message", level="warning", logger=self.mark, data=f"log{self.mark}"
            )

    def work(self, method: str, call: Call) -> None:
        try:
            result = self.handle(method, call)
            if not call.cancelled.is_set():
                self.wire.send({"id": call.number, "result": result})
        except Cancelled:
            complain(f"cancelled {call.params.get('name')}")
        except Refused as refused:
            self.refuse(call, refused.code, str(refused))
        except (KeyError, TypeError, ValueError) as wrong:
            self.refuse(call, -32602, f"Invalid params: {wrong}{self.mark}")
        finally:
            self.calls.pop(call.number, None)

    def refuse(self, call: Call, code: int, message: str) -> None:
        error = {"code": code, "message": message, "data": {"detail": self.mark}}
        self.wire.send({"id": call.number, "error": error})

    def handle(self, method: str, call: Call) -> Any:
        """The result of a request."""
        if method.startswith("resources/") and self.options.no_resources:
            raise Refused(-32601, f"Method not found: {method}")
        match method:
            case "initialize":
                return self.initialize(call)
            case "ping" | "logging/setLevel":
                return {}
            case "tools/list":
                return self.catalog.page("tools", self.catalog.tools(), call.params)
            case "resources/list":
                return self.catalog.page("resources", self.catalog.resources(), call.params)
            case "resources/templates/list":
                return self.catalog.page("resourceTemplates", self.catalog.templates(), call.params)
            case "prompts/list":
                return self.catalog.page("prompts", self.catalog.prompts(), call.params)
            case "tools/call":
                if self.options.sandbox:
                    complain(f"call {call.params['name']}")
                return self.tools.call(call)
            case "codex/sandbox-state/update" if self.options.sandbox:
                time.sleep(0.1)
                complain(f"sandbox {json.dumps(call.params, sort_keys=True)}")
                return {}
            case "resources/read":
                return {"contents": [self.catalog.read(call.params["uri"])]}
            case "prompts/get":
                return self.catalog.prompt(call.params)
            case "completion/complete":
                value = call.params["argument"]["value"]
                values = [
                    known + self.mark for known in ("alpha", "beta", "gamma") if known.startswith(value)
                ]
                return {"completion": {"values": values, "hasMore": False}}
        raise Refused(-32601, f"Method not found: {method}{self.mark}")

    def initialize(self, call: Call) -> dict[str, Any]:
        time.sleep(self.options.slow_start)
        wanted = call.params.get("protocolVersion")
        changes = {"listChanged": True}
        capabilities: dict[str, Any] = {
            "tools": changes,
            "prompts": changes,
            "logging": {},
            "completions": {},
        }
        if not self.options.no_resources:
            capabilities["resources"] = changes
        if self.options.sandbox:
            capabilities["experimental"] = {"codex/sandbox-state": {}}
        return {
            "protocolVersion": wanted if wanted in VERSIONS else VERSIONS[0],
            "capabilities": capabilities,
            "serverInfo": {
                "name": f"quick{self.mark}",
                "title": f"Quick{self.mark}",
                "version": f"1{self.mark}",
            },
            "instructions": f"Be quick.{self.mark}",
        }


def spawn(command: list[str], pid_file: str | None) -> None:
    """Start a child that shares our standard streams; add its pid to the file."""
    pid = os.posix_spawnp(command[0], command, os.environ)
    if pid_file:
        with Path(pid_file).open("a") as pids:
            pids.write(f"{pid}\n")


def options_of(arguments: list[str]) -> argparse.Namespace:
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        "quick.py", description=__doc__, formatter_class=form, allow_abbrev=False
    )
    add, flag = parser.add_argument, "store_true"
    add("--tools", type=int, default=0, metavar="N", help="so many tools more, filler_1 to filler_N")
    add("--resources", type=int, default=0, metavar="N", help="so many resources more")
    add("--page-size", type=int, default=0, metavar="K", help="list K things a page; 0 all at once")
    add("--repeat-cursor", action=flag, help="with --page-size: the next cursor is always the same")
    add("--slow-start", type=float, default=0, metavar="SECONDS", help="wait before answering initialize")
    add("--no-resources", action=flag, help="no resources capability; its methods do not exist")
    add("--hostile", action=flag, help="markup, escapes and overrides in every text; see HOSTILE")
    add("--grandchild", action=flag, help="start a `sleep 300` that holds our standard streams open")
    add("--wrapper-exits", action=flag, help="hand the streams to a copy of ourselves and exit with status 0")
    add("--pid-file", metavar="FILE", help="where the pid of each child goes, one a line")
    add("--ignore-sigterm", action=flag, help="SIGTERM does nothing")
    add("--ignore-stdin-close", action=flag, help="stay when standard input closes")
    add("--exit-at-start", type=int, metavar="STATUS", help='write "boom" on standard error and exit')
    add("--junk", action=flag, help="lines that are no JSON-RPC on standard output first")
    add("--sandbox", action=flag, help="want to know the sandbox; say on standard error what came when")
    add("--dies-once", metavar="FILE", help="every tool is idempotent; die() kills only until FILE is there")
    add("--strict", action=flag, help="echo wants its text")
    add("--silent", action=flag, help="read everything, answer nothing")
    return parser.parse_args(arguments)


def main() -> None:
    options = options_of(sys.argv[1:])
    if options.exit_at_start is not None:
        complain("starting")
        complain("boom")
        raise SystemExit(options.exit_at_start)
    if options.ignore_sigterm:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if options.wrapper_exits:
        rest = [argument for argument in sys.argv if argument != "--wrapper-exits"]
        spawn([sys.executable, *rest], options.pid_file)
        return
    if options.grandchild:
        spawn(["sleep", "300"], options.pid_file)
    if options.junk:
        sys.stdout.write(
            'Welcome to quick 1.0!\n\n{"half": \n[1, 2]\n{"jsonrpc": "2.0"}\n\x1b[31mred\x1b[0m\n'
        )
        sys.stdout.flush()
    Quick(options).run()
    while options.ignore_stdin_close:
        time.sleep(60)


if __name__ == "__main__":
    main()
