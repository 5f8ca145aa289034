"""What the campaign page can make the rest of Alô do."""

from __future__ import annotations

import asyncio

from app.console.pages import Console
from core.errors import RefusedError


async def act(console: Console, campaign_id: str, action: str) -> None:
    """launch, pause, resume or stop. Raises AloError if the campaign cannot."""
    campaigns = console.services.campaigns
    if campaigns is None:
        raise RefusedError(
            "Bảng điều khiển này chỉ để xem: không có bộ gọi nào đang chạy.",
            "This console only shows: no caller is running.",
        )
    actions = {
        "launch": campaigns.launch, "pause": campaigns.pause, "resume": campaigns.resume, "stop": campaigns.stop,
    }  # fmt: skip
    await asyncio.to_thread(actions[action], campaign_id)
    if action in ("launch", "resume") and console.services.start:
        console.services.start(campaign_id)


def report_html(console: Console, campaign_id: str) -> str:
    """The analytics report of one campaign. Blocking, some seconds for plots."""
    import analytics  # pandas and matplotlib: only when somebody asks
    from analytics.report import report_html as made

    return made(analytics.load(console.services.store.engine, campaign=campaign_id))
