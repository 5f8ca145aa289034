"""A real HTTP server on loopback that speaks the OpenAI chat-completions protocol and answers by script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server does with one request."""

    calls: tuple[tuple[str, str], ...] = ()
    """Tool calls: name and arguments as the raw text that is sent."""
    text: str | None = None
    refusal: str | None = None
    end: str | None = None
    """Reason why it ended, if not the usual one."""
    status: int = 200
    body: bytes | None = None
    """Sent as it is instead of a completion."""
    stall: bool = False
    """Hold the request until the server ends."""
    cut: bool = False
    """Close the connection in the middle of the body."""


def understood(*intents: str, slots: tuple[Mapping[str, str], ...] = ()) -> Answer:
    """The tool call of a model that behaves."""
    args = {"intents": [{"intent": name, "confidence": 0.95} for name in intents], "slots": list(slots)}
    return Answer(calls=(("understand", json.dumps(args, ensure_ascii=False)),))


Script = Callable[[dict[str, Any]], Answer]


@dataclass(slots=True)
class ChatServer:
    """``script`` sees the request and chooses the answer; ``requests`` keeps what arrived."""

    script: Script = lambda request: understood("affirm")
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def running() -> Iterator[ChatServer]:
    """Serve on a free port until the block ends."""
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            state.paths.append(self.path)
            request = json.loads(body) if self.path.endswith("/chat/completions") else {}
            state.requests.append(request)
            _answer(self, state, request, state.script(request))

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # many calls connect at once

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that leaves in the middle is what these tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        state.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def _answer(handler: BaseHTTPRequestHandler, state: ChatServer, request: dict[str, Any], answer: Answer) -> None:
    streamed = bool(request.get("stream"))
    body = answer.body if answer.body is not None else (_stream(answer) if streamed else _whole(answer))
    if answer.status != 200:
        body = json.dumps({"error": {"message": "no", "type": "x", "code": answer.status}}).encode()
    if answer.stall and not streamed:
        state.ended.wait(30)
        return
    handler.send_response(answer.status)
    handler.send_header(
        "content-type", "text/event-stream" if streamed and answer.status == 200 else "application/json"
    )
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    half = len(body) // 2
    handler.wfile.write(body[:half])
    handler.wfile.flush()
    if answer.stall:
        state.ended.wait(30)
    if answer.stall or answer.cut:
        handler.close_connection = True
        return
    handler.wfile.write(body[half:])


def _end(answer: Answer) -> str:
    return answer.end or ("tool_calls" if answer.calls else "stop")


def _whole(answer: Answer) -> bytes:
    calls = [
        {"id": f"c{k}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for k, (name, arguments) in enumerate(answer.calls)
    ]
    message = {"role": "assistant", "content": answer.text, "refusal": answer.refusal, "tool_calls": calls or None}
    choice = {"index": 0, "message": message, "finish_reason": _end(answer)}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    whole = {"id": "x", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}
    return json.dumps(whole).encode()


def _stream(answer: Answer) -> bytes:
    """Server-sent events; arguments come in pieces of a few characters."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": None}]
    if answer.text is not None:
        deltas += [{"content": word + " "} for word in answer.text.split()]
    if answer.refusal is not None:
        deltas.append({"refusal": answer.refusal})
    for k, (name, arguments) in enumerate(answer.calls):
        function = {"name": name, "arguments": ""}
        deltas.append({"tool_calls": [{"index": k, "id": f"c{k}", "type": "function", "function": function}]})
        pieces = [arguments[at : at + 7] for at in range(0, len(arguments), 7)]
        deltas += [{"tool_calls": [{"index": k, "function": {"arguments": piece}}]} for piece in pieces]
    ends: list[str | None] = [None] * len(deltas) + [_end(answer)]
    events = []
    for delta, end in zip([*deltas, {}], ends, strict=True):
        choice = {"index": 0, "delta": delta, "finish_reason": end}
        chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        events.append(f"data: {json.dumps(chunk)}\n\n")
    return ("".join(events) + "data: [DONE]\n\n").encode()
