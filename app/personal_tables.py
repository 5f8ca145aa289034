"""Which tables of tools hold what of whom, for ``alo privacy``. A test fails for a table that nobody has declared."""

from __future__ import annotations

from typing import Final

from memory.personal import Owner, PersonalTable, PersonalTables
from tools.database import ToolBase

_ACCOUNT: Final[tuple[Owner, ...]] = ("phone", "contact", "conversation", "customer", "attempt")
"""What tools are bound to: the customer's number, or where there is none the contact or the conversation."""

_HANGING: Final = {
    "sample_invoice_lines": ("invoice_id", "sample_invoices", "id"),
    "sample_payment_lines": ("payment_id", "sample_payments", "id"),
    "sample_payment_notices": ("payment_id", "sample_payments", "id"),
    "sample_taken_slots": ("appointment", "sample_appointments", "id"),
    "sample_booking_changes": ("booking", "sample_bookings", "code"),
    "sample_taken_seats": ("booking", "sample_bookings", "code"),
}
"""Tables without an account of their own: column → table and column it points to."""

OF_NOBODY: Final = frozenset({"tool_calls", "sample_faq", "sample_flights"})
"""Hold no person's data; ``tool_calls`` is the audit trail, without arguments, results or accounts."""


def tool_tables() -> PersonalTables:
    """Children before their parents, so that both are still found when they are erased."""
    import tools.payments
    import tools.samples.services  # noqa: F401 - their tables register themselves

    owned = {
        name: PersonalTable(table, {"account": _ACCOUNT})
        for name, table in ToolBase.metadata.tables.items()
        if "account" in table.c
    }
    hanging = [
        PersonalTable(ToolBase.metadata.tables[name], parent=(column, owned[parent], key))
        for name, (column, parent, key) in _HANGING.items()
        if name in ToolBase.metadata.tables and parent in owned
    ]
    return [*hanging, *owned.values()]
