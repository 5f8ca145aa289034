"""What the bot wants, read off the words of its turn by keyword rules.

The rules look at the turn's last question first, because that is what people answer, and at the whole turn where a
question alone says too little. They must survive any wording a business writes into its flows, so they are few and
broad, and an unknown question falls back to ``QUESTION``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from telephony.simulator import reading


class Act(StrEnum):
    """What a turn of the bot asks of the customer, or tells them."""

    IDENTITY = "identity"
    BIRTH_YEAR = "birth_year"
    LAST_DIGITS = "last_digits"
    FULL_NAME = "full_name"
    PLAN = "plan"
    ASK_DATE = "ask_date"
    ASK_AMOUNT = "ask_amount"
    ASK_REASON = "ask_reason"
    ASK_PAID = "ask_paid"
    RECAP = "recap"
    OFFER_PERSON = "offer_person"
    TRANSFERRING = "transferring"
    ASK_CALLBACK = "ask_callback"
    CONFIRM_CALLBACK = "confirm_callback"
    CONFIRM_OPT_OUT = "confirm_opt_out"
    ASK_MESSAGE = "ask_message"
    HEAR_CHECK = "hear_check"
    REPHRASE = "rephrase"
    ANYTHING_ELSE = "anything_else"
    APPOINTMENT = "appointment"
    ASK_NEW_TIME = "ask_new_time"
    CONFIRM_CANCEL = "confirm_cancel"
    GOODBYE = "goodbye"
    QUESTION = "question"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the bot as the customer understood it."""

    act: Act
    text: str
    question: str
    """The last question in it, "" if there is none."""
    dates: tuple[date, ...] = ()
    amounts: tuple[int, ...] = ()
    times: tuple[tuple[int, int], ...] = ()
    """Dates, amounts and times of the question, or of the whole turn if the question has none."""


_SENSITIVE = re.compile(
    r"khoản vay|khoản nợ|dư nợ|\bnợ\b|quá hạn|trả góp|tiền vay|trễ hạn|chậm trả|đến hạn|thanh toán|kỳ trả|tất toán"
)


def sensitive(text: str) -> bool:
    """Does ``text`` tell of the debt (an amount of money, a loan, a due date)?"""
    return bool(_SENSITIVE.search(text.lower())) or bool(reading.amounts(text))


_SENTENCE = re.compile(r"[^.?!…;]*[^.?!…;\s][^.?!…;]*[.?!…;]*(?=\s|$)|[^\s]+")
_ASKS = re.compile(
    r"\?|phải không|đúng không|được không|không ạ|chưa ạ|\bnào\b|\bmấy\b|bao nhiêu|bao giờ|khi nào|thế nào|"
    r"cho em (?:hỏi|biết|xin)|vì sao|tại sao|\bai\b|hay là|không nhỉ|có .* không$|lý do gì|chứ ạ$|đọc giúp|nói giúp|"
    r"xác nhận giúp|nghe rõ"
)
_WHO = "anh|chị|cô|chú|bác|ông|bà|em|mình"
_STAFF = "nhân viên|tư vấn viên|chuyên viên|tổng đài|đồng nghiệp"
_Rules = tuple[tuple[Act, re.Pattern[str]], ...]


def _rules(*table: tuple[Act, tuple[str, ...]]) -> _Rules:
    return tuple((act, re.compile("|".join(patterns))) for act, patterns in table)


# Ordered: the first rule with a pattern in the question decides.
_QUESTION_RULES = _rules(
    (Act.BIRTH_YEAR, ("năm sinh", "sinh năm", "ngày sinh", "ngày tháng năm sinh")),
    (Act.LAST_DIGITS, ("số cuối", "(?:bốn|4|ba|3) (?:chữ )?số")),
    (Act.CONFIRM_OPT_OUT, ("(?:ngừng|dừng|không) gọi.*(?:đúng|phải|chắc|đồng ý|xác nhận)",)),
    (Act.ASK_MESSAGE, (
        "nhắn (?:lại|giúp|với|hộ|giùm)", "chuyển lời", "báo (?:lại )?(?:giúp|với|cho)",
        "(?:khi nào|bao giờ|lúc nào|mấy giờ).*(?:có nhà|về|gặp được)",
    )),
    (Act.CONFIRM_CALLBACK, ("gọi lại.*(?:được không|phải không|đúng không|tiện không|nhé)",)),
    (Act.ASK_CALLBACK, ("gọi lại", "tiện (?:nghe|nói chuyện|trao đổi)", "(?:lúc|khi|giờ) nào.*tiện")),
    (Act.OFFER_PERSON, (
        f"(?:gặp|chuyển|kết nối|nối máy|trao đổi).*(?:{_STAFF}|người)",
        f"(?:{_STAFF}).*(?:gọi|liên hệ|hỗ trợ)",
    )),
    (Act.REPHRASE, ("(?:nói|nhắc) lại", "chưa nghe rõ", "nghe chưa rõ", "chưa hiểu", "không nghe rõ")),
    (Act.HEAR_CHECK, (
        "nghe (?:rõ |thấy |được )?(?:em|con|cháu|tôi|máy)", "nghe (?:rõ|thấy).*không", "còn (?:ở đó|nghe|trên máy)",
    )),
    (Act.ANYTHING_ELSE, ("(?:cần|còn|muốn).*(?:gì|nào) (?:thêm|khác|nữa)", "thêm gì", "gì nữa", "hỗ trợ gì")),
    (Act.CONFIRM_CANCEL, (r"\b(?:hủy|huỷ)\b.*(?:đúng|phải|chắc|đồng ý|xác nhận|không)",)),
    (Act.IDENTITY, (
        "nói chuyện với", f"gặp (?:{_WHO}|quý khách)", f"có phải (?:là )?(?:số |máy )?(?:của )?(?:{_WHO})",
        f"(?:là|số (?:điện thoại )?của|máy của) (?:{_WHO})[^.]{{0,40}}(?:phải|đúng) không",
        rf"(?:{_WHO})(?: \w+){{1,5}} phải không",
    )),
    (Act.FULL_NAME, ("họ (?:và )?tên", "tên (?:đầy đủ|của)", "ai đang nghe", "đang nói chuyện với ai")),
    (Act.ASK_NEW_TIME, (
        "(?:đổi|dời|chuyển|hẹn|đặt).*(?:ngày|giờ|lúc|hôm|khi|buổi|thời gian) nào", "(?:dời|đổi) (?:lịch )?sang",
    )),
    (Act.APPOINTMENT, (
        "(?:đến|tới|qua) (?:được|đúng|khám)", "tham dự", "xác nhận (?:lịch|sẽ (?:đến|tới))", "sắp xếp (?:đến|tới)",
    )),
    (Act.ASK_REASON, (
        "lý do", "vì sao", "tại sao", "nguyên nhân", "khó khăn gì", "vướng mắc", "điều gì", "sai ở", "chưa đúng",
    )),
    (Act.ASK_PAID, (
        "đã (?:thanh toán|đóng|trả|chuyển).*(?:ngày nào|hôm nào|khi nào|kênh nào|qua đâu|bao giờ|lúc nào)",
        "(?:thanh toán|đóng|trả|chuyển).*(?:hôm nào|ngày nào|khi nào|qua (?:kênh|hình thức|đâu)).*rồi",
    )),
)  # fmt: skip
# The same for a turn without a question.
_TURN_RULES = _rules(
    (Act.TRANSFERRING, (f"(?:chuyển|nối|kết nối) (?:máy|cuộc gọi|{_WHO}|quý khách)?.*(?:{_STAFF})", "giữ máy")),
    (Act.GOODBYE, (
        f"(?:em|con|cháu|tôi)? ?(?:xin )?chào (?:tạm biệt|{_WHO}|quý khách)[^.]{{0,25}}$", "tạm biệt", "tốt lành",
        "(?:xin phép|em) (?:cúp|dừng|kết thúc|ngắt|gác)", "một ngày (?:vui|tốt)", "cuộc gọi (?:xin )?(?:kết thúc|dừng)",
    )),
    (Act.REPHRASE, ("(?:nói|nhắc) lại", "chưa nghe rõ", "nghe chưa rõ", "chưa hiểu", "không nghe rõ")),
    (Act.HEAR_CHECK, ("^(?:dạ )?(?:a ?lô|alo)",)),
)  # fmt: skip
_DATE_ASKED = re.compile(
    "(?:ngày|hôm|bữa|lúc|khi|chừng|thời gian) (?:nào|mô)|bao giờ|mấy tây|ngày mấy|thời điểm|thứ mấy"
    "|xin ngày|ngày .*cụ thể"
)
_AMOUNT_ASKED = re.compile(
    "bao nhiêu|số tiền nào|toàn bộ hay|một phần|đủ hay|trả (?:hết|đủ) hay"
    "|thanh toán (?:hết|đủ|đầy đủ) (?:hay|hoặc|không)"
)
_DEBT_TALK = re.compile("thanh toán|đóng|trả|khoản|chuyển tiền|đến hạn|kỳ này|số tiền")
_APPOINTMENT_TALK = re.compile("lịch|hẹn|khám|đến (?:được|đúng)|tham dự")
CONFIRM = re.compile(
    "đúng không|phải không|chính xác không|đúng chưa|đúng chứ|xác nhận|phải vậy|đúng vậy|được không|đúng ạ"
)


def hear(text: str, today: date) -> Heard:
    """Understand one turn of the bot; ``text`` is what has sounded, written or spelt out."""
    flat = " ".join(text.lower().split())
    question = _last_question(flat)
    act = _question_act(question, flat, today) if question else _statement_act(flat)
    where = question if question and (reading.dates(question, today) or reading.amounts(question)) else flat
    return Heard(
        act, text, question, tuple(reading.dates(where, today)), tuple(reading.amounts(where)),
        tuple(reading.clock_times(where)),
    )  # fmt: skip


def _last_question(flat: str) -> str:
    for sentence in reversed(_SENTENCE.findall(_protect_numbers(flat))):
        if _ASKS.search(_trim(sentence)):
            return str(_trim(sentence).replace("\0", "."))
    return ""


def _protect_numbers(flat: str) -> str:
    return re.sub(r"(?<=\d)\.(?=\d)", "\0", flat)


def _trim(sentence: str) -> str:
    return sentence.strip().rstrip(".!…;")


def _question_act(question: str, flat: str, today: date) -> Act:
    for act, pattern in _QUESTION_RULES:
        if pattern.search(question):
            return act
    confirms = bool(CONFIRM.search(question))
    has_value = bool(reading.dates(question, today) or reading.amounts(question))
    asks_date, asks_amount = bool(_DATE_ASKED.search(question)), bool(_AMOUNT_ASKED.search(question))
    if confirms and not asks_date and not asks_amount:
        return Act.RECAP if has_value or _value_told(flat, today) else Act.QUESTION
    if asks_amount and not asks_date:
        return Act.ASK_AMOUNT
    if asks_date:
        return Act.PLAN if _value_told(flat, today) else Act.ASK_DATE
    if _APPOINTMENT_TALK.search(question) and not _DEBT_TALK.search(question):
        return Act.APPOINTMENT
    if _DEBT_TALK.search(question):
        return Act.PLAN
    return Act.APPOINTMENT if _APPOINTMENT_TALK.search(flat) and not _DEBT_TALK.search(flat) else Act.QUESTION


def _value_told(flat: str, today: date) -> bool:
    return bool(reading.amounts(flat) or reading.dates(flat, today))


def _statement_act(flat: str) -> Act:
    tail = flat.rstrip(" .!…")
    for act, pattern in _TURN_RULES:
        if pattern.search(tail):
            return act
    return Act.STATEMENT
