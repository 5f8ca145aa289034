"""The sample airline: moves are held until paid, full flights, undo, and nobody else's booking."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.tools.samples.office import HUNG, MAI, START, Office
from tools.samples.flights import fill_flight
from tools.samples.flights.tables import Flight
from tools.samples.gateway import pretend_payment


@pytest.fixture
def office() -> Office:
    return Office()


async def test_rebook_is_held_and_moves_the_passenger_when_paid(office: Office) -> None:
    row = await office.dearer()
    before = office.booking().flight_id
    places = office.free(row["flight"]), office.free(before)
    held = await office.value("rebook", booking="482913", flight=row["flight"])
    assert office.booking().flight_id == before
    assert (office.free(row["flight"]), office.free(before)) == (places[0] - 1, places[1])
    payment = await office.value("create_payment", invoice=held["invoice"])
    assert payment["total"] == row["fare_difference"]
    assert payment["pay_before"] == START + timedelta(minutes=20)
    assert (await office.value("payment_status", payment=payment["payment"]))["payment_state"] == "open"
    assert pretend_payment(office.desk, payment["payment"], "paid") == "paid"
    assert (await office.value("payment_status", payment=payment["payment"]))["payment_state"] == "paid"
    found = await office.value("find_booking", booking_code="482913")
    assert found["current_flight"] == row["flight"]
    assert (office.free(row["flight"]), office.free(before)) == (places[0] - 1, places[1] + 1)
    assert (await office.call("rebook_back", booking="482913", change=held["change"])).error == "already_paid"


async def test_undo_gives_everything_back(office: Office) -> None:
    row = await office.dearer()
    tools = office.tools()
    before = office.free(row["flight"])
    arguments = {"booking": "482913", "flight": row["flight"]}
    done = await tools.call("rebook", arguments, "r", verified=True)
    seats = await office.value("list_seats", booking="482913", flight=row["flight"])
    dear = next(seat for seat in seats if seat["seat_fee"])
    await office.value("choose_seat", booking="482913", seat=dear["seat"], flight=row["flight"])
    payment = await office.value("create_payment", invoice=done.value["invoice"])
    assert payment["total"] == row["fare_difference"] + dear["seat_fee"]
    for _ in range(2):
        assert (await tools.undo("rebook", arguments, done.value, "r", verified=True)).ok
    assert office.free(row["flight"]) == before
    assert (await office.value("payment_status", payment=payment["payment"]))["payment_state"] == "replaced"
    assert (await office.value("lookup_invoice", invoice=done.value["invoice"]))["total"] == 0
    assert pretend_payment(office.desk, payment["payment"], "paid") == "paid_late"
    assert (await office.value("refund_payment", payment=payment["payment"]))["refund_total"] == payment["total"]


async def test_holds_expire(office: Office) -> None:
    row = await office.dearer()
    before = office.free(row["flight"])
    held = await office.value("rebook", booking="482913", flight=row["flight"])
    office.now += timedelta(minutes=15)
    seats = await office.value("list_seats", booking="482913", flight=row["flight"])
    chosen = await office.value("choose_seat", booking="482913", seat=seats[-1]["seat"])
    assert chosen["pay_before"] == held["pay_before"]  # it cannot outlast the flight it is on
    payment = await office.value("create_payment", invoice=held["invoice"])
    office.now += timedelta(minutes=6)
    assert (await office.value("payment_status", payment=payment["payment"]))["payment_state"] == "expired"
    found = await office.value("find_booking", booking_code="482913")
    assert found["current_flight"] != row["flight"]
    assert found["current_seat"] is None
    assert office.free(row["flight"]) == before
    assert pretend_payment(office.desk, payment["payment"], "paid") == "paid_late"


async def test_full_flight_is_refused_and_not_offered_again(office: Office) -> None:
    row = await office.dearer()
    with office.samples.database.write() as session:
        fill_flight(session, row["flight"])
    result = await office.call("rebook", booking="482913", flight=row["flight"])
    assert (result.ok, result.error, result.unsure) == (False, "flight_full", False)
    day = row["departs_at"].date()
    rows = await office.value("search_flights", booking="482913", new_date=day)
    assert row["flight"] not in [each["flight"] for each in rows]


async def test_all_flights_of_a_day_full_gives_neighbouring_days(office: Office) -> None:
    day = date(2026, 12, 1)
    for row in await office.value("search_flights", booking="482913", new_date=day):
        with office.samples.database.write() as session:
            fill_flight(session, row["flight"])
    rows = await office.value("search_flights", booking="482913", new_date=day)
    assert rows
    assert not any(row["same_day"] for row in rows)


async def test_seat_choice(office: Office) -> None:
    seats = await office.value("list_seats", booking="482913", seat_kind="window")
    free, dear = seats[0], seats[-1]
    assert {seat["seat_kind"] for seat in seats} == {"window"}
    assert free["seat_fee"] == 0 < dear["seat_fee"]
    assert (await office.value("choose_seat", booking="482913", seat=free["seat"]))["seat_fee"] == 0
    chosen = await office.value("choose_seat", booking="482913", seat=dear["seat"].lower())
    assert chosen["seat_before"] == free["seat"]
    await office.value("release_seat", booking="482913", seat=dear["seat"], seat_before=chosen["seat_before"])
    assert (await office.value("find_booking", booking_code="482913"))["current_seat"] == free["seat"]
    assert (await office.value("lookup_invoice", invoice=chosen["invoice"]))["total"] == 0
    assert (await office.call("choose_seat", booking="482913", seat="99Z")).error == "no_such_seat"
    with office.samples.database.read() as session:
        flight = session.get_one(Flight, office.booking().flight_id)
        taken = next(seat for seat in flight.others if int(seat[:-1]) > 3)
    assert (await office.call("choose_seat", booking="482913", seat=taken)).error == "seat_taken"


async def test_upgrade_on_top_of_a_move_is_undone_with_it(office: Office) -> None:
    row = await office.dearer()
    held = await office.value("rebook", booking="482913", flight=row["flight"])
    offer = await office.value("upgrade_offer", booking="482913", flight=row["flight"])
    upgrade = await office.value("upgrade_class", booking="482913", flight=row["flight"])
    assert upgrade["upgrade_price"] == offer["upgrade_price"] > 0
    assert (await office.value("lookup_invoice", invoice=held["invoice"]))["total"] == (
        row["fare_difference"] + offer["upgrade_price"]
    )
    await office.value("rebook_back", booking="482913", change=held["change"])
    assert (await office.value("lookup_invoice", invoice=held["invoice"]))["total"] == 0
    assert (await office.value("find_booking", booking_code="482913"))["cabin"] == "economy"


async def test_failed_payment_can_be_tried_again(office: Office) -> None:
    row = await office.dearer()
    held = await office.value("rebook", booking="482913", flight=row["flight"])
    first = await office.value("create_payment", invoice=held["invoice"])
    assert pretend_payment(office.desk, first["payment"], "failed") == "failed"
    assert (await office.value("payment_status", payment=first["payment"]))["payment_state"] == "failed"
    second = await office.value("create_payment", invoice=held["invoice"])
    assert second["payment"] != first["payment"]
    assert pretend_payment(office.desk, second["payment"], "paid") == "paid"
    assert pretend_payment(office.desk, first["payment"], "paid") == "paid_late"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("find_booking", {"booking_code": "482913"}),
        ("find_booking", {"phone": HUNG}),
        ("search_flights", {"booking": "482913", "new_date": "2026-11-28"}),
        ("list_seats", {"booking": "482913"}),
        ("upgrade_offer", {"booking": "482913"}),
        ("choose_seat", {"booking": "482913", "seat": "20A"}),
        ("upgrade_class", {"booking": "482913"}),
        ("release_seat", {"booking": "482913", "seat": "20A"}),
    ],
)
async def test_somebody_elses_booking_is_not_there(office: Office, name: str, arguments: dict[str, Any]) -> None:
    theirs = await office.call(name, MAI, **arguments)
    nobodys = await office.call(name, MAI, **{**arguments, **({"booking": "000000"} if "booking" in arguments else {})})
    assert theirs.error == nobodys.error == "not_found"
    assert theirs.detail == nobodys.detail
    unverified = await office.tools(HUNG).call(name, arguments, "u", verified=False)
    assert unverified.error == "not_verified"


async def test_caller_nobody_knows_proves_who_they_are(office: Office) -> None:
    tools = office.tools("")
    assert (await tools.call("find_booking", {"booking_code": "482913"}, verified=True)).error == "not_identified"
    wrong = {"booking_code": "482913", "phone": "0900000009"}
    assert (await tools.call("identify_by_booking", wrong)).error == "not_matching"
    right = {"booking_code": "482913", "phone": "0900 000 001"}
    assert (await tools.call("identify_by_booking", right)).ok
    assert (await tools.call("find_booking", {"booking_code": "482913"}, verified=True)).ok
    visitor, somebody_else = office.tools("conv_1"), office.tools(MAI)
    assert (await visitor.call("identify_by_booking", right)).ok
    assert (await visitor.call("find_booking", {"booking_code": "482913"}, verified=True)).ok
    assert (await somebody_else.call("identify_by_booking", right)).error == "not_matching"
    guesser = office.tools("")
    for _ in range(3):
        await guesser.call("identify_by_booking", wrong)
    assert (await guesser.call("identify_by_booking", right)).error == "too_many_tries"


async def test_bad_input(office: Office) -> None:
    assert (await office.call("search_flights", booking="482913", new_date="2025-01-01")).error == "date_out_of_range"
    assert (await office.call("rebook", booking="482913", flight="' OR 1=1 --")).error == "not_found"
    assert (await office.call("find_booking", phone="không nhớ")).error == "not_found"
    own = office.booking().flight_id
    assert (await office.call("rebook", booking="482913", flight=own)).error == "same_flight"
