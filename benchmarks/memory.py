"""How fast memory writes, recalls and searches with 100,000 events of 5,000 conversations.

    python -m benchmarks.memory [--conversations 5000] [--url postgresql+psycopg://…] [--json OUT]

SQLite in a temporary folder unless ``--url`` names a database, which must be empty. Words are made up from a small
vocabulary with Zipf's law, so that common words hit tens of thousands of passages, as they do in real calls.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memory import events as kind
from memory.conversations import ConversationStart
from memory.people import Person, ensure_customers
from memory.search import Wanted, search
from memory.store import DEFAULT_BUSINESS, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
_TURNS = 8
"""Of either side in a conversation: with identity, outcome and summary twenty events."""
_TEXT = (
    "dạ vâng anh chị em trả nợ tiền tháng này không có chưa được rồi mai thứ sáu hai triệu rưỡi chuyển khoản ngân hàng "
    "gọi lại bận họp mất việc ốm con bò bán lương về cuối tuần hợp đồng lãi cao khiếu nại nhầm số nhân viên giúp xin "
    "cảm ơn chào hẹn ngày mồng mười lăm đủ một nửa trước sau khó khăn thông cảm phí phạt giấy tờ địa chỉ cửa hàng"
)
_WORDS = _TEXT.split()
_QUERIES = (
    ("one rare word", "khiếu nại"), ("three words", "trả nợ cuối tuần"), ("no marks", "chuyen khoan ngan hang"),
    ("phrase", '"hai triệu rưỡi"'), ("everywhere", "dạ vâng anh"),
)  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--conversations", type=int, default=5000)
    arguments.add_argument("--url")
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or f"sqlite:///{folder}/alo.db"
        with Store.open(url) as store:
            figures = measure(store, given.conversations)
    for name, value in figures.items():
        print(f"{name:44} {value:>12,.2f}")
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2), encoding="utf-8")


def measure(store: Store, conversations: int) -> dict[str, float]:
    """Figures by name; times in ms unless the name says otherwise."""
    store.ensure_business(DEFAULT_BUSINESS, "Sao Mai", NOW)
    persons = [Person(f"+849{n:08d}", f"Nguyễn Văn {_WORDS[n % 40].title()} {n}") for n in range(conversations // 2)]
    with store.write() as session:
        customers = [one.id for one in ensure_customers(session, DEFAULT_BUSINESS, persons, NOW)]
    began = time.perf_counter()
    events = _talk(store, customers, conversations)
    store.flush()
    took = time.perf_counter() - began
    figures = {"events": float(events), "written, events per s (index and facts too)": events / took}
    rng = random.Random(3)
    figures |= _times("recall of a customer", lambda: _recall(store, rng.choice(customers)))
    for name, typed in _QUERIES:
        figures |= _times(f"search, {name}", lambda typed=typed: _search(store, typed))  # type: ignore[misc]
    one = customers[0]
    figures |= _times("search, one customer", lambda: _search(store, "trả nợ", Wanted(customer_ids=(one,))))
    return figures


def _talk(store: Store, customers: list[str], conversations: int) -> int:
    rng = random.Random(7)
    weights = [1 / (rank + 1) for rank in range(len(_WORDS))]
    count = 0
    for number in range(conversations):
        at = NOW + timedelta(minutes=number)
        start = ConversationStart(f"conv_{number}", "voice", "outbound", at, "payment_reminder", DEFAULT_BUSINESS,
                                  customers[number % len(customers)])  # fmt: skip
        store.begin_conversation(start)
        emit = store.emitter(start.id, lambda at=at: at)  # type: ignore[misc]
        emit(kind.IDENTITY, 0, {"verified": True, "method": "birth_year"})
        for turn in range(_TURNS):
            for type_ in (kind.CUSTOMER_SAID, kind.BOT_SAID):
                words = " ".join(rng.choices(_WORDS, weights, k=rng.randint(3, 12)))
                emit(type_, turn * 1000, {"turn": turn, "text": words})
        emit(kind.SENTIMENT, 9000, {"turn": 1, "score": 0.1, "label": "neutral"})
        emit(kind.DISPOSITION, 9000, {"code": "PTP", "details": {"date": "2026-11-28", "amount": 2_500_000}})
        emit(kind.SUMMARIZED, 9000, {"text": "Khách hẹn thanh toán."})
        count += 2 * _TURNS + 4
    return count


def _recall(store: Store, customer_id: str) -> None:
    store.remembered(customer_id, "payment_reminder", NOW + timedelta(days=30))


def _search(store: Store, typed: str, wanted: Wanted | None = None) -> None:
    with store.read() as session:
        search(session, typed, wanted or Wanted())


def _times(name: str, work: Callable[[], None], repeats: int = 20) -> dict[str, float]:
    work()
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    taken.sort()
    return {f"{name}: p50, ms": statistics.median(taken), f"{name}: p95, ms": taken[int(0.95 * len(taken))]}


if __name__ == "__main__":
    main()
