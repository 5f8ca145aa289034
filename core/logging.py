"""Structured logs: a constant event name plus fields; personal data only under keys that one processor masks."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

PERSONAL_KEYS = frozenset({"phone", "to", "name", "text", "address", "email", "identity", "spoken"})
"""Values under these keys are masked before anything is written."""

_SECRET = re.compile(r"(key|token|secret|password|authorization)", re.IGNORECASE)


def mask(value: str) -> str:
    """Keep the last two characters, so that a line can be matched but not read."""
    return "•" * max(len(value) - 2, 3) + value[-2:] if len(value) > 4 else "•••"


def _mask_fields(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "•••"
        elif key in PERSONAL_KEYS and value is not None:
            event[key] = mask(str(value))
    return event


def configure_logging(level: str = "warning", *, json: bool = False) -> None:
    """Set up structlog for the process; logs go to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _mask_fields,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        # Standard error of the moment: a test or a daemon may exchange it, and writing to a closed one raises.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """A structlog logger bound to the component's name."""
    return structlog.get_logger(component=name)
