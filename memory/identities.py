"""By what a customer is known on each channel: a number, a Zalo id, an e-mail address, a browser."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Literal

from core.errors import InputError
from memory.phones import normalise_phone

IdentityKind = Literal["phone", "zalo", "email", "web"]
KINDS: Final[tuple[IdentityKind, ...]] = ("phone", "zalo", "email", "web")

_EMAIL: Final = re.compile(r"[^\s@<>\"(),;:\\]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\.[a-z]{2,24}")
_OPAQUE: Final = re.compile(r"[\w.:=+/-]{3,128}", re.ASCII)
"""Ids that a platform hands out; nothing is known of their inner form."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One way to reach somebody. Make it with ``identity``, which normalises ``value``."""

    kind: IdentityKind
    value: str
    verified: bool = False
    """the channel or the business vouches for it: an uploaded number, the platform's own user id, a number confirmed by
    a code; not what somebody typed about themselves"""
    source: str = ""
    """upload, channel, operator, told, migration"""


def identity(kind: str, value: str, *, verified: bool = False, source: str = "") -> Identity:
    """``value`` as it is stored: E.164, lower-case address, the platform's id. Raises InputError."""
    if kind == "phone":
        return Identity("phone", normalise_phone(value).number, verified, source)
    text = unicodedata.normalize("NFKC", value).strip()
    if kind == "email":
        local, at, domain = text.rpartition("@")
        address = f"{local.casefold()}{at}{domain.casefold()}"
        if not _EMAIL.fullmatch(address) or ".." in address:
            raise InputError("Địa chỉ email không đúng.", "Not an e-mail address.", where="email")
        return Identity("email", address, verified, source)
    for known in KINDS:
        if known == kind and _OPAQUE.fullmatch(text):
            return Identity(known, text, verified, source)
    raise InputError(
        f"Không nhận ra định danh loại “{kind[:20]}”. Dùng một trong: {', '.join(KINDS)}.",
        f"Not an identity of kind “{kind[:20]}”. Use one of: {', '.join(KINDS)}.",
        where="identity",
    )
