"""Who picks up: name, how they speak of themselves, region, voice, temper, and the line they are on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Literal

from speech.types import DIALECTS, Dialect, Voice
from telephony.carrier import Codec
from telephony.simulator.line import LineProfile, NoiseKind

Mood = Literal["calm", "friendly", "hurried", "irritable"]

MALE_VARIANTS = ("m5", "Denis", "Gene2", "miguel", "pedro", "zac")
FEMALE_VARIANTS = ("f4", "belinda", "shelby", "steph2")
"""eSpeak NG voice variants that the embedded recogniser never heard in training (models/recogniser/voices.py,
HELDOUT_VARIANTS; a test keeps both lists equal), so that rehearsals do not flatter it."""


@dataclass(frozen=True, slots=True)
class Persona:
    """One synthetic person. Times are milliseconds of the call's audio."""

    full_name: str
    """Of the person the business wants to reach; the far end may be somebody else."""
    given_name: str
    gender: str
    birth_year: int
    region: Dialect
    self_term: str
    you_term: str
    voice: Voice
    mood: Mood
    patience_turns: int
    """Turns of the bot after which they have had enough."""
    reaction_ms: tuple[int, int]
    """Range of the pause before an answer."""
    backchannel: float
    """Chance of a "dạ" or "ừ" during a long turn of the bot."""
    filler: float
    """Chance that an answer starts with "ờ", "à"."""
    line: LineProfile
    codec: Codec

    def describe(self) -> dict[str, Any]:
        """What the record of a rehearsal keeps."""
        return {
            "region": self.region, "gender": self.gender, "self": self.self_term, "mood": self.mood,
            "variant": self.voice.variant, "rate": self.voice.rate, "pitch": self.voice.pitch, "codec": self.codec,
            "noise": self.line.noise, "snr_db": self.line.snr_db, "loss": self.line.loss,
            "jitter_ms": self.line.jitter_ms,
        }  # fmt: skip


def make_persona(fields: Mapping[str, Any], rng: Random, today: date, line: LineProfile | None = None) -> Persona:
    """The person behind a contact's ``fields`` (see ``SimulatorCarrier``); what is missing is drawn from ``rng``."""
    region: Dialect = fields["region"] if fields.get("region") in DIALECTS else rng.choice(DIALECTS)
    gender = fields.get("gender") or rng.choice(("male", "female"))
    birth_year = int(fields.get("birth_year") or today.year - rng.randint(22, 66))
    self_term, you_term = address_terms(gender, today.year - birth_year, region, rng)
    full_name = str(fields.get("name") or "Nguyễn An")
    mood: Mood = rng.choice(("calm", "calm", "friendly", "hurried", "irritable"))
    quick = mood in ("hurried", "irritable")
    return Persona(
        full_name=full_name,
        given_name=full_name.split()[-1],
        gender=gender,
        birth_year=birth_year,
        region=region,
        self_term=self_term,
        you_term=you_term,
        voice=_voice(gender, region, quick, rng),
        mood=mood,
        patience_turns=rng.randint(11, 14) if quick else rng.randint(13, 18),
        reaction_ms=(250, 600) if quick else (350, 900),
        backchannel=rng.choice((0.0, 0.15, 0.3)),
        filler=0.1 if quick else rng.choice((0.1, 0.2, 0.35)),
        line=line or _line(rng),
        codec=rng.choice(("pcma", "pcma", "pcmu")),
    )


def address_terms(gender: str, age: int, region: Dialect, rng: Random) -> tuple[str, str]:
    """(how they call themselves, how they call the young-sounding caller): vietnam_rules §9.1."""
    plain = "tôi" if region == "north" else "tui"
    if age >= 55:
        own = rng.choice(("chú", "bác") if region == "north" else ("chú",)) if gender == "male" else "cô"
        return own, "cháu" if region == "north" else "con"
    if age < 26:
        return rng.choice(("em", "mình")), "chị" if rng.random() < 0.7 else "bạn"
    return rng.choice((("anh" if gender == "male" else "chị"),) * 2 + (plain,)), "em"


def _voice(gender: str, region: Dialect, quick: bool, rng: Random) -> Voice:
    variant = rng.choice(MALE_VARIANTS if gender == "male" else FEMALE_VARIANTS)
    rate = rng.uniform(1.0, 1.12) if quick else rng.uniform(0.88, 1.05)
    return Voice(region, variant, round(rate, 2), round(rng.uniform(0.92, 1.08), 2))


def _line(rng: Random) -> LineProfile:
    """Mostly good mobile lines, some noisy or lossy ones."""
    kind: NoiseKind = rng.choice(("none", "babble", "street", "white"))
    return LineProfile(
        noise=kind,
        snr_db=rng.choice((30.0, 25.0, 20.0, 15.0)),
        loss=rng.choice((0.0, 0.0, 0.0, 0.005, 0.01)),
        jitter_ms=rng.choice((0.0, 3.0, 6.0, 12.0)),
        gain_db=round(rng.uniform(-6.0, 3.0), 1),
    )
