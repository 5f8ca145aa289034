"""Who is it? The rule that decides whether somebody is a customer already known. Pure.

Two records become one person only if a vouched identity (number, Zalo id, e-mail …) says so *and* nothing known of the
two people contradicts it. Everything doubtful (the same number with another name, gender or year of birth; an identity
nobody vouches for; a shared number and no name) makes a customer of its own and a possible match for an operator.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from memory.folding import fold
from memory.identities import Identity

_TITLES: Final = frozenset({"anh", "chi", "co", "chu", "bac", "ong", "ba", "em", "mr", "mrs", "ms"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells people apart."""

    name: str | None = None
    gender: str | None = None
    birth_year: int | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Words of the name without marks and without a form of address before it."""
        words = tuple(fold(self.name or "").split())
        return words[1:] if len(words) > 1 and words[0] in _TITLES else words

    @property
    def full(self) -> bool:
        """Family and given name, which tell people apart; a given name alone does not."""
        return len(self.key) > 1


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer known by an identity of the claim. ``root`` names the group of joined customers."""

    customer_id: str
    root: str
    identity: Identity
    evidence: tuple[Evidence, ...] = ()
    """of everybody in the group"""


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody turns up with these identities, the channel's own first, and this is said of them."""

    identities: tuple[Identity, ...]
    evidence: Evidence = Evidence()


@dataclass(frozen=True, slots=True)
class Doubt:
    """Perhaps the same person as ``customer_id``; ``reasons``: name, gender, birth_year, unverified, shared."""

    customer_id: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """``customer_id``: the customer it is, None for a new one; ``join``: others that are now known to be the same."""

    customer_id: str | None
    join: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


def conflicts(one: Evidence, other: Evidence) -> tuple[str, ...]:
    """What speaks against two records being one person; nothing is known against whom nothing is known of."""
    found = []
    if one.key and other.key:
        same = one.key == other.key if one.full and other.full else one.key[-1] == other.key[-1]
        if not same:
            found.append("name")
    if one.gender and other.gender and one.gender != other.gender:
        found.append("gender")
    if one.birth_year and other.birth_year and one.birth_year != other.birth_year:
        found.append("birth_year")
    return tuple(found)


@dataclass(slots=True)
class _Group:
    root: str
    members: list[Candidate] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)
    reasons: tuple[str, ...] = ()

    def against(self, evidence: Sequence[Evidence]) -> tuple[str, ...]:
        found = {reason for one in self.evidence for other in evidence for reason in conflicts(one, other)}
        return tuple(sorted(found))

    @property
    def unknown(self) -> bool:
        """Is nothing known that tells this person from others?"""
        return not any(one.key or one.gender or one.birth_year for one in self.evidence)


def decide(
    claim: Claim, candidates: Sequence[Candidate], undecided: Collection[frozenset[str]] = frozenset()
) -> Decision:
    """``undecided``: pairs of roots that an operator has kept apart or has yet to look at; they are never joined."""
    groups = _groups(claim, candidates)
    agreeing = [group for group in groups if not group.reasons]
    doubts = [Doubt(group.members[0].customer_id, group.reasons) for group in groups if group.reasons]
    if not agreeing:
        return Decision(None, (), tuple(doubts))
    chosen = _chosen(claim, agreeing, undecided)
    if chosen is None:
        reused = next((group for group in agreeing if group.unknown), None)
        doubts += [Doubt(group.members[0].customer_id, ("shared",)) for group in agreeing if group is not reused]
        return Decision(reused.members[0].customer_id if reused else None, (), tuple(doubts))
    joined = [group for group in agreeing if group is not chosen and not _apart(chosen, group, undecided)]
    if any(_apart(one, other, undecided) for one in joined for other in joined if one is not other):
        joined = []
    join = tuple(group.root for group in joined)
    return Decision(chosen.members[0].customer_id, join, tuple(doubts))


def _groups(claim: Claim, candidates: Sequence[Candidate]) -> list[_Group]:
    """Candidates by group, in the order of the claim's identities, oldest first."""
    order = {(one.kind, one.value): place for place, one in enumerate(claim.identities)}
    vouched = {(one.kind, one.value) for one in claim.identities if one.verified}
    groups: dict[str, _Group] = {}
    for one in sorted(candidates, key=lambda c: (order[c.identity.kind, c.identity.value], c.root, c.customer_id)):
        group = groups.setdefault(one.root, _Group(one.root))
        group.members.append(one)
        group.evidence = [*group.evidence, *one.evidence]
    for group in groups.values():
        group.reasons = group.against((claim.evidence,))
        if not any(
            one.identity.verified and (one.identity.kind, one.identity.value) in vouched for one in group.members
        ):
            group.reasons = (*group.reasons, "unverified")
    return list(groups.values())


def _chosen(claim: Claim, agreeing: Sequence[_Group], undecided: Collection[frozenset[str]]) -> _Group | None:
    """The one it is; None where several people it may be are known to differ, or may.

    Where the other identities do not settle it, the channel's own does, if one person alone is known by it.
    """
    named = [g for g in agreeing if claim.evidence.full and any(e.key == claim.evidence.key for e in g.evidence)]
    for among in (named, agreeing):
        apart = any(_apart(one, other, undecided) for one in among for other in among if one is not other)
        if among and not apart:
            return among[0]
        if among is named and named:
            return None  # two of the same name at one number whom an operator keeps apart
    own = claim.identities[0]
    holders = [g for g in agreeing if any(one.identity.value == own.value for one in g.members)]
    return holders[0] if own.verified and len(holders) == 1 else None


def _apart(one: _Group, other: _Group, undecided: Collection[frozenset[str]]) -> bool:
    return bool(one.against(other.evidence)) or frozenset((one.root, other.root)) in undecided
