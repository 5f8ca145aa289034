"""Documents found by meaning: a real HTTP server with the OpenAI protocol, and a tiny transformers encoder on disk."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from agent.answering import DocumentAnswers
from agent.brain.base import Context
from agent.knowledge import Knowledge
from app.answering import find_by_meaning
from core.settings import Settings
from memory.embedding import EmbeddingError, FolderEmbedder, HttpEmbedder
from memory.folding import fold

_TOPICS = (
    ("mo", "cua", "gio", "lam", "viec", "tiep", "khach"),
    ("gui", "xe", "dau", "bai", "oto", "de"),
    ("phi", "tien", "dong", "dat", "ton", "chi"),
    ("kham", "bac", "si", "benh", "dau"),
)
"""Words of one matter: what is near is known."""
DOCUMENT = """# Giờ mở cửa
Phòng khám mở cửa từ bảy giờ đến mười bảy giờ.

# Gửi xe
Quý khách gửi xe miễn phí ở tầng hầm.

# Chi phí
Mỗi lần xét nghiệm hai trăm nghìn đồng.
"""
QUESTION = "khi nào tiếp khách vậy em"
"""No word of it stands in the documents."""


def vector(words: list[str]) -> list[float]:
    """One dimension for each topic; words of none of them point in many directions."""
    told = [float(sum(word in topic for word in words)) for topic in _TOPICS]
    rest = [0.01] * 64
    for word in words:
        if not any(word in topic for topic in _TOPICS):
            rest[zlib.crc32(word.encode()) % 64] += 0.3
    return [*told, *rest]


class Service(ThreadingHTTPServer):
    """Embeds by topic; ``broken`` answers as a failing or senseless service would."""

    broken = ""
    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        texts = json.loads(self.rfile.read(int(self.headers["content-length"])))["input"]
        self.server.asked += texts
        vectors = [vector(fold(one).split()) for one in texts]
        if self.server.broken == "senseless":
            vectors = [[1.0, 0.001 * len(one)] for one in texts]
        if self.server.broken == "never":
            threading.Event().wait(3)
        self.send_response(500 if self.server.broken == "500" else 200)
        self.end_headers()
        data = [{"index": n, "embedding": v} for n, v in enumerate(vectors)]
        self.wfile.write(json.dumps({"data": data}).encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def service() -> Iterator[Service]:
    server = Service(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def url(service: Service) -> str:
    return f"http://127.0.0.1:{service.server_port}/v1"


@pytest.fixture
def knowledge(tmp_path: Path) -> Knowledge:
    (tmp_path / "phong-kham.md").write_text(DOCUMENT, encoding="utf-8")
    return Knowledge.load(tmp_path)


async def ask(knowledge: Knowledge, question: str) -> str | None:
    found = await DocumentAnswers(knowledge).answer(question, Context(datetime(2026, 11, 23, 10)), voice=True)
    return found.text if found else None


async def test_other_words_for_the_same_are_answered(knowledge: Knowledge, service: Service) -> None:
    assert await ask(knowledge, QUESTION) is None
    meaning = knowledge.learn_meaning(HttpEmbedder(url(service), "vi"))
    assert meaning.useful
    assert await ask(knowledge, QUESTION) == "Phòng khám mở cửa từ bảy giờ đến mười bảy giờ."
    assert await ask(knowledge, "đậu ở đâu thế em") == "Quý khách gửi xe miễn phí ở tầng hầm."
    assert await ask(knowledge, "ai phát minh ra bóng đèn") is None
    assert await ask(knowledge, "phòng khám mở cửa mấy giờ") == "Phòng khám mở cửa từ bảy giờ đến mười bảy giờ."


async def test_personal_data_is_not_sent(knowledge: Knowledge, service: Service) -> None:
    knowledge.learn_meaning(HttpEmbedder(url(service), "vi"))
    await ask(knowledge, "số của tôi 0912345678, khi nào tiếp khách")
    assert "0912345678" not in " ".join(service.asked)


async def test_a_model_that_tells_nothing_apart_changes_nothing(knowledge: Knowledge, service: Service) -> None:
    service.broken = "senseless"
    assert not knowledge.learn_meaning(HttpEmbedder(url(service), "vi")).useful
    before = len(service.asked)
    assert await ask(knowledge, QUESTION) is None
    assert len(service.asked) == before


@pytest.mark.parametrize("broken", ["500", "never"])
async def test_a_service_that_fails_later_leaves_the_words(
    knowledge: Knowledge, service: Service, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    knowledge.learn_meaning(HttpEmbedder(url(service), "vi"))
    monkeypatch.setattr("agent.knowledge.meaning._BUDGET_S", 0.05)
    service.broken, before = broken, len(service.asked)
    for _ in range(6):
        assert await ask(knowledge, "phòng khám mở cửa mấy giờ") == "Phòng khám mở cửa từ bảy giờ đến mười bảy giờ."
    assert len(service.asked) - before <= 3  # then it is left alone for a while


def test_settings_choose_and_a_service_that_is_away_is_no_obstacle(knowledge: Knowledge, service: Service) -> None:
    def settings(**given: str) -> Settings:
        return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]

    find_by_meaning(knowledge, settings())
    assert knowledge.meaning is None
    find_by_meaning(knowledge, settings(embedding_url="http://127.0.0.1:9/v1", embedding_name="vi"))
    assert knowledge.meaning is None
    find_by_meaning(knowledge, settings(embedding_url=url(service), embedding_name="vi"))
    assert knowledge.meaning is not None


def test_a_service_that_fails_at_once_is_told(knowledge: Knowledge, service: Service) -> None:
    service.broken = "500"
    with pytest.raises(EmbeddingError):
        knowledge.learn_meaning(HttpEmbedder(url(service), "vi"))


async def test_a_local_encoder_finds_by_meaning(knowledge: Knowledge, tmp_path: Path) -> None:
    """A BERT without layers, so that a text's vector is the mean of its words' topics."""
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    words = sorted({word for topic in _TOPICS for word in topic})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    config = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=8, num_hidden_layers=0, num_attention_heads=1, intermediate_size=8,
        max_position_embeddings=300,
    )  # fmt: skip
    model = transformers.BertModel(config)
    with torch.no_grad():
        for weights in (model.embeddings.position_embeddings, model.embeddings.token_type_embeddings):
            weights.weight.zero_()
        table = model.embeddings.word_embeddings.weight
        table.zero_()
        for row, word in enumerate(pieces):
            for column, topic in enumerate(_TOPICS):
                table[row, column] = float(word in topic)
    folder = tmp_path / "encoder"
    model.save_pretrained(folder)
    transformers.BertTokenizer(str(tmp_path / "vocab.txt"), do_lower_case=True).save_pretrained(folder)
    assert knowledge.learn_meaning(FolderEmbedder(folder)).useful
    vector = await knowledge.vector(QUESTION)
    found = knowledge.find(QUESTION, 1, vector)
    assert [one.passage.heading for one in found] == ["Giờ mở cửa"]
