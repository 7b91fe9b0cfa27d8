"""A provider on the real wire: the streams of the three interfaces, as they are or cut off anywhere.

Small on purpose: text, or a call followed by text. `tests/peers` has somebody else's provider.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from services.settings import ModelSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

APIS = {"openai": "gpt-5.2", "openai-chat": "gpt-4o", "anthropic": "claude-sonnet-4-5"}
KEY = "sk-very-secret-0123456789"
TEXT = "It is *five*, déjà vu."


@dataclass
class Provider:
    """What was asked, and how it is answered."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    call: tuple[str, dict[str, Any]] | None = None
    """The call that a question without a result is answered with; None: text at once."""
    text: str = TEXT
    key: str = ""
    """The only key that is accepted; empty: any."""
    cut_at: int | None = None
    """Bytes of an answer after which the connection is dropped."""
    finish: str = "stop"
    """Why the answer ends: `stop`, or `length` where it is cut at the limit of tokens."""

    def model(self, provider: str, **settings: Any) -> ModelSettings:
        """The settings of a model that is asked here."""
        url = self.url if provider == "anthropic" else f"{self.url}/v1"
        named = {"base_url": url, "api_key_env_var": "KEY", "context_window": 100_000, **settings}
        return ModelSettings("", provider, APIS[provider], **named)

    def answer(self, path: str, body: dict[str, Any]) -> bytes:
        """The whole stream with which a request is answered."""
        make = next(make for end, make in _STREAMS.items() if path.endswith(end))
        said = json.dumps(body)
        done = any(f'"{mark}"' in said for mark in ("tool_result", "function_call_output", "tool_call_id"))
        call = None if self.call is None or done else self.call
        return make(self.text, call, self.finish)


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens."""
    found = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(found))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def _handler(found: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found.bodies.append(body)
            data = found.answer(self.path, body)
            if found.key and found.key not in str(self.headers):
                data = b'{"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}'
                self.send_response(401)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(data)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            if found.cut_at is not None:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data if found.cut_at is None else data[: found.cut_at])

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


Call = tuple[str, dict[str, Any]] | None


def _pieces(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _events(*events: dict[str, Any]) -> bytes:
    return "".join(
        f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events
    ).encode()


def _responses(text: str, call: Call, finish: str) -> bytes:
    head: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "gpt-5.2",
        "output": [],
    }
    head |= {"status": "in_progress", "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    item: dict[str, Any]
    if call is None:
        part = {"type": "output_text", "text": "", "annotations": []}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        where = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        middle = [{"type": "response.content_part.added", **where, "part": part}]
        middle += [
            {"type": "response.output_text.delta", **where, "delta": piece, "logprobs": []}
            for piece in _pieces(text)
        ]
        whole = {**item, "status": "completed", "content": [{**part, "text": text}]}
    else:
        arguments = json.dumps(call[1])
        item = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": call[0], "arguments": ""}
        where = {"item_id": "fc_1", "output_index": 0}
        middle = [
            {"type": "response.function_call_arguments.delta", **where, "delta": piece}
            for piece in _pieces(arguments)
        ]
        middle.append(
            {
                "type": "response.function_call_arguments.done",
                **where,
                "name": call[0],
                "arguments": arguments,
            }
        )
        whole = {**item, "status": "completed", "arguments": arguments}
    usage: dict[str, Any] = {"input_tokens": 100, "output_tokens": 7, "total_tokens": 107}
    usage |= {"input_tokens_details": {"cached_tokens": 60}, "output_tokens_details": {"reasoning_tokens": 0}}
    done: dict[str, Any] = {**head, "status": "completed", "output": [whole], "usage": usage}
    if finish == "length":
        done |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": head},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *middle,
        {"type": "response.output_item.done", "output_index": 0, "item": whole},
        {"type": f"response.{done['status']}", "response": done},
    ]
    return _events(*({**event, "sequence_number": number} for number, event in enumerate(events)))


def _chat(text: str, call: Call, finish: str) -> bytes:
    def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
        return {**head, "choices": [choice]}

    chunks = [chunk({"role": "assistant", "content": "" if call is None else None})]
    if call is None:
        chunks += [chunk({"content": piece}) for piece in _pieces(text)]
        chunks.append(chunk({}, finish))
    else:
        function = {"name": call[0], "arguments": ""}
        chunks.append(
            chunk({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
        )
        for piece in _pieces(json.dumps(call[1])):
            chunks.append(chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}))
        chunks.append(chunk({}, "tool_calls"))
    usage = {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107}
    chunks.append(
        {**chunk({}), "choices": [], "usage": {**usage, "prompt_tokens_details": {"cached_tokens": 60}}}
    )
    lines = [f"data: {json.dumps(each, ensure_ascii=False)}\n\n" for each in chunks]
    return "".join([*lines, "data: [DONE]\n\n"]).encode()


def _messages(text: str, call: Call, finish: str) -> bytes:
    usage = {"input_tokens": 40, "output_tokens": 1, "cache_read_input_tokens": 60}
    head: dict[str, Any] = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
    }
    head |= {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    block: dict[str, Any] = {"type": "text", "text": ""}
    deltas = [{"type": "text_delta", "text": piece} for piece in _pieces(text)]
    reason = "max_tokens" if finish == "length" else "end_turn"
    if call is not None:
        block = {"type": "tool_use", "id": "call_1", "name": call[0], "input": {}}
        deltas = [
            {"type": "input_json_delta", "partial_json": piece} for piece in _pieces(json.dumps(call[1]))
        ]
        reason = "tool_use"
    return _events(
        {"type": "message_start", "message": head},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": 7},
        },
        {"type": "message_stop"},
    )


_STREAMS: dict[str, Callable[[str, Call, str], bytes]] = {
    "/responses": _responses,
    "/chat/completions": _chat,
    "/messages": _messages,
}
