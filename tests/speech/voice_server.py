"""A real local speech service: OpenAI's ``/v1/audio/speech`` and the FPT way, well or badly behaved."""

from __future__ import annotations

import http.server
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import soundfile

from speech.synthesis.blocking import synthesize_blocking


@dataclass
class Service:
    """What was asked, and how to answer: pcm, wav, or a kind of trouble."""

    answer: str = "pcm"
    asked: list[dict[str, str]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)
    waits: int = 0
    """How often an FPT file is not there yet."""


def sound(text: str) -> np.ndarray:
    """What the service says, at 24 kHz."""
    return np.repeat(synthesize_blocking(text), 3)


@contextmanager
def voice_server() -> Iterator[tuple[str, Service]]:
    """Base address and the service behind it."""
    service = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None: ...

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            names = ("authorization", "api-key", "voice", "speed", "format")
            asked = {name: self.headers[name] for name in names if self.headers[name] is not None}
            service.asked.append({"path": self.path, **asked, "body": body})
            if self.path.endswith("/audio/speech"):
                self._speak(json.loads(body)["input"])
            else:
                self._order(body)

        def do_GET(self) -> None:
            service.asked.append({"path": self.path, "api-key": self.headers.get("api-key", "")})
            if service.waits:
                service.waits -= 1
                self.send_error(404)
                return
            file = io.BytesIO()
            soundfile.write(file, sound("dạ vâng ạ"), 24_000, format="WAV")
            self._send(file.getvalue(), "audio/wav")

        def _speak(self, text: str) -> None:
            answer = service.answer
            if answer.isdecimal():
                self.send_error(int(answer))
            elif answer == "stall":
                service.done.wait(30)
            elif answer == "html":
                self._send(b"<html>busy</html>", "text/html")
            elif answer == "mp3":
                self._send(b"ID3" + bytes(999), "audio/mpeg")
            elif answer == "empty":
                self._send(b"", "audio/pcm")
            elif answer == "wav":
                file = io.BytesIO()
                soundfile.write(file, np.stack([sound(text)] * 2, axis=1), 24_000, format="WAV")
                self._send(file.getvalue(), "audio/wav")
            elif answer == "cut":
                self.send_response(200)
                self.send_header("Content-Length", "100000")
                self.end_headers()
                self.wfile.write(sound(text).tobytes()[:9999])
            elif answer == "endless":
                self.send_response(200)
                self.end_headers()
                try:
                    while not service.done.is_set():
                        self.wfile.write(bytes(1 << 20))
                except OSError:
                    return
            else:
                self._send(sound(text).tobytes(), "audio/pcm")

        def _order(self, text: str) -> None:
            host = f"http://127.0.0.1:{server.server_port}/file.wav"
            orders = {
                "foreign": {"error": 0, "async": "http://10.0.0.1/file.wav"}, "refused": {"error": 1, "async": host},
                "nothing": {"error": 0},
            }  # fmt: skip
            self._send(json.dumps(orders.get(service.answer, {"error": 0, "async": host})).encode(), "application/json")

        def _send(self, data: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", service
    finally:
        service.done.set()
        server.shutdown()
        server.server_close()
        thread.join()
