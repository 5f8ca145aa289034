"""Was a call what its scenario expects? Pure: what happened in, reasons why not out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from telephony.simulator.scenarios import Play
from telephony.simulator.textplay import Spoken

Medium = Literal["text", "audio"]


@dataclass(frozen=True, slots=True)
class Happened:
    """One call as it went."""

    code: str | None
    details: Mapping[str, Any]
    lines: tuple[Spoken, ...]
    """In order; the bot's as they sounded."""
    ended_by: str
    """customer, bot, transfer or limit"""
    escalated: bool = False
    tools: tuple[str, ...] = ()
    """Tools that worked."""
    unverified: tuple[str, ...] = ()
    """What the bot said before the customer was verified."""
    heard: tuple[str, ...] = ()
    """What recognition made of the customer's turns (audio)."""
    duration_ms: int = 0
    bot_turns: int = 0
    false_interruptions: int = 0
    """Turns of the bot that were cut though nobody meant to interrupt (audio)."""

    @property
    def turns(self) -> int:
        """Of the customer, without picking up."""
        spoken = [line.role for line in self.lines]
        first_bot = spoken.index("bot") if "bot" in spoken else len(spoken)
        return spoken[first_bot:].count("customer")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A scenario, what happened, and what was wrong with it."""

    play: Play
    medium: Medium
    happened: Happened
    failures: tuple[str, ...] = field(default_factory=tuple)

    @property
    def ok(self) -> bool:
        return not self.failures

    @property
    def transcript(self) -> str:
        return "\n".join(f"{line.role:>8}  {line.text}" for line in self.happened.lines)


def judge(play: Play, medium: Medium, happened: Happened) -> Outcome:
    """Compare with what the scenario expects."""
    return Outcome(play, medium, happened, tuple(_failures(play, happened)))


def _failures(play: Play, happened: Happened) -> list[str]:
    expect = play.scenario.expect
    found: list[str] = []
    if happened.code not in expect.code:
        found.append(f"kết quả {happened.code}, mong đợi {' hoặc '.join(expect.code)}")
    else:
        for name, value in expect.details.items():
            if _plain(happened.details.get(name)) != _plain(value):
                found.append(f"{name} = {happened.details.get(name)}, mong đợi {value}")
    if happened.ended_by == "limit":
        found.append("cuộc gọi không kết thúc")
    if happened.turns > play.turns:
        found.append(f"{happened.turns} lượt khách nói, nhiều nhất {play.turns}")
    if expect.must_escalate is not None and happened.escalated != expect.must_escalate:
        found.append("đã chuyển nhân viên" if happened.escalated else "chưa chuyển nhân viên")
    said = " ".join(line.text.lower() for line in happened.lines if line.role == "bot")
    found += [f"phải nói: {p}" for p in expect.must_say if not re.search(p, said)]
    found += [f"không được nói: {p}" for p in expect.must_not_say if re.search(p, said)]
    before = " ".join(happened.unverified).lower()
    found += [f"nói khi chưa xác minh: {p}" for p in play.file.private if re.search(p, before)]
    found += [f"chưa gọi công cụ {tool}" for tool in expect.calls if tool not in happened.tools]
    found += [f"không được gọi công cụ {tool}" for tool in expect.never_calls if tool in happened.tools]
    return found


def _plain(value: Any) -> Any:
    """Dates and times in ISO form to the minute, everything else as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        value = value.isoformat()
    if isinstance(value, date):
        value = value.isoformat()
    text = "" if value is None else str(value)
    return text[:16].replace(" ", "T") if re.match(r"\d{4}-\d{2}-\d{2}[T ]", text) else text
