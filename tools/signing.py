"""Signed messages over HTTP: body and time belong together, so that neither can be exchanged or played again later."""

from __future__ import annotations

import hashlib
import hmac


def sign(secret: bytes, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over "timestamp.body", in hex. ``timestamp``: seconds since 1970 as text."""
    return hmac.new(secret, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def signed_by(secret: bytes, timestamp: str, body: bytes, signature: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode())
