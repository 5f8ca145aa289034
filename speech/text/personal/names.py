"""Names of people: after "tên tôi là", after a title with a surname, and full names that stand alone."""

from __future__ import annotations

from speech.text.normalize import strip_marks
from speech.text.personal.finding import Finding
from speech.text.personal.syllables import CERTAIN_SURNAMES, NAMES, NUMBER_NAMES, SURNAMES
from speech.text.scan import Word, phrases_of, words_of

_CUES = frozenset(
    tuple(cue.split())
    for cue in phrases_of(
        """
    tên là; tên tôi là; tên tui là; tên em là; tên mình là; tên anh là; tên chị là; tên con là; tên cháu là;
    tên cô là; tên đầy đủ là; tên khách hàng là; họ tên là; họ và tên là; họ tên; họ và tên; em tên; tôi tên;
    tui tên; mình tên; anh tên; chị tên; con tên; cháu tên; cô tên; chú tên; bác tên; chủ tài khoản là;
    chủ tài khoản; chủ thẻ là; chủ thẻ; người nhận là; người nhận; tên người nhận; người thụ hưởng;
    người liên hệ là; người liên hệ; tên khách hàng; khách hàng tên; tên thật là; tên đệm là; ký tên; đứng tên;
    vợ tôi tên; chồng tôi tên; tên
    """
    )
)
_WEAK_CUES = frozenset(
    tuple(cue.split())
    for cue in phrases_of(
        """
    tôi là; tui là; em là; mình là; anh là; chị là; con là; cháu là; cô là; chú là; bác là; đây là; gặp; khách hàng;
    phải
    """
    )
)
_LONGEST = max(map(len, _CUES))
_TITLES = frozenset(
    words_of(
        """
    anh chị ông bà cô chú bác em cậu dì mợ thím bạn con cháu thầy o mệ tên
    """
    )
)
_TITLED = _TITLES - {"tên", "o"}
"""Before a given name in capitals alone: chị Lan."""
_NOT_PEOPLE = frozenset(
    words_of(
        """
    đường phố phường quận huyện xã tỉnh thị trường tp ngõ hẻm chợ cầu công ty viện bến ga trạm thôn ấp ngách hàng
    đại học tượng bưu
    """
    )
)
_ANH_AFTER = frozenset(
    words_of(
        """
    kim lan hoàng ngọc tuấn việt đức quỳnh mai phương vân thị văn tú thế duy nhật trâm minh hồng bảo quốc hải châu
    hùng trâm diệu mỹ
    """
    )
)
_PARTICLES = frozenset(
    words_of(
        """
    ạ đây nha nè nhé đó đấy em anh chị nghe hen
    """
    )
)
_MALE = frozenset(("nam", "thu", "hai", "ba", "sáng", "chung", "thanh", "vui", "tính", "tình", "công", "gia", "nhất"))
"""Given names that "tôi là …" more often means otherwise when they are in lower case."""
_MOST = 4
_BARE = frozenset(words_of("nguyen tran pham huynh phan vu vo dang bui ngo duong hoang truong dinh trinh doan"))
"""Surnames as cards and accounts print them."""
_BARE_NAMES = frozenset(strip_marks(name) for name in NAMES)
_PHRASES = frozenset(
    tuple(p.split())
    for p in phrases_of(
        """
    hà nội; hà tĩnh; hà nam; hà giang; hồ chí minh; đinh ninh; cao bằng; thái bình; thái nguyên; thái lan;
    ninh bình; mai sau; kiều nữ; hoàng gia; hồ tây; hà đông; lâm đồng; sơn la; sơn tây; trà vinh; quan tâm; quản lý;
    thân thiện; tiêu chí; từ thiện; lương tháng; cao nhất; từ anh; từ chị; văn phòng; trang thông; thái an;
    vàng anh; kim loan
    """
    )
)


def find_names(text: str, words: list[Word]) -> list[Finding]:
    """Names in order. A given name alone counts only behind a cue."""
    found: list[Finding] = []
    k = 0
    while k < len(words):
        end = _name_at(words, k)
        if end is None:
            k += 1
            continue
        start = words[k].start
        found.append(Finding("name", start, words[end - 1].end, text[start : words[end - 1].end]))
        k = end
    return found


def _name_at(words: list[Word], k: int) -> int | None:
    """End of the name that begins at word ``k``."""
    word = words[k].plain
    if word not in NAMES and word not in SURNAMES and not words[k].capital:
        return None
    if k + 2 < len(words) and tuple(w.plain for w in words[k : k + 3]) in _PHRASES:
        return None
    before = words[k - 1].plain if k else ""
    end = _extent(words, k)
    if _cued(words, k, _CUES):
        if word in _TITLES and word != "anh":
            return None
        return end if end > k and not (end == k + 1 and word in NUMBER_NAMES) else None
    customer = k > 1 and (words[k - 2].plain, before) == ("khách", "hàng")
    if (before in _NOT_PEOPLE and not customer) or tuple(w.plain for w in words[k : k + 2]) in _PHRASES:
        return None
    if words[k].capital and word in _BARE and end - k >= 3 and words[k + 1].plain in _BARE_NAMES:
        return end
    titled = before in _TITLED and words[k].capital and not words[k].first and end == k + 1
    if titled and word in NAMES and word not in NUMBER_NAMES and word not in _TITLES:
        return end
    surname = word in SURNAMES and end - k >= 2
    if surname and word not in CERTAIN_SURNAMES and not words[k].capital and before not in _TITLES:
        surname = end - k >= 3 and before == "là"
    if surname and (before in _TITLES or _cued(words, k, _WEAK_CUES)):
        return end
    if _cued(words, k, _WEAK_CUES) and before == "là" and end == k + 1:
        known = word in NAMES and word not in NUMBER_NAMES and (words[k].capital or word not in _MALE)
        closed = end == len(words) or words[end].first or words[end].plain in _PARTICLES
        return end if known and (words[k].capital or closed) and word not in _TITLES else None
    if surname and end - k >= 3 and word in CERTAIN_SURNAMES:
        capitals = all(w.capital or (n == 0 and w.first) for n, w in enumerate(words[k:end]))
        middle = words[k + 1].plain in ("văn", "thị", "hữu", "đình", "ngọc", "minh", "thanh", "thùy", "quang", "xuân")
        return end if capitals or middle else None
    return None


def _extent(words: list[Word], k: int) -> int:
    """End of the run of name syllables from ``k``: written alike (all with capitals or none), in one clause."""
    capital = words[k].capital or (words[k].first and k + 1 < len(words) and words[k + 1].capital)
    end = k
    while end < len(words) and end - k < _MOST and (end == k or not words[end].first):
        word = words[end]
        if word.plain == "anh" and not word.capital and not _is_anh(words, k, end):
            break
        if capital:
            if not (word.capital or end == k) or not word.plain.isalpha():
                break
        elif not _is_part(words, k, end):
            break
        end += 1
    return end


def _is_part(words: list[Word], k: int, at: int) -> bool:
    """Does the lower-case word at ``at`` go on a name that began at ``k``?"""
    plain = words[at].plain
    if at == k:
        return plain in NAMES or plain in SURNAMES
    number = plain in NUMBER_NAMES and at == k + 1 and words[k].plain not in SURNAMES
    return plain in NAMES and not number


def _is_anh(words: list[Word], k: int, at: int) -> bool:
    """Is "anh" at ``at`` a part of the name, not the next word of address?"""
    if at == k:
        return False
    if at == k + 1 and words[k].plain in CERTAIN_SURNAMES and at + 1 < len(words) and words[at + 1].plain in NAMES:
        return True  # lê anh tuấn
    closed = at + 1 == len(words) or words[at + 1].first or words[at + 1].plain not in ("ơi", "có", "cho", "là", "gọi")
    return words[at - 1].plain in _ANH_AFTER and closed


def _cued(words: list[Word], k: int, cues: frozenset[tuple[str, ...]]) -> bool:
    return any(tuple(w.plain for w in words[k - size : k]) in cues for size in range(1, min(_LONGEST, k) + 1))
