"""Sample of frequent questions: rows of question and answer, found whether or not tone marks are written."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import Field
from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tools.database import ToolBase
from tools.samples.desk import Bound, Desk
from tools.tool import Tool, ToolRefusal, tool

_SURE = 62
"""Least likeness (0–100) for an answer; below it silence is better than the wrong row."""
_FILLERS: Final = re.compile(r"\b(da|a|vay|the|cho|toi|em|anh|chi|oi|hoi|muon|biet|la|thi|nhe|minh|ban|shop|ben)\b")
"""Words that say nothing about what is asked, without tone marks."""


class FaqRow(ToolBase):
    """One question and its answer."""

    __tablename__ = "sample_faq"

    question: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[str]


ROWS: Final = (
    ("Cửa hàng mở cửa mấy giờ", "Cửa hàng mở cửa từ 8 giờ sáng đến 9 giờ tối, cả Chủ nhật."),
    ("Phí giao hàng bao nhiêu", "Phí giao hàng là 30.000 đồng, miễn phí cho đơn từ 500.000 đồng."),
    ("Đổi trả hàng trong mấy ngày", "Quý khách đổi trả trong 7 ngày kể từ khi nhận hàng, hàng còn nguyên tem."),
    ("Hành lý miễn cước bao nhiêu ký", "Hạng phổ thông được 7 ký xách tay; hạng thương gia thêm 30 ký ký gửi."),
    ("Thanh toán bằng cách nào", "Quý khách thanh toán bằng thẻ, ví điện tử hoặc chuyển khoản qua đường dẫn."),
    ("Phòng khám có làm việc chủ nhật không", "Phòng khám làm việc từ thứ hai đến thứ bảy, nghỉ Chủ nhật."),
    ("Bảo hành bao lâu", "Sản phẩm được bảo hành 12 tháng kể từ ngày mua."),
)


@dataclass(frozen=True, slots=True)
class Faq:
    """Public answers; nobody needs to be known."""

    desk: Desk
    bound: Bound

    def tools(self) -> list[Tool]:
        return [tool(self.answer_question, effect=False, gives=("answer", "source"), retries=1)]

    def answer_question(self, question: Annotated[str, Field(min_length=2, max_length=300)]) -> dict[str, Any]:
        """Câu trả lời có sẵn cho câu hỏi thường gặp."""
        asked = _bare(question)

        def act(session: Session) -> dict[str, Any]:
            rows = session.scalars(select(FaqRow).order_by(FaqRow.question)).all()
            best = max(rows, key=lambda row: fuzz.token_set_ratio(asked, _bare(row.question)), default=None)
            if best is None or fuzz.token_set_ratio(asked, _bare(best.question)) < _SURE:
                raise ToolRefusal(
                    "no_answer", "Chưa có câu trả lời cho câu hỏi này.", "There is no answer to this yet."
                )
            return {"answer": best.answer, "source": best.question}

        return self.desk.look(act)


def seed_faq(session: Session, now: datetime) -> None:
    """Add rows that are missing; changed answers stay."""
    for question, answer in ROWS:
        if session.get(FaqRow, question) is None:
            session.add(FaqRow(question=question, answer=answer))


def _bare(text: str) -> str:
    """Lower case, without tone marks and words that every question has."""
    split = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(c for c in split if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", _FILLERS.sub(" ", letters)))
