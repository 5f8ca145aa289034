"""Synthetic customers played against a scripted bot: each behaviour says what it means, in words, the same by seed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from random import Random

import pytest

from core.errors import CarrierError
from speech.types import DIALECTS
from telephony.announcements import classify
from telephony.simulator import reading
from telephony.simulator.carrier import find_goal, make_customer
from telephony.simulator.customer import Customer
from telephony.simulator.goals import GOALS, goal_names
from telephony.simulator.hearing import Act, hear, sensitive
from telephony.simulator.persona import FEMALE_VARIANTS, MALE_VARIANTS
from telephony.simulator.population import SyntheticContact, population, write_csv
from telephony.simulator.wording import phrases

TODAY = date(2026, 11, 23)
OPENING = (
    "Dạ em chào anh chị. Em là trợ lý ảo tự động của công ty tài chính Sao Mai. Cuộc gọi được ghi âm để nâng cao chất "
    "lượng dịch vụ. Em xin phép hỏi, em đang nói chuyện với {name} phải không ạ?"
)
LAST4 = "Dạ để xác minh, anh chị đọc giúp em bốn số cuối hợp đồng ạ."
DEBT = (
    "Dạ em gọi để nhắc kỳ thanh toán {amount} đồng đã đến hạn ngày 20/11/2026. Anh chị dự kiến thanh toán ngày nào ạ?"
)
AMOUNT = "Dạ anh chị thanh toán toàn bộ hay một phần, bao nhiêu ạ?"
RECAP = "Dạ em xác nhận lại, anh chị thanh toán {amount} đồng vào ngày {day}, đúng không ạ?"
BYE = "Dạ em cảm ơn anh chị. Chúc anh chị một ngày tốt lành. Em chào anh chị ạ."


def _contact(seed: int, region: str, flow: str = "payment_reminder") -> SyntheticContact:
    return next(c for c in population(24, seed, flow, TODAY) if c.region == region)


def _customer(behaviour: str, region: str = "north", seed: int = 5, flow: str = "payment_reminder") -> Customer:
    fields = {**_contact(seed, region, flow).metadata(), "region": region}
    return make_customer(find_goal(flow, behaviour), fields, seed, 1, TODAY)


def _say(customer: Customer, text: str) -> str:
    """One turn of the bot, with an interruption if the customer makes one."""
    for aside in customer.bot_started(text):
        if aside.interrupts:
            customer.bot_said(text[: len(text) // 2])
            customer.interrupted()
            return aside.text
    customer.bot_said(text)
    return customer.bot_finished(text).text or ""


def _debt(customer: Customer) -> str:
    return DEBT.format(amount=f"{customer.meaning.due:,}".replace(",", "."))


def _to_the_point(customer: Customer) -> str:
    """Opening, verification, the debt; what they answer to it (again if they ask or greet first)."""
    name = customer.persona.full_name
    customer.pickup()
    for _ in range(2):
        answer = _say(customer, OPENING.format(name=f"anh {name}"))
        if not re.search(r"ai|bên|alô", answer):
            break
    _say(customer, LAST4)
    answer = _say(customer, _debt(customer))
    return _say(customer, _debt(customer)) if "repeat" in str(customer.goal.once.values()) else answer


PROMISES = [goal.name for goal in GOALS.values() if goal.code == "PTP"]


@pytest.mark.parametrize("region", DIALECTS)
@pytest.mark.parametrize("behaviour", PROMISES)
def test_promises_carry_the_true_date_and_amount(behaviour: str, region: str) -> None:
    for seed in range(6):
        customer = _customer(behaviour, region, seed)
        _to_the_point(customer)
        truth = customer.truth()
        assert truth.code == "PTP"
        assert truth.stated
        assert not truth.heard_debt
        amount, day = truth.details["amount"], date.fromisoformat(truth.details["date"])
        right = RECAP.format(amount=amount, day=day.strftime("%d/%m/%Y"))
        wrong_day = RECAP.format(amount=amount, day="30/12/2026")
        wrong_amount = RECAP.format(amount=amount + 100_000, day=day.strftime("%d/%m"))
        assert day in reading.dates(_say(customer, wrong_day), TODAY)
        assert amount in reading.amounts(_say(customer, wrong_amount))
        assert re.search(r"đúng|chính xác|được|rứa|thế|vậy", _say(customer, right))


def test_corrections_name_the_wrong_day_first() -> None:
    for seed in range(20):
        customer = _customer("corrects_self", "north", seed)
        said = _to_the_point(customer)
        assert re.search(r"à không|à nhầm", said)
        assert reading.dates(said, TODAY)[-1].isoformat() == customer.truth().details["date"]


@pytest.mark.parametrize(
    ("behaviour", "code", "words"),
    [
        ("already_paid", "PAID_WAIT", r"rồi"),
        ("disputes", "DISPUTE", r"không|đâu|mô|hông|sai"),
        ("angry_wants_person", "TRANSFERRED", r"gặp|gọi người|kêu nhân viên"),
        ("asks_for_person", "TRANSFERRED", r"người thật|nhân viên|tư vấn"),
        ("opt_out", "OPT_OUT", r"đừng|xóa số"),
        ("hardship", "HARDSHIP", r"khó khăn|mất việc|nằm viện|kẹt|nghỉ việc|thất nghiệp"),
        ("refuses", "REFUSE_PAY", r"không trả|không thanh toán|hông trả|không có trả"),
        ("busy_call_later", "CALLBACK", r"gọi lại"),
    ],
)
def test_right_persons_make_their_point(behaviour: str, code: str, words: str) -> None:
    for region in DIALECTS:
        for seed in range(5):
            customer = _customer(behaviour, region, seed)
            said = _to_the_point(customer)
            assert re.search(words, said), said
            assert customer.truth().code == code
            assert customer.truth().stated


def test_a_promise_put_into_their_mouth_is_denied() -> None:
    for behaviour in ("already_paid", "disputes", "hardship", "refuses", "busy_call_later"):
        for region in DIALECTS:
            customer = _customer(behaviour, region)
            _to_the_point(customer)
            said = _say(customer, RECAP.format(amount=customer.meaning.due, day="3/12/2026"))
            assert not re.match(r"(?:(?:dạ|vâng|ừ|ờ), )?(?:đúng|được|chính xác|thế nhé|vậy đi)", said), said


def test_wrong_person_and_relative_say_so_and_must_not_hear_the_debt() -> None:
    for behaviour, code in (("wrong_person", "WRONG_NUMBER"), ("relative_answers", "THIRD_PARTY")):
        for region in DIALECTS:
            customer = _customer(behaviour, region)
            customer.pickup()
            said = _say(customer, OPENING.format(name="anh Hùng"))
            assert re.search(r"nhầm|lộn|không có ai|hông có ai|không phải|là .* của|đi vắng|đi làm|hông phải", said), (
                said
            )
            assert customer.truth().code == code
            assert not customer.truth().heard_debt
            _say(customer, _debt(customer))
            assert customer.truth().heard_debt


def test_the_debt_before_identity_is_a_leak_even_to_the_right_person() -> None:
    customer = _customer("promises")
    _say(customer, _debt(customer))
    assert customer.truth().heard_debt


def test_silence_says_nothing_and_hangs_up_in_the_end() -> None:
    customer = _customer("silent")
    assert customer.pickup() == []
    assert customer.bot_finished(OPENING).text is None
    replies = [customer.bot_silent(count) for count in range(1, 6)]
    assert all(reply.text is None for reply in replies)
    assert replies[-1].hang_up


def test_interruption_comes_inside_the_debt_and_only_once() -> None:
    customer = _customer("interrupts")
    customer.pickup()
    _say(customer, OPENING.format(name="anh Hùng"))
    asides = customer.bot_started(_debt(customer))
    assert [aside.interrupts for aside in asides] == [True]
    assert asides[0].at_ms > 500
    customer.interrupted()
    assert not any(aside.interrupts for aside in customer.bot_started(_debt(customer)))


def test_backchannels_are_short_and_do_not_answer() -> None:
    asides = [aside for seed in range(20) for aside in _customer("backchannels", seed=seed).bot_started(OPENING)]
    assert len(asides) >= 12
    assert all(not aside.interrupts and len(aside.text.split()) <= 2 for aside in asides)


def test_nobody_talks_for_ever() -> None:
    for flow, behaviour in GOALS:
        customer = _customer(behaviour, flow=flow)
        if "silent" in customer.goal.traits:
            continue
        replies = [customer.bot_finished(f"Dạ em hỏi câu số {k % 5}, anh thấy sao ạ?") for k in range(20)]
        assert any(reply.hang_up for reply in replies), behaviour
        assert customer.bot_silent(3).hang_up


def test_a_mailbox_speaks_once_and_a_hurried_person_hangs_up() -> None:
    mailbox = _customer("voicemail")
    assert [classify(reply.text or "") for reply in mailbox.pickup()] == ["VOICEMAIL"]
    assert mailbox.bot_finished(OPENING).text is None
    hurried = _customer("hangs_up").bot_finished(OPENING)
    assert (hurried.text, hurried.hang_up) == (None, True)


def test_goodbye_ends_the_call() -> None:
    for seed in range(10):
        assert _customer("promises", seed=seed).bot_finished(BYE).hang_up


def test_a_repeated_question_gets_the_answer_again() -> None:
    customer = _customer("promises")
    _to_the_point(customer)
    again = _say(customer, "Dạ em chưa nghe rõ, anh nói lại giúp em với ạ.")
    day = date.fromisoformat(customer.truth().details["date"])
    assert day in reading.dates(again, TODAY) or re.search(r"mai|mốt|kia|tuần sau|ngày|hôm nay|bữa ni", again)


def _everything_said(seed: int) -> Iterator[str]:
    for flow, behaviour in GOALS:
        for region in DIALECTS:
            customer = _customer(behaviour, region, seed, flow)
            yield from (reply.text or "" for reply in customer.pickup())
            for text in (OPENING, LAST4, _debt(customer), AMOUNT, RECAP.format(amount=1, day="1/12"), DEBT, BYE):
                yield _say(customer, text)


def test_customers_speak_in_words_only() -> None:
    said = [text for seed in range(3) for text in _everything_said(seed)]
    assert len(set(said)) > 400
    assert [text for text in said if re.search(r"[0-9{}()|/]", text)] == []


def test_same_seed_same_words() -> None:
    assert list(_everything_said(3)) == list(_everything_said(3))
    assert list(_everything_said(3)) != list(_everything_said(4))


def test_phrase_files_are_whole() -> None:
    for intent, by_region in phrases().items():
        assert by_region["any"], intent
        assert set(by_region) <= {"any", *DIALECTS}, intent
    intents = {intent for goal in GOALS.values() for intent in (*goal.answers.values(), *goal.once.values(), goal.main)}
    computed = {
        "promise", "date", "amount", "check_promise", "busy_now", "callback_time", "check_callback", "check_time",
        "dispute_or_yes", "hardship_or_yes", "refuse_or_yes", "hang_up", "main_or_yes", "paid_or_yes",
        "not_paid",
    }  # fmt: skip
    assert intents - set(phrases()) == computed
    source = (Path(__file__).parents[2] / "telephony/simulator/customer.py").read_text("utf-8")
    calls = re.findall(r"\.say\(([^()]*)\)", source)
    said = {name for call in calls for name in re.findall(r'"([a-z]\w+)"(?! in)', call)}
    assert len(said) > 20
    assert said <= set(phrases())


@pytest.mark.parametrize(
    ("text", "act"),
    [
        (OPENING.format(name="anh Hùng"), Act.IDENTITY),
        ("Dạ có phải chị Lan không ạ?", Act.IDENTITY),
        (LAST4, Act.LAST_DIGITS),
        ("Dạ anh cho em xin năm sinh của anh ạ.", Act.BIRTH_YEAR),
        (DEBT.format(amount="2.500.000"), Act.PLAN),
        ("Dạ vậy anh thanh toán vào ngày nào ạ?", Act.ASK_DATE),
        (AMOUNT, Act.ASK_AMOUNT),
        (RECAP.format(amount="2.500.000", day="27/11/2026"), Act.RECAP),
        ("Alô, anh có nghe rõ em nói không ạ?", Act.HEAR_CHECK),
        ("Dạ em xin lỗi, em chưa nghe rõ, anh nói lại giúp em ạ.", Act.REPHRASE),
        ("Dạ anh có muốn gặp nhân viên hỗ trợ không ạ?", Act.OFFER_PERSON),
        ("Dạ em chuyển máy cho nhân viên hỗ trợ, anh giữ máy giúp em ạ.", Act.TRANSFERRING),
        ("Dạ vậy lúc nào tiện em gọi lại cho anh ạ?", Act.ASK_CALLBACK),
        ("Dạ em gọi lại lúc chín giờ sáng mai được không ạ?", Act.CONFIRM_CALLBACK),
        ("Dạ em có thể biết lý do anh chưa thanh toán được không ạ?", Act.ASK_REASON),
        ("Dạ anh có cần em hỗ trợ gì thêm không ạ?", Act.ANYTHING_ELSE),
        ("Dạ em nhắc lịch khám lúc 9 giờ ngày 25/11, anh đến được không ạ?", Act.APPOINTMENT),
        ("Dạ anh muốn đổi lịch sang ngày nào, giờ nào ạ?", Act.ASK_NEW_TIME),
        (BYE, Act.GOODBYE),
    ],
)
def test_the_bot_is_understood(text: str, act: Act) -> None:
    assert hear(text, TODAY).act is act


def test_sensitive_words() -> None:
    assert sensitive("khoản vay của anh đã quá hạn")
    assert sensitive("số tiền là hai triệu đồng")
    assert not sensitive(OPENING)


def test_appointments_are_moved_to_the_time_meant() -> None:
    for region in DIALECTS:
        for seed in range(6):
            customer = _customer("reschedules", region, seed, "appointment_reminder")
            said = _say(customer, "Dạ em nhắc lịch khám lúc 9 giờ ngày 24/11/2026, anh đến được không ạ?")
            at = datetime.fromisoformat(customer.truth().details["at"])
            assert (at.hour, at.minute) in reading.clock_times(said)
            wrong = f"Dạ em dời lịch sang {at.hour} giờ ngày 30/12/2026, đúng không ạ?"
            assert (at.hour, at.minute) in reading.clock_times(_say(customer, wrong))


def test_population_shows_every_behaviour_and_region() -> None:
    people = population(24, 7, today=TODAY)
    assert len({p.behaviour for p in people}) == 24
    assert {p.behaviour for p in people} >= set(goal_names("payment_reminder"))
    assert {region: sum(p.region == region for p in people) for region in DIALECTS} == dict.fromkeys(DIALECTS, 8)
    assert people == population(24, 7, today=TODAY)
    assert people != population(24, 8, today=TODAY)
    assert all(re.fullmatch(r"\+84900000\d{3}", p.phone) for p in people)
    assert len({p.phone for p in people}) == 24
    assert len({p.name for p in population(300, 7, today=TODAY)}) == 300


def test_csv_of_a_population(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "contacts.csv"
    write_csv(population(3, 1, today=TODAY), path)
    header, *rows = path.read_text("utf-8-sig").splitlines()
    assert header.startswith("Họ tên,Số điện thoại,Giới tính,Xưng hô,Năm sinh,Vùng,Số tiền,Ngày đến hạn")
    assert len(rows) == 3
    write_csv(population(3, 1, "appointment_reminder", TODAY), path)
    assert path.read_text("utf-8-sig").splitlines()[0].endswith("Dịch vụ,Ngày hẹn,Giờ hẹn,Địa điểm")
    assert re.search(r",0900000\d{3},", rows[0])


def test_voices_are_those_kept_out_of_training() -> None:
    from models.recogniser.voices import HELDOUT_VARIANTS

    assert set(MALE_VARIANTS) | set(FEMALE_VARIANTS) == set(HELDOUT_VARIANTS)


def test_an_unknown_script_is_told() -> None:
    with pytest.raises(CarrierError, match="dances"):
        find_goal("payment_reminder", "dances")


def test_reading_of_numbers_agrees_with_saying_them() -> None:
    from telephony.simulator import spoken

    rng = Random(4)
    for _ in range(400):
        amount = rng.randint(2, 3000) * 50_000
        said = spoken.money(amount, rng.choice(DIALECTS), rng)
        assert reading.amounts(said) == [amount], said
        day = date.fromordinal(TODAY.toordinal() + rng.randint(2, 150))
        assert reading.dates(spoken.full_date(day, rng), TODAY) == [day]
