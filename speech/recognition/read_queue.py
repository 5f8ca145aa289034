"""Work for readers: bounded, finals before partials, the event loop never waits.

A stream has at most one request waiting. When the queue is full the oldest partial is dropped; a final is refused only
when nothing but finals wait, which its stream is told as an error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from core.errors import AloError
from core.logging import get_logger
from speech.recognition.reading import Reader, Reading, Request

CAPACITY: Final = 64
_log = get_logger("speech.recognition")


@dataclass(frozen=True, slots=True)
class Job:
    """A request on behalf of a stream. The callbacks run in a worker's thread."""

    owner: int
    """Whose it is; a newer job of the same owner takes the place of a waiting one."""
    request: Callable[[], Request | None]
    """Made when its turn comes; None if nobody waits for it any more."""
    final: bool
    done: Callable[[Reading], None]
    failed: Callable[[str], None]
    """With an error text that is safe to show."""
    dropped: Callable[[], None]
    """It was not read and will not be."""


class ReadQueue:
    """Reads jobs with one reader, in ``workers`` threads or, with none, in ``put`` itself (files, virtual time)."""

    def __init__(self, reader: Reader, *, workers: int = 1, capacity: int = CAPACITY) -> None:
        self._reader = reader
        self._workers, self._capacity = workers, capacity
        self._waiting: tuple[dict[int, Job], dict[int, Job]] = ({}, {})
        """Partials and finals by owner, oldest first."""
        self._state = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._closed = False

    @property
    def inline(self) -> bool:
        """``put`` returns when the job is done."""
        return self._workers == 0

    def put(self, job: Job) -> None:
        """Take a job in; never waits for another one."""
        if self.inline:
            self._read([job])
            return
        given_up: Job | None = None
        with self._state:
            partials, finals = self._waiting
            if self._closed:
                given_up = job
            else:
                replaced = partials.pop(job.owner, None) or (finals.pop(job.owner, None) if job.final else None)
                if replaced is None and len(partials) + len(finals) >= self._capacity:
                    given_up = partials.pop(next(iter(partials))) if partials else job
                if given_up is not job:
                    (finals if job.final else partials)[job.owner] = job
                    self._start()
                    self._state.notify()
        if given_up is not None:
            given_up.dropped()
            if given_up.final:
                given_up.failed("overloaded: too many turns wait to be read")

    def idle(self, timeout_s: float) -> bool:
        """Wait until nothing is read or waits; False after ``timeout_s``. For tests and for closing."""
        with self._state:
            return self._state.wait_for(lambda: not (self._busy or any(self._waiting)), timeout_s)

    def close(self) -> None:
        """Take no more, finish what is being read, close the reader."""
        with self._state:
            self._closed = True
            for waiting in self._waiting:
                waiting.clear()
            self._state.notify_all()
        for thread in self._threads:
            thread.join()
        self._reader.close()

    def _start(self) -> None:
        if len(self._threads) < self._workers:
            name = f"{self._reader.name} {len(self._threads)}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while True:
            with self._state:
                self._state.wait_for(lambda: self._closed or any(self._waiting))
                if self._closed:
                    return
                waiting = self._waiting[1] or self._waiting[0]
                jobs = [waiting.pop(owner) for owner in list(waiting)[: self._reader.batch]]
                self._busy += 1
            try:
                self._read(jobs)
            finally:
                with self._state:
                    self._busy -= 1
                    self._state.notify_all()

    def _read(self, jobs: list[Job]) -> None:
        wanted: list[Job] = []
        requests: list[Request] = []
        for job in jobs:
            request = job.request()
            if request is None:
                job.dropped()
            else:
                wanted.append(job)
                requests.append(request)
        if not wanted:
            return
        try:
            readings = self._reader.read(requests)
            if len(readings) != len(requests):
                raise ValueError(f"{len(readings)} readings for {len(requests)} requests")
        except Exception as error:  # noqa: BLE001 - the boundary of a reader: models and services may raise anything
            text = error.en if isinstance(error, AloError) else type(error).__name__
            _log.warning("recognition.failed", recogniser=self._reader.name, error=text)
            for job in wanted:
                job.failed(text)
            return
        for job, reading in zip(wanted, readings, strict=True):
            job.done(reading)
