"""Announcements are recognised through recognition errors, and people are not taken for them."""

from random import Random

import pytest

from telephony.announcements import AnnouncementKind, classify
from telephony.simulator.network import ANNOUNCEMENTS
from telephony.simulator.wording import phrases

_NOISE = (
    "bao", "qui", "khac", "goi", "lien", "lac", "duoc", "xin", "vui", "long", "ma", "ta", "bi", "ca", "lam", "hom",
    "nay", "thi", "la", "co",
)  # fmt: skip


def _damage(text: str, share: float, rng: Random) -> str:
    """Lose, replace or misspell ``share`` of the syllables, a third each."""
    out = []
    for word in text.lower().replace(",", "").replace(".", "").split():
        luck = rng.random()
        if luck < share / 3:
            continue
        if luck < share * 2 / 3:
            word = rng.choice(_NOISE)
        elif luck < share:
            at = rng.randrange(len(word))
            word = word[:at] + rng.choice("abcdeghiklmnopqrstuvxy") + word[at + 1 :]
        out.append(word)
    return " ".join(out)


@pytest.mark.parametrize("kind", sorted(ANNOUNCEMENTS))
def test_announcements_survive_damage(kind: str) -> None:
    rng = Random(1)
    texts = [_damage(text, 0.25, rng) for text in ANNOUNCEMENTS[kind] for _ in range(200)]
    found = [classify(text) for text in texts]
    right = AnnouncementKind.INVALID if kind == "invalid_number" else AnnouncementKind.UNREACHABLE
    assert sum(k is right for k in found) >= 0.9 * len(found)
    assert sum(k is not None and k is not right for k in found) <= 0.05 * len(found)


def test_while_it_is_still_being_spoken_it_is_never_taken_for_another() -> None:
    for kind, texts in ANNOUNCEMENTS.items():
        for text in texts:
            words = text.lower().replace(",", "").replace(".", "").split()
            found = {classify(" ".join(words[:n])) for n in range(1, len(words) + 1)}
            right = AnnouncementKind.INVALID if kind == "invalid_number" else AnnouncementKind.UNREACHABLE
            assert found == {None, right}, text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("thuê bao quý khách vừa gọi hiện đang bận xin quý khách vui lòng gọi lại sau", AnnouncementKind.BUSY),
        ("xin vui lòng để lại lời nhắn sau tiếng bíp", AnnouncementKind.VOICEMAIL),
        ("số máy quý khách vừa gọi không đúng", AnnouncementKind.INVALID),
        ("thue bao quy khach vua goi khong lien lac duoc", AnnouncementKind.UNREACHABLE),
        ("The number you have dialed cannot be reached", AnnouncementKind.UNREACHABLE),
    ],
)
def test_plain_announcements(text: str, kind: AnnouncementKind) -> None:
    assert classify(text) is kind


@pytest.mark.parametrize(
    "text",
    [
        "", "alô", "alô ai đấy", "alô anh nghe đây có chuyện gì thế em", "tôi đang bận gọi lại sau nhé",
        "tui đang ở ngoài vùng phủ sóng nghe không rõ", "chị vừa gọi cho anh không liên lạc được",
        "không có ai tên đó đâu nhầm số rồi", "số này không đúng", "thuê bao", "thuê bao quý khách vừa gọi",
    ],
)  # fmt: skip
def test_people_are_not_announcements(text: str) -> None:
    assert classify(text) is None


def test_nothing_a_customer_says_is_an_announcement() -> None:
    said = {intent: lines for intent, lines in phrases().items() if intent != "mailbox"}
    lines = [line for by_region in said.values() for lines in by_region.values() for line in lines]
    assert len(lines) > 200
    assert [line for line in lines if classify(line)] == []
