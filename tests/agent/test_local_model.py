"""A local transformers chat model: tiny, made and taught here, run through the same brain as any other model."""

from __future__ import annotations

import asyncio
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.brain.base import Asked, Context, Meant, SetSlot
from agent.brain.language_model import LanguageModelBrain, LanguageModelOptions
from agent.brain.local_model import open_local_model, parsed
from agent.brain.service import ModelService
from agent.turns import CustomerTurn
from core.errors import ConfigurationError
from tests.agent.talk import brain

NOW = datetime(2026, 11, 23, 10, 0)
PLAN = Context(
    NOW, asked=Asked(False, ("date",), "promise_date", frozenset({"promise"})), slots={"promise_date": "date"},
    intents=frozenset({"promise"}),
)  # fmt: skip
CALL = {
    "name": "understand",
    "arguments": {
        "intents": [{"intent": "promise"}],
        "slots": [{"slot": "promise_date", "words": "hai lăm", "value": "2026-11-25"}],
    },
}
TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}\n{% endfor %}"
    "{% if tools %}<|tools|>{{ tools | tojson }}\n{% endif %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
BUDGET_MS = 120_000


def make_folder(folder: Path, answer: str | None) -> Path:
    """A two-layer byte-level model; with ``answer`` taught by heart what to say after "<|assistant|>"."""
    torch = pytest.importorskip("torch", reason="chưa cài torch: make models")
    transformers = pytest.importorskip("transformers", reason="chưa cài transformers: make models")
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    torch.manual_seed(7)
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: k for k, letter in enumerate(alphabet)} | {"<pad>": 256, "<end>": 257}
    inner = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", eos_token="<end>", chat_template=TEMPLATE
    )
    config = transformers.LlamaConfig(
        vocab_size=258, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=4, max_position_embeddings=16_384, pad_token_id=256, eos_token_id=257, bos_token_id=None,
    )  # fmt: skip
    model = transformers.LlamaForCausalLM(config)
    if answer is not None:
        _teach(torch, model, tokenizer, answer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _teach(torch: Any, model: Any, tokenizer: Any, answer: str) -> None:
    """The answer by heart: a handful of passes over one short text, until it comes out right."""
    ids = tokenizer("\n<|assistant|>" + answer, return_tensors="pt")["input_ids"]
    ids = torch.cat([ids, torch.tensor([[tokenizer.eos_token_id]])], dim=1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    model.train()
    for _ in range(200):
        start = int(torch.randint(0, 4000, (1,)))
        places = torch.arange(start, start + ids.shape[1]).unsqueeze(0)
        loss = model(input_ids=ids, position_ids=places, labels=ids).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss.item() < 0.01:
            break
    model.eval()


def brain_on(folder: Path) -> LanguageModelBrain:
    local = open_local_model(folder, most_tokens=40)
    return LanguageModelBrain(ModelService(lambda: local), brain(), LanguageModelOptions(BUDGET_MS))


async def test_noise_of_an_untaught_model_falls_back(tmp_path: Path) -> None:
    model = brain_on(make_folder(tmp_path, None))
    said = await model.understand(CustomerTurn("ngày hai lăm anh chuyển"), PLAN)
    assert said.brain == "embedded"
    assert [c.value for c in said.commands if isinstance(c, SetSlot)] == [date(2026, 11, 25)]
    assert model.counts["model"] == 0
    assert model.counts.total() == 1


async def test_a_taught_model_streams_and_is_stopped(tmp_path: Path) -> None:
    """Text comes in pieces; who stops listening stops the model."""
    local = open_local_model(make_folder(tmp_path, "Dạ mở cửa từ 7 giờ ạ."), most_tokens=200)
    pieces = [piece.text async for piece in local.astream([("user", "mấy giờ mở cửa")])]
    assert len(pieces) > 1
    stream = local.astream([("user", "mấy giờ mở cửa")])
    await anext(stream)
    closing: Any = stream
    await closing.aclose()
    answer = await local.ainvoke([("user", "mấy giờ")])
    assert isinstance(answer.text, str)


async def test_time_is_limited(tmp_path: Path) -> None:
    local = open_local_model(make_folder(tmp_path, None), most_tokens=5_000)
    model = LanguageModelBrain(ModelService(lambda: local), brain(), LanguageModelOptions(budget_ms=50))
    said = await model.understand(CustomerTurn("ngày hai lăm anh chuyển"), PLAN)
    assert said.brain == "embedded"
    assert model.counts == {"timeout": 1}
    await asyncio.sleep(0)


def test_tool_calls_are_read_as_open_models_write_them() -> None:
    body = json.dumps(CALL, ensure_ascii=False)
    for text in (f"<tool_call>\n{body}\n</tool_call>", f"<think>hmm</think><tool_call>{body}", body):
        words, calls, invalid = parsed(text)
        assert (words, invalid) == ("", [])
        assert calls[0]["name"] == "understand"
        assert calls[0]["args"]["intents"] == [{"intent": "promise"}]
    parameters = {"name": "understand", "parameters": json.dumps(CALL["arguments"])}
    assert parsed(json.dumps(parameters))[1][0]["args"]["slots"]
    for broken in ('<tool_call>{"name": 1}</tool_call>', "<tool_call>{no}</tool_call>", '{"name": "x"}', "{"):
        assert parsed(broken)[1] == []
        assert parsed(broken)[2]
    assert parsed("Dạ vâng ạ.") == ("Dạ vâng ạ.", [], [])


async def test_calls_of_a_local_model_become_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way from the model's text to commands, without torch."""
    from agent.brain import local_model

    class Says:
        def pieces(self, messages: Any, tools: Any, stop: Any) -> Any:
            assert tools[0]["function"]["name"] == "understand"
            assert [m["role"] for m in messages] == ["system", "user"]
            body = json.dumps(CALL, ensure_ascii=False)
            yield from (f"<tool_call>{body[:20]}", body[20:], "</tool_call>")

    local = local_model._make(Says())  # type: ignore[arg-type]
    for streaming in (False, True):
        options = LanguageModelOptions(BUDGET_MS, streaming=streaming)
        model = LanguageModelBrain(ModelService(lambda: local), brain(), options)
        said = await model.understand(CustomerTurn("chắc hai lăm nhé"), PLAN)
        assert said.brain == "language_model"
        assert said.commands[0] == Meant("promise", 0.9, "chắc hai lăm nhé")
        assert [c.value for c in said.commands if isinstance(c, SetSlot)] == [date(2026, 11, 25)]


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="chưa cài torch: make models")
    pytest.importorskip("transformers")
    with pytest.raises(ConfigurationError, match=r"config\.json"):
        open_local_model(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigurationError):
        open_local_model(tmp_path)


def test_missing_packages_say_how_to_install_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(ConfigurationError, match=r"alo-voicebot\[llm,local\]"):
        open_local_model(tmp_path)


def test_a_url_and_a_folder_are_too_much(tmp_path: Path) -> None:
    from app.language_model import service_of
    from core.settings import Settings

    with pytest.raises(ConfigurationError, match="một trong hai"):
        service_of(Settings(chat_model_url="http://127.0.0.1:9/v1", chat_model_name="m", chat_model_folder=tmp_path))
