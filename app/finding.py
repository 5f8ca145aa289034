"""Finding people and words, for the command line and the console alike."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from sqlalchemy import select

from core.errors import InputError
from core.settings import Settings
from memory.embedding import Embedder, EmbeddingError, open_embedder
from memory.identities import KINDS, identity
from memory.joining import root_of
from memory.privacy import UnknownPersonError
from memory.schema import Customer
from memory.search import Found, Wanted, search
from memory.store import Store
from memory.tables import IdentityRow
from memory.vectors import search_by_meaning


def customers_known_as(store: Store, who: str) -> list[str]:
    """People (standing customers) with this id, number, Zalo id, e-mail …; several may share a number.

    Raises UnknownPersonError.
    """
    with store.read() as session:
        found = set(session.scalars(select(Customer.id).where(Customer.id == who)))
        for kind in KINDS:
            try:
                value = identity(kind, who).value
            except InputError:
                continue
            query = select(IdentityRow.customer_id).where(IdentityRow.kind == kind, IdentityRow.value == value)
            found.update(session.scalars(query))
        people = sorted({root_of(session, one) for one in found})
    if not people:
        raise UnknownPersonError
    return people


def find(settings: Settings, store: Store, words: str, wanted: Wanted) -> tuple[Found, EmbeddingError | None]:
    """By meaning too where a model is configured; by words alone, with the reason, if it fails. Raises InputError."""
    embedder = embedder_of(settings)
    with store.read() as session:
        if embedder is None:
            return search(session, words, wanted), None
        try:
            return search_by_meaning(session, words, embedder, wanted), None
        except EmbeddingError as error:
            return search(session, words, wanted), error


def embedder_of(settings: Settings) -> Embedder | None:
    """The one that ``settings`` ask for. Raises ConfigurationError."""
    key = settings.embedding_key.get_secret_value() if settings.embedding_key else None
    return _opened(settings.embedding_url, settings.embedding_name, key, settings.embedding_dir)


@lru_cache(maxsize=4)
def _opened(url: str | None, name: str, key: str | None, folder: Path | None) -> Embedder | None:
    """One per process: a model folder is loaded once."""
    return open_embedder(url, name, key, folder)
