"""Generated requests to the airline's hotline, with troubles on the way, in text: how many end right?

python -m benchmarks.planning [--count N] [--first K] [--show N]

A request draws what is wanted (another flight, a seat, business class, several at once), how it is put, how results are
chosen, and up to three troubles: the chosen flight sells out, the seat is taken, the payment fails, a change of mind
before or after rebooking, a digression, a hang-up, "never mind". Right means: the outcome meant, and the airline's
tables say what the customer wanted, with nothing half-done.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import yaml

from agent.conversation import Conversation
from app.agents import Agents
from app.rehearse import Events, Watched, call_time, conversation_of, paying_customer
from app.toolbox import Toolbox
from core.clock import vietnam_time
from core.ids import derived_seed
from core.logging import configure_logging
from telephony.simulator.scenarios import Play, Scenario, ScenarioFile
from telephony.simulator.textplay import Transcript, play
from tools.samples.flights.places import held_changes, place_of
from tools.samples.flights.seed import fill_flight
from tools.samples.flights.tables import Booking, Flight, TakenSeat

_CODE = "715204"
_TODAY = date(2026, 11, 23)
_WISHES = {
    "flight": ("tôi muốn đổi chuyến bay", "đổi vé giúp {self} {you} ơi", "{self} cần dời chuyến bay"),
    "seat": ("{self} muốn chọn ghế", "chọn ghế giúp {self} với"),
    "flight+seat": ("tôi muốn đổi chuyến bay và nâng cấp ghế", "{self} muốn đổi vé rồi chọn ghế luôn"),
    "business": ("{self} muốn nâng hạng thương gia",),
    "flight+business": ("đổi chuyến bay và nâng hạng thương gia giúp {self}",),
}
_CHOICES = (
    "chuyến đầu tiên", "chuyến thứ hai", "chuyến sớm nhất", "chuyến rẻ nhất", "chuyến nào cũng được", "chuyến cuối",
)  # fmt: skip
_SEATS = ("ghế đầu tiên", "ghế thứ hai", "ghế nào cũng được", "{you} chọn giúp {self} ghế rẻ nhất")
_TROUBLES = (
    "sold_out", "seat_taken", "payment_fails", "other_day", "other_day_late", "digression", "stops", "hangs_up",
)  # fmt: skip
_ASIDES = ("à mà {you} là người hay máy vậy", "khoan, cho {self} hỏi ai đang nói vậy", "nói lại giúp {self} với")


@dataclass(slots=True)
class Request:
    """What one customer wants, and what happens to them."""

    number: int
    wish: str
    day: date
    troubles: tuple[str, ...]
    scenario: Scenario
    pays: bool = True


@dataclass(slots=True)
class Score:
    """How many went right, by wish and by trouble."""

    right: Counter[str] = field(default_factory=Counter)
    all: Counter[str] = field(default_factory=Counter)

    def add(self, request: Request, good: bool) -> None:
        for key in ("all", f"wish {request.wish}", *(f"trouble {t}" for t in request.troubles or ("none",))):
            self.all[key] += 1
            self.right[key] += good

    def show(self) -> None:
        for key in sorted(self.all, key=lambda key: (key != "all", key)):
            print(f"{key:24} {self.right[key]:4}/{self.all[key]:<4} {self.right[key] / self.all[key]:.1%}")


def request_of(number: int) -> Request:
    """The ``number``-th request; the same number is the same request."""
    rng = Random(derived_seed("planning", number))
    wish = rng.choice(tuple(_WISHES))
    day, other = (_TODAY + timedelta(n) for n in rng.sample(range(2, 9), 2))
    flies = "flight" in wish
    possible = [t for t in _TROUBLES if (flies or t not in ("sold_out", "other_day", "other_day_late"))]
    possible = [t for t in possible if "seat" in wish or t not in ("seat_taken", "other_day_late")]
    troubles = tuple(sorted(rng.sample(possible, rng.choice((0, 1, 1, 2, 3))), key=_TROUBLES.index))
    if "other_day" in troubles and "other_day_late" in troubles:
        troubles = tuple(t for t in troubles if t != "other_day")
    final = other if {"other_day", "other_day_late"} & set(troubles) else day
    says, first = _words(wish, day, other, troubles, rng)
    hangs = "seat" if "seat" in wish else "rebook_yes" if flies else "upgrade_yes"
    scenario = Scenario.model_validate({
        "id": f"request_{number}", "region": rng.choice(("north", "central", "south")), "says": says, "first": first,
        **({"hangs_up_at": hangs} if "hangs_up" in troubles else {}), "expect": {"code": "RESCHEDULED"},
    })  # fmt: skip
    return Request(number, wish, final, troubles, scenario)


def _words(
    wish: str, day: date, other: date, troubles: tuple[str, ...], rng: Random
) -> tuple[dict[str, Any], dict[str, Any]]:
    says: dict[str, Any] = {
        "open": [rng.choice(_WISHES[wish])], "new_date": [f"ngày {day.day} tháng {day.month}"],
        "flight": [rng.choice(_CHOICES)], "seat": [rng.choice(_SEATS)], "paid": ["<pays> {self} trả rồi"],
    }  # fmt: skip
    first: dict[str, Any] = {}
    if "payment_fails" in troubles:
        first["paid"] = ["<pay fails> {self} trả rồi mà"]
    if "digression" in troubles:
        first["new_date" if "flight" in wish else "seat_yes"] = [rng.choice(_ASIDES)]
    changed = [f"à mà cho {{self}} đổi sang ngày {other.day} tháng {other.month} đi"]
    if "other_day" in troubles:
        first["flight"] = changed
    if "other_day_late" in troubles:
        first["seat"] = changed
    if "stops" in troubles:
        stop = ["thôi {self} không đổi nữa"]
        says |= {"rebook_yes": stop, "upgrade_yes": stop, "seat_yes": stop, "other_or_drop": stop}
    return says, first


def _with_troubles(conversation: Conversation, agents: Agents, request: Request) -> None:
    """Somebody is faster: the chosen flight sells out, the chosen seat is taken, once."""
    registry, database = conversation.tools, agents.toolbox.samples.database
    pending = set(request.troubles)

    def before(tool: str, arguments: Mapping[str, Any]) -> None:
        with database.write() as session:
            if tool == "rebook" and "sold_out" in pending:
                pending.discard("sold_out")
                fill_flight(session, arguments["flight"])
            if tool == "choose_seat" and "seat_taken" in pending:
                pending.discard("seat_taken")
                flight = place_of(session, session.get_one(Booking, _CODE)).flight
                flight.others = sorted({*flight.others, arguments["seat"]})

    for name in ("rebook", "choose_seat"):
        real = registry.tools[name]

        def instead(_real: Any = real, _name: str = name, **arguments: Any) -> Any:
            before(_name, arguments)
            return _real.call(**arguments)

        registry.tools[name] = replace(real, call=instead)


async def run(agents: Agents, file: ScenarioFile, request: Request) -> tuple[bool, Transcript, Events]:
    """One request; (right?, what was said, what happened)."""
    agents = replace(agents, toolbox=Toolbox())
    scene, log = Play("flight_change", request.scenario, file), Events()
    conversation = conversation_of(agents, scene, log)
    _with_troubles(conversation, agents, request)
    transcript = await play(Watched(conversation), paying_customer(agents, scene, conversation))
    return _right(agents, request, transcript, scene), transcript, log


def _right(agents: Agents, request: Request, transcript: Transcript, scene: Play) -> bool:
    """Is everything as the customer wanted it?"""
    code = transcript.disposition.code if transcript.disposition else ""
    with agents.toolbox.samples.database.write() as session:
        agents.toolbox.samples.desk(lambda: call_time(scene))
        booking = session.get(Booking, _CODE)
        if booking is None:
            return code in ("RESOLVED", "HANGUP_EARLY")
        place, held = place_of(session, booking), held_changes(session, _CODE)
        seats = session.query(TakenSeat).filter_by(booking=_CODE, flight_id=place.flight.id).all()
        day = vietnam_time(session.get_one(Flight, place.flight.id).departs_at).date()
    if "hangs_up" in request.troubles or "stops" in request.troubles:
        return not held and not seats and code in ("HANGUP_EARLY", "RESOLVED", "RESCHEDULED")
    full = transcript.disposition is not None and "hết chỗ" in str(transcript)
    wanted = ("flight" not in request.wish or day == request.day) and ("seat" not in request.wish or bool(seats))
    wanted = wanted and ("business" not in request.wish or place.cabin == "business" or full)
    return wanted and code in ("RESCHEDULED", "RESOLVED")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="print so many that went wrong")
    options = parser.parse_args()
    configure_logging("error")
    file = ScenarioFile.model_validate(yaml.safe_load(Path(__file__).with_name("planning.yaml").read_text("utf-8")))
    agents, score, shown = Agents.load("Hàng không Sao Mai"), Score(), 0
    for number in range(options.first, options.first + options.count):
        request = request_of(number)
        good, transcript, log = await run(agents, file, request)
        score.add(request, good)
        if not good and shown < options.show:
            shown += 1
            print(f"--- {number}: {request.wish}, {request.troubles}, {request.day}\n{transcript}")
            print(transcript.disposition, [d["tool"] for d in log.of("tool.called")])
    score.show()


if __name__ == "__main__":
    asyncio.run(main())
