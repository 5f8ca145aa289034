"""Which brain a process runs with is a setting; without one nothing leaves the process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.brain.base import Understanding
from agent.brain.embedded import EmbeddedBrain
from agent.brain.language_model import LanguageModelBrain
from agent.turns import CustomerTurn
from app.agents import Agents
from core.errors import ConfigurationError
from core.settings import Settings
from tests.agent.chat_server import ChatServer, running
from tests.agent.test_language_model import PLAN


@pytest.fixture
def server() -> Iterator[ChatServer]:
    with running() as state:
        yield state


def test_the_embedded_brain_is_the_default() -> None:
    assert isinstance(Agents.load("Công ty Sao Mai", Settings(_env_file=None)).brain, EmbeddedBrain)


async def test_settings_choose_the_model_and_warm_it_up(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALO_CHAT_MODEL_URL", server.url)
    monkeypatch.setenv("ALO_CHAT_MODEL_NAME", "vi")
    monkeypatch.setenv("ALO_CHAT_MODEL_KEY", "sk-bi-mat")
    monkeypatch.setenv("ALO_CHAT_MODEL_TIMEOUT_MS", "20000")
    settings = Settings(_env_file=None)
    assert "sk-bi-mat" not in repr(settings)
    agents = Agents.load("Công ty Sao Mai", settings)
    await agents.warm_up()
    assert len(server.requests) == 1
    assert server.requests[0]["model"] == "vi"
    said: Understanding = await agents.brain.understand(CustomerTurn("ừ em"), PLAN)
    assert said.brain == "language_model"
    assert isinstance(agents.brain, LanguageModelBrain)
    assert agents.brain.counts == {"model": 1}  # warming up is no turn


def test_an_address_without_a_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="ALO_CHAT_MODEL_NAME"):
        Agents.load("Công ty Sao Mai", Settings(chat_model_url="http://127.0.0.1:9/v1", _env_file=None))
