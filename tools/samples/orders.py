"""Sample of a shop: orders on their way, another address or day, cancelling, sending back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.clock import vietnam_time
from tools.database import ToolBase
from tools.samples.desk import Bound, Desk, not_found
from tools.tool import Tool, ToolRefusal, tool

PartOfDay = Literal["morning", "afternoon", "evening"]
_MAX_ADDRESS = 300
_LATEST = timedelta(days=14)
"""How far a delivery may be put off."""
RETURN_WITHIN = timedelta(days=7)


class Order(ToolBase):
    """One order. State: preparing, shipping, delivered, cancelled, returning."""

    __tablename__ = "sample_orders"

    code: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(index=True)
    item: Mapped[str]
    amount: Mapped[int]
    """to collect on delivery, VND; 0 when paid"""
    address: Mapped[str]
    deliver_on: Mapped[date]
    part_of_day: Mapped[str | None]
    state: Mapped[str]
    delivered_on: Mapped[date | None]
    reason: Mapped[str | None]
    """why it is sent back, in the customer's words"""


@dataclass(frozen=True, slots=True)
class Orders:
    """The shop's tools for one customer."""

    desk: Desk
    bound: Bound

    def tools(self) -> list[Tool]:
        order = ("order", "item", "order_amount", "address", "deliver_on", "order_state")
        return [
            tool(
                self.find_order, effect=False, permission="verified", needs=(), gives=order, untrusted=True, retries=1
            ),
            tool(
                self.change_delivery_time, confirm=True, undo="delivery_time_back", retries=2,
                gives=("date_before", "part_before", "deliver_on"),
            ),
            tool(self.delivery_time_back, retries=2),
            tool(
                self.change_address, confirm=True, undo="address_back", gives=("address_before",), untrusted=True,
                retries=2,
            ),
            tool(self.address_back, retries=2),
            tool(self.cancel_order, confirm=True, undo="restore_order", gives=("state_before",), retries=2),
            tool(self.restore_order, retries=2),
            tool(self.request_return, confirm=True, undo="cancel_return", retries=2),
            tool(self.cancel_return, retries=2),
        ]  # fmt: skip

    def find_order(self, order_code: str | None = None) -> Any:
        """Đơn hàng của khách đang nói chuyện: hàng gì, giao ngày nào, đến đâu, tình trạng."""
        account = self.bound.owner()

        def act(session: Session) -> list[dict[str, Any]]:
            self._take_over(session, account)
            if order_code is not None:
                return [_told(_own(session, account, order_code))]
            mine = select(Order).where(Order.account == account, Order.state != "cancelled").order_by(Order.code)
            return [_told(one) for one in session.scalars(mine).all()]

        found = self.desk.look(act, writes=True)
        if not found:
            raise not_found("đơn hàng nào của quý khách", "order")
        return found[0] if len(found) == 1 else found

    def change_delivery_time(
        self, order: str, new_date: date, idempotency_key: str, part_of_day: PartOfDay | None = None
    ) -> dict[str, Any]:
        """Đổi ngày hoặc buổi giao hàng."""
        today = vietnam_time(self.desk.now()).date()

        def act(one: Order) -> dict[str, Any]:
            _not_yet_there(one)
            if not today <= new_date <= today + _LATEST or new_date.isoweekday() == 7:
                raise ToolRefusal(
                    "date_out_of_range", "Chỉ giao trong 14 ngày tới, trừ Chủ nhật.",
                    "Deliveries are within 14 days, not on Sundays.",
                )  # fmt: skip
            before = {"date_before": one.deliver_on, "part_before": one.part_of_day}
            one.deliver_on, one.part_of_day = new_date, part_of_day
            return {**_told(one), **before}

        return self._changing("change_delivery_time", order, idempotency_key, act)

    def delivery_time_back(
        self, order: str, date_before: date, idempotency_key: str, part_before: PartOfDay | None = None
    ) -> dict[str, Any]:
        """Hoàn tác việc đổi ngày giao."""

        def act(one: Order) -> dict[str, Any]:
            _not_yet_there(one)
            one.deliver_on, one.part_of_day = date_before, part_before
            return _told(one)

        return self._changing("delivery_time_back", order, idempotency_key, act)

    def change_address(self, order: str, new_address: str, idempotency_key: str) -> dict[str, Any]:
        """Đổi địa chỉ giao hàng."""

        def act(one: Order) -> dict[str, Any]:
            _not_yet_there(one)
            if not 5 <= len(new_address.strip()) <= _MAX_ADDRESS:
                raise ToolRefusal("bad_address", "Địa chỉ quá ngắn hoặc quá dài.", "The address is too short or long.")
            before, one.address = one.address, new_address.strip()
            return {**_told(one), "address_before": before}

        return self._changing("change_address", order, idempotency_key, act)

    def address_back(self, order: str, address_before: str, idempotency_key: str) -> dict[str, Any]:
        """Hoàn tác việc đổi địa chỉ."""

        def act(one: Order) -> dict[str, Any]:
            _not_yet_there(one)
            one.address = address_before
            return _told(one)

        return self._changing("address_back", order, idempotency_key, act)

    def cancel_order(self, order: str, idempotency_key: str) -> dict[str, Any]:
        """Hủy đơn chưa giao cho đơn vị vận chuyển."""

        def act(one: Order) -> dict[str, Any]:
            if one.state != "preparing":
                raise ToolRefusal("too_late", "Đơn đã rời kho, không hủy được nữa.", "The order has left; too late.")
            before, one.state = one.state, "cancelled"
            return {"order": one.code, "order_state": one.state, "state_before": before}

        return self._changing("cancel_order", order, idempotency_key, act)

    def restore_order(self, order: str, idempotency_key: str) -> dict[str, Any]:
        """Hoàn tác việc hủy đơn."""

        def act(one: Order) -> dict[str, Any]:
            one.state = "preparing" if one.state == "cancelled" else one.state
            return _told(one)

        return self._changing("restore_order", order, idempotency_key, act)

    def request_return(self, order: str, reason: str, idempotency_key: str) -> dict[str, Any]:
        """Yêu cầu trả hàng trong 7 ngày sau khi nhận."""
        today = vietnam_time(self.desk.now()).date()

        def act(one: Order) -> dict[str, Any]:
            if one.state != "delivered" or one.delivered_on is None:
                raise ToolRefusal("not_delivered", "Đơn chưa giao nên chưa trả được.", "It is not delivered yet.")
            if today > one.delivered_on + RETURN_WITHIN:
                raise ToolRefusal("too_late", "Đã quá 7 ngày đổi trả.", "The seven days for returns are over.")
            one.state, one.reason = "returning", reason[:_MAX_ADDRESS]
            return {"order": one.code, "order_state": one.state}

        return self._changing("request_return", order, idempotency_key, act)

    def cancel_return(self, order: str, idempotency_key: str) -> dict[str, Any]:
        """Hoàn tác yêu cầu trả hàng."""

        def act(one: Order) -> dict[str, Any]:
            if one.state == "returning":
                one.state, one.reason = "delivered", None
            return _told(one)

        return self._changing("cancel_return", order, idempotency_key, act)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _changing(self, name: str, code: str, key: str, act: Callable[[Order], dict[str, Any]]) -> dict[str, Any]:
        account = self.bound.owner()

        def whole(session: Session) -> dict[str, Any]:
            self._take_over(session, account)
            return act(_own(session, account, code))

        done: dict[str, Any] = self.desk.once(name, key, account, whole)
        return done

    def _take_over(self, session: Session, account: str) -> None:
        """The order that came with the contact (order_code, item, address …) becomes one of ours, once."""
        known = self.bound.known
        code = str(known.get("order_code") or "").strip().upper()
        if not code or session.get(Order, code) is not None:
            return
        today = vietnam_time(self.desk.now()).date()
        day = known.get("deliver_on") or known.get("delivery_date") or today + timedelta(days=1)
        day = day.date() if isinstance(day, datetime) else day
        session.add(
            Order(
                code=code, account=account, item=str(known.get("item") or "hàng"),
                amount=int(known.get("amount") or 0), address=str(known.get("address") or ""),
                deliver_on=day if isinstance(day, date) else date.fromisoformat(str(day)[:10]), state="shipping",
            )
        )  # fmt: skip
        session.flush()


SEEDED: Final = (
    ("DH1001", "+84900000001", "nồi cơm điện", 890_000, "số 12 phố Huế, Hà Nội", 2, "shipping"),
    ("DH1002", "+84900000002", "giày chạy bộ", 0, "số 5 đường Lê Lợi, Đà Nẵng", 3, "preparing"),
    ("DH1003", "+84900000003", "tai nghe không dây", 0, "số 8 đường Cách Mạng Tháng Tám, Cần Thơ", -2, "delivered"),
)
"""code, account, item, amount, address, days from today, state"""


def seed_orders(session: Session, now: datetime) -> None:
    """Add made-up orders that are missing."""
    today = vietnam_time(now).date()
    for code, account, item, amount, address, days, state in SEEDED:
        if session.get(Order, code) is None:
            day = today + timedelta(days=days)
            session.add(
                Order(
                    code=code, account=account, item=item, amount=amount, address=address, deliver_on=day, state=state,
                    delivered_on=day if state == "delivered" else None,
                )
            )  # fmt: skip


def _own(session: Session, account: str, code: str) -> Order:
    found = session.get(Order, code.strip().upper(), with_for_update=True)
    if found is None or found.account != account:
        raise not_found("đơn hàng này", "order")
    return found


def _not_yet_there(one: Order) -> None:
    if one.state not in ("preparing", "shipping"):
        raise ToolRefusal("too_late", "Đơn này không thay đổi được nữa.", "This order cannot be changed any more.")


def _told(one: Order) -> dict[str, Any]:
    return {
        "order": one.code,
        "item": one.item,
        "order_amount": one.amount,
        "address": one.address,
        "deliver_on": one.deliver_on,
        "part_of_day": one.part_of_day,
        "order_state": one.state,
    }
