"""Search over what was said: folded full text in the database, then ranked again by marks and word order.

"hứa trả nợ" and "hua tra no" find the same conversations; those that say it with the same marks come first. What a
user types is words and "quoted phrases"; nothing of it reaches the database's own query language.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, column, func, literal_column, select, table, text
from sqlalchemy.orm import Session

from core.errors import InputError
from memory.folding import words_of
from memory.indexing import TEXT_TABLE, words_said
from memory.schema import Conversation, Event
from memory.snippets import Snippet, closeness, snippet
from memory.tables import Passage

_MOST_WORDS: Final = 16
_MOST_LETTERS: Final = 300
_CANDIDATES: Final = 200
"""Best passages of the database that are looked at again; marks tell no more than that many apart."""
_PHRASE: Final = re.compile(r'"([^"]*)"|([^"\s]+)')


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: ``terms`` of one or several folded words (a phrase), as typed in ``typed``."""

    terms: tuple[tuple[str, ...], ...]
    typed: tuple[str, ...]
    """the words with their marks, lower case"""

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word for term in self.terms for word in term)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where to look; None means anywhere. ``customer_ids``: all that are one person (memory.joining)."""

    customer_ids: tuple[str, ...] | None = None
    campaign_id: str | None = None
    disposition: str | None = None
    channel: str | None = None
    role: str | None = None
    """customer, bot or summary"""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 20
    offset: int = 0

    def conditions(self) -> list[ColumnElement[bool]]:
        """On ``passages`` joined with ``conversations``."""
        found: list[ColumnElement[bool]] = []
        for name in ("campaign_id", "disposition", "channel"):
            value = getattr(self, name)
            if value is not None:
                found.append(getattr(Conversation, name) == value)
        if self.customer_ids is not None:
            found.append(Conversation.customer_id.in_(self.customer_ids))
        if self.role is not None:
            found.append(Passage.role == self.role)
        if self.since is not None:
            found.append(Conversation.started_at >= self.since)
        if self.until is not None:
            found.append(Conversation.started_at < self.until)
        return found


ANYWHERE: Final = Wanted()


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation and its best passage. ``more``: further passages of it among the best."""

    conversation: Conversation
    seq: int
    at_ms: int
    role: str
    snippet: Snippet
    score: float
    more: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """``loose``: no passage has all the words, so these have some of them."""

    hits: tuple[Hit, ...]
    loose: bool = False


def parse(typed: str) -> Query:
    """Raises InputError if there is nothing to look for."""
    normal = unicodedata.normalize("NFC", typed[:_MOST_LETTERS]).replace("“", '"').replace("”", '"')
    terms: list[tuple[str, ...]] = []
    words: list[str] = []
    for found in _PHRASE.finditer(normal):
        part = found.group(1) if found.group(1) is not None else found.group(2)
        whole = list(words_of(part))[: _MOST_WORDS - len(words)]
        if whole:
            terms.append(tuple(word.folded for word in whole))
            words += [word.text.lower() for word in whole]
    if not terms:
        raise InputError("Hãy nhập ít nhất một từ cần tìm.", "Type at least one word to look for.", where="query")
    return Query(tuple(terms), tuple(words))


def search(session: Session, typed: str, wanted: Wanted = ANYWHERE) -> Found:
    """Best conversations first. Raises InputError for an empty query."""
    query = parse(typed)
    ranks, loose = search_ranks(session, query, wanted)
    return Found(hits_of(session, query, ranks, wanted), loose)


def search_ranks(session: Session, query: Query, wanted: Wanted) -> tuple[dict[int, float], bool]:
    """Passage id → how well it fits, and whether some words had to be left out to find any."""
    most = max(_CANDIDATES, (wanted.offset + wanted.limit) * 5)
    ranks = _ranked(session, query, wanted, most, every=True)
    loose = not ranks and len(query.terms) > 1
    return (_ranked(session, query, wanted, most, every=False) if loose else ranks), loose


def _ranked(session: Session, query: Query, wanted: Wanted, most: int, *, every: bool) -> dict[int, float]:
    """Passage id → how well the words fit, 1 the best."""
    found = session.execute(_statement(session, query, wanted, every).limit(most)).all()
    best = max((abs(row.fit) for row in found), default=0.0) or 1.0
    return {row.id: abs(row.fit) / best for row in found}


def _statement(session: Session, query: Query, wanted: Wanted, every: bool) -> Select[int, float]:
    if session.get_bind().dialect.name == "sqlite":
        match = (" AND " if every else " OR ").join(f'"{" ".join(term)}"' for term in query.terms)
        words = table(TEXT_TABLE, column("rowid"))
        fit: ColumnElement[float] = literal_column(f"bm25({TEXT_TABLE})")
        base = select(Passage.id, fit.label("fit")).join(words, words.c.rowid == Passage.id)
        base = base.where(literal_column(TEXT_TABLE).op("MATCH")(match))
        order = fit
    else:
        match = (" & " if every else " | ").join("(" + " <-> ".join(f"'{w}'" for w in t) + ")" for t in query.terms)
        vector = func.to_tsvector(text("'simple'::regconfig"), Passage.folded)
        asked = func.to_tsquery(text("'simple'::regconfig"), match)
        fit = func.ts_rank_cd(vector, asked, 1)
        base = select(Passage.id, fit.label("fit")).where(vector.op("@@")(asked))
        order = fit.desc()
    conditions = wanted.conditions()
    if conditions:
        base = base.join(Conversation, Conversation.id == Passage.conversation_id).where(and_(*conditions))
    return base.order_by(order, Passage.id)


def hits_of(session: Session, query: Query, ranks: Mapping[int, float], wanted: Wanted) -> tuple[Hit, ...]:
    """The page asked for: passages ranked again, one line for each conversation."""
    scored = sorted(_scored(session, query, ranks), key=lambda one: (-one.score, one.passage.id))
    chosen: dict[str, list[_Scored]] = {}
    for one in scored:
        chosen.setdefault(one.passage.conversation_id, []).append(one)
    page = list(chosen.items())[wanted.offset : wanted.offset + wanted.limit]
    names = [name for name, _ in page]
    talks = {one.id: one for one in session.scalars(select(Conversation).where(Conversation.id.in_(names)))}
    return tuple(
        Hit(
            talks[name],
            top.passage.seq,
            top.at_ms,
            top.passage.role,
            snippet(top.words, query.words),
            round(top.score, 4),
            len(rest),
        )
        for name, (top, *rest) in page
    )


@dataclass(frozen=True, slots=True)
class _Scored:
    score: float
    passage: Passage
    words: str
    at_ms: int


def _scored(session: Session, query: Query, ranks: Mapping[int, float]) -> list[_Scored]:
    found = []
    ids = list(ranks)
    for start in range(0, len(ids), 400):
        rows = session.execute(
            select(Passage, Event.type, Event.data, Event.at_ms)
            .join(Event, and_(Event.conversation_id == Passage.conversation_id, Event.seq == Passage.seq))
            .where(Passage.id.in_(ids[start : start + 400]))
        )
        for passage, type_, data, at_ms in rows:
            words = unicodedata.normalize("NFC", words_said(type_, data))
            score = ranks[passage.id] + closeness(words, query.typed, query.words)
            found.append(_Scored(score, passage, words, at_ms))
    return found
