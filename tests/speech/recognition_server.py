"""A real local server with OpenAI's ``/v1/audio/transcriptions``, well or badly behaved."""

from __future__ import annotations

import email
import http.server
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import soundfile


@dataclass
class Heard:
    """What was asked, and how to answer: a text, or one of stall, error, nonsense, trickle, wrong, moved."""

    answer: str = "Dạ, đúng rồi."
    fields: list[dict[str, str]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


@contextmanager
def recognition_server() -> Iterator[tuple[str, Heard]]:
    """Base address and what it hears."""
    heard = Heard()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
            asked: dict[str, str] = {}
            for part in email.message_from_bytes(head + body).get_payload():
                content = part.get_payload(decode=True)  # type: ignore[union-attr]
                name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
                if name == "file":
                    audio, rate = soundfile.read(io.BytesIO(content))
                    heard.seconds.append(len(audio) / rate)
                else:
                    asked[str(name)] = content.decode()
            heard.fields.append({**asked, "path": self.path})
            heard.keys.append(self.headers.get("Authorization", ""))
            self._answer()

        def _answer(self) -> None:
            body = json.dumps({"text": heard.answer}).encode()
            if heard.answer == "error":
                self.send_error(500)
                return
            if heard.answer == "stall":
                heard.done.wait(30)
                return
            if heard.answer == "nonsense":
                body = b"<html>busy</html>"
            elif heard.answer == "wrong":
                body = b'{"text": 7}'
            self.send_response(302 if heard.answer == "moved" else 200)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.send_header("Content-Type", "application/json")
            if heard.answer == "trickle":
                self.end_headers()
                while not heard.done.wait(0.05):
                    try:
                        self.wfile.write(b" ")
                    except OSError:
                        return
                return
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", heard
    finally:
        heard.done.set()
        server.shutdown()
        thread.join()
        server.server_close()
