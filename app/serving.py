"""The console's web server in a thread and event loop of its own, so that no page can delay a call's audio."""

from __future__ import annotations

import socket
import threading

import uvicorn
from fastapi import FastAPI

from app.preflight import check_port

_STOP_TIMEOUT_S = 5.0


class ConsoleServer:
    """``with ConsoleServer(app, host, port) as server``: serves until the block ends. Port 0 picks a free one."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        """Raises ConfigurationError if the port cannot be used."""
        check_port(host, port)
        self._app = app
        self._socket = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.host, self.port = host, int(self._socket.getsockname()[1])
        config = uvicorn.Config(app, log_level="warning", lifespan="off", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="console", daemon=True)

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/"

    def __enter__(self) -> ConsoleServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._app.state.console.closing.set()  # Live pages would hold their connections open for ever.
        self._server.should_exit = True
        self._thread.join(_STOP_TIMEOUT_S)
        self._server.force_exit = True
        self._thread.join(_STOP_TIMEOUT_S)

    def _serve(self) -> None:
        self._server.run(sockets=[self._socket])
