"""A chat model in a local folder, run by ``transformers`` in this process, as a LangChain chat model.

torch and transformers are imported here only, and late. Nothing is downloaded: the folder must hold everything.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from core.errors import ConfigurationError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_MOST_TOKENS: Final = 300
_CALL: Final = re.compile(r"<tool_call>\s*(\{.*?\})\s*(?:</tool_call>|\Z)", re.DOTALL)
_THOUGHT: Final = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
"""What models think aloud is for nobody's ears."""


def open_local_model(folder: Path, most_tokens: int = _MOST_TOKENS) -> BaseChatModel:
    """Load the model and its tokenizer. Raises ConfigurationError if packages, files or the chat template are missing.

    Takes seconds to minutes and the model's size in memory; done once for the process, before the first call.
    """
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        raise ConfigurationError(
            "Chưa cài gói cho mô hình tại chỗ. Hãy chạy: pip install 'alo-voicebot[llm,local]', "
            "hoặc bỏ ALO_CHAT_MODEL_FOLDER.",
            "The packages of a local model are missing. Run: pip install 'alo-voicebot[llm,local]', "
            "or unset ALO_CHAT_MODEL_FOLDER.",
            where=error.name or "transformers",
        ) from error
    if not (folder / "config.json").is_file():
        raise ConfigurationError(
            "Thư mục này không có mô hình transformers (thiếu config.json).",
            "The folder holds no transformers model (config.json is missing).",
            where=str(folder),
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
        model = AutoModelForCausalLM.from_pretrained(str(folder), local_files_only=True, dtype="auto")
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        raise ConfigurationError(
            "Không mở được mô hình trong thư mục này. Hãy kiểm tra các tệp của mô hình.",
            "The model in this folder cannot be opened. Check its files.",
            where=str(folder),
        ) from error
    if not getattr(tokenizer, "chat_template", None):
        raise ConfigurationError(
            "Mô hình này không phải mô hình trò chuyện (thiếu chat template).",
            "This is no chat model (it has no chat template).",
            where=str(folder),
        )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = cast(Any, model).to(device).eval()  # its own annotation asks for the model as an argument
    return _make(_Generator(model, tokenizer, most_tokens))


class _Generator:
    """Runs the model in a thread. One answer at a time: a second would take the first one's cores."""

    def __init__(self, model: Any, tokenizer: Any, most_tokens: int) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._most_tokens = most_tokens
        self._busy = threading.Lock()

    def pieces(
        self, messages: Sequence[dict[str, str]], tools: Sequence[dict[str, Any]], stop: threading.Event
    ) -> Iterator[str]:
        """Text as it is made; ends when ``stop`` is set. A blocking iterator, for a thread."""
        from transformers import StoppingCriteria, StoppingCriteriaList, TextIteratorStreamer

        class Stopped(StoppingCriteria):
            def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
                import torch

                return torch.full((input_ids.shape[0],), stop.is_set(), dtype=torch.bool, device=input_ids.device)

        prompt = self._tokenizer.apply_chat_template(
            list(messages), tools=list(tools) or None, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=60)
        room = getattr(self._model.config, "max_position_embeddings", None)
        length = prompt["input_ids"].shape[1]
        most = self._most_tokens if room is None else min(self._most_tokens, room - length)
        if most <= 0:
            raise ValueError("the prompt is longer than the model's context")
        with self._busy:
            failures: list[Exception] = []

            def work() -> None:
                try:
                    self._model.generate(
                        **prompt.to(self._model.device), streamer=streamer, max_new_tokens=most, do_sample=False,
                        stopping_criteria=StoppingCriteriaList([Stopped()]),
                    )  # fmt: skip
                except Exception as error:  # noqa: BLE001 - raised again below, where it is waited for
                    failures.append(error)
                    streamer.end()

            worker = threading.Thread(target=work, daemon=True)
            worker.start()
            yield from streamer
            worker.join()
            if failures:
                raise failures[0]


def _make(generator: _Generator) -> BaseChatModel:
    """The LangChain class is made here, so that importing this module needs no LangChain."""
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
    from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
    from langchain_core.runnables import Runnable

    class LocalChatModel(BaseChatModel):
        """One model for all event loops of the process."""

        @property
        def _llm_type(self) -> str:
            return "alo-local"

        def bind_tools(
            self, tools: Sequence[Any], *, tool_choice: Any = None, **kwargs: Any
        ) -> Runnable[Any, AIMessage]:
            return self.bind(tools=list(tools), **kwargs)

        def _generate(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> ChatResult:
            text = "".join(generator.pieces(_plain(messages), kwargs.get("tools") or (), threading.Event()))
            content, calls, invalid = parsed(text)
            message = AIMessage(content=content, tool_calls=calls, invalid_tool_calls=invalid)
            return ChatResult(generations=[ChatGeneration(message=message)])

        async def _agenerate(self, messages: list[BaseMessage], *_: Any, **kwargs: Any) -> ChatResult:
            text = "".join(
                [piece async for piece in _from_thread(generator, _plain(messages), kwargs.get("tools") or ())]
            )
            content, calls, invalid = parsed(text)
            message = AIMessage(content=content, tool_calls=calls, invalid_tool_calls=invalid)
            return ChatResult(generations=[ChatGeneration(message=message)])

        async def _astream(
            self, messages: list[BaseMessage], *_: Any, **kwargs: Any
        ) -> AsyncIterator[ChatGenerationChunk]:
            tools = kwargs.get("tools") or ()
            if tools:  # a tool call is of use when it is whole
                result = await self._agenerate(messages, tools=tools)
                whole = result.generations[0].message
                assert isinstance(whole, AIMessage)
                pieces: list[Any] = [
                    {
                        "name": c["name"],
                        "args": json.dumps(c["args"]),
                        "id": c["id"],
                        "index": k,
                        "type": "tool_call_chunk",
                    }
                    for k, c in enumerate(whole.tool_calls)
                ]
                yield ChatGenerationChunk(message=AIMessageChunk(content=whole.content, tool_call_chunks=pieces))
                return
            async for piece in _from_thread(generator, _plain(messages), ()):
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))

    return LocalChatModel()


def _plain(messages: Sequence[Any]) -> list[dict[str, str]]:
    roles = {"human": "user", "ai": "assistant"}
    return [{"role": roles.get(m.type, m.type), "content": m.text} for m in messages]


async def _from_thread(
    generator: _Generator, messages: Sequence[dict[str, str]], tools: Sequence[dict[str, Any]]
) -> AsyncIterator[str]:
    """Pieces of a blocking iterator; leaving early stops the model after its next token."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | Exception | None] = asyncio.Queue()
    stop = threading.Event()

    def put(item: str | Exception | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, item)

    def work() -> None:
        try:
            for piece in generator.pieces(messages, tools, stop):
                put(piece)
        except Exception as error:  # noqa: BLE001 - raised again by whoever waits
            put(error)
        put(None)

    threading.Thread(target=work, daemon=True, name="local chat model").start()
    try:
        while (item := await queue.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        stop.set()


def parsed(text: str) -> tuple[str, list[Any], list[Any]]:
    """Words, tool calls and broken tool calls of an answer in the form that open models use (``<tool_call>{…}``)."""
    text = _THOUGHT.sub("", text)
    calls: list[Any] = []
    invalid: list[Any] = []
    found = [m.group(1) for m in _CALL.finditer(text)]
    if not found and text.lstrip().startswith("{"):  # some write the call without its tags
        found = [text.strip()]
    for body in found:
        call = _read_call(body)
        if call is None:
            invalid.append(
                {"name": None, "args": body[:200], "id": None, "error": "malformed", "type": "invalid_tool_call"}
            )
        else:
            calls.append({"name": call[0], "args": call[1], "id": uuid.uuid4().hex, "type": "tool_call"})
    return ("" if found else text.strip()), calls, invalid


def _read_call(body: str) -> tuple[str, dict[str, Any]] | None:
    try:
        read = json.loads(body)
    except ValueError:
        return None
    if not isinstance(read, dict):
        return None
    name, args = read.get("name"), read.get("arguments", read.get("parameters"))
    if isinstance(args, str):
        try:
            args = json.loads(args)
        except ValueError:
            return None
    return (name, args) if isinstance(name, str) and isinstance(args, dict) else None
