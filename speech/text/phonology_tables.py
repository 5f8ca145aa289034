"""What sounds near what, and where: pairs of initials, nuclei, codas, rimes and tones with their distance (0 … 1).

Facts of the dialects (which sounds fall together) with own estimates of how far; pairs that are not listed are far.
"""

from __future__ import annotations

from typing import Final

from speech.types import Dialect

_Pairs = dict[tuple[str, str], float]

INITIAL_NEAR: Final[_Pairs] = {
    ("d", "gi"): 0.02, ("t", "th"): 0.5, ("c", "kh"): 0.55, ("b", "p"): 0.3, ("b", "m"): 0.55, ("m", "n"): 0.5,
    ("n", "nh"): 0.5, ("n", "ng"): 0.6, ("nh", "ng"): 0.5, ("ph", "v"): 0.5, ("t", "đ"): 0.55, ("b", "đ"): 0.6,
    ("c", "g"): 0.5, ("c", "t"): 0.6, ("ch", "t"): 0.6, ("ch", "x"): 0.6, ("tr", "t"): 0.6, ("g", "kh"): 0.5,
    ("h", "kh"): 0.5, ("h", ""): 0.5, ("g", ""): 0.7, ("đ", "n"): 0.6, ("đ", "l"): 0.6, ("l", "r"): 0.6,
    ("s", "th"): 0.6, ("x", "th"): 0.6, ("x", "ph"): 0.6, ("qu", "h"): 0.6, ("qu", "c"): 0.5, ("qu", ""): 0.6,
    ("qu", "g"): 0.6, ("ch", "gi"): 0.6, ("d", "x"): 0.6, ("s", "ch"): 0.6, ("p", "ph"): 0.5, ("v", "b"): 0.6,
    ("tr", "ch"): 0.4, ("s", "x"): 0.4, ("r", "d"): 0.6, ("r", "gi"): 0.6, ("r", "g"): 0.7, ("l", "n"): 0.6,
    ("v", "d"): 0.6, ("v", "gi"): 0.6, ("d", "nh"): 0.7, ("gi", "nh"): 0.7, ("h", "ph"): 0.7, ("kh", "ph"): 0.7,
    ("tr", "gi"): 0.6, ("d", "đ"): 0.6,
}  # fmt: skip
INITIAL: Final[dict[Dialect, _Pairs]] = {
    "north": {
        ("s", "x"): 0.04, ("tr", "ch"): 0.04, ("r", "d"): 0.06, ("r", "gi"): 0.06, ("l", "n"): 0.25,
        ("tr", "gi"): 0.35,
    },
    "central": {
        ("v", "d"): 0.3, ("v", "gi"): 0.3, ("s", "x"): 0.25, ("tr", "ch"): 0.25, ("d", "nh"): 0.3, ("gi", "nh"): 0.3,
        ("kh", "ph"): 0.45,
    },
    "south": {
        ("v", "d"): 0.06, ("v", "gi"): 0.06, ("s", "x"): 0.12, ("tr", "ch"): 0.12, ("r", "g"): 0.25, ("qu", "h"): 0.3,
        ("qu", ""): 0.25, ("h", "ph"): 0.5, ("kh", "ph"): 0.4, ("qu", "g"): 0.3,
    },
}  # fmt: skip

NUCLEUS: Final[_Pairs] = {
    ("a", "ă"): 0.35, ("ơ", "â"): 0.3, ("o", "ô"): 0.4, ("ô", "u"): 0.45, ("e", "ê"): 0.4, ("ê", "i"): 0.5,
    ("ơ", "ư"): 0.5, ("ư", "u"): 0.5, ("ư", "i"): 0.5, ("iê", "i"): 0.4, ("iê", "ê"): 0.4, ("ươ", "ư"): 0.4,
    ("ươ", "ơ"): 0.4, ("uô", "u"): 0.4, ("uô", "ô"): 0.4, ("ă", "â"): 0.4, ("a", "o"): 0.6, ("a", "e"): 0.6,
    ("ă", "e"): 0.6, ("â", "ư"): 0.5, ("ô", "ơ"): 0.6, ("iê", "ươ"): 0.6, ("uô", "ươ"): 0.6, ("a", "ơ"): 0.6,
    ("o", "ơ"): 0.7, ("â", "ô"): 0.7,
}  # fmt: skip

CODAS: Final = ("ng", "nh", "ch", "c", "m", "n", "p", "t", "i", "y", "u", "o", "")
_CODA_NEAR: Final[_Pairs] = {
    ("n", "ng"): 0.5, ("n", "nh"): 0.5, ("nh", "ng"): 0.5, ("m", "n"): 0.5, ("m", "ng"): 0.6, ("m", "nh"): 0.7,
    ("t", "c"): 0.5, ("t", "ch"): 0.5, ("ch", "c"): 0.5, ("p", "t"): 0.5, ("p", "c"): 0.6, ("p", "ch"): 0.7,
    ("n", "t"): 0.7, ("ng", "c"): 0.7, ("m", "p"): 0.7, ("nh", "ch"): 0.7, ("i", "nh"): 0.7, ("n", ""): 0.7,
    ("ng", ""): 0.7, ("i", ""): 0.6, ("u", ""): 0.6, ("t", ""): 0.7, ("c", ""): 0.7, ("m", ""): 0.8, ("p", ""): 0.8,
    ("nh", ""): 0.7, ("ch", ""): 0.7, ("u", "ng"): 0.8,
}  # fmt: skip
CODA: Final[dict[Dialect, _Pairs]] = {
    "north": _CODA_NEAR,
    "central": {**_CODA_NEAR, ("n", "ng"): 0.14, ("t", "c"): 0.14, ("nh", "n"): 0.35, ("ch", "t"): 0.35},
    "south": {**_CODA_NEAR, ("n", "ng"): 0.08, ("t", "c"): 0.08, ("nh", "n"): 0.12, ("ch", "t"): 0.12},
}
RIME: Final[dict[Dialect, _Pairs]] = {
    "north": {("ưu", "iu"): 0.06, ("ươu", "iêu"): 0.06, ("ưu", "iêu"): 0.3},
    "central": {("ay", "ai"): 0.2, ("oi", "uôi"): 0.3, ("ôi", "oi"): 0.3, ("ươi", "ưi"): 0.2},
    "south": {
        ("ay", "ai"): 0.15, ("iêu", "iu"): 0.06, ("iêm", "im"): 0.06, ("iêp", "ip"): 0.06, ("uôi", "ui"): 0.06,
        ("ươi", "ưi"): 0.06, ("uôm", "um"): 0.1, ("ươu", "ưu"): 0.06, ("au", "ao"): 0.2, ("oai", "ai"): 0.25,
        ("om", "ôm"): 0.15, ("op", "ôp"): 0.15, ("ôm", "ơm"): 0.2, ("êm", "em"): 0.3, ("ăm", "âm"): 0.3,
        ("oan", "an"): 0.3, ("inh", "in"): 0.05, ("ich", "it"): 0.05, ("ênh", "ên"): 0.05, ("êch", "êt"): 0.05,
        ("ang", "an"): 0.04, ("ac", "at"): 0.04, ("anh", "ăn"): 0.15, ("ach", "ăt"): 0.15,
    },
}  # fmt: skip

_TONE_NEAR: Final[_Pairs] = {
    ("hỏi", "ngã"): 0.5, ("sắc", "ngã"): 0.6, ("ngang", "huyền"): 0.7, ("huyền", "nặng"): 0.7, ("huyền", "hỏi"): 0.7,
    ("hỏi", "nặng"): 0.7, ("ngang", "sắc"): 0.75, ("ngã", "nặng"): 0.7, ("ngang", "ngã"): 0.85,
}  # fmt: skip
TONE: Final[dict[Dialect, _Pairs]] = {
    "north": _TONE_NEAR,
    "central": {**_TONE_NEAR, ("hỏi", "ngã"): 0.12, ("ngã", "nặng"): 0.2, ("hỏi", "nặng"): 0.3, ("sắc", "hỏi"): 0.6},
    "south": {**_TONE_NEAR, ("hỏi", "ngã"): 0.03},
}
