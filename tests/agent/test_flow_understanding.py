"""A business adds a flow with ten example sentences per intent, and it works; what cannot be learnt is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.brain.embedded import EmbeddedBrain
from agent.conversation import Conversation
from agent.flows.load import load_flow
from agent.turns import CustomerTurn, Say
from core.errors import FlowError
from tests.agent.talk import NOW
from tools import ToolRegistry

FLOW = """
flow: restaurant
title: {vi: Nhà hàng}
purpose: transactional
uses: common
start: opening
notice: {ai: hello, recording: hello}
slots:
  guests: {type: number, min: 1, max: 50}
  seat: {type: choice, choices: {window: [gần cửa sổ, cửa sổ], garden: [ngoài vườn, sân vườn]}}
  who: {type: name}
  contact: {type: phone}
intents:
  book_table: [tôi muốn đặt bàn, tối nay còn bàn trống không em, đặt giúp chị bàn cho sáu khách, cho tôi giữ chỗ trước,
    bên mình nhận đặt bàn không, anh muốn giữ chỗ tối thứ bảy, cho chị một bàn gần cửa sổ, còn chỗ trưa mai không,
    cho mình đặt bàn sinh nhật mười người, tôi cần một bàn cho hai người]
  ask_menu: [nhà hàng có món gì ngon, cho anh xem thực đơn, thực đơn hôm nay có gì, quán mình có món chay không,
    có món nào cho trẻ em không, món nào đặc sản của quán, bên em bán những món gì, có lẩu không em, có hải sản không,
    giới thiệu cho chị vài món]
steps:
  opening:
    say: hello
    ask: {words: what}
    on: {book_table: guests, ask_menu: menu}
  menu: {say: menu, go: again}
  again:
    ask: {words: what}
    on: {book_table: guests, ask_menu: menu}
  guests:
    ask: {words: how_many, slot: guests}
    on: {filled: seat}
  seat:
    ask: {words: which_seat, slot: seat}
    on: {filled: who}
  who:
    ask: {words: whose, slot: who, expect: [name]}
    on: {filled: contact}
  contact:
    ask: {words: phone, slot: contact, expect: [digits]}
    on: {filled: done}
  done: {say: recap, disposition: CONFIRMED, hangup: done}
wording:
  hello: "Dạ {me} là trợ lý ảo của {company}, cuộc gọi được ghi âm ạ."
  what: "{You} cần gì ạ?"
  menu: "Dạ có lẩu và hải sản ạ."
  how_many: "Mấy người ạ?"
  which_seat: "{You} ngồi đâu ạ?"
  whose: "{You} tên gì ạ?"
  phone: "Số điện thoại ạ?"
  recap: "Dạ {who}, {seat}, {contact} ạ."
"""


def _file(folder: Path, text: str = FLOW) -> Path:
    path = folder / "restaurant.yaml"
    path.write_text(text, encoding="utf-8")
    return path


async def test_ten_sentences_make_a_conversation(tmp_path: Path) -> None:
    flow = load_flow(_file(tmp_path))
    facts = {"name": "Nguyễn Văn Hùng", "company": "Quán Sen", "gender": "male"}
    talk = Conversation(flow, facts, EmbeddedBrain(), ToolRegistry(), lambda *_a, **_k: None, NOW, seed="1")
    await talk.start()
    said = []
    for line in (
        "hôm nay trời đẹp quá", "bên em có món gì ngon không", "cho anh giữ cái bàn", "bốn người à không sáu người",
        "ngoài vườn đi em", "lấy tên Trần Hùng nhé", "không chín không không không không không không một hai",
    ):  # fmt: skip
        turn = await talk.on_customer(CustomerTurn(line))
        said.append([act.text for act in turn.acts if isinstance(act, Say)])
    assert said[0] == ["Anh cần gì ạ?"]  # out of scope
    assert said[1] == ["Dạ có lẩu và hải sản ạ.", "Anh cần gì ạ?"]
    assert said[-1] == ["Dạ Trần Hùng, ngoài vườn, +84900000012 ạ."]
    assert talk.state.slots["guests"] == 6
    assert talk.state.slots["seat"] == "garden"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  ask_menu: [nhà hàng có món gì ngon,", "  ask_menu: [tôi muốn đặt bàn,", "tôi muốn đặt bàn"),
        ("intents:\n", "intents:\n  few: [một câu, hai câu]\n", "few"),
        ("intents:\n", "intents:\n  Đặt bàn: [một câu, hai câu, ba câu]\n", "Đặt bàn"),
        ("garden: [ngoài vườn, sân vườn]", "garden: [cửa sổ]", "cửa sổ"),
        (
            "type: choice, choices: {window: [gần cửa sổ, cửa sổ], garden: [ngoài vườn, sân vườn]}",
            "type: choice",
            "seat",
        ),
        ("on: {book_table: guests, ask_menu: menu}", "on: {book_tabel: guests, ask_menu: menu}", "book_table"),
    ],
)
def test_what_cannot_be_learnt_is_refused(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(FlowError) as caught:
        load_flow(_file(tmp_path, FLOW.replace(old, new, 1)))
    assert told in caught.value.vi
    assert "restaurant.yaml" in str(caught.value.where)
