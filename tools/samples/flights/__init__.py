"""A sample airline: bookings, flights that fill up, seats, upgrades; unpaid changes are held for a while."""

from tools.samples.flights.seed import Passenger, fill_flight
from tools.samples.flights.service import Flights

__all__ = ["Flights", "Passenger", "fill_flight"]
