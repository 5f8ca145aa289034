"""Writers for what counts: fractions, measures, percentages, money, ordinals, cardinals."""

from __future__ import annotations

from dataclasses import dataclass

from speech.text.classes.heard import (
    AFTER_TENS,
    BREAK,
    DIGIT,
    HALF,
    JOINED,
    ONES,
    SCALE,
    Heard,
    Quantity,
    number,
    quantity,
)
from speech.text.classes.units import MEASURES
from speech.text.conventions import Convention
from speech.text.numbers import read_number


@dataclass(frozen=True, slots=True)
class Line:
    """A writer's offer: the words up to ``end`` become ``text``."""

    end: int
    kind: str
    text: str
    value: int | None = None
    """The number meant where ``text`` shortens it ("2.5 triệu")."""


def _unit_words() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    pairs: dict[str, str] = {}
    keep = ("%", "‰", "°", "º")
    for written, spoken in MEASURES.items():
        if written in ("kph", "h", "G") or written.startswith(keep) or not written[-1].isalnum() or spoken in pairs:
            continue
        pairs[spoken] = written
    for spoken, base in list(pairs.items()):
        if spoken.endswith(" vuông"):
            pairs[spoken] = base.rstrip("2²") + "²"
        elif spoken.endswith(" khối"):
            pairs[spoken] = base.rstrip("3³") + "³"
    pairs |= {
        "ki lô": "kg", "kí lô": "kg", "ký lô": "kg", "kí": "kg", "ký": "kg", "cân": "kg", "ki lô gam": "kg",
        "kí lô gam": "kg", "ki lô mét": "km", "cây số": "km", "mét": "m", "xen ti mét": "cm", "xăng ti": "cm",
        "độ c": "°c", "độ xê": "°c", "độ f": "°f", "độ ép": "°f", "độ k": "°k", "mi li lít": "ml", "mi li": "mm",
        "lít": "l", "gram": "g", "gờ ram": "g", "vôn": "v", "oát": "w", "phút": "phút", "tấn": "tấn",
        "ki lô bít trên giây": "kbps", "héc": "hz", "giây": "s", "ki lo mét": "km", "ki lo gam": "kg", "inh": "inch",
        "ki lô oát giờ": "kwh", "mê ga bít trên giây": "mbps", "mê ga bít": "mbps",
        "héc ta": "ha", "mê ga bai": "mb", "gi ga bai": "gb", "ki lô byte": "kb",
    }  # fmt: skip
    del pairs["inch"]
    pairs["inch"] = "inch"
    for spoken in ("niu tơn", "byte", "bit", "sào"):
        pairs.pop(spoken, None)
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for spoken, written in pairs.items():
        words = tuple(spoken.split())
        found.setdefault(words[0], []).append((words, written.lower()))
    for options in found.values():
        options.sort(key=lambda o: -len(o[0]))
    return found


UNITS = _unit_words()
PER_WORDS = {"giờ": "h", "giây": "s", "phút": "min", "ngày": "ngày", "tháng": "tháng", "năm": "năm", "người": "người"}
CURRENCY: dict[tuple[str, ...], str] = {
    ("đô",): "$", ("đô", "la"): "$", ("đô", "la", "mỹ"): "$", ("đô", "mỹ"): "$", ("euro",): "€", ("ơ", "rô"): "€",
    ("yên",): "¥", ("yên", "nhật"): "¥", ("bảng",): "£", ("bảng", "anh"): "£", ("uôn",): "₩", ("won",): "₩",
    ("đồng",): "đồng", ("việt", "nam", "đồng"): "đồng", ("vnd",): "đồng", ("nhân", "dân", "tệ"): "¥",
    ("đô", "la", "úc"): "a$",
    ("đồng", "việt", "nam"): "đồng",
}  # fmt: skip
MONEY_CUES = frozenset(
    """trả gửi nợ đóng chuyển nạp rút vay toán giá phí tiền lương cọc mất tốn hết thu góp ứng khoản nộp phạt bán
    mua vnd mượn thiếu cước cho trừ còn""".split()  # noqa: SIM905
)
SLANG = {"củ": 10**6, "chai": 10**6, "xị": 10**5, "lít": 10**5, "tỏi": 10**9}
TITLES = frozenset(
    """anh chị cô chú bác dì cậu ông bà em má thím mợ dượng thằng bé tên""".split()  # noqa: SIM905
)
COUNTED = frozenset(
    """ngày hôm bữa người lần tháng tuần cái phút giờ tiếng đứa con năm chỗ việc câu chuyện thứ bận quý nhà phần
    hồi cuộc đợt kỳ mẹ má cha lượt bước điều loại món""".split()  # noqa: SIM905
)
_THINGS = frozenset(("người", "lần", "lượt", "cái", "đứa", "con", "tiếng", "món", "điều", "chuyện"))
ORDERED = frozenset(
    "lần đợt kỳ vòng tập trang cấp hạng cổng lô tòa toà khu bậc trạm tuyến bài bước quý phần ca".split()  # noqa: SIM905
)
"""Labels only where nothing else is counted behind them: "gọi lần ba", not "mỗi lần hai viên"."""
NOT_ORDERED = frozenset("mỗi một hai ba mấy vài từng nhiều các bao bốn năm sáu những mọi".split())  # noqa: SIM905
AFTER_LABEL = frozenset(
    "của tại ở nhé ạ rồi và là thì cho này đó nha à với trong nhưng mà vẫn chưa đã sẽ không bị được em anh chị".split()  # noqa: SIM905
)
LABELS = frozenset(
    """kỷ kỉ lục đoạn số quận phường tầng lầu phòng lớp quý phím khoản điều chương mục nhóm gói khối ấp
    thôn tổ khóa khoá đường nhà ngõ hẻm kiệt ngách""".split()  # noqa: SIM905
)


def unit_at(heard: Heard, k: int) -> tuple[str, int] | None:
    """The symbol of the unit spoken at ``k`` and where it ends; "trên giờ" and the like included."""
    for words, written in UNITS.get(heard.next(k), ()):
        end = k + len(words)
        if heard.words[k:end] == words and all(g == JOINED for g in heard.gaps[k:end]):
            if heard.next(end) in ("trên", "một") and heard.next(end + 1) in PER_WORDS and heard.next(end) == "trên":
                return f"{written}/{PER_WORDS[heard.word(end + 1)]}", end + 2
            if written in ("km", "m") and heard.words[end : end + 2] == ("một", "giờ") and heard.next(end):
                return f"{written}/h", end + 2
            return written, end
    return None


def currency_at(heard: Heard, k: int) -> tuple[str, int] | None:
    """The sign of the currency named at ``k`` and where it ends."""
    for size in (3, 2, 1):
        sign = CURRENCY.get(heard.words[k : k + size]) if heard.next(k + size - 1) else None
        if sign and all(g == JOINED for g in heard.gaps[k : k + size]):
            return sign, k + size
    return None


def _zero_welcome(heard: Heard, k: int) -> bool:
    """May "không" be a zero here? Only where no question can end: at the beginning or after "là", "bằng", "còn"."""
    return k == 0 or heard.gaps[k] != JOINED or heard.word(k - 1) in ("là", "bằng", "còn", "lúc", "từ", "đến")


def dong(value: int) -> str:
    """2500000 → "2.500.000 đồng"."""
    return f"{value:,}".replace(",", ".") + " đồng"


def money(heard: Heard, k: int, convention: Convention, expected: bool = False) -> Line | None:
    """Amounts with a currency, with slang (hai củ rưỡi), or after a word of paying (trả hai triệu rưỡi)."""
    read = quantity(heard, k, convention.decimal_mark, zero=_zero_welcome(heard, k))
    if read is None:
        cued = expected or _cue_before(heard, k) or _talked(heard, k, k + 2) or heard.next(k + 2) == "đồng"
        line = _bare_scale(heard, k, cued, convention.decimal_mark)
        return Line(line.end + (heard.next(line.end) == "đồng"), line.kind, line.text, line.value) if line else None
    sign = currency_at(heard, read.end)
    if (
        sign
        and sign[0] == "đồng"
        and heard.words[k : k + 2] == ("một", "đồng")
        and (heard.next(k + 2) in ("nào", "cũng", "xu") or "không" in heard.words[max(0, k - 3) : k])
    ):
        return Line(k + 2, "words", "")  # không có một đồng nào
    if sign and sign[0] == "đồng":
        value = _dong_value(heard, k, read)
        if heard.next(sign[1]) in ("hồ", "nghiệp", "chí", "ý", "bào", "đội", "hương"):
            return None
        per = _per(heard, sign[1])
        return Line(per[1], "money", (f"{read.text} đồng" if value is None else dong(value)) + per[0], value)
    if sign:
        per = _per(heard, sign[1])
        return Line(per[1], "money", read.text + sign[0] + per[0])
    slang = SLANG.get(heard.next(read.end))
    cued = expected or _cue_before(heard, k) or (bool(read.scale) and _talked(heard, k, read.end))
    if slang and read.value is not None and (cued or heard.next(read.end + 1) in HALF):
        value, at = read.value * slang, read.end + 1
        if heard.next(at) in HALF:
            value, at = value + slang // 2, at + 1
        elif heard.next(at) in ONES and heard.next(at) != "năm" and heard.next(at + 1) not in COUNTED:
            value, at = value + ONES[heard.word(at)] * slang // 10, at + 1
        return Line(at, "money", dong(value), value)
    if not cued or _counts_things(heard, read) or unit_at(heard, read.end) or heard.word(k) in ("âm", "trừ"):
        return None
    spoken = heard.words[k : read.end]
    short = len(spoken) == 3 and spoken[1] == "trăm" and spoken[2] in AFTER_TENS  # giá một trăm hai
    if (spoken[-1] in HALF or short) and read.value is not None and read.value < 1000:  # hai trăm rưỡi
        return Line(read.end, "money", dong(read.value * 1000), read.value * 1000)
    if not any(w in SCALE for w in spoken) or heard.next(read.end) in ("phần", "tuổi", "cổ", "số", "sản", "đơn"):
        return None
    value = _dong_value(heard, k, read)
    return Line(read.end, "money", dong(value), value) if value is not None else None


def _counts_things(heard: Heard, read: Quantity) -> bool:
    """Is something else counted? After hundreds of thousands "ngày" or "thứ" begins a date."""
    follow = heard.next(read.end)
    big = read.value is None or read.value >= 100_000
    return follow in (_THINGS if big else COUNTED)


def _per(heard: Heard, k: int) -> tuple[str, int]:
    """ "trên giờ", "trên ki lô gam" after an amount: ("/h", end), or nothing."""
    if heard.next(k) != "trên":
        return "", k
    unit = unit_at(heard, k + 1)
    if unit:
        return f"/{unit[0]}", unit[1]
    word = PER_WORDS.get(heard.next(k + 1))
    return (f"/{word}", k + 2) if word else ("", k)


def _bare_scale(heard: Heard, k: int, cued: bool, mark: str) -> Line | None:
    """triệu rưỡi, triệu hai: one and some of it."""
    word = heard.word(k)
    if word not in ("triệu", "tỷ") or heard.word(k - 1) in ("hàng", "vài", "mấy", "cả", "nhiều"):
        return None
    if heard.next(k + 1) in HALF:
        if cued:
            return Line(k + 2, "money", dong(SCALE[word] * 3 // 2), SCALE[word] * 3 // 2)
        return Line(k + 2, "decimal", f"1{mark}5 {word}", SCALE[word] * 3 // 2)
    return None


def _dong_value(heard: Heard, k: int, read: Quantity) -> int | None:
    """The amount meant: bare hundreds after a million are thousands (hai triệu ba trăm = 2.300.000)."""
    if read.value is None:
        if not read.scale:
            return None
        whole, _, fraction = read.text.split()[0].replace(",", ".").partition(".")
        unit = 1
        for word in read.scale.split():
            unit *= SCALE[word]
        return int(whole) * unit + (int(fraction) * unit // 10 ** len(fraction)) * (-1 if whole.startswith("-") else 1)
    if read.value < 10**6 or heard.word(k) in ("âm", "trừ"):
        return -read.value if heard.word(k) in ("âm", "trừ") else read.value
    meant = read_number(heard.words[k : read.end], 0, thousands=True)
    return meant[0] if meant and meant[1] == read.end - k else read.value


_HEDGES = frozenset("dạ vâng ừ khoảng tầm cỡ chừng được thôi hết gần".split())  # noqa: SIM905
_PARTICLES = frozenset("ạ nhé nha thôi nghe em anh chị nhỉ hén hen được rồi đi".split())  # noqa: SIM905
_NO_MONEY = frozenset("dân người lượt view năm số khách lần".split())  # noqa: SIM905


def _talked(heard: Heard, k: int, end: int) -> bool:
    """Is the number said in talk ("dạ hai triệu rưỡi ạ", "hai triệu rưỡi một tháng"), with nothing else counted?"""
    follow = heard.next(end)
    if _NO_MONEY & set(heard.words[max(0, k - 6) : k]):
        return False
    a_month = follow in ("một", "mỗi", "trên") and heard.next(end + 1) in (
        "tháng",
        "năm",
        "ngày",
        "người",
        "suất",
        "kỳ",
    )
    hedged = k > 0 and heard.gaps[k] != BREAK and heard.word(k - 1) in _HEDGES and not follow
    monthly = heard.words[max(0, k - 2) : k] in (("mỗi", "tháng"), ("một", "tháng"), ("hàng", "tháng")) and not follow
    return follow in _PARTICLES or a_month or hedged or monthly


def _cue_before(heard: Heard, k: int) -> bool:
    for j in range(k - 1, max(-1, k - 5), -1):
        if heard.gaps[j + 1] == 2:
            return False
        if heard.word(j) in MONEY_CUES:
            return True
    return False


def counted(heard: Heard, k: int, convention: Convention) -> Line | None:
    """Fractions, percentages, measures; else a number that stands for itself."""
    read = quantity(heard, k, convention.decimal_mark, zero=_zero_welcome(heard, k))
    if read is None:
        return None
    found = _fraction(heard, read) or _measure(heard, k, read)
    if found:
        return found
    if heard.word(k) == "không" and read.value == 0:
        return None
    if heard.next(read.end) in ("mấy", "mươi"):  # mười mấy, mười mươi: words
        end = read.end + 1
        while heard.next(end) in SCALE:
            end += 1
        return Line(end, "words", "")
    kind = "decimal" if read.value is None or read.scale else "cardinal"
    if read.plain and not _stands_alone(heard, k, read):
        return None
    twin = _approximate(heard, read)
    if twin:
        return twin
    if read.end == k + 1 and heard.word(k) == "mười" and heard.word(k - 1) in (*TITLES, "tháp"):
        return None
    return Line(read.end, kind, read.text, _dong_value(heard, k, read) if read.scale else read.value)


def _approximate(heard: Heard, read: Quantity) -> Line | None:
    """mười mười lăm người, hai mươi ba mươi cái: from ten to fifteen, no numeral. The words stay."""
    if read.value is None or not 10 <= read.value < 100 or heard.next(read.end) not in (*ONES, "mười", "hăm"):
        return None
    second = number(heard, read.end)
    if second is None or not read.value < second.value < 100:
        return None
    return Line(second.end, "words", "")


def _fraction(heard: Heard, read: Quantity) -> Line | None:
    """a phần b, a trên b, a chia b, "một phần tư"."""
    word = heard.next(read.end)
    if word not in ("phần", "trên", "chia") or read.value is None:
        return None
    if word == "phần" and heard.next(read.end + 1) == "trăm":
        return Line(read.end + 2, "percent", read.text + "%")
    if word == "phần" and heard.next(read.end + 1) in ("nghìn", "ngàn"):
        return Line(read.end + 2, "percent", read.text + "‰")
    if word == "phần" and heard.next(read.end + 1) == "tư":
        return Line(read.end + 2, "fraction", f"{read.text}/4")
    below = number(heard, read.end + 1) if heard.next(read.end + 1) in (*ONES, "mười", "hăm") else None
    return Line(below.end, "fraction", f"{read.text}/{below.value}") if below else None


def _measure(heard: Heard, k: int, read: Quantity) -> Line | None:
    if heard.next(read.end) == "phần" and heard.next(read.end + 1) in ("trăm", "nghìn", "ngàn"):
        return Line(read.end + 2, "percent", read.text + ("%" if heard.word(read.end + 1) == "trăm" else "‰"))
    unit = unit_at(heard, read.end)
    if unit is None:
        if heard.next(read.end) == "độ" and heard.next(read.end + 1) in HALF and read.value is not None:
            return Line(read.end + 2, "measure", f"{read.value}.5 độ")
        if heard.next(read.end) == "độ" and heard.word(k) != "không":
            return Line(read.end + 1, "measure", f"{read.text} độ")
        return None
    if heard.next(unit[1]) in HALF and read.value is not None and unit[0] not in ("phút", "s"):
        return Line(unit[1] + 1, "measure", f"{read.value}.5 {unit[0]}")
    if unit[0] == "m" and read.value in (1, 2) and (heard.next(unit[1]) in ONES or heard.next(unit[1]) == "mười"):
        rest = number(heard, unit[1])  # một mét bảy, một mét sáu lăm
        if rest and rest.value < 100 and not unit_at(heard, rest.end) and heard.next(rest.end) not in COUNTED:
            return Line(rest.end, "measure", f"{read.value}m{rest.value}")
    blank = "" if unit[0] == "s" else " "
    return Line(unit[1], "measure", f"{read.text}{blank}{unit[0]}")


def _stands_alone(heard: Heard, k: int, read: Quantity) -> bool:
    """May a single digit word, or two without "mươi", be written as a number here?"""
    before, follow = heard.word(k - 1) if k and heard.gaps[k] == JOINED else "", heard.next(read.end)
    if before in LABELS and follow not in COUNTED | {"ngoái", "nay", "sau", "trước", "qua", "mình", "bên", "là"}:
        return (
            heard.gaps[k - 1] != JOINED
            or heard.word(k - 2) not in ("hai", "mấy", "một", "con")
            or (k > 2 and (heard.word(k - 3) in ("mươi", "mười", "trăm", "điều", "linh", "lẻ")))
        )
    if (
        before in ORDERED
        and heard.word(k - 2) not in NOT_ORDERED
        and (not follow or follow in AFTER_LABEL or (before == "quý" and follow == "năm"))
    ):
        return True
    if read.end == k + 1:
        return False
    before_pair = before in TITLES or before in ("năm", "dăm", "đôi", "ngày")
    return not (heard.word(k) == "năm" or before_pair or follow in COUNTED)


def fourth(heard: Heard, k: int) -> Line | None:
    """quận tư, lầu tư: 4; elsewhere "tư" alone is a word."""
    named = k > 0 and heard.gaps[k] == JOINED and heard.word(k - 1) in ("quận", "phường", "tầng", "lầu", "quý")
    return Line(k + 1, "cardinal", "4") if named and heard.next(k + 1) not in ("vấn", "nhân", "gia") else None


def ordinal(heard: Heard, k: int) -> Line | None:
    """thứ nhất → thứ 1, thứ tư → thứ 4, thứ ba mươi tư → thứ 34."""
    word = heard.next(k + 1)
    if word == "nhất":
        return Line(k + 2, "ordinal", f"{heard.text[heard.starts[k] : heard.ends[k]]} 1")
    if word == "tư":
        value, end = 4, k + 2
    elif word in ONES or word == "mười" or word == "hăm":
        read = number(heard, k + 1)
        if read is None:
            return None
        value, end = read.value, read.end
        if read.pair:
            value, end = ONES[word], k + 2
        if read.scale and heard.next(end - 1) in HALF:
            return None
    else:
        return None
    return Line(end, "ordinal", f"{heard.text[heard.starts[k] : heard.ends[k]]} {value}")


__all__ = ["AFTER_TENS", "DIGIT", "Line", "counted", "currency_at", "money", "ordinal", "unit_at"]
