"""Scenarios: synthetic customers of one flow as data, each with what should come of the call (docs/scenarios.md).

A file belongs to a flow and takes in ``scenarios/common.yaml``: what can happen in any call. Nothing in it names a step
or a template of the flow, so that scenarios may be written first and stay true when the flow changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from agent.flows.yaml_lines import Source, read_yaml
from core.artifacts import artifact
from core.errors import FlowError, InputError
from core.ids import derived_seed
from speech.types import DIALECTS, Dialect
from telephony.simulator.line import NoiseKind
from telephony.simulator.persona import Mood

HELD_OUT_SHARE = 3
"""One scenario in so many is held out: chosen by its name, never looked at while a flow is tuned."""
Kind = Literal[
    "plain", "keypad", "busy", "wrong_person", "third_party", "opt_out", "wants_person", "angry", "hostile", "confused",
    "dialect", "interrupting", "correcting", "injection", "fishing", "silent", "laughing", "english", "poem", "music",
    "repeating", "chat", "noise", "voicemail", "gone",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, (str, int)) else value


def _as_lines(value: Any) -> Any:
    """Wordings: one, several, or several by region."""
    return {"any": value} if isinstance(value, (str, list)) else value


def _by_region(value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    unknown = set(value) - {"any", *DIALECTS}
    if unknown or not any(value.values()):
        raise ValueError(f"wordings are told by any, north, central or south, not {', '.join(unknown) or 'nothing'}")
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
Lines = Annotated[dict[str, Texts], BeforeValidator(_as_lines), AfterValidator(_by_region)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Model):
    """What a perfect agent would make of the call."""

    code: Texts
    """Dispositions that are right."""
    details: dict[str, Any] = Field(default_factory=dict)
    """Details of the disposition that must be there, with these values; dates and times in ISO form."""
    must_say: Texts = ()
    """Patterns, each of which some words of the bot must match (lower case)."""
    must_not_say: Texts = ()
    turns: int | None = None
    """Turns of the customer at most."""
    escalated: bool | None = None
    """Handed to a person? Without it, what the codes say: TRANSFERRED and no other means yes."""
    calls: Texts = ()
    """Tools that must have worked."""
    never_calls: Texts = ()

    @property
    def must_escalate(self) -> bool | None:
        """True, False, or None where either is right."""
        if self.escalated is not None:
            return self.escalated
        return None if "TRANSFERRED" in self.code and len(self.code) > 1 else "TRANSFERRED" in self.code


class Means(_Model):
    """Values the customer has in mind: recaps that say something else are denied and put right."""

    day: date | None = None
    amount: int | None = None
    at: datetime | None = None


class Scenario(_Model):
    """One customer of one flow."""

    id: str
    kind: Kind = "plain"
    wants: str = ""
    """In words, for people."""
    channel: Literal["voice", "chat"] = "voice"
    region: Dialect | None = None
    """Without it one is drawn by the name."""
    mood: Mood | None = None
    noise: NoiseKind = "none"
    snr_db: float = 25.0
    contact: dict[str, Any] = Field(default_factory=dict)
    """Facts that differ from the file's."""
    pickup: Lines | None = None
    says: dict[str, Lines] = Field(default_factory=dict)
    """Question → wordings of the answer."""
    first: dict[str, Lines] = Field(default_factory=dict)
    """Said the first time the question comes, instead of the answer."""
    interrupts: dict[str, Lines] = Field(default_factory=dict)
    """Said over the bot while it asks the question."""
    always: Texts = ()
    """Said in turn whatever the bot says."""
    silent: bool = False
    means: Means = Means()
    hangs_up_at: str | None = None
    """Question at which the customer hangs up without a word."""
    expect: Expected

    @field_validator("id")
    @classmethod
    def _plain_id(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z0-9_]+", value):
            raise ValueError("only a-z, 0-9 and _")
        return value


class ScenarioFile(_Model):
    """A file; without ``flow`` a part for others."""

    flow: str | None = None
    uses: Texts = ()
    without: Texts = ()
    """Scenarios of the parts that make no sense here."""
    now: datetime = datetime(2026, 11, 23, 10, 0)
    """Vietnam time of all calls."""
    inbound: bool = False
    """Customers call, so nobody is asked for by name."""
    turns: int = 14
    """Turns of the customer at most where a scenario says nothing else."""
    company: str = "Công ty Sao Mai"
    contact: dict[str, Any] = Field(default_factory=dict)
    columns: dict[str, str] = Field(default_factory=dict)
    """Facts that a business uploads for this flow, beside the person: field → header of the column."""
    questions: dict[str, Texts] = Field(default_factory=dict)
    """How customers recognise what the bot asks: question → patterns, the first that matches decides."""
    says: dict[str, Lines] = Field(default_factory=dict)
    private: Texts = ()
    """Patterns that no words may match before the customer is verified."""
    scenarios: tuple[Scenario, ...] = ()


@dataclass(frozen=True, slots=True)
class Play:
    """A scenario with all that its file says: ready to run."""

    flow: str
    scenario: Scenario
    file: ScenarioFile

    @property
    def id(self) -> str:
        return self.scenario.id

    @property
    def held_out(self) -> bool:
        """Not to be looked at while the flow is tuned."""
        return derived_seed("held out", self.flow, self.id) % HELD_OUT_SHARE == 0

    @property
    def region(self) -> Dialect:
        return self.scenario.region or DIALECTS[derived_seed("region", self.flow, self.id) % len(DIALECTS)]

    @property
    def contact(self) -> dict[str, Any]:
        """Fields as an upload would give them."""
        return {**_person(self.flow, self.id), **self.file.contact, **self.scenario.contact, "region": self.region}

    @property
    def turns(self) -> int:
        return self.scenario.expect.turns or self.file.turns


    def for_contact(self, fields: Mapping[str, Any]) -> Play:
        """The same scenario with somebody else's facts: name, region, amounts …"""
        known = {name: value for name, value in fields.items() if value is not None}
        region = known.get("region") if known.get("region") in DIALECTS else self.region
        changes = {"contact": {**self.scenario.contact, **known}, "region": region}
        return replace(self, scenario=self.scenario.model_copy(update=changes))


_PEOPLE = (
    ("Nguyễn Văn Hùng", "male", 1985), ("Trần Thị Lan", "female", 1990), ("Lê Minh Quân", "male", 1979),
    ("Phạm Ngọc Hà", "female", 1994), ("Đỗ Quốc Dũng", "male", 1968), ("Võ Thị Mai", "female", 1972),
    ("Hoàng Đức Long", "male", 1998), ("Bùi Thu Trang", "female", 1983),
)  # fmt: skip


def _person(flow: str, scenario: str) -> dict[str, Any]:
    name, gender, year = _PEOPLE[derived_seed("person", flow, scenario) % len(_PEOPLE)]
    return {"name": name, "gender": gender, "birth_year": year}


def scenarios_of(flow: str) -> list[Play]:
    """The scenarios that come with Alô for ``flow``. Raises InputError if there are none."""
    return list(_shipped(flow))


@cache
def _shipped(flow: str) -> tuple[Play, ...]:
    path = artifact("scenarios") / f"{flow}.yaml"
    if not path.exists():
        known = ", ".join(scenario_flows())
        raise InputError(
            f"Chưa có tình huống cho kịch bản “{flow}”. Hiện có: {known}. Hãy viết tệp riêng và dùng --file.",
            f"There are no scenarios for the flow “{flow}”. Known: {known}. Write a file and give it with --file.",
            where=flow,
        )
    return tuple(load_scenarios(path))


def scenario_flows() -> list[str]:
    """Flows that scenarios come with."""
    return sorted(path.stem for path in artifact("scenarios").glob("*.yaml") if path.stem != "common")


def dealt(flow: str) -> list[Play]:
    """Scenarios that made-up contacts of a campaign may be given: calls of ours, none held out; empty if none."""
    if not (artifact("scenarios") / f"{flow}.yaml").exists():
        return []
    plays = scenarios_of(flow)
    return [play for play in plays if play.scenario.channel == "voice" and not (play.held_out or play.file.inbound)]


def load_scenarios(path: Path, flow: str | None = None) -> list[Play]:
    """Every scenario of a file and its parts; ``flow`` is for files that name none. Raises FlowError."""
    source = read_yaml(path)
    own = source.value
    parts = [read_yaml(_part(source, name)) for name in _as_list(own.get("uses") or ())]
    merged = dict(own)
    for name in ("questions", "says", "contact"):
        merged[name] = {}
        for part in (*parts, source):
            merged[name] |= part.value.get(name) or {}
    merged["questions"] = {**(own.get("questions") or {}), **merged["questions"]}  # a flow's own are tried first
    merged["scenarios"] = _scenarios(source, parts)
    try:
        file = ScenarioFile.model_validate(merged)
    except ValidationError as error:
        raise _refused(source, merged, error) from error
    about = file.flow or flow
    if about is None:
        raise FlowError("Thiếu khóa “flow” (tên kịch bản).", "The key “flow” is missing.", where=source.where())
    _check_patterns(source, file)
    return [Play(about, scenario, file) for scenario in file.scenarios]


def _part(source: Source, name: str) -> Path:
    for path in (source.path.parent / f"{name}.yaml", artifact("scenarios") / f"{name}.yaml"):
        if path.exists():
            return path
    raise FlowError(
        f"Không tìm thấy phần dùng chung “{name}.yaml”.",
        f"The shared part “{name}.yaml” was not found.",
        where=source.where("uses"),
    )


def _scenarios(source: Source, parts: Iterable[Source]) -> list[dict[str, Any]]:
    """By id; a later one of the same id changes the keys it names, inside says, expect and contact too."""
    found: dict[str, dict[str, Any]] = {}
    without = set(_as_list(source.value.get("without") or ()))
    for part in (*parts, source):
        for index, raw in enumerate(part.value.get("scenarios") or ()):
            if not isinstance(raw, dict) or "id" not in raw:
                raise FlowError(
                    "Tình huống phải có id.", "A scenario needs an id.", where=part.where("scenarios", index)
                )
            if part is source and sum(other.get("id") == raw["id"] for other in part.value["scenarios"]) > 1:
                raise FlowError(
                    f"Hai tình huống cùng id “{raw['id']}”.",
                    f"Two scenarios have the id “{raw['id']}”.",
                    where=part.where("scenarios", index),
                )
            found[raw["id"]] = _changed(found.get(raw["id"], {}), raw)
    return [raw for name, raw in found.items() if name not in without]


def _changed(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**base, **change}
    for key in ("says", "first", "contact"):
        if isinstance(base.get(key), dict) and isinstance(change.get(key), dict):
            merged[key] = {**base[key], **change[key]}
    return merged


def _refused(source: Source, merged: Mapping[str, Any], error: ValidationError) -> FlowError:
    first = error.errors()[0]
    place = tuple(p for p in first["loc"] if isinstance(p, (str, int)))
    where, shown = source.where(*place), ".".join(map(str, place))
    if len(place) > 1 and place[0] == "scenarios" and isinstance(place[1], int):
        name = merged["scenarios"][place[1]]["id"]
        own = [raw.get("id") for raw in source.value.get("scenarios") or ()]
        where = source.where("scenarios", own.index(name), *place[2:]) if name in own else source.where("uses")
        shown = ".".join((str(name), *map(str, place[2:])))
    reason = first["msg"]
    return FlowError(f"“{shown}” không hợp lệ: {reason}.", f"“{shown}” is not valid: {reason}.", where=where)


def _check_patterns(source: Source, file: ScenarioFile) -> None:
    expected = [p for s in file.scenarios for p in (*s.expect.must_say, *s.expect.must_not_say)]
    for pattern in (*(p for patterns in file.questions.values() for p in patterns), *file.private, *expected):
        try:
            re.compile(pattern)
        except re.error as error:
            raise FlowError(
                f"Mẫu “{pattern}” không đọc được ({error}).",
                f"The pattern “{pattern}” cannot be read ({error}).",
                where=source.where(),
            ) from error
