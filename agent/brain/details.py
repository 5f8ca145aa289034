"""Details that are spelt or dictated: phone numbers, e-mail addresses, booking and flight codes, scores out of ten."""

from __future__ import annotations

import re
from typing import Final

from agent.brain.hearing import REPAIR, chosen, without_fillers
from core.errors import AloError
from memory.phones import normalise_phone
from speech.text.normalize import fold, strip_marks
from speech.text.scan import words_of
from speech.text.spans import Span
from speech.text.write import parse_cardinal, parse_digits

_EMAIL: Final = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}", re.ASCII)
_PHONE: Final = re.compile(r"(?:\+?84|0)(?:[ .-]?\d){8,10}")
_SIGN: Final = re.compile(r"\b(?:a|á) (?:còng|móc|vòng|cong)\b")
_MARKS_SAID: Final = {"chấm": ".", "dot": ".", "gạch": "-", "cộng": "+"}
_DOMAIN_WORDS: Final = {
    "gờ": "g", "giê": "g", "meo": "mail", "mêo": "mail", "gmeo": "gmail", "cơm": "com", "côm": "com", "vê": "v",
    "vờ": "v", "en": "n", "nờ": "n",
}  # fmt: skip
_PROVIDERS: Final = {f"{name}": f"{name}.com" for name in ("gmail", "yahoo", "hotmail", "outlook", "icloud")}
_NOT_LOCAL: Final = frozenset(words_of(
    "là email mail thư gửi qua đến tới vào cho của em anh chị tôi tui mình địa chỉ theo về thì ạ nhé nha meo ghi xin"
))  # fmt: skip
_NOT_DOMAIN: Final = frozenset(words_of("ạ nhé nha em anh chị đó đấy nghe thôi là và với nhá cho tôi"))
_MOST_LOCAL, _MOST_DOMAIN = 12, 8
_BEST: Final = 10
_OUT_OF: Final = re.compile(r"\b(\d{1,2}(?:[.,]\d)?)\s*/\s*10\b")
_NO_SCORE: Final = re.compile(
    r"\b(?:một (?:mình|chút|tí|lát|ít|số|người)|(?:hai|ba|bốn|năm) (?:vợ chồng|mẹ con|lần|ngày|năm|tháng|người|đứa)|"
    r"năm (?:nay|ngoái|sau|trước)|(?:anh|chị|cô|chú|bác|dì|cậu) (?:hai|ba|tư|năm|sáu|bảy|tám|chín|mười))\b"
)
_AIRLINES: Final = {
    "vietnam airlines": "VN", "vietnam airline": "VN", "việt nam airlines": "VN", "việt nam ai lai": "VN",
    "vietjet air": "VJ", "vietjet": "VJ", "việt chét": "VJ", "viet jet": "VJ", "bamboo airways": "QH", "bamboo": "QH",
    "pacific airlines": "BL", "vietravel airlines": "VU", "vasco": "0V",
}  # fmt: skip
_LETTERS: Final = {
    name.replace("_", " "): line[0]
    for line in """
A a; B bê bờ bi; C xê cờ xi; D đê đờ dê dờ đi; E e; F ép ép_phờ phờ; G giê gờ; H hát hắt hờ; I i i_ngắn; J gi giây chây;
K ca ka cây; L e_lờ lờ; M em_mờ em mờ; N en_nờ en nờ; O o; P pê pờ pi; Q quy qui cu kiu; R e_rờ rờ; S ét ét_sì xì sờ;
T tê tờ ti; U u; V vê vờ vi; W vê_kép vê_đúp đắp_liu; X ích ích_xì ích_xờ xờ; Y i_dài y_dài i_cờ_rét y; Z dét zét giét
""".replace("\n", " ").split("; ")
    for line in [line.strip()]
    for name in line.split()[1:]
}
"""Names of letters as they are dictated; codes have no đ."""
_DIGITS: Final = dict(zip("không một hai ba bốn năm sáu bảy tám chín".split(), "0123456789", strict=True)) | {  # noqa: SIM905
    "mốt": "1", "tư": "4", "lăm": "5", "nhăm": "5", "bẩy": "7", "linh": "0", "lẻ": "0", "ba": "3",
}  # fmt: skip
_FILLED: Final = frozenset(("chữ", "số", "gạch", "ngang", "rồi", "đến", "tiếp", "theo", "là", "và", "hoa", "in"))
_LEAST_CODE, _MOST_CODE = 3, 14


def phone(text: str) -> Span[str] | None:
    """A dialable Vietnamese number as E.164; pauses, fillers and "cộng tám bốn" are understood."""
    plain = without_fillers(fold(text))
    repairs = list(REPAIR.finditer(plain))
    tails = [plain[repair.end() :] for repair in reversed(repairs)]
    for part in (*tails, plain):
        spans = parse_digits(part.replace("cộng tám bốn", "không").replace("số không", "không"), 1)
        runs = [span.value for span in reversed(spans)] + ["".join(span.value for span in spans)]
        runs += [re.sub(r"\D", "", found) for found in _PHONE.findall(text)]
        for run in runs:
            number = _dialable(run)
            if number is not None:
                return Span(number, 0, 1)
    return None


def _dialable(run: str) -> str | None:
    if len(run) < 9:
        return None
    for candidate in (run, run if run.startswith("0") else f"0{run.removeprefix('84')}"):
        try:
            return normalise_phone(candidate).number
        except AloError:
            continue
    return None


def email(text: str) -> Span[str] | None:
    """An address, typed or dictated ("an chấm nguyễn a còng gmail chấm com"); the last one counts."""
    found = _EMAIL.findall(text)
    if not found:
        said = _SIGN.sub(" @ ", without_fillers(fold(text)))
        found = [whole for whole in map(_dictated, *_around_signs(said.split())) if whole]
    return Span(found[-1].lower(), 0, 1) if found else None


def _around_signs(words: list[str]) -> tuple[list[list[str]], list[list[str]]]:
    """For each @ the words before it, nearest first, and those behind it."""
    signs = [k for k, word in enumerate(words) if word == "@"]
    return [words[:k][::-1] for k in signs], [words[k + 1 :] for k in signs]


def _dictated(before: list[str], behind: list[str]) -> str | None:
    local: list[str] = []
    for word in before[:_MOST_LOCAL]:
        if word in _NOT_LOCAL:
            break
        local.insert(0, _MARKS_SAID.get(word) or _DIGITS.get(word) or strip_marks(word))
    domain: list[str] = []
    for word in behind[:_MOST_DOMAIN]:
        if word in _NOT_DOMAIN:
            break
        domain.append(_MARKS_SAID.get(word) or _DOMAIN_WORDS.get(word) or _DIGITS.get(word) or strip_marks(word))
        if domain[-2:-1] == ["."] and domain[-1] == "vn":
            break
    name = "".join(domain)
    whole = f"{''.join(local)}@{name if '.' in name else _PROVIDERS.get(name, name)}"
    found = _EMAIL.match(whole)
    return found.group() if found else None


def score(text: str, *, asked: bool) -> Span[int] | None:
    """A whole number from 0 to 10; unasked only with "điểm" or "trên mười" behind it. Halves are cut, and not exact."""
    written = _OUT_OF.findall(text)
    if written:
        value = float(written[-1].replace(",", "."))
        return Span(int(value), 0, 1, exact=value == int(value)) if value <= _BEST else None
    text = without_fillers(text)
    for out_of in (" trên mười", " phần mười", " trên 10"):
        text = text.replace(out_of, " điểm")
    words = text.split()
    left_out = {k for m in _NO_SCORE.finditer(text) for k in range(len(text[: m.start()].split()), 10**4)
                if k < len(text[: m.end()].split())}  # fmt: skip
    spans = [span for span in parse_cardinal(text) if 0 <= span.value <= _BEST and span.start not in left_out]
    spans += [Span(0, k, k + 1) for k, word in enumerate(words[:-1]) if word == "không" and words[k + 1] == "điểm"]
    marked = [span for span in spans if words[span.end : span.end + 1] in (["điểm"], ["sao"])]
    if not marked and not asked:
        return None
    spans = sorted(marked or spans, key=lambda span: span.start)
    half = [Span(span.value, span.start, span.end, exact=words[span.end : span.end + 1] != ["rưỡi"]) for span in spans]
    repairs = bool(REPAIR.search(text))
    found = chosen(text, half)
    if found is not None and not found.exact and not repairs:
        return found
    return found or (half[-1] if half else None)


def code(text: str) -> Span[str] | None:
    """Letters and digits of a booking, flight or order code, typed ("X7K2QP") or spelt ("vê nờ một hai ba")."""
    plain = without_fillers(fold(text).replace("-", " "))
    for name, letters in _AIRLINES.items():
        plain = re.sub(rf"\b{name}(?= (?:số )?(?:{'|'.join(_DIGITS)}|\d))", letters.lower(), plain)
    repairs = list(REPAIR.finditer(plain))
    for part in (*(plain[repair.end() :] for repair in reversed(repairs)), plain):
        runs = [run for run in _runs(part.split()) if _LEAST_CODE <= len(run) <= _MOST_CODE]
        mixed = [run for run in runs if any(c.isdigit() for c in run) and any(c.isalpha() for c in run)]
        whole = mixed or [run for run in runs if len(run) >= _LEAST_CODE + 1]
        if whole:
            return Span(max(whole, key=len) if not mixed else mixed[-1], 0, 1)
    return None


def _runs(words: list[str]) -> list[str]:
    """Maximal runs of letters and digits; "bê như bà" is a B."""
    runs: list[str] = []
    run, k = "", 0
    while k < len(words):
        piece, k = _piece(words, k, bool(run))
        if piece:
            run += piece
            if words[k : k + 1] in (["như"], ["trong"]):
                k += 2
        elif piece is None:
            runs, run = [*runs, run], ""
    return [found for found in (*runs, run) if found]


def _piece(words: list[str], k: int, inside: bool) -> tuple[str | None, int]:
    """(letters and digits at ``k``, next place); "" for a word that may stand between, None for any other."""
    for n in (3, 2, 1):
        letter = _LETTERS.get(" ".join(words[k : k + n]))
        if letter is not None and k + n <= len(words):
            return (None, k + 1) if n == 1 and _is_address(words, k, inside) else (letter, k + n)
    word = words[k]
    if word in _DIGITS:
        number = parse_digits(" ".join(words[k : k + 3]), 2)
        if number and number[0].start == 0 and words[k + 1 : k + 2] in (["mươi"], ["mốt"], ["tư"], ["lăm"], ["nhăm"]):
            return number[0].value[:2], k + (3 if words[k + 1] == "mươi" and len(words) > k + 2 else 2)
        return _DIGITS[word], k + 1
    if word.isascii() and word.isalnum() and (any(c.isdigit() for c in word) or len(word) <= 2):
        return word.upper(), k + 1
    return ("", k + 1) if inside and word in _FILLED else (None, k + 1)


def _is_address(words: list[str], k: int, inside: bool) -> bool:
    """ "em" and "đi" are letters only between letters and digits, "a" at the end is a particle."""
    last = k + 1 >= len(words) or words[k + 1] in ("ơi", "nhé", "nha", "à", "nghe")
    if words[k] in ("em", "đi"):
        return not inside or last
    return words[k] in ("a", "e") and inside and last
