"""Effects told to the business's own server as signed POSTs, each with its time and idempotency key."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from core.ids import new_id
from tools.results import encode, plain_value
from tools.samples.desk import Bound, system_now
from tools.signing import sign
from tools.sources.declared import arguments_of, declared_tool, fields_of, tool_name
from tools.sources.file import Hook, WebhookPart
from tools.sources.http import HttpService
from tools.tool import Tool

SIGNATURE, TIMESTAMP, KEY_HEADER = "X-Alo-Signature", "X-Alo-Timestamp", "Idempotency-Key"


@dataclass(frozen=True, slots=True)
class WebhookSource:
    """Tools of one address. The receiver checks the signature (tools.signing) and counts each key once."""

    part: WebhookPart
    service: HttpService
    secret: bytes = field(repr=False)
    models: dict[str, type[BaseModel]]
    now: Callable[[], datetime] = system_now

    @classmethod
    def load(cls, part: WebhookPart, service: HttpService, secret: str) -> WebhookSource:
        """Raises ValueError for a binding to no argument."""
        models = {
            name: arguments_of(hook, name, fields_of(hook.args, hook.optional)) for name, hook in part.tools.items()
        }
        return cls(part, service, secret.encode(), models)

    def tools(self, bound: Bound) -> list[Tool]:
        return [self._tool(name, hook, bound) for name, hook in self.part.tools.items()]

    def _tool(self, name: str, hook: Hook, bound: Bound) -> Tool:
        title = tool_name(hook, name)
        effect = hook.effect is not False

        async def run(values: dict[str, Any], key: str) -> Any:
            body = encode({"tool": title, "arguments": _flat(plain_value(values)), "key": key}).encode()
            timestamp = str(int(self.now().timestamp()))
            headers = {
                "content-type": "application/json",
                TIMESTAMP: timestamp,
                SIGNATURE: "sha256=" + sign(self.secret, timestamp, body),
                KEY_HEADER: key or new_id("hook"),
            }
            answer = await self.service.send(
                "POST", self.part.webhook, effect=effect, timeout_ms=hook.timeout_ms, headers=headers, content=body
            )
            return answer if answer is not None else {}

        return declared_tool(hook, title, self.models[name], run, bound, effect=effect, takes_key=effect)


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Dates as plain ISO text: the receiver is no program of ours."""
    found: dict[str, Any] = json.loads(json.dumps(values, default=lambda value: value.isoformat()))
    return found
