"""Numbers to ring: the clinic's own where it gives them, else those of its country."""

from __future__ import annotations

from typing import NamedTuple

from bot.clinic.catalogue import Catalogue
from bot.clinic.rows import EmergencyNumbers

EMERGENCY_SERVICES = "the emergency services"
UNION = "EU"
"""The row of numbers.yaml that holds for every country of the European Union."""


class Numbers(NamedTuple):
    """As texts name them; "" where neither the clinic nor its country has one (`check` asks for it)."""

    ambulance: str
    urgent: str
    crisis: str
    crisis_name: str
    text_relay: str | None
    abroad: str | None = None
    """The emergency number all over the European Union, for whoever travels."""


def numbers_of(catalogue: Catalogue) -> Numbers:
    """The numbers that hold for the clinic. Where there is no crisis line, it is the ambulance's number.

    Source: the rows of numbers.yaml.
    """
    clinic = catalogue.clinic
    own = EmergencyNumbers() if clinic is None else clinic.numbers
    country = EmergencyNumbers() if clinic is None else catalogue.countries.get(clinic.country, EmergencyNumbers())
    ambulance = own.ambulance or country.ambulance or ""
    line = own if own.crisis else country  # a line and its name belong together
    return Numbers(
        ambulance,
        own.urgent or country.urgent or "",
        line.crisis or ambulance,
        own.crisis_name or (line.crisis_name if line.crisis else None) or EMERGENCY_SERVICES,
        own.text_relay or country.text_relay,
        union.ambulance if (union := catalogue.countries.get(UNION)) else None,
    )
