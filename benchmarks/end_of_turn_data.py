"""Customer turns with pauses inside them, as a telephone carries them: what end-of-turn policies are measured on.

A turn is written with ``|`` where the speaker pauses. Patterns of the test split were not looked at while settings were
chosen; voices of both splits are those that the recogniser never trained on.

A turn is synthesised as one text with a comma at each pause, and cut there: the part before a pause then sounds as the
synthesiser says words that go on. ``flat`` synthesises every part as a sentence of its own, with a sentence's ending
before every pause, which is how the figures up to November 2026 were taken.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.recogniser import slots
from models.recogniser.make_text import expand, spell
from models.recogniser.voices import HELDOUT_VARIANTS
from speech import codecs
from speech.synthesis.blocking import render_blocking, synthesize_blocking
from speech.types import DIALECTS, OPEN, Dialect, Expectation, Voice
from telephony.simulator.line import SPEECH_RMS, noise

Split = Literal["dev", "test"]
RATE = 8000
TAIL_MS = 2600
"""Silence recorded after a turn: longer than any policy waits."""
PAUSE_MEDIAN_MS, PAUSE_SPREAD = 560, 0.5
"""Log-normal pauses inside turns, 220 to 1,800 ms."""

PHONE = Expectation(("digits",), digits=10)
LAST4 = Expectation(("digits",), digits=4)
YES_NO = Expectation(("yes_no",))
DATE = Expectation(("date",))
MONEY = Expectation(("money",))
NAME = Expectation(("name", "yes_no"))

PATTERNS: dict[Split, dict[str, tuple[Expectation, tuple[str, ...]]]] = {
    "dev": {
        "yes_no": (YES_NO, (
            "đúng rồi em", "dạ vâng", "ừ | anh đây", "vâng đúng rồi ạ", "không phải", "không | nhầm số rồi em ơi",
            "được em", "dạ được", "chưa em ơi", "à | đúng rồi", "dạ phải | tui nghe nè", "ừ đồng ý", "có em",
            "khoan | để chị xem đã nhé", "thôi không cần đâu em",
        )),
        "phone": (PHONE, (
            "{digits4} | {digits3} | {digits3}", "số là {digits3} | {digits3} | {digits4}", "{digits10}",
            "không chín {digits2} | {digits3} {digits3}", "{digits4} {digits2} | {digits4}",
            "{digits5} | {digits5}", "dạ {digits3} {digits4} | {digits3}",
        )),
        "last4": (LAST4, ("{digits4}", "{digits2} | {digits2}", "dạ {digits4} em", "bốn số cuối là | {digits4}")),
        "date": (DATE, (
            "{date}", "ngày | {day} tháng {month} nhé", "chắc là | {date}", "để anh xem | {date} nhé", "{date} em ạ",
            "khoảng | {date}", "{weekday} tuần sau", "à | {date} đi em", "mai anh trả", "{date} | được không em",
            "lương về thì trả | tầm {date}",
        )),
        "money": (MONEY, (
            "{money}", "khoảng | {money}", "{money} thôi em", "trả trước | {money} được không", "{money} nhé",
            "anh chỉ có | {money}", "hai triệu | năm trăm nghìn", "dạ chắc | {money}",
        )),
        "name": (NAME, ("{fullname}", "em là | {fullname}", "dạ {fullname} nghe đây", "chị {name} đây em",
                         "tôi tên là {fullname}")),
        "open": (OPEN, (
            "anh muốn hỏi là | cái khoản này | sao lại tăng lên thế", "chị đang bận | em gọi lại sau nhé",
            "cho anh gặp nhân viên", "em ơi | bên em làm việc tới mấy giờ vậy", "tháng này anh kẹt quá em ạ",
            "tại vì | chị mới nghỉ việc | nên chưa có tiền trả", "thì | anh đã chuyển khoản hôm qua rồi mà",
            "chị muốn đổi lịch hẹn | sang {weekday} được không em", "tui ở xa lắm | không ra đó được đâu",
            "cái này là | của vợ anh chứ anh không biết", "em nói lại giúp chị với", "cảm ơn em nhé",
            "nếu mà | chị đóng trước một nửa | thì có bị phạt không em", "hàng giao tới chưa vậy em",
        )),
    },
    "test": {
        "yes_no": (YES_NO, (
            "vâng", "dạ đúng rồi em", "phải rồi", "ờ | được đó em", "dạ không em", "không | tôi không đặt lịch nào cả",
            "chính xác em", "ừm | chắc là được", "đúng vậy", "dạ thưa | đúng rồi ạ", "chưa | mai mới có", "ok em",
            "đợi anh chút | ừ đúng rồi", "không đồng ý nhé", "vâng tôi đây",
        )),
        "phone": (PHONE, (
            "{digits3} | {digits3} | {digits2} | {digits2}", "{digits10}", "dạ số | {digits4} | {digits3} {digits3}",
            "không ba {digits2} | {digits2} {digits2} | {digits2}", "{digits7} | {digits3}", "anh đọc nhé | {digits10}",
        )),
        "last4": (LAST4, ("{digits4} nha", "{digits3} | {digits1}", "là {digits4}", "chờ em chút | {digits4}",
                           "{digits1} {digits1} | {digits2}")),
        "date": (DATE, (
            "{date} nha em", "mùng | {day} tháng sau", "ờ | để coi | {date}", "{date}", "anh hẹn | {date} nhé",
            "sang tuần | {weekday} gì đó", "hôm nào có lương | chắc {date}", "{weekday} này em", "ngày kia chị qua",
            "{date} | hoặc là sớm hơn",
        )),
        "money": (MONEY, (
            "{money} em nhé", "tầm | {money} thôi", "{money}", "giờ trong túi có | {money}", "ba triệu | hai trăm ngàn",
            "để xem nào | {money}", "được {money} là cùng", "chị gửi trước {money}",
        )),
        "name": (NAME, ("dạ em tên | {fullname}", "{fullname} đây", "anh {name} nghe em", "vâng {fullname} ạ",
                         "{fullname}")),
        "open": (OPEN, (
            "ý anh là | sao bên em gọi hoài vậy", "tôi đang lái xe | lát gọi lại đi",
            "chuyển máy cho người phụ trách đi",
            "cho chị hỏi | khám xong thì | bao giờ có kết quả", "nhà em có việc | nên chưa ra đóng được ạ",
            "bởi vì | máy hư suốt | sửa hoài không xong", "gói này bao nhiêu một tháng vậy", "chị không nghe rõ em ơi",
            "em gửi thông tin qua zalo | cho anh xem trước nhé", "thật ra | anh cũng không nhớ mật khẩu nữa",
            "bác sĩ hôm đó có làm không em", "thôi khỏi cần đâu", "mà này | cho hỏi thêm tí",
            "hôm trước có người gọi rồi | hẹn là | chiều nay giao mà",
        )),
    },
}  # fmt: skip
KINDS = tuple(PATTERNS["dev"])


@dataclass(frozen=True, slots=True)
class Turn:
    """One customer turn as the far end hears it."""

    kind: str
    region: Dialect
    expectation: Expectation
    text: str
    audio: NDArray[np.int16]
    pauses_ms: tuple[tuple[int, int], ...]
    """Begin and end of each pause inside the turn."""
    start_ms: int
    end_ms: int
    """Where the customer has really finished."""


def texts(split: Split, each: int, seed: int) -> list[tuple[str, Dialect, Expectation, str]]:
    """``each`` turns of every kind and region: (kind, region, expectation, text with bars)."""
    rng = random.Random(f"{split}-{seed}")
    out = []
    for region in DIALECTS:
        for kind, (expectation, patterns) in PATTERNS[split].items():
            out += [(kind, region, expectation, _fill(rng.choice(patterns), region, rng)) for _ in range(each)]
    return out


def _fill(pattern: str, region: Dialect, rng: random.Random) -> str:
    for n in (10, 7, 5, 4, 3, 2, 1):
        while f"{{digits{n}}}" in pattern:
            pattern = pattern.replace(f"{{digits{n}}}", slots.digits(n, rng), 1)
    return " | ".join(spell(expand(part.strip(), region, rng)) for part in pattern.split("|"))


def render(split: Split, each: int, seed: int, *, flat: bool = False) -> Iterator[Turn]:
    """Say them, one voice and line per turn: G.711, and in half of them noise 12 to 25 dB below the speech."""
    rng = random.Random(seed)
    for kind, region, expectation, text in texts(split, each, seed):
        voice = Voice(region, rng.choice(HELDOUT_VARIANTS), rng.uniform(0.85, 1.2), rng.uniform(0.85, 1.15))
        yield say(kind, expectation, text, voice, rng, flat=flat)


def say(kind: str, expectation: Expectation, text: str, voice: Voice, rng: random.Random, *, flat: bool) -> Turn:
    """One turn; ``text`` has bars where its speaker pauses."""
    wave = [np.zeros(int(rng.uniform(0.2, 0.6) * RATE), np.float32)]
    spans: list[tuple[int, int]] = []
    parts = text.split(" | ")
    for said in [synthesize_blocking(part, voice) for part in parts] if flat else in_one_breath(parts, voice):
        at = sum(map(len, wave))
        spans.append((at, at + len(_trimmed(said))))
        pause_ms = float(np.clip(PAUSE_MEDIAN_MS * np.exp(PAUSE_SPREAD * rng.gauss(0, 1)), 220, 1800))
        wave += [_trimmed(said).astype(np.float32), np.zeros(int(pause_ms * RATE / 1000), np.float32)]
    wave[-1] = np.zeros(TAIL_MS * RATE // 1000, np.float32)
    audio = _on_the_line(np.concatenate(wave), rng)
    ms = [(a * 1000 // RATE, b * 1000 // RATE) for a, b in spans]
    pauses = tuple((end, begin) for (_, end), (begin, _) in pairwise(ms))
    return Turn(kind, voice.dialect, expectation, text.replace(" | ", " "), audio, pauses, ms[0][0], ms[-1][1])


def in_one_breath(parts: Sequence[str], voice: Voice) -> list[NDArray[np.int16]]:
    """The parts of one utterance, each with the intonation that the synthesiser gives it before a comma."""
    made = render_blocking(", ".join(parts), voice)
    firsts = np.cumsum([0, *(len(part.split()) for part in parts)])[1:-1].tolist()
    if len(made.marks) != sum(len(part.split()) for part in parts):  # No mark for some word: where to cut is unknown.
        return [synthesize_blocking(part, voice) for part in parts]
    return np.split(made.pcm, [made.marks[first].at_sample for first in firsts])


def _trimmed(said: NDArray[np.int16]) -> NDArray[np.int16]:
    loud = np.flatnonzero(np.abs(said) > 0.02 * np.abs(said).max())
    return said[loud[0] : loud[-1] + 1]


def _on_the_line(voice: NDArray[np.float32], rng: random.Random) -> NDArray[np.int16]:
    active = voice[np.abs(voice) > 0.02 * np.abs(voice).max()]
    level = SPEECH_RMS * 10 ** (rng.uniform(-6, 6) / 20)
    sound = voice * np.float32(level / np.sqrt(np.mean(active**2)))
    noisy, kind = rng.random() < 0.5, rng.choice(("white", "street", "babble"))
    loop = noise(kind, rng.randrange(2))
    at = rng.randrange(len(loop))
    background = np.resize(np.roll(loop, at), len(sound))
    sound = sound + background * np.float32(level * 10 ** (-(rng.uniform(12, 25) if noisy else 45.0) / 20))
    pcm = np.clip(np.round(sound), -32768, 32767).astype(np.int16)
    return codecs.decode(codecs.encode(pcm, "pcma"), "pcma")
