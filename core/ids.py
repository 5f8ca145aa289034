"""Identifiers: short prefix, then a time-sortable random part (conv_01J…), or a hash of given parts."""

from __future__ import annotations

import hashlib
import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case


def new_id(prefix: str) -> str:
    """A unique id that sorts by creation time: 48 bits of milliseconds and 80 random bits."""
    value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10))
    return f"{prefix}_{_base32(value, 26)}"


def derived_id(prefix: str, *parts: object) -> str:
    """The same id for the same parts, for idempotency keys and seeded simulations."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=16).digest()
    return f"{prefix}_{_base32(int.from_bytes(digest), 26)}"


def derived_seed(*parts: object) -> int:
    """A 63-bit seed for ``random.Random`` that depends on nothing but ``parts``."""
    digest = hashlib.blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1


def _base32(value: int, length: int) -> str:
    return "".join(_ALPHABET[(value >> (5 * i)) & 31] for i in reversed(range(length)))
