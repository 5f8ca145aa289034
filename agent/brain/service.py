"""A chat model as a service that may be slow or down: one client per event loop, and rest after failures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_STATUS_REASONS: Final = {429: "rate_limited", 401: "unauthorized", 403: "unauthorized"}
_SERVICE_FAILURES: Final = frozenset({"timeout", "connection", "server_error", "rate_limited", "unauthorized"})


class Unusable(Exception):
    """An answer of the model that cannot be used; the message is the reason that is counted."""


class ModelService:
    """Shared by all that ask the model: understanding, free answers, paraphrase, summaries.

    ``open_model`` makes a client for the event loop that first asks; connections cannot change loops. After
    ``patience`` failures of the service in a row it is left alone for ``rest_turns`` requests: callers should not wait
    out the budget again and again. Then one request tries.
    """

    def __init__(self, open_model: Callable[[], BaseChatModel], patience: int = 3, rest_turns: int = 20) -> None:
        self._open = open_model
        self._patience = patience
        self._rest_turns = rest_turns
        self._models: WeakKeyDictionary[asyncio.AbstractEventLoop, BaseChatModel] = WeakKeyDictionary()
        self._failed = 0
        self._resting = 0

    def model(self) -> BaseChatModel:
        """The client of the running event loop."""
        loop = asyncio.get_running_loop()
        model = self._models.get(loop)
        if model is None:
            model = self._models[loop] = self._open()
        return model

    def rests(self) -> bool:
        """Is the service to be left alone this time? Counts the request."""
        if self._resting == 0:
            return False
        self._resting -= 1
        return True

    def note(self, reason: str = "") -> None:
        """What became of a request: "" if it was answered, else a reason (see ``reason_of``)."""
        self._failed = self._failed + 1 if reason in _SERVICE_FAILURES else 0
        if self._failed >= self._patience:
            self._failed = self._patience - 1  # the one request that tries decides
            self._resting = self._rest_turns


def reason_of(error: Exception) -> str:
    """A constant word for the counters; the error's own text could hold the key or the caller's words."""
    if isinstance(error, Unusable):
        return str(error)
    if isinstance(error, TimeoutError) or "Timeout" in type(error).__name__:
        return "timeout"
    status = getattr(error, "status_code", None)
    if isinstance(status, int):
        return _STATUS_REASONS.get(status, "server_error" if status >= 500 else "rejected")
    if "Connection" in type(error).__name__ or isinstance(error, OSError):
        return "connection"
    if "Protocol" in type(error).__name__ or "ReadError" in type(error).__name__:
        return "connection"
    return "malformed"
