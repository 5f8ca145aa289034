"""For every test: examples are judged by what they do, never by how long a busy machine takes over them, and logs look
as they do for users (structlog's own default draws every local variable of a traceback, which takes seconds)."""

from __future__ import annotations

from hypothesis import settings

from core.logging import configure_logging

settings.register_profile("alo", deadline=None)
settings.load_profile("alo")
configure_logging()
