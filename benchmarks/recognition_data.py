"""Calls to measure recognition with: open sentences, and answers to closed questions, as a telephone carries them.

Texts are made here from dates, amounts and phrases, so what was meant is known; voices of the test split were never
heard in training. Rendering happens in a child process because eSpeak NG may crash.
"""

from __future__ import annotations

import pickle
import random
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from models.recogniser import slots
from models.recogniser.make_text import REGIONS, expand, sentences, spell
from speech.text.dates import speak_date
from speech.types import DIALECTS, OPEN, Dialect, Expectation

Split = Literal["dev", "test"]
TODAY = date(2026, 11, 23)
CONDITIONS = ("clean", "g711", "street", "babble")
LISTED = 200
"""Names in the list that an answer of kind "listed" is one of."""

KEY_PHRASES: dict[str, tuple[str, ...]] = {
    "wrong person": ("sai người", "nhầm số", "nhầm người", "nhầm máy", "sai số", "không phải tôi", "không quen"),
    "paid": ("đã trả rồi", "đóng rồi", "trả rồi", "chuyển rồi", "thanh toán rồi", "đã đóng", "đã thanh toán"),
    "person": ("gặp nhân viên", "gặp người thật", "tổng đài viên", "nói chuyện với người", "chuyển máy"),
    "opt out": ("đừng gọi nữa", "xóa số", "không gọi nữa", "làm phiền"),
    "later": ("gọi lại sau", "đang bận", "đang họp", "đang lái xe"),
    "repeat": ("nói lại", "không nghe rõ", "nhắc lại"),
    "refuse": ("không trả", "không có tiền", "mất việc"),
}
"""Keywords that a payment flow would hand to the recogniser, by meaning."""

_KEY_LINES: dict[str, tuple[str, ...]] = {
    "wrong person": (
        "sai người rồi em ơi", "em gọi nhầm số rồi", "ở đây không có ai tên đó nhầm người rồi", "sai số rồi nha",
        "nhầm máy rồi không quen", "tôi không quen người này",
    ),
    "paid": (
        "anh đã trả rồi mà", "chị đóng rồi em kiểm tra lại đi", "tui chuyển rồi nha", "thanh toán rồi sao còn gọi",
        "vợ anh đã đóng hôm qua", "hôm kia tôi trả rồi",
    ),
    "person": (
        "cho anh gặp nhân viên", "tôi muốn gặp người thật", "chuyển máy cho tổng đài viên đi",
        "chị muốn nói chuyện với người",
        "cho gặp nhân viên đi em",
    ),
    "opt out": (
        "đừng gọi nữa nhé", "xóa số tôi đi", "từ nay đừng gọi nữa", "đừng làm phiền tôi", "yêu cầu không gọi nữa",
    ),
    "later": (
        "anh đang bận gọi lại sau nhé", "chị đang họp", "đang lái xe em ơi", "gọi lại sau đi em", "tui đang bận lắm",
    ),
    "repeat": ("em nói lại đi", "chị không nghe rõ", "nhắc lại giúp anh", "nói lại xem nào", "không nghe rõ em ơi"),
    "refuse": ("tôi không trả đâu", "giờ anh không có tiền", "chị mất việc rồi", "không có tiền lấy gì trả"),
}  # fmt: skip

_YES = ("đúng rồi", "đúng rồi em", "vâng đúng rồi", "dạ đúng", "phải rồi em", "ừ đúng", "được rồi", "có em", "đồng ý",
        "dạ phải", "vâng ạ", "ừ được", "chính xác", "dạ được em", "đúng vậy")  # fmt: skip
_NO = ("không", "không phải", "không đúng", "dạ không", "không phải đâu em", "chưa em", "không được", "sai rồi",
       "không em ơi", "chưa đâu", "không đồng ý", "nhầm rồi")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """Something to say, and what it means."""

    kind: str
    text: str
    region: Dialect
    truth: str
    """Text of the name, the key phrase's meaning, yes or no; the text itself where a parser tells."""
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Spoken:
    """An item as the far end hears it."""

    item: Item
    audio: NDArray[np.int16]
    first: bool
    """First utterance of its call: nothing is known about the speaker yet."""


_NAME_LINES = ("{}", "em là {}", "dạ {} đây", "chị {} nghe", "phải rồi anh {} đây")


def _date(region: Dialect, rng: random.Random) -> str:
    if rng.random() < 0.35:
        day = TODAY + timedelta(rng.randint(1, 40))
        said = speak_date(day, region, with_year=False)
    else:
        said = slots.date(region, rng)
        while "kìa" in said or "mai mốt" in said or "kia" in said:
            said = slots.date(region, rng)
    return rng.choice(("{}", "{}", "{} nhé", "chắc {}", "{} anh trả", "em trả {}", "để {} chị đóng")).format(said)


def _money(region: Dialect, rng: random.Random) -> str:
    said = slots.money(region, rng)
    return rng.choice(("{}", "{}", "{} nhé", "trả trước {}", "chị đóng {}", "khoảng {}")).format(said)


def _name(region: Dialect, rng: random.Random) -> tuple[str, str, tuple[str, ...]]:
    name = slots.full_name(rng, True)
    others = tuple(slots.full_name(rng, False) for _ in range(2))
    return rng.choice(_NAME_LINES).format(name), name, (name, *others)


def _listed(split: Split, seed: int) -> tuple[str, ...]:
    """The list of names that "listed" answers are from."""
    rng = random.Random(f"listed-{split}-{seed}")
    names: dict[str, None] = {}
    while len(names) < LISTED:
        names[spell(slots.full_name(rng, split == "test"))] = None
    return tuple(names)


def make_items(split: Split, each: int, seed: int) -> list[Item]:
    """``each`` items per kind and region."""
    rng = random.Random(f"{split}-{seed}")
    listed = _listed(split, seed)
    among = Expectation(("name",), listed)
    items: list[Item] = []
    open_text = sentences(each * 3, seed, split)
    for text, where in open_text:
        items.append(Item("open", text, _dialect(where), text, OPEN))
    for region in DIALECTS:
        for _ in range(each):
            yes = rng.random() < 0.5
            text = rng.choice(_YES if yes else _NO)
            items.append(Item("yes_no", text, region, "yes" if yes else "no", Expectation(("yes_no",))))
            text = _date(region, rng)
            items.append(Item("date", text, region, text, Expectation(("date",))))
            text = _money(region, rng)
            items.append(Item("money", text, region, text, Expectation(("money",))))
            text = rng.choice(("{}", "gọi lại {}", "{} nhé")).format(slots.time_of_day(region, rng))
            items.append(Item("time", text, region, text, Expectation(("time",))))
            text = rng.choice(("{}", "là {}", "số {}")).format(slots.digits(4, rng))
            items.append(Item("digits", text, region, text, Expectation(("digits",), digits=4)))
            text = rng.choice(("{}", "số {}", "dạ {}")).format(slots.digits(10, rng))
            items.append(Item("phone", text, region, text, Expectation(("digits",), digits=10)))
            name = rng.choice(listed)
            line = rng.choice(_NAME_LINES).format(name)
            items.append(Item("listed", line, region, name, among))
            text, name, names = _name(region, rng)
            items.append(Item("name", text, region, name, Expectation(("yes_no", "name"), names)))
            meaning = rng.choice(tuple(_KEY_LINES))
            phrases = tuple(p for group in KEY_PHRASES.values() for p in group)
            key = Expectation(("yes_no",), phrases)
            items.append(Item("key", rng.choice(_KEY_LINES[meaning]), region, meaning, key))
    return [replace(item, text=spell(expand(item.text, item.region, rng))) for item in items]


def _dialect(name: str) -> Dialect:
    return DIALECTS[REGIONS.index(name)]


def render(items: list[Item], split: Split, condition: str, seed: int) -> list[Spoken]:
    """Say the items, three to a call and voice."""
    from models.recogniser.augment import CONDITIONS as LINES
    from models.recogniser.augment import pass_through
    from models.recogniser.espeak import Espeak
    from models.recogniser.make_audio import STAGES, TEST, _babble, _say
    from models.recogniser.voices import VOICES

    rng, nrng, engine = random.Random(seed), np.random.default_rng(seed), Espeak()
    plan = TEST if split == "test" else replace(STAGES[1], rate=TEST.rate, pitch=TEST.pitch)
    babble = _babble(engine, rng)
    order = sorted(range(len(items)), key=lambda k: (items[k].region, k * 7919 % len(items)))
    out: list[Spoken] = []
    for begin in range(0, len(order), 3):
        group = [items[k] for k in order[begin : begin + 3]]
        voice = f"{VOICES[group[0].region]}+{rng.choice(plan.variants)}"
        settings = (rng.randint(*plan.rate), rng.randint(*plan.pitch), rng.randint(*plan.pitch_range))
        stretch = rng.uniform(1 - plan.stretch, 1 + plan.stretch)
        parts, cuts, at = [], [], 0
        for item in group:
            said = _say(engine, item.text, voice, settings, stretch)
            if said is None:
                continue
            silence = [np.zeros(int(rng.uniform(*s) * 8000), np.float32) for s in ((0.1, 0.5), (0.3, 0.6))]
            parts += [silence[0], said[0], silence[1]]
            end = at + sum(map(len, parts[-3:]))
            cuts.append((at, end, item))
            at = end
        if parts:
            wave = pass_through(np.concatenate(parts), LINES[condition], nrng, babble)
            out += [Spoken(item, wave[a:b], k == 0) for k, (a, b, item) in enumerate(cuts)]
    return out


def load(folder: Path, split: Split, condition: str, each: int, seed: int) -> list[Spoken]:
    """The rendered set, made once and kept in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{split}-{condition}-{each}-{seed}.pickle"
    if not path.exists():
        arguments = [str(folder), split, condition, str(each), str(seed)]
        subprocess.run([sys.executable, __file__, *arguments], check=True)
    spoken: list[Spoken] = pickle.loads(path.read_bytes())
    return spoken


def main() -> None:
    folder, split, condition, each, seed = (
        Path(sys.argv[1]),
        sys.argv[2],
        sys.argv[3],
        int(sys.argv[4]),
        int(sys.argv[5]),
    )
    which: Split = "test" if split == "test" else "dev"
    # Under its importable name, or the pickle could not be read by others.
    from benchmarks import recognition_data as here

    items = here.make_items(which, each, seed)
    made = here.render(items, which, condition, seed)
    (folder / f"{split}-{condition}-{each}-{seed}.pickle").write_bytes(pickle.dumps(made))


if __name__ == "__main__":
    main()
