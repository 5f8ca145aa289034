"""How one campaign runs; kept as JSON in ``campaigns.settings``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from campaigns.dispositions import DEFAULT_MAX_ATTEMPTS
from campaigns.gate import GatePolicy
from campaigns.rules import parse_window
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class CampaignSettings:
    """Limits of a campaign. The law's limits hold anyway."""

    concurrency: int = 10
    """calls at the same time"""
    dials_per_second: float = 1.0
    """new calls per second at most"""
    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    """per contact, all outcomes together"""
    caller_id: str = ""
    ring_timeout_ms: int = 30_000
    windows: tuple[tuple[str, str], ...] | None = None
    """own hours, e.g. (("08:00", "20:00"),), within the legal ones; None is the usual ones of the purpose"""
    weekdays: tuple[int, ...] | None = None
    """ISO weekdays, Monday is 1"""
    holidays: bool | None = None
    daily_cap: int | None = None
    """contacts per person and day"""
    brandname_active: bool = False

    def policy(self, *, kill_switch: bool = False) -> GatePolicy:
        """The gate's view of these settings."""
        return GatePolicy(
            kill_switch=kill_switch,
            brandname_active=self.brandname_active,
            windows=None if self.windows is None else tuple(parse_window(window) for window in self.windows),
            weekdays=None if self.weekdays is None else frozenset(self.weekdays),
            holidays=self.holidays,
            daily_cap=self.daily_cap,
        )

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CampaignSettings:
        """Unknown keys are ignored, so that an older version can read a newer one's."""
        known = {field.name for field in fields(cls)}
        kept = {key: value for key, value in data.items() if key in known}
        if kept.get("windows") is not None:
            kept["windows"] = tuple((str(start), str(end)) for start, end in kept["windows"])
        if kept.get("weekdays") is not None:
            kept["weekdays"] = tuple(kept["weekdays"])
        return cls(**kept)

    def check(self) -> None:
        """Raises InputError for settings that make no sense."""
        if self.concurrency < 1 or self.dials_per_second <= 0 or self.max_attempts < 1:
            raise InputError(
                "Số cuộc gọi đồng thời, tốc độ quay số và số lần gọi phải lớn hơn 0.",
                "Concurrency, dialling rate and attempts must be greater than 0.",
                where="settings",
            )
        if self.weekdays is not None and not set(self.weekdays) <= set(range(1, 8)):
            raise InputError(
                "Ngày trong tuần phải từ 1 (thứ Hai) đến 7 (Chủ nhật).",
                "Weekdays go from 1 (Monday) to 7 (Sunday).",
                where="weekdays",
            )
        try:
            self.policy()
        except ValueError as error:
            raise InputError(
                'Khung giờ phải có dạng "08:00"-"11:30" và giờ bắt đầu trước giờ kết thúc.',
                'Hours must look like "08:00"-"11:30", the start before the end.',
                where="windows",
            ) from error
