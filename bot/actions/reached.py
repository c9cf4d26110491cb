"""How somebody who should be spoken to that day is reached, and by when.

Source: data/clinic.yaml (hours); the time is a judgement (staff_hours).
"""

from __future__ import annotations

from bot.actions.enrol import REFUSED
from bot.actions.staff_hours import instant_of, rung_by
from bot.actions.standing import text
from bot.clinic.catalogue import Catalogue
from bot.engine.value import Values

REACHES = frozenset({"rings_you", "ring_them", "closed"})
REACH_READS = ("clinic.staffed", "contact.phone", "phone", "answered_at")
"""What `reached` asks for."""


def reached(values: Values, catalogue: Catalogue) -> tuple[str, str | None]:
    """One of `REACHES`, and the local time by which (None while the clinic is closed, or closing)."""
    at = instant_of(values.get("answered_at"))
    by = rung_by(catalogue, at) if at is not None else None
    phone = {text(values, "contact.phone"), text(values, "phone")} - {None, REFUSED}
    return "closed" if by is None else "rings_you" if values.get("clinic.staffed") and phone else "ring_them", by
