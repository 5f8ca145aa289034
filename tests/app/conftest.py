"""A real store with a small made-up campaign, served by the real console."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page

from app.agents import Agents
from app.server import create_app
from app.services import Services
from app.serving import ConsoleServer
from campaigns.service import CampaignService
from core.clock import VirtualClock
from core.settings import Settings
from memory.store import Store
from tests.app.chromium import chromium, fresh_page
from tests.app.sample import NOW, fill


@pytest.fixture(scope="session")
def agents() -> Agents:
    """The shipped flows and brain."""
    return Agents.load("Công ty Sao Mai")


@pytest.fixture
def services(tmp_path: Path, agents: Agents) -> Iterator[Services]:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)  # type: ignore[call-arg]
    with Store.open(settings.sqlalchemy_url) as store:
        fill(store, settings.recordings_dir)
        clock = VirtualClock(NOW)
        service = CampaignService(store, clock)
        new_chat = agents.for_chat(clock)
        start = list[str]().append
        yield Services(store, settings, settings.recordings_dir, agents.flows, new_chat, service, start, clock=clock)


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    app = create_app(services)
    with TestClient(app, base_url="http://127.0.0.1:8080", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def token(client: TestClient) -> str:
    """What a page of this server would send back with a POST."""
    return str(client.app.state.console.csrf.token)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def address(services: Services) -> Iterator[str]:
    """Where the console answers a browser."""
    with ConsoleServer(create_app(services), "127.0.0.1", 0) as server:
        yield server.address.rstrip("/")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A fresh page, closed before its server."""
    with fresh_page(browser) as page:
        yield page
