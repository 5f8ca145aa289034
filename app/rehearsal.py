"""Services of a console without telephones: everything can be seen, and every flow can be talked to in text."""

from __future__ import annotations

from app.agents import Agents
from app.services import Services
from core.clock import SystemClock
from core.settings import Settings
from memory.store import Store

COMPANY = "Công ty Tài chính Sao Mai"
"""Made up; in whose name the flows speak when no campaign says otherwise."""


def show_services(settings: Settings, store: Store) -> Services:
    """A console over ``store`` that runs no campaign."""
    clock, agents = SystemClock(), Agents.load(COMPANY)
    return Services(
        store=store,
        settings=settings,
        recordings_dir=settings.recordings_dir,
        flows=agents.flows,
        new_chat=agents.for_chat(clock),
        clock=clock,
    )
