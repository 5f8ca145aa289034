"""Plain forms of Vietnamese text: folded, without tones, regional words in their common form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PUNCTUATION = re.compile(r"(?<=\d)[.,:/\-](?=\d)|([^\w\s%₫+]|_)")
_TONE_MARKS = str.maketrans("", "", "\u0300\u0301\u0303\u0309\u0323")


@lru_cache(maxsize=1024)
def fold(text: str) -> str:
    """NFC, lower case, one blank between words, punctuation out (kept inside numbers: 2.500.000, 14:30)."""
    text = unicodedata.normalize("NFC", text).lower()
    return " ".join(_PUNCTUATION.sub(lambda m: " " if m.group(1) else m.group(0), text).split())


def strip_tones(text: str) -> str:
    """Without tone marks but with the letters' own (ă â đ ê ô ơ ư), for tolerant matching: "thứ sáu" → "thư sau"."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).translate(_TONE_MARKS))


def strip_marks(text: str) -> str:
    """Plain ASCII letters: "đồng ý" → "dong y"."""
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in text if not unicodedata.combining(c))


# Regional phrase → common form. Longest match first. Words with another meaning are replaced only outside the
# compounds in _KEEP (mô hình, chi tiết, hàm răng, biểu phí …).
_COMMON: dict[str, str] = {
    # Central
    "mần răng": "làm sao", "mần chi": "làm gì", "mần": "làm", "răng rứa": "sao vậy", "răng ri": "như thế nào",
    "răng": "sao", "rứa": "vậy", "chi rứa": "gì vậy", "chi": "gì", "khi mô": "khi nào", "ở mô": "ở đâu",
    "đi mô": "đi đâu", "mô": "đâu", "bây chừ": "bây giờ", "bao chừ": "bao giờ", "chừ": "bây giờ", "ni": "này",
    "bữa ni": "hôm nay", "bựa ni": "hôm nay", "hôm ni": "hôm nay", "sáng ni": "sáng nay", "chiều ni": "chiều nay",
    "tối ni": "tối nay", "bữa qua": "hôm qua", "bựa mai": "ngày mai", "tháng ni": "tháng này", "tuần ni": "tuần này",
    "nớ": "đó", "nỏ": "không", "khôông": "không", "tê": "kia", "chộ": "thấy", "cấy chi": "cái gì",
    "bầy tui": "chúng tôi", "bọn choa": "chúng tôi", "choa": "chúng tôi", "mệ": "bà", "mạ": "mẹ", "eng": "anh",
    "dạ nờ": "dạ", "hí": "nhé", "hỉ": "nhỉ",
    # South
    "hổng": "không", "hông": "không", "tui": "tôi", "tụi tui": "chúng tôi", "ổng": "ông ấy", "bả": "bà ấy",
    "bữa nay": "hôm nay", "bữa mai": "ngày mai", "bữa mốt": "ngày kia", "bữa kia": "ngày kia", "vầy": "thế này",
    "dzậy": "vậy", "zậy": "vậy", "nghen": "nhé", "nhen": "nhé", "nha": "nhé", "hen": "nhé", "thiệt": "thật",
    "lẹ": "nhanh", "chừng nào": "bao giờ", "hồi nào": "khi nào", "lãnh lương": "lĩnh lương", "gởi": "gửi",
    "cám ơn": "cảm ơn", "bịnh": "bệnh", "má": "mẹ", "dìa": "về", "dzô": "vào", "ừa": "ừ", "gì dzợ": "gì vậy",
    "xài": "dùng", "trễ": "muộn", "kêu": "gọi",
    # North
    "nhá": "nhé", "bẩy": "bảy", "tỉ": "tỷ", "chả": "không", "chẳng": "không",
}  # fmt: skip
_KEEP: frozenset[str] = frozenset(
    """mô hình;mô tả;quy mô;mô tô;mô mô;hi mô;chi tiết;chi phí;chi nhánh;chi trả;chi tiêu;chi cục;thu chi;chị chi;
    tên chi;linh chi;kim chi;răng hàm;hàm răng;đau răng;nhổ răng;làm răng;khám răng;trồng răng;niềng răng;bọc răng;
    răng sứ;răng khôn;cái răng;chiếc răng;tê liệt;gây tê;tê tê;ô tê;tê pê;ét tê;nha khoa;nha sĩ;nha trang;nha chu;
    hông xe;bà mạ;xi mạ;kêu ca;má phanh;gò má;mần thinh;chả cá;chả giò;bún chả;giò chả;chẳng hạn;tê giác;
    ni cô;hí hửng;y tê""".replace("\n", "")
    .replace("    ", "")
    .split(";")
)
_LONGEST = max(len(p.split()) for p in _COMMON)
_FIRST = frozenset(phrase.split()[0] for phrase in (*_COMMON, *_KEEP))
"""Most text holds none of these words and stays as it is."""


@lru_cache(maxsize=1024)
def common_words(text: str) -> str:
    """Regional words of folded ``text`` in their common form; words that mean something else there stay.

    First cut: "răng" next to a dentist's words is a tooth, "chi tiết" a detail, "mô hình" a model.
    """
    words, out, k = text.split(), [], 0
    if _FIRST.isdisjoint(words):
        return " ".join(words)
    while k < len(words):
        if words[k] not in _FIRST:
            out.append(words[k])
            k += 1
            continue
        if f"{' '.join(words[k : k + 2])}" in _KEEP:
            out += words[k : k + 2]
            k += 2
            continue
        kept = bool(out) and f"{words[k - 1]} {words[k]}" in _KEEP
        for n in range(min(_LONGEST, len(words) - k), 0, -1):
            common = None if kept and n == 1 else _COMMON.get(" ".join(words[k : k + n]))
            if common is not None:
                out.append(common)
                k += n
                break
        else:
            out.append(words[k])
            k += 1
    return " ".join(out)
