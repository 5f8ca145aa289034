"""Turn-taking in made-up time: no audio, no model."""

from __future__ import annotations

from speech.end_of_turn import DEFAULT_OPTIONS
from speech.engine import Activity
from speech.turn_taking import (
    Action,
    BackchannelHeard,
    Digits,
    FinishTurn,
    Floor,
    KeepTurn,
    PromptSilence,
    ResumeBot,
    StopBot,
    TakeTurn,
    TurnTaking,
)
from speech.types import OPEN, Expectation

YES_NO = Expectation(("yes_no",))


class Line:
    """Plays a line of sound through turn-taking, 20 ms at a time, and answers its demand for final readings."""

    def __init__(self) -> None:
        self.turns = TurnTaking()
        self.activity = Activity()
        self.text = ""
        self.now_ms = 0
        self.done: list[tuple[int, Action]] = []

    def run(self, duration_ms: int, *, speaking: bool = False) -> Line:
        for _ in range(duration_ms // 20):
            self.now_ms += 20
            self.activity.now_ms = self.now_ms
            if speaking:
                if not self.activity.turn_open:
                    self.activity.turn_open = True
                    self.activity.turn_start_ms = self.activity.start_ms = self.now_ms - 20
                self.activity.end_ms = self.now_ms
            self.activity.speaking = speaking
            self.take(self.turns.step(self.now_ms, self.activity, lambda: self.text))
        return self

    def say(self, text: str, duration_ms: int) -> Line:
        self.text = text
        return self.run(duration_ms, speaking=True)

    def take(self, actions: list[Action]) -> None:
        for action in actions:
            self.done.append((self.now_ms, action))
            if isinstance(action, FinishTurn):
                self.activity.turn_open = False
                text, self.text = self.text, ""
                start, end = self.activity.turn_start_ms, self.activity.end_ms
                self.take(self.turns.finished(self.now_ms, text, start_ms=start, end_ms=end))

    def bot(self, duration_ms: int, expectation: Expectation = OPEN, **how: bool) -> Line:
        self.turns.bot_started(expectation, **how)
        return self.run(duration_ms)

    def bot_ends(self, wait_ms: int | None = None) -> Line:
        self.take(self.turns.bot_finished(self.now_ms, wait_ms))
        return self

    @property
    def actions(self) -> list[Action]:
        return [action for _, action in self.done if not isinstance(action, FinishTurn)]


def test_an_answer_ends_after_the_silence_its_text_needs() -> None:
    short = Line().bot(1000, YES_NO).bot_ends().run(400).say("đúng rồi", 500).run(2000)
    slow = Line().bot(1000).bot_ends().run(400).say("ngày mười lăm thì", 500).run(2000)
    assert short.actions == slow.actions == [TakeTurn()]
    quickest, _, longest = DEFAULT_OPTIONS.silences_ms
    assert quickest <= short.done[0][0] - 1900 <= quickest + 80
    assert longest - 20 <= slow.done[0][0] - 1900 <= longest + 40


def test_a_pause_after_a_filler_does_not_end_the_turn() -> None:
    line = Line().bot(1000).bot_ends().run(400).say("ngày", 300).run(900).say("ngày mười lăm ạ", 700).run(800)
    assert line.actions == [TakeTurn()]


def test_while_it_is_waited_whether_they_go_on_the_words_so_far_may_be_read_ahead() -> None:
    line = Line().bot(1000).bot_ends().run(400).say("ngày mười lăm", 500)
    line.run(260)
    assert line.turns.perhaps_over == "ngày mười lăm"
    line.run(2000)
    assert line.actions == [TakeTurn()]
    assert line.turns.perhaps_over == ""
    unfinished = Line().bot(1000).bot_ends().run(400).say("anh muốn hỏi là", 500).run(400)
    assert unfinished.turns.perhaps_over == ""


def test_silence_prompts_count_and_start_anew_after_an_answer() -> None:
    line = Line().bot(1000).bot_ends(3000).run(3100)
    assert line.done == [(4000, PromptSilence(1))]
    line.bot(1000).bot_ends().run(3600)
    assert line.actions[-1] == PromptSilence(2)
    line.bot(1000).bot_ends().say("alo", 400).run(800)
    assert line.actions[-1] == TakeTurn()
    line.bot(1000).bot_ends().run(3600)
    assert line.actions[-1] == PromptSilence(1)


def test_barge_in_stops_the_bot_within_a_third_of_a_second() -> None:
    line = Line().bot(1000).say("không phải tôi", 800).run(1600)
    assert line.actions == [StopBot(), TakeTurn(interrupted=True)]
    assert line.done[0][0] - 1000 <= 300


def test_the_bot_lowers_its_voice_until_it_is_clear_what_is_said() -> None:
    line = Line().bot(1000).say("", 100)
    assert line.turns.lowered
    line.say("dạ", 200).run(20)
    assert not line.turns.lowered
    fixed = Line().bot(1000, interruptible=False).say("", 100)
    assert not fixed.turns.lowered


def test_a_false_interruption_is_resumed_soon() -> None:
    line = Line().bot(1000).say("", 1700).run(400)
    stopped, resumed = line.done[0], line.done[-1]
    assert stopped[1] == StopBot()
    assert resumed == (2700 + 240, ResumeBot())


def test_a_backchannel_lets_the_bot_speak_on() -> None:
    line = Line().bot(1000).say("dạ", 350).run(1000)
    assert line.actions == [BackchannelHeard()]
    assert line.turns.floor is Floor.BOT


def test_a_backchannel_that_goes_on_is_an_interruption() -> None:
    line = Line().bot(1000).say("dạ", 400).say("dạ không phải", 400).run(1500)
    assert line.actions == [StopBot(), TakeTurn(interrupted=True)]


def test_the_same_word_after_the_question_is_an_answer() -> None:
    assert Line().bot(1000, YES_NO).bot_ends().run(300).say("dạ", 300).run(1000).actions == [TakeTurn()]


def test_an_answer_may_begin_just_before_the_end_of_the_question() -> None:
    late = Line().bot(1000, YES_NO).say("vâng", 260).bot_ends().run(1000)
    assert late.actions == [TakeTurn()]
    early = Line().bot(1000, OPEN).say("vâng", 300).run(320).bot_ends().run(1000)
    assert early.actions == [BackchannelHeard()]
    assert early.turns.floor is Floor.CUSTOMER


def test_a_short_word_of_weight_interrupts_after_all() -> None:
    line = Line().bot(1000).say("không", 240).run(400)
    assert line.actions == [StopBot(), TakeTurn(interrupted=True)]


def test_an_unsure_syllable_over_the_bot_is_a_backchannel() -> None:
    turns = TurnTaking()
    turns.bot_started(OPEN)
    assert turns.finished(2000, "văn", confidence=0.2) == [BackchannelHeard()]


def test_words_into_a_notice_that_must_be_heard_are_kept_till_its_end() -> None:
    line = Line().bot(1000, interruptible=False).say("tôi không có nợ", 900).run(600)
    assert line.actions == [KeepTurn()]
    line.bot_ends()
    assert line.actions == [KeepTurn(), TakeTurn(kept=True)]


def test_a_noise_does_not_stop_the_bot_and_a_long_one_only_for_a_while() -> None:
    assert Line().bot(1000).say("", 900).run(1000).actions == []
    line = Line().bot(1000).say("", 1700).run(1000)
    assert line.actions == [StopBot(), ResumeBot()]
    assert line.turns.floor is Floor.BOT


def test_a_noise_while_waiting_only_delays_the_prompt_a_little() -> None:
    line = Line().bot(1000).bot_ends(3000).run(2400).say("", 400).run(2600)
    assert line.actions == [PromptSilence(1)]
    assert 4900 <= line.done[-1][0] <= 5900


def test_alo_over_the_opening_is_no_interruption() -> None:
    assert Line().bot(600, opening=True).say("a lô", 500).run(600).actions == [BackchannelHeard()]
    assert Line().bot(600).say("a lô", 500).run(1200).actions == [StopBot(), TakeTurn(interrupted=True)]


def test_what_is_said_while_the_agent_thinks_interrupts_once_the_bot_speaks() -> None:
    line = Line().bot(1000).bot_ends().say("ngày mười lăm", 700).run(600)
    assert line.turns.floor is Floor.AGENT
    line.say("à không hai mươi", 400)
    line.turns.bot_started(OPEN)
    line.run(100, speaking=True).run(1500)
    assert line.actions == [TakeTurn(), StopBot(), TakeTurn(interrupted=True)]


def test_television_is_not_waited_for_for_ever() -> None:
    assert FinishTurn("unclear") in [a for _, a in Line().bot(1000).bot_ends().say("", 8000).done]
    assert FinishTurn("too_long") in [a for _, a in Line().bot(1000).bot_ends().say("vân vân", 21_000).done]


def test_keys_stop_the_bot_and_are_taken_when_complete() -> None:
    line = Line().bot(1000, Expectation(("digits",), digits=4))
    for key in "1234":
        line.take(line.turns.key(line.now_ms, key))
        line.run(200)
    assert line.actions == [StopBot(), Digits("1234", interrupted=True)]


def test_keys_end_with_hash_or_a_pause_and_wait_for_a_notice() -> None:
    line = Line().bot(1000).bot_ends()
    for key in "12#":
        line.take(line.turns.key(line.now_ms, key))
    assert line.actions == [Digits("12")]
    line = Line().bot(1000).bot_ends()
    line.take(line.turns.key(line.now_ms, "5"))
    line.run(2100)
    assert line.actions == [Digits("5")]
    line = Line().bot(1000, interruptible=False)
    line.take(line.turns.key(line.now_ms, "1"))
    line.run(3000).bot_ends().run(100)
    assert line.actions == [Digits("1")]
