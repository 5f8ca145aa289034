"""The language model of the process, where one is configured: one service for all that ask it."""

from __future__ import annotations

from agent.brain.base import Brain
from agent.brain.chat_model import ChatModelOptions, open_chat_model
from agent.brain.embedded import EmbeddedBrain
from agent.brain.language_model import LanguageModelBrain, LanguageModelOptions
from agent.brain.service import ModelService
from core.errors import ConfigurationError
from core.settings import Settings


def service_of(settings: Settings) -> ModelService | None:
    """None where no model is configured. Raises ConfigurationError: told now, not to the first caller."""
    if settings.chat_model_url and settings.chat_model_folder:
        raise ConfigurationError(
            "Chỉ đặt một trong hai: ALO_CHAT_MODEL_URL hoặc ALO_CHAT_MODEL_FOLDER.",
            "Set only one of ALO_CHAT_MODEL_URL and ALO_CHAT_MODEL_FOLDER.",
            where="ALO_CHAT_MODEL_FOLDER",
        )
    if settings.chat_model_folder:
        from agent.brain.local_model import open_local_model

        local = open_local_model(settings.chat_model_folder)
        return ModelService(lambda: local)
    if not settings.chat_model_url:
        return None
    key = settings.chat_model_key.get_secret_value() if settings.chat_model_key else None
    options = ChatModelOptions(
        settings.chat_model_url, settings.chat_model_name, key, timeout_ms=settings.chat_model_timeout_ms
    )
    open_chat_model(options)
    return ModelService(lambda: open_chat_model(options))


def brain_of(settings: Settings, service: ModelService | None) -> Brain:
    """The embedded brain, or the language model before it."""
    if service is None:
        return EmbeddedBrain()
    return LanguageModelBrain(service, options=LanguageModelOptions(settings.chat_model_timeout_ms))
