"""Search by meaning beside search by words: vectors of what customers said, compared in numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from sqlalchemy import and_, delete, insert, select
from sqlalchemy.orm import Session

from memory.embedding import Embedder, Vectors
from memory.indexing import words_said
from memory.schema import Conversation, Event
from memory.search import ANYWHERE, Found, Wanted, hits_of, parse, search_ranks
from memory.store import Store
from memory.tables import Passage, PassageVector

_ROLES: Final = ("customer", "summary")
"""What the bot says are the same few sentences over and over."""
_AT_ONCE: Final = 64
"""Texts given to a model at once."""
_PAGE: Final = 4096
"""Vectors held at once while searching."""
_NEAREST: Final = 100
_CLOSE: Final = 0.3
"""Least cosine that counts as near at all."""
_SMOOTH: Final = 60
"""Of reciprocal rank fusion (Cormack et al. 2009)."""

_LOOSE: Final = 0.3
"""Weight of words where no passage has all of them."""


def embed_missing(store: Store, embedder: Embedder, most: int | None = None) -> int:
    """Give every passage a vector that has none of this model; returns how many got one. Raises EmbeddingError.

    The model is asked outside any transaction, so that calls go on being written.
    """
    done = 0
    while most is None or done < most:
        with store.read() as session:
            batch = _without(session, embedder.name, _AT_ONCE if most is None else min(_AT_ONCE, most - done))
        if not batch:
            break
        vectors = embedder.embed([words for _, words in batch])
        ids = [passage_id for passage_id, _ in batch]
        rows = [
            {"passage_id": one, "model": embedder.name, "vector": vector.astype("<f4").tobytes()}
            for one, vector in zip(ids, vectors, strict=True)
        ]
        with store.write() as session:
            kept = set(session.scalars(select(Passage.id).where(Passage.id.in_(ids))))  # erased meanwhile
            session.execute(delete(PassageVector).where(PassageVector.passage_id.in_(ids)))
            rows = [row for row in rows if row["passage_id"] in kept]
            if rows:
                session.execute(insert(PassageVector), rows)
        done += len(batch)
    return done


def search_by_meaning(session: Session, typed: str, embedder: Embedder, wanted: Wanted = ANYWHERE) -> Found:
    """By words and by meaning, the ranks of both fused. Raises InputError, EmbeddingError."""
    query = parse(typed)
    by_words, loose = search_ranks(session, query, wanted)
    near = _nearest(session, embedder.embed([typed])[0], embedder.name, wanted)
    fused: dict[int, float] = {}
    for ranks, weight in ((by_words, _LOOSE if loose else 1.0), (near, 1.0)):
        for place, one in enumerate(sorted(ranks, key=lambda key: (-ranks[key], key))):
            fused[one] = fused.get(one, 0.0) + weight / (_SMOOTH + place)
    best = max(fused.values(), default=1.0)
    return Found(hits_of(session, query, {one: value / best for one, value in fused.items()}, wanted), loose)


def _without(session: Session, model: str, limit: int) -> list[tuple[int, str]]:
    query = (
        select(Passage.id, Event.type, Event.data)
        .join(Event, and_(Event.conversation_id == Passage.conversation_id, Event.seq == Passage.seq))
        .outerjoin(PassageVector, and_(PassageVector.passage_id == Passage.id, PassageVector.model == model))
        .where(PassageVector.passage_id.is_(None), Passage.role.in_(_ROLES))
        .order_by(Passage.id)
    )
    return [(row.id, words_said(row.type, row.data)[:2000]) for row in session.execute(query.limit(limit))]


def _nearest(session: Session, asked: Vectors, model: str, wanted: Wanted) -> Mapping[int, float]:
    """Cosine by passage id, the nearest few."""
    query = select(PassageVector.passage_id, PassageVector.vector).where(PassageVector.model == model)
    conditions = wanted.conditions()
    if conditions:
        query = query.join(Passage, Passage.id == PassageVector.passage_id)
        query = query.join(Conversation, Conversation.id == Passage.conversation_id).where(*conditions)
    near: dict[int, float] = {}
    for page in session.execute(query.execution_options(yield_per=_PAGE)).partitions():
        rows = [(one, blob) for one, blob in page if len(blob) == asked.nbytes]
        near = _kept({**near, **_cosines(rows, asked)})
    return near


def _cosines(rows: Sequence[tuple[int, bytes]], asked: Vectors) -> dict[int, float]:
    if not rows:
        return {}
    matrix = np.frombuffer(b"".join(blob for _, blob in rows), dtype="<f4").reshape(len(rows), -1)
    cosines = matrix @ asked
    return {one: float(value) for (one, _), value in zip(rows, cosines, strict=True) if value >= _CLOSE}


def _kept(near: Mapping[int, float]) -> dict[int, float]:
    best = sorted(near, key=lambda one: (-near[one], one))[:_NEAREST]
    return {one: near[one] for one in best}
