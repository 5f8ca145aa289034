"""What every class of personal data is reported as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["email", "card", "phone", "id", "account", "otp", "birth", "name", "address"]

LABELS: dict[Kind, str] = {
    "email": "[email]", "card": "[số thẻ]", "phone": "[số điện thoại]", "id": "[số giấy tờ]",
    "account": "[số tài khoản]", "otp": "[mã xác thực]", "birth": "[ngày sinh]", "name": "[tên]",
    "address": "[địa chỉ]",
}  # fmt: skip
"""What stands in the place of each kind, most certain kind first: where two overlap the earlier one holds."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Personal data at ``start`` … ``end`` of the text as it was given."""

    kind: Kind
    start: int
    end: int
    text: str
