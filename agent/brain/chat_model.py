"""Opening a chat model on any endpoint that speaks the OpenAI protocol. LangChain is imported here only, and late."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_MAX_TOKENS = 300
"""A turn's commands take some fifty tokens; more is a model that rambles."""
_NO_KEY = "none"
"""Local servers ask for no key, the client insists on one."""


@dataclass(frozen=True, slots=True)
class ChatModelOptions:
    """Where the model is. ``key`` is kept out of every representation."""

    url: str
    """Base URL, such as http://127.0.0.1:8000/v1."""
    name: str
    key: str | None = field(default=None, repr=False)
    timeout_ms: int = 1500


def open_chat_model(options: ChatModelOptions) -> BaseChatModel:
    """A client of its own, with its own connections: one belongs to one event loop. Opens no connection yet.

    Raises ConfigurationError if a package is missing or the address cannot be used.
    """
    _check(options)
    try:
        import httpx
        from langchain_openai import ChatOpenAI
        from pydantic import SecretStr
    except ImportError as error:
        raise ConfigurationError(
            "Chưa cài gói cho mô hình ngôn ngữ. Hãy chạy: pip install 'alo-voicebot[llm]', hoặc bỏ ALO_CHAT_MODEL_URL.",
            "The packages of the language model are missing. Run: pip install 'alo-voicebot[llm]', "
            "or unset ALO_CHAT_MODEL_URL.",
            where=error.name or "langchain_openai",
        ) from error
    timeout_s = options.timeout_ms / 1000
    return ChatOpenAI(
        base_url=options.url,
        model=options.name,
        api_key=SecretStr(options.key or _NO_KEY),
        temperature=0.0,
        max_completion_tokens=_MAX_TOKENS,
        timeout=timeout_s,
        max_retries=0,  # a second try does not fit into a turn
        stream_usage=False,
        use_responses_api=False,  # other servers speak chat completions only
        # The default client is shared between event loops, which its connections do not survive.
        http_async_client=httpx.AsyncClient(timeout=timeout_s),
    )


def _check(options: ChatModelOptions) -> None:
    if not options.url.startswith(("http://", "https://")):
        raise ConfigurationError(
            "Địa chỉ mô hình phải bắt đầu bằng http:// hoặc https://.",
            "The model's address must begin with http:// or https://.",
            where="ALO_CHAT_MODEL_URL",
        )
    if not options.name:
        raise ConfigurationError(
            "Thiếu tên mô hình. Hãy đặt ALO_CHAT_MODEL_NAME.",
            "The model's name is missing. Set ALO_CHAT_MODEL_NAME.",
            where="ALO_CHAT_MODEL_NAME",
        )
