from __future__ import annotations

import io

from rich.console import Console
from sqlalchemy import update

from app.commands.live import LiveTable, summary
from app.console.live import CampaignFeed
from app.console.pages import Console as WebConsole
from app.console.queries import Position
from app.services import Services
from memory import events as kind
from memory.schema import Campaign
from tests.app.sample import CAMPAIGN, go_on


def feed_of(services: Services) -> CampaignFeed:
    return CampaignFeed(WebConsole(services), CAMPAIGN, Position(0, None, ""))


def test_feed_first_brings_everything_then_only_what_changed(services: Services) -> None:
    feed = feed_of(services)
    rows, totals = feed.look()
    assert {row.contact_id for row in rows} == {"con_1", "con_2", "con_3", "con_4", "con_5"}
    assert totals is not None
    assert feed.look() == ([], None)

    go_on(services.store, (kind.CUSTOMER_SAID, 5000, {"turn": 1, "text": "alô ai đấy"}))
    rows, _ = feed.look()
    assert [(row.contact_id, row.last_words) for row in rows] == [("con_2", "alô ai đấy")]


def test_feed_notices_a_pause(services: Services) -> None:
    feed = feed_of(services)
    feed.look()
    with services.store.write() as session:
        session.execute(update(Campaign).values(status="paused"))
    rows, totals = feed.look()
    assert rows == []
    assert totals is not None
    assert totals.status == "paused"


def test_live_table_without_a_terminal_prints_a_line_per_call(services: Services) -> None:
    out = io.StringIO()
    with LiveTable(services.store, CAMPAIGN, Console(file=out, width=200)):
        later = {"code": "CALLBACK", "details": {"at": "2026-11-26T02:00:00+00:00"}}
        go_on(services.store, (kind.DISPOSITION, 1, later), (kind.CALL_ENDED, 2, {"by": "customer"}))
    assert "Trần Thị Mai (Nam): Hẹn gọi lại, lúc 26/11/2026 09:00" in out.getvalue()


def test_live_table_on_a_terminal_shows_words_mood_and_totals(services: Services) -> None:
    out = io.StringIO()
    console = Console(file=out, width=160, height=30, force_terminal=True, color_system=None)
    with LiveTable(services.store, CAMPAIGN, console):
        go_on(
            services.store,
            (kind.CALL_ANSWERED, 1, {}),
            (kind.CUSTOMER_SAID, 2, {"turn": 1, "text": "đừng gọi nữa"}),
            (kind.SENTIMENT, 2, {"turn": 1, "score": -0.7}),
        )
    shown = out.getvalue()
    for words in ("Trần Thị Mai", "Đang nói chuyện", "Khách: đừng gọi nữa", "Khó chịu", "1 đang gọi, 5 liên hệ"):
        assert words in shown


def test_summary_tells_outcomes_promises_latency_and_errors() -> None:
    out = io.StringIO()
    promise = {"date": "2026-11-28", "amount": 2_450_000}
    summary(
        Console(file=out, width=120),
        {
            "contacts": [
                {"name": "Hùng", "disposition": "PTP", "truth": "PTP", "details": promise, "verified": True},
                {"name": "Mai", "disposition": "BUSY", "truth": "BUSY", "details": {}, "escalated": True},
            ],
            "totals": {},
            "latency_ms": {"total": {"p50": 480.0, "p95": 620.0}, "overhead": {"p50": 12.0, "p95": 30.0}},
            "recognition": {"north": {"syllable_error": 0.083, "syllables": 400}},
            "realtime_factor": 14.2,
            "address": "http://127.0.0.1:8080/",
        },
    )
    shown = out.getvalue()
    for words in ("Hứa thanh toán", "2.450.000\u00a0đ, ngày 28/11/2026", "Khách chờ", "620 ms", "8.3 %", "14.2×", "2/2",
                  "http://127.0.0.1:8080/"):  # fmt: skip
        assert words in shown
