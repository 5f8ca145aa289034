"""Who is one person: the rule itself, and that neither chance nor order can merge two people."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.errors import InputError
from memory.folding import fold
from memory.identities import Identity, identity
from memory.joining import join, keep_apart, members_of, possible_matches, root_of, split
from memory.matching import Candidate, Claim, Evidence, conflicts, decide
from memory.people import Person
from memory.schema import AuditEntry
from memory.store import DEFAULT_BUSINESS, Store

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PHONE = "+84900000081"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store.open(f"sqlite:///{tmp_path / 'alo.db'}")
    opened.ensure_business(DEFAULT_BUSINESS, "Công ty Sao Mai", NOW)
    return opened


def known(kind: str, value: str, verified: bool = True) -> Identity:
    return identity(kind, value, verified=verified, source="test")


def came(
    store: Store, name: str | None, *identities: Identity, gender: str | None = None, born: int | None = None
) -> str:
    return store.identify(DEFAULT_BUSINESS, Claim(identities, Evidence(name, gender, born)), NOW).id


def test_words_without_marks() -> None:
    assert fold("Đặng Thị HƯỜNG, 0900.000.012 — ĐÀ NẴNG!") == "dang thi huong 0900 000 012 da nang"
    assert fold("Hu\u031bo\u031b\u0300ng") == "huong"


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("phone", "0900 000 081", PHONE),
        ("email", "  Lan.Nguyen@Example.COM ", "lan.nguyen@example.com"),
        ("zalo", "8212345678901234567", "8212345678901234567"),
        ("web", "v_01abc-DEF", "v_01abc-DEF"),
    ],
)
def test_identities_are_stored_in_one_form(kind: str, raw: str, value: str) -> None:
    assert identity(kind, raw).value == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [("email", "lan@"), ("email", "a b@c.vn"), ("email", "x@y..vn"), ("zalo", "'; DROP"), ("fax", "1"), ("web", "")],
)
def test_what_is_no_identity_is_told(kind: str, raw: str) -> None:
    with pytest.raises(InputError):
        identity(kind, raw)


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (Evidence("Nguyễn Văn Hùng"), Evidence("nguyen van hung"), ()),
        (Evidence("Anh Hùng"), Evidence("Nguyễn Văn Hùng"), ()),
        (Evidence(None), Evidence("Nguyễn Văn Hùng", "male", 1980), ()),
        (Evidence("Nguyễn Văn Hùng"), Evidence("Trần Thị Mai"), ("name",)),
        (Evidence("Mai"), Evidence("Nguyễn Văn Hùng"), ("name",)),
        (Evidence("Lê An", "male", 1980), Evidence("Lê An", "female", 1981), ("gender", "birth_year")),
    ],
)  # fmt: skip
def test_what_tells_people_apart(one: Evidence, other: Evidence, reasons: tuple[str, ...]) -> None:
    assert conflicts(one, other) == conflicts(other, one) == reasons


def test_one_person_on_three_channels_is_one_customer(store: Store) -> None:
    uploaded = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Nguyễn Văn Hùng", "male", 1980), NOW)
    assert came(store, None, known("phone", PHONE)) == uploaded.id
    zalo = came(store, "Hùng", known("zalo", "zalo_1"))
    assert zalo != uploaded.id
    again = came(store, None, known("zalo", "zalo_1"), known("phone", PHONE))  # he shared his number on Zalo
    mail = came(store, "Nguyen Van Hung", known("email", "hung@example.com"), known("phone", PHONE))
    with store.read() as session:
        assert {root_of(session, one) for one in (again, mail, zalo)} == {uploaded.id}
        assert set(members_of(session, mail)) == {uploaded.id, zalo}
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.by) == ("join", "matching")


def test_a_number_with_another_name_is_another_customer_until_somebody_decides(store: Store) -> None:
    old = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Nguyễn Văn Hùng", "male"), NOW)
    new = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Trần Thị Mai", "female"), NOW)
    assert (old.phone, new.phone, old.id == new.id) == (PHONE, None, False)
    assert store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "tran thi mai"), NOW).id == new.id
    assert store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Nguyễn Văn Hùng"), NOW).id == old.id
    nobody = came(store, None, known("phone", PHONE))
    assert nobody not in (old.id, new.id)
    assert came(store, None, known("phone", PHONE)) == nobody
    with store.read() as session:
        pairs = possible_matches(session)
    found = {frozenset((pair.customer.id, pair.other.id)): pair.reasons for pair in pairs}
    assert found[frozenset((old.id, new.id))] == ("gender", "name")
    assert found[frozenset((old.id, nobody))] == ("shared",)


def test_what_somebody_says_of_themselves_does_not_make_them_that_person(store: Store) -> None:
    real = store.ensure_customer(DEFAULT_BUSINESS, Person(PHONE, "Nguyễn Văn Hùng"), NOW)
    visitor = came(store, "Nguyễn Văn Hùng", known("web", "browser_1"), known("phone", PHONE, verified=False))
    assert visitor != real.id
    with store.read() as session:
        assert members_of(session, visitor) == [visitor]
        assert [pair.reasons for pair in possible_matches(session)] == [("unverified",)]
    assert visitor == came(store, None, known("web", "browser_1"), known("phone", PHONE))
    with store.read() as session:
        assert members_of(session, visitor) == [visitor]  # an operator has the doubt on the table and decides


def test_joining_and_splitting_give_back_what_was(store: Store) -> None:
    one = came(store, "Lê Thị Hương", known("zalo", "zalo_a"))
    two = came(store, "Lê Hương", known("phone", PHONE))
    three = came(store, None, known("email", "huong@example.com"))
    with store.write() as session:
        join(session, one, two, by="lan", reason="cùng hợp đồng", at=NOW)
        join(session, two, three, by="lan", reason="", at=NOW)
        assert set(members_of(session, three)) == {one, two, three}
        assert root_of(session, three) == one
        join(session, one, three, by="lan", reason="", at=NOW)  # once more changes nothing
        with pytest.raises(InputError, match="tách trước"):
            keep_apart(session, two, three, by="lan", reason="", at=NOW)
        split(session, three, by="lan", reason="nhầm", at=NOW)
        assert (members_of(session, three), set(members_of(session, one))) == ([three], {one, two})
        with pytest.raises(InputError, match="chưa được gộp"):
            split(session, three, by="lan", reason="", at=NOW)
        with pytest.raises(InputError, match="Không có khách"):
            join(session, one, "cus_nobody", by="lan", reason="", at=NOW)
        actions = [entry.action for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert actions == ["join", "join", "split"]
    came(store, None, known("email", "huong@example.com"), known("zalo", "zalo_a"))
    with store.read() as session:
        assert members_of(session, three) == [three]  # what a person took apart is not joined again


def test_thousands_at_once(store: Store) -> None:
    persons = [Person(f"+8490000{number:04d}", f"Nguyễn Văn {chr(65 + number % 26)}n") for number in range(1500)]
    with store.write() as session:
        from memory.people import ensure_customers

        first = ensure_customers(session, DEFAULT_BUSINESS, persons, NOW)
        again = ensure_customers(session, DEFAULT_BUSINESS, persons, NOW)
        assert [one.id for one in first] == [one.id for one in again]
        assert len({one.id for one in first}) == 1500


# Properties, on the rule alone: a small world in which customers are kept in a dict.

NAMES = ("Nguyễn Văn Hùng", "Trần Thị Mai", "Lê Quang Vinh")
VALUES = [Identity(kind, f"{kind}_{n}", verified=True) for kind in ("zalo", "web") for n in range(3)]  # type: ignore[arg-type]


class World:
    """What ``memory.recognising`` does, without a database."""

    def __init__(self) -> None:
        self.people: dict[str, list[Evidence]] = {}
        self.of: dict[Identity, set[str]] = {}
        self.root: dict[str, str] = {}
        self.barred: set[frozenset[str]] = set()

    def group(self, root: str) -> list[str]:
        return [one for one, its in self.root.items() if its == root]

    def come(self, claim: Claim) -> str:
        held = [(value, one) for value in claim.identities for one in sorted(self.of.get(value, ()))]
        candidates = [
            Candidate(one, self.root[one], value, tuple(e for m in self.group(self.root[one]) for e in self.people[m]))
            for value, one in held
        ]
        decision = decide(claim, candidates, self.barred)
        who = decision.customer_id or f"cus_{len(self.people):03d}"
        if decision.customer_id is None:
            self.people[who], self.root[who] = [], who
        for doubt in decision.doubts:
            self.barred.add(frozenset((self.root[who], self.root[doubt.customer_id])))
        for other in decision.join:
            keep, gone = sorted((self.root[who], other))
            self.root = {one: keep if its == gone else its for one, its in self.root.items()}
            self.barred = {frozenset(keep if one == gone else one for one in pair) for pair in self.barred}
        self.people[who].append(claim.evidence)
        for value in claim.identities:
            if not any(self.root[one] == self.root[who] for one in self.of.setdefault(value, set())):
                self.of[value].add(who)
        return who


def partition(claims: Sequence[Claim], order: Sequence[int]) -> set[frozenset[int]]:
    """Which claims, by number, ended up as one person."""
    world = World()
    who = {number: world.come(claims[number]) for number in order}
    by_root: dict[str, set[int]] = {}
    for number, one in who.items():
        by_root.setdefault(world.root[one], set()).add(number)
    return {frozenset(group) for group in by_root.values()}


any_evidence = st.builds(
    Evidence,
    st.sampled_from([*NAMES, "Hùng", "chị Mai", None]),
    st.sampled_from(["male", "female", None]),
    st.sampled_from([1980, 1981, None]),
)
any_claim = st.builds(
    Claim, st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True).map(tuple), any_evidence
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_claim, min_size=2, max_size=9))
def test_two_known_to_differ_are_never_one(claims: list[Claim]) -> None:
    for group in partition(claims, range(len(claims))):
        for one, other in itertools.combinations(sorted(group), 2):
            assert not conflicts(claims[one].evidence, claims[other].evidence)


def in_two_orders(claim: st.SearchStrategy[Claim]) -> st.SearchStrategy[tuple[list[Claim], list[int]]]:
    return st.lists(claim, min_size=2, max_size=8).flatmap(
        lambda claims: st.tuples(st.just(claims), st.permutations(range(len(claims))))
    )


owned = st.sampled_from(range(3)).flatmap(
    lambda person: st.builds(
        lambda identities, named: Claim(
            tuple(identities), Evidence(NAMES[person], "male", 1980 + person) if named else Evidence()
        ),
        st.lists(st.sampled_from([v for v in VALUES if v.value.endswith(str(person))]), min_size=1, unique=True),
        st.booleans(),
    )
)
full = st.builds(
    lambda identities, person: Claim(tuple(identities), Evidence(NAMES[person], "male", 1980 + person)),
    st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True),
    st.sampled_from(range(3)),
)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(owned, min_size=2, max_size=8).flatmap(
        lambda claims: st.tuples(st.just(claims), st.permutations(range(len(claims))))
    )
)
def test_where_nothing_is_doubtful_the_order_does_not_matter(drawn: tuple[list[Claim], list[int]]) -> None:
    claims, order = drawn
    assert partition(claims, order) == partition(claims, range(len(claims)))


@settings(deadline=None, max_examples=200)
@given(
    st.lists(full, min_size=2, max_size=8).flatmap(
        lambda claims: st.tuples(st.just(claims), st.permutations(range(len(claims))))
    )
)
def test_shared_identities_of_fully_known_people_in_any_order(drawn: tuple[list[Claim], list[int]]) -> None:
    claims, order = drawn
    assert partition(claims, order) == partition(claims, range(len(claims)))


def test_the_same_on_postgresql_two_calls_at_once(postgres: str) -> None:
    import threading

    with Store.open(postgres) as store:
        store.ensure_business(DEFAULT_BUSINESS, "Công ty Sao Mai", NOW)
        found: list[str] = []
        barrier = threading.Barrier(4)

        def call() -> None:
            barrier.wait()
            found.append(came(store, "Nguyễn Văn Hùng", known("phone", PHONE)))

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 1
        assert came(store, "Trần Thị Mai", known("phone", PHONE)) != found[0]
        with store.write() as session:
            pair = possible_matches(session)[0]
            join(session, pair.customer.id, pair.other.id, by="lan", reason="", at=NOW + timedelta(days=1))
            assert len(members_of(session, found[0])) == 2
            assert possible_matches(session) == []
