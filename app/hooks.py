"""What other systems tell Alô over HTTP: confirmations of the payment provider. Signed, so no login and no cookie."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from app.console.pages import Console, console_of
from app.toolbox import Toolbox
from core.clock import Clock
from core.errors import AloError, RefusedError
from core.logging import get_logger
from core.settings import Settings
from memory import events
from memory.store import Store
from tools.samples.gateway import Outcome, PaymentGateway, Receipt, UnsignedNoticeError
from tools.tool import ToolUnavailable

router = APIRouter(tags=["hooks"])
_log = get_logger("app.hooks")
_MOST_BYTES: Final = 16 * 1024
_STATUS: Final[Mapping[Outcome, int]] = MappingProxyType({"unknown_payment": 422, "wrong_amount": 409, "reused": 409})
"""Everything else is 200: the provider need not send it again."""


def gateway_of(settings: Settings, toolbox: Toolbox, clock: Clock) -> PaymentGateway | None:
    """The receiving end of the payment provider, where a secret is set and the sample payment service is in use."""
    if settings.payment_secret is None or "payments" not in toolbox.samples.names:
        return None
    return PaymentGateway(toolbox.samples.desk(clock.now), settings.payment_secret.get_secret_value().encode())


@router.post("/hooks/payments")
async def payment_notice(request: Request, console: Annotated[Console, Depends(console_of)]) -> JSONResponse:
    """A signed confirmation: headers X-Alo-Timestamp and X-Alo-Signature, JSON {id, payment, amount, outcome}."""
    gateway = console.services.payments
    if gateway is None:
        raise HTTPException(404)
    body = await _body(request)
    if body is None:
        return JSONResponse({"error": f"Tối đa {_MOST_BYTES} byte. At most {_MOST_BYTES} bytes."}, 413)
    signature = request.headers.get("x-alo-signature", "").removeprefix("sha256=")
    timestamp = request.headers.get("x-alo-timestamp", "")
    try:
        receipt = await asyncio.to_thread(gateway.receive, body, signature, timestamp)
        await _write_down(console.services.store, receipt)
    except UnsignedNoticeError as error:
        _log.warning("payment_notice_refused", reason=error.en)
        return _problem(401, error)
    except RefusedError as error:
        return _problem(422, error)
    except (ToolUnavailable, SQLAlchemyError) as error:
        _log.warning("payment_notice_waits", error=type(error).__name__)
        return JSONResponse({"error": "database_unavailable"}, 503, {"retry-after": "10"})
    status = _STATUS.get(receipt.outcome, 200)
    log = _log.info if status == 200 else _log.warning
    log("payment_notice", outcome=receipt.outcome, notice=receipt.notice, repeated=receipt.repeated)
    return JSONResponse({"outcome": receipt.outcome, "repeated": receipt.repeated}, status)


async def _body(request: Request) -> bytes | None:
    """None beyond ``_MOST_BYTES``: what is not signed yet must not fill the memory."""
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _MOST_BYTES:
            return None
    return body


async def _write_down(store: Store, receipt: Receipt) -> None:
    """The event in the customer's conversation. Also for a repeated notice: the first try may have broken off here."""
    if receipt.source is None or receipt.outcome == "reused":
        return
    data: dict[str, Any] = {
        "outcome": receipt.outcome, "amount": receipt.amount, "payment": receipt.payment, "notice": receipt.notice,
    }  # fmt: skip
    await asyncio.wrap_future(store.flushed())  # the conversation's own row
    await asyncio.to_thread(store.add_event, receipt.source, events.PAYMENT, receipt.at, data, once="notice")


def _problem(status: int, error: AloError) -> JSONResponse:
    return JSONResponse({"error": error.message("vi"), "error_en": error.message("en")}, status)
