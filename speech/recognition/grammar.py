"""What the dialogue expects to hear, as small word graphs that the decoder mixes with the language model.

Nothing is forced: while the caller follows a grammar or a hot phrase the next word is drawn from it with a high
probability, at any point it may begin with a low one, and free speech keeps the rest. So leaving a phrase half-way
costs what it gained, and "ngày mười lăm" wins over sound-alikes without being put in anybody's mouth.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from speech.recognition.lm import N_RIMES, LanguageModel
from speech.recognition.units import respell
from speech.types import OPEN, Expectation, ExpectedKind

RULES: dict[str, str] = {
    "digit": "không | một | hai | ba | bốn | năm | sáu | bảy | tám | chín",
    "one": "một | hai | ba | bốn | năm | sáu | bảy | tám | chín",
    "tail": "mốt | hai | ba | tư | bốn | lăm | nhăm | sáu | bảy | tám | chín",
    "teen": "mười [một | hai | ba | bốn | lăm | sáu | bảy | tám | chín]",
    "tens": "(hai | ba | bốn | năm | sáu | bảy | tám | chín) (mươi [<tail>] | mốt | tư | lăm | chục) | hăm <tail>",
    "small": "<one> | <teen> | <tens>",
    "hundreds": "[<one>] trăm [rưỡi | (linh | lẻ) <one> | <teen> | <tens> | <one>]",
    "thousand": "nghìn | ngàn",
    "amount": """(<small> | <hundreds>) <thousand> [rưỡi | <hundreds>] [đồng]
        | <small> (triệu | củ | chai) [rưỡi | <one> | <one> trăm [<thousand>]
            | <hundreds> <thousand> | <small> <thousand>] [đồng]
        | triệu (rưỡi | <one>) | <hundreds> | <one> chục | (<small> | <hundreds>) triệu [đồng]
        | <one> (tỷ [rưỡi | <one>] | lít | xị)""",
    "money": """[<about>] <amount> [thôi | trước | <self>] | <pay> [trước | hết | đủ] [<amount>]
        | (hết | đủ) [luôn | <amount>] | một nửa""",
    "pay": "trả | gửi | đóng | chuyển | nộp",
    "day": """(mùng | mồng) (<one> | mười) | <one> | <teen> | hai mươi [<tail>] | hăm <tail> | hai (mốt | tư | lăm)
        | ba mươi [mốt]""",
    "month": """tháng (một | hai | ba | tư | năm | sáu | bảy | tám | chín | mười [một | hai] | này | sau | tới
        | giêng | chạp)""",
    "year": "năm (nay | sau | hai <thousand> [không trăm] (<small> | (linh | lẻ) <one>) | hai không <one> <digit>)",
    "weekday": "thứ (hai | ba | tư | năm | sáu | bảy) | chủ nhật",
    "relative": """[ngày] (mai | mốt | kia) | hôm (nay | qua | kia) | (sáng | trưa | chiều | tối) (nay | mai | mốt | ni)
        | (bữa | bựa) (nay | mai | mốt | kia | ni) | (đầu | giữa | cuối) (tuần | tháng) [này | sau | tới]
        | (tuần | tháng) (này | sau | tới) | <small> (ngày | hôm | bữa | tuần | tháng) nữa""",
    "date": """[<about>] <a_date> [<self>]""",
    "a_date": """[ngày | hôm | bữa] <day> [<month> [<year>]] | <weekday> [này | tới | tuần (này | sau | tới)]
        [ngày <day> [<month>]] | <relative> | <day> tây""",
    "hour": "<one> | mười [một | hai | ba | bốn | lăm | sáu | bảy | tám | chín] | hai mươi [mốt | hai | ba]",
    "part": "sáng | trưa | chiều | tối | đêm",
    "time": """[<about> | gọi [lại]] <a_time> [<self>]""",
    "a_time": """<hour> giờ [rưỡi | <small> [phút] | kém (năm | mười [lăm] | hai mươi)]
        [<part> [nay | mai]]
        | (sáng | trưa | chiều | tối) (nay | mai | mốt) [<hour> giờ [rưỡi]] | <part>""",
    "digits": "[<to_digits>] <digit> <digit>+ | [<self>] [sinh | sanh] [năm] <birth_year> [<self>]",
    "birth_year": """(một (nghìn | ngàn) chín trăm | mười chín | một chín) (<tens> | <one> <digit>) | <tens>
        | hai <thousand> [không trăm] [(linh | lẻ) <one> | <teen>] | hai không (không | một) <digit>""",
    "to_digits": "(dạ | vâng | à | ừ) [<to_number>] | <to_number>",
    "to_number": "là | số | [bốn] số cuối [là] | nó là | của <self> là",
    "about": "chắc [là] | khoảng | tầm | để | hẹn | đến | tới | vào | lúc | dạ | vâng | ừ | à | ờ | thôi | qua | sang",
    "yes": """đúng [rồi | vậy] | phải [rồi] | vâng [ạ] | dạ [vâng | đúng | phải | được | có] [rồi | ạ]
        | (ờ | ừ) [(đúng | phải | được) [rồi]] | được [rồi | em] | có | đồng ý | ô kê | chính xác | xác nhận""",
    "no": """[dạ] (không [phải | đúng | được | có | cần | đồng ý] [đâu] | chưa [đâu | được | có]
        | sai [rồi] | nhầm [số | máy | rồi] | (hông | hổng) [phải | được | có]) | nỏ [phải | có] | thôi [khỏi]""",
    "yes_no": "<yes> [<self>] | <no> [<self>]",
    "to_name": "[dạ | vâng | ừ | (đúng | phải) [rồi]] [<self>] [là | tên [là]]",
    "after_name": "đây | nghe | nè | ạ",
    "self": "em | anh | chị | cô | chú | bác | con | tôi | tui | đây | nha | nhé | ạ | nghe",
}
"""Word graphs in a few signs: a | b, [optional], (group), <rule>, + for repeats."""

_NO = frozenset(("không", "chưa", "sai", "nhầm", "hông", "hổng", "nỏ", "thôi"))
_YES = frozenset(("đúng", "phải", "vâng", "dạ", "ờ", "ừ", "được", "có", "đồng", "kê", "chính", "xác"))
"""What every <no> has one of, and every <yes>; a no may have a yes's words too."""

KINDS: frozenset[str] = frozenset(("yes_no", "date", "time", "money", "digits"))
"""Expected kinds that have a grammar; names come as hot phrases, the rest is free speech."""

_NAMES_WEIGH = 4.0
"""All names together weigh as much as so many single words that may begin an answer, however long their list is."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """How much is drawn from grammars rather than from the language model.

    All of it is weighed by ``DecoderOptions.lm_weight``: below one, shares have to be larger for the same pull.
    """

    at_start: float = 0.995
    """At the beginning of an utterance."""
    anywhere: float = 0.12
    """At any later point outside of one."""
    inside: float = 0.999
    """Within one."""
    at_end: float = 0.6
    """Where one may end or go on."""


@dataclass(slots=True)
class Graph:
    """A non-deterministic word automaton; states are numbers, state 0 is where everything starts."""

    arcs: list[dict[str, dict[int, float]]] = field(default_factory=lambda: [{}])
    """By state: word → states that it leads to, each with a weight among all that may follow."""
    skips: list[set[int]] = field(default_factory=lambda: [set()])
    finals: set[int] = field(default_factory=set)

    def new(self) -> int:
        self.arcs.append({})
        self.skips.append(set())
        return len(self.arcs) - 1

    def word(self, at: int, word: str, weight: float = 1.0) -> int:
        end = self.new()
        self.arcs[at][word] = {**self.arcs[at].get(word, {}), end: weight}  # a new one: the old may be shared
        return end

    def skip(self, start: int, end: int) -> None:
        self.skips[start].add(end)

    def closure(self, states: Iterable[int]) -> frozenset[int]:
        """The states and all that are reached without a word."""
        todo, seen = list(states), set(states)
        while todo:
            for state in self.skips[todo.pop()] - seen:
                seen.add(state)
                todo.append(state)
        return frozenset(seen)


_SIGNS = re.compile(r"<\w+>|[|()\[\]+]|[^\s|()\[\]<>+]+")


class _Reader:
    """Recursive descent over one rule: alternatives of sequences of items."""

    def __init__(self, graph: Graph, text: str) -> None:
        self.graph, self.signs, self.at = graph, _SIGNS.findall(text), 0

    def alternatives(self, start: int) -> int:
        end = self.graph.new()
        while True:
            self.graph.skip(self.sequence(start), end)
            if self.at >= len(self.signs) or self.signs[self.at] != "|":
                return end
            self.at += 1

    def sequence(self, state: int) -> int:
        while self.at < len(self.signs) and self.signs[self.at] not in "|)]":
            before = state
            state = self.item(state)
            if self.at < len(self.signs) and self.signs[self.at] == "+":
                self.at += 1
                self.graph.skip(state, before)
        return state

    def item(self, state: int) -> int:
        sign = self.signs[self.at]
        self.at += 1
        if sign in "([":
            begin = self.graph.new()
            self.graph.skip(state, begin)
            end = self.alternatives(begin)
            self.at += 1
            if sign == "[":
                self.graph.skip(state, end)
            return end
        if sign.startswith("<"):
            begin = self.graph.new()
            self.graph.skip(state, begin)
            return _Reader(self.graph, RULES[sign[1:-1]]).alternatives(begin)
        return self.graph.word(state, sign)


def polarity(text: str) -> bool | None:
    """Does ``text`` say yes (True) or no? None if neither."""
    words = set(text.split())
    return False if words & _NO else True if words & _YES else None


def build(expectation: Expectation) -> Graph:
    """The graph of everything expected: hot phrases and the grammars of the expected kinds."""
    base = _grammars(expectation.kinds, expectation.digits)
    # Phrases differ from call to call; the grammars' states are shared, only their common start is copied.
    graph = Graph([dict(base.arcs[0]), *base.arcs[1:]], [set(base.skips[0]), *base.skips[1:]], set(base.finals))
    phrases = [words for phrase in expectation.phrases if (words := _spelt(phrase))]
    named = "name" in expectation.kinds
    weight = min(1.0, _NAMES_WEIGH / max(1, len(phrases))) if named else 1.0
    begin = 0
    if named and phrases:
        begin, after = _Reader(graph, RULES["to_name"]).alternatives(_branch(graph)), graph.new()
        graph.finals.add(_Reader(graph, RULES["after_name"]).alternatives(after))
    for words in phrases:
        state = graph.word(begin, words[0], weight)
        for word in words[1:]:
            state = graph.word(state, word)
        graph.finals.add(state)
        if named:
            graph.skip(state, after)
    return graph


def _spelt(phrase: str) -> list[str]:
    return [part for word in phrase.lower().split() for part in respell(word.strip(".,?!")).split()]


def graph_of(rule: str) -> Graph:
    """The graph of one rule in the signs of ``RULES``."""
    graph = Graph()
    graph.finals.add(_Reader(graph, rule).alternatives(_branch(graph)))
    return graph


@lru_cache(maxsize=64)
def _grammars(kinds: tuple[ExpectedKind, ...], digits: int | None) -> Graph:
    graph = Graph()
    for kind in kinds:
        if kind in KINDS:
            rule = "[<to_digits>] " + "<digit> " * digits if kind == "digits" and digits else RULES[kind]
            graph.finals.add(_Reader(graph, rule).alternatives(_branch(graph)))
    return graph


def _branch(graph: Graph) -> int:
    begin = graph.new()
    graph.skip(0, begin)
    return begin


class Bias:
    """One state of the mixture: what is expected next and how likely; built when first met."""

    __slots__ = ("_after", "_following", "_machine", "free", "initials", "pairs", "words")

    def __init__(self, machine: BiasMachine, words: dict[int, float], following: dict[int, set[int]], free: float):
        self._machine, self.words, self._following, self.free = machine, words, following, free
        self._after: dict[int, Bias] = {}
        self.pairs: dict[int, float] = {}
        self.initials: dict[int, float] = {}
        for word, logp in words.items():
            pair = machine.model.pair_of(word)
            self.pairs[pair] = max(logp, self.pairs.get(pair, -99.0))
            initial = pair // N_RIMES
            self.initials[initial] = max(logp, self.initials.get(initial, -99.0))

    def after(self, word: int) -> Bias:
        """The state after one more word."""
        ends = self._following.get(word)
        if ends is None:
            return self._machine.outside
        found = self._after.get(word)
        if found is None:
            found = self._after[word] = self._machine.at(ends)
        return found


class BiasMachine:
    """The determinised mixture of one expectation, grown as speech walks through it; shared by calls."""

    def __init__(self, expectation: Expectation, model: LanguageModel, mixture: Mixture = Mixture()) -> None:
        self.model, self.mixture = model, mixture
        self.polar = "yes_no" in expectation.kinds
        self._graph = build(expectation)
        self._states: dict[frozenset[int], Bias] = {}
        origin = self._graph.closure({0})
        self._starts = self._next_words(origin)
        self.outside = self._make({}, mixture.anywhere, False)
        self.start = self._make({}, mixture.at_start, False)

    @staticmethod
    def none(model: LanguageModel) -> BiasMachine:
        """The machine that expects nothing."""
        return machine_for(OPEN, model)

    def at(self, ends: set[int]) -> Bias:
        """The state in which the grammars are at ``ends`` and wherever these lead without a word."""
        states = self._graph.closure(ends)
        found = self._states.get(states)
        if found is None:
            share = self.mixture.at_end if states & self._graph.finals else self.mixture.inside
            active = self._next_words(states)
            found = self._states[states] = self._make(active, share if active else self.mixture.anywhere, bool(active))
        return found

    def _next_words(self, states: frozenset[int]) -> dict[int, tuple[float, set[int]]]:
        """Word id → (weight of the arcs that offer it, the states it leads to)."""
        found: dict[int, tuple[float, set[int]]] = {}
        for state in states:
            for spelling, ends in self._graph.arcs[state].items():
                word = self.model.word_id(spelling)
                if word is not None:
                    weight, so_far = found.get(word, (0.0, set()))
                    found[word] = (weight + sum(ends.values()), so_far | ends.keys())
        return found

    def _make(self, active: dict[int, tuple[float, set[int]]], share: float, inside: bool) -> Bias:
        if not self._starts:
            return Bias(self, {}, {}, 0.0)
        parts = (
            [(active, share), (self._starts, (1 - share) * self.mixture.anywhere)]
            if inside
            else [(self._starts, share)]
        )
        words: dict[int, float] = {}
        following: dict[int, set[int]] = {}
        free = 1.0
        for offers, weight in parts:
            total = sum(part for part, _ in offers.values())
            free -= weight
            for word, (part, ends) in offers.items():
                words[word] = words.get(word, 0.0) + weight * part / total
                following[word] = following.get(word, set()) | ends
        logs = {word: math.log(p) for word, p in words.items()}
        return Bias(self, logs, following, math.log(free))


@lru_cache(maxsize=256)
def machine_for(expectation: Expectation, model: LanguageModel, mixture: Mixture = Mixture()) -> BiasMachine:
    """The machine of an expectation, made once."""
    return BiasMachine(expectation, model, mixture)
