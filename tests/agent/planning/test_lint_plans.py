"""Broken plans are refused with file, line, reason and a suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.flows.load import load_flow
from core.errors import FlowError
from tests.agent.planning.world import tools

_GOOD = Path(__file__).with_name("shop.yaml").read_text("utf-8")


def _refused(tmp_path: Path, old: str, new: str) -> FlowError:
    assert old in _GOOD
    path = tmp_path / "shop.yaml"
    path.write_text(_GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(FlowError) as caught:
        load_flow(path, tools())
    assert caught.value.where is not None
    return caught.value


@pytest.mark.parametrize(("old", "new", "line", "says"), [
    ("find: {tell: tell_find}", "fnd: {tell: tell_find}", 18, "Có phải ý bạn là “find”"),
    ("tell: told", "tell: tolled", 16, "“told”"),
    ("ask: {day: {words: ask_day}}", "ask: {}", 15, "“day”"),
    ("ask: {day: {words: ask_day}}", "ask: {day: {words: ask_dy}}", 23, "“ask_day”"),
    ("        - {covers: add, words: confirm_add}\n", "", 21, "confirm"),
    ("{covers: pay, words: confirm_pay, amount: price}", "{covers: pay, words: confirm_pay}", 28, "amount"),
    ("words: confirm_pay, amount: price}", "words: confirm_add, amount: price}", 28, "{price}"),
    ("choose: {options:", "choose: {opsions:", 24, "“options”"),
    ("{options: {words: offer, row: row}}", "{options: {words: bye, row: row}}", 24, "{options}"),
    ("forget: day", "forget: dayy", 31, "“day”"),
    ("      undo: confirm_undo\n", "", 14, "undo"),
    ("stopped: stopped, failed", "failed", 36, "“stopped”"),
    ("goal: [book,", "goal: [bok,", 15, "“book”"),
    ("{do: add, if: extra}", "{do: add, if: extar}", 15, "“extra”"),
    ("otherwise: otherwise\n      repair", "otherwise: others\n      repair", 29, "“otherwise”"),
    ("verify: name, ", "", 12, "verify"),
    ("offer: {any: [\"Còn {options}, {you} chọn gì ạ?\"], sensitive: true}",
     "offer: [\"Còn {options}, {you} chọn gì ạ?\"]", 24, "“offer” cũng phải"),
    ("full: {any: [\"{option} hết chỗ ạ.\"], sensitive: true}", "full: [\"{option} hết chỗ ạ.\"]", 60, "sensitive"),
    ("Đặt {option} {price} ạ?", "Đặt {option} {prise} ạ?", 0, "price"),
    ("deny: $stop", "deny: $stopp", 39, "“$stop”"),
])  # fmt: skip
def test_refused_with_place_and_reason(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    error = _refused(tmp_path, old, new)
    assert error.where.startswith("shop.yaml:")  # type: ignore[union-attr]
    assert says in error.vi
    if line:
        assert abs(int(error.where.split(":")[1]) - line) <= 2, error.where  # type: ignore[union-attr]


def test_the_good_one_loads(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(_GOOD, "utf-8")
    flow = load_flow(path, tools())
    assert set(flow.plans) == {"trip"}
    assert "trip.confirm.0" in flow.steps
