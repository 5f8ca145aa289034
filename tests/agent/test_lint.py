"""Flow files with mistakes are refused with file, line, reason and a suggestion."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from agent.flows.expressions import ExpressionError, evaluate, names
from agent.flows.load import load_flow, load_flows, shipped_flows
from core.errors import FlowError

GOOD = """\
flow: survey
purpose: survey
uses: common
start: opening
notice: {ai: hello, recording: hello}
slots:
  score: {type: number, min: 0, max: 10}
steps:
  opening:
    say: hello
    ask: {words: ask_score, slot: score, expect: [digits]}
    on: {filled: thanks, else: thanks}
  thanks:
    disposition: CONFIRMED
    say: thanks
    hangup: done
wording:
  hello: "Dạ {me} chào {you}, {me} là trợ lý ảo của {company}, cuộc gọi được ghi âm."
  ask_score: "{You} chấm mấy điểm ạ?"
  thanks: "Dạ {me} cảm ơn {you} ạ."
"""


def refused(tmp_path: Path, text: str, tools: set[str] | None = None) -> FlowError:
    path = tmp_path / "survey.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        load_flow(path, tools)
    return caught.value


def test_good_flow_loads(tmp_path: Path) -> None:
    path = tmp_path / "survey.yaml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_flow(path).name == "survey"


def test_shipped_flows_load() -> None:
    assert set(shipped_flows()) >= {"payment_reminder", "appointment_reminder"}


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("{filled: thanks,", "{filled: thansk,", 12, ("thansk", "thanks")),
        ("slot: score", "slot: scroe", 11, ("scroe", "score")),
        ("words: ask_score", "words: ask_scor", 11, ("ask_scor", "ask_score")),
        ("else: thanks}", "afirm: thanks}", 12, ("afirm", "affirm")),
        ("{me} cảm ơn {you}", "{me} cảm ơn {yuo}", 20, ("yuo", "you")),
        ("{You} chấm", "{You chấm", 19, ("ask_score",)),
        ("trợ lý ảo của {company}, ", "{company}, ", 18, ("AI",)),
        (", cuộc gọi được ghi âm", "", 18, ("ghi âm",)),
        ("notice: {ai: hello, recording: hello}\n", "", 4, ("notice",)),
        ("purpose: survey\n", "", 1, ("purpose",)),
        ("purpose: survey", "purpose: surveys", 2, ("survey",)),
        ("start: opening", "start: openning", 4, ("openning", "opening")),
        ("    hangup: done\n", "", 13, ("thanks",)),
        ("type: number", "type: nubmer", 7, ("number",)),
        ("    say: thanks\n", "    sya: thanks\n", 15, ("sya",)),
        ("uses: common\n", "", 1, ("Thiếu",)),
        ("uses: common", "uses: comon", 3, ("comon",)),
        ("    hangup: done", "    go: thanks", 13, ("Vòng lặp",)),
        ("    say: thanks\n", "    say: thanks\n    branch: [{if: scor > 6, go: thanks}]\n", 16, ("scor", "score")),
        ("    say: thanks\n", "    say: thanks\n    branch: [{if: \"score >\", go: thanks}]\n", 16, ("score >",)),
    ],
)  # fmt: skip
def test_refuses(tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]) -> None:
    assert old in GOOD
    error = refused(tmp_path, GOOD.replace(old, new, 1))
    assert error.where == f"survey.yaml:{line}", error
    for word in words:
        assert word in error.vi, error.vi
    assert error.en
    assert error.exit_code != 0


def test_unknown_tool_is_refused_with_a_suggestion(tmp_path: Path) -> None:
    text = GOOD.replace("    hangup: done", "    tool: {name: record_promis, failed: opening}\n    hangup: done")
    error = refused(tmp_path, text, {"record_promise"})
    assert "record_promise" in error.vi


def test_debt_before_identity_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace("purpose: survey", "purpose: collection")
    error = refused(tmp_path, text.replace("chấm mấy điểm", "thanh toán khoản vay ngày nào"))
    assert "sensitive" in error.vi
    told = text.replace(
        'ask_score: "{You} chấm mấy điểm ạ?"', 'ask_score: {any: "Khoản vay của {you}?", sensitive: true}'
    )
    assert "xác minh" in refused(tmp_path, told).vi


def test_loop_without_exit_is_refused(tmp_path: Path) -> None:
    text = GOOD.replace(
        "    disposition: CONFIRMED\n    say: thanks\n    hangup: done", "    say: thanks\n    go: opening"
    )
    assert "kết thúc" in refused(tmp_path, text).vi


@pytest.mark.parametrize("text", ["flow: [", "- a\n- b\n", "", "\tflow: x", "flow: x\nflow: y: z\n"])
def test_no_yaml(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text).where is not None


def test_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "survey.yaml"
    path.write_bytes(b"\xff\xfe\x00flow")
    with pytest.raises(FlowError):
        load_flow(path)


def test_two_flows_of_one_name(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(FlowError, match=r"b\.yaml"):
        load_flows(tmp_path)


def test_expressions() -> None:
    values = {"a": 3, "b": None}
    assert evaluate("a > 2 and not b", values, {})
    assert not evaluate("b > 2 or visits.x >= 1", values, {})
    assert evaluate("visits.x >= 1", values, {"x": 1})
    assert names("a == b and visits.x") == (frozenset({"a", "b"}), frozenset({"x"}))
    for bad in ("__import__('os')", "a.b", "a + 1", "a if b else c", "[1]", "a ="):
        with pytest.raises(ExpressionError):
            names(bad)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("  thanks:\n    dis", "  opening:\n    hangup: done\n  thanks:\n    dis", 13, ("opening", "dòng 9")),
        ("    say: hello\n", "\tsay: hello\n", 10, ("tab",)),
        ("disposition:", "dispositon:", 14, ("dispositon", "disposition")),
        ("purpose: survey", "purpos: survey", 2, ("purpos", "“purpose”")),
        ("type: number", "type: nummer", 7, ("“number”",)),
        ("max: 10", "max: [1]", 7, ("số nguyên",)),
        ("expect: [digits]", "expect: digits", 11, ("danh sách",)),
        ("uses: common", "uses: comon", 3, ("“common”",)),
        ("    disposition: CONFIRMED", "    verify: name\n    branch: [{if: score > 5, go: opening}]", 14, ("verify",)),
        ("    hangup: done\n", "    branch: [{if: score, go: more}]\n    hangup: done\n  more:\n"
         "    branch: [{if: score, go: thanks}]\n    hangup: done\n", 13, ("thanks → more → thanks",)),
    ],
)  # fmt: skip
def test_slips_of_the_pen(tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]) -> None:
    assert old in GOOD
    error = refused(tmp_path, GOOD.replace(old, new, 1))
    assert error.where == f"survey.yaml:{line}"
    for word in words:
        assert word in error.vi, error.vi


def test_files_that_never_end(tmp_path: Path) -> None:
    assert "lặp vô hạn" in refused(tmp_path, "flow: &a [*a]\n").vi
    bomb = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefgh"))
    assert "lặp vô hạn" in refused(tmp_path, "a: &a [x]\n" + bomb).vi
    assert "1 MB" in refused(tmp_path, GOOD + f"# {'x' * 1_000_000}\n").vi
    assert "quá sâu" in refused(tmp_path, "flow: " + "[" * 5000 + "]" * 5000).vi
