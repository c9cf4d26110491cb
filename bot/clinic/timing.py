"""The honest dates of a plan: when the last sensible session is, and what the clinic's first free day allows.

They change only what the answer says of dates, never the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.clinic.catalogue import Catalogue
from bot.clinic.matching import Outcome

LAST_SESSION_DAYS = {"microneedling": 28, "mesotherapy": 14}
"""Where the treatment's row is silent. A judgement: redness to day 7 and late dark marks; bruises to day 14."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Dates in the clinic's time zone."""

    event_on: date
    last_session_on: date
    """The last sensible day for a session."""
    latest_on: date
    """After this day nothing is done before the event."""
    start_by_on: date | None
    """Start by then to see the result at the event; None where nothing is known."""
    first_appointment_on: date
    fits: bool
    """The first free appointment is not after the last sensible day."""
    result_by_then: bool
    """The first free appointment is early enough to see the result at the event."""
    unhurried_on: date
    """The first day of the month after the event: start then, and nothing is lost."""


def plan_dates(outcome: Outcome, event_on: date, today: date, catalogue: Catalogue) -> Timing | None:
    """Reckon the dates for a matched treatment; None where none is matched.

    `combined` keeps microneedling's limits, which are the longer ones.

    Source: data/treatments.yaml, `last_session_days` and `start_days`; data/clinic.yaml.
    """
    if outcome == "practitioner_first":
        return None
    decisive = "microneedling" if outcome == "combined" else outcome
    row = catalogue.treatments.get(decisive)
    last_days = row.last_session_days if row else None
    start_days = row.start_days if row else None
    wait_days = catalogue.clinic.first_appointment_days if catalogue.clinic else 0
    last_session_on = event_on - timedelta(days=LAST_SESSION_DAYS[decisive] if last_days is None else last_days)
    start_by_on = None if start_days is None else event_on - timedelta(days=start_days)
    first_on = today + timedelta(days=wait_days)
    return Timing(
        event_on=event_on,
        last_session_on=last_session_on,
        latest_on=event_on - timedelta(days=catalogue.earliest_event_days),
        start_by_on=start_by_on,
        first_appointment_on=first_on,
        fits=first_on <= last_session_on,
        result_by_then=start_by_on is not None and first_on <= start_by_on,
        unhurried_on=(event_on.replace(day=1) + timedelta(days=32)).replace(day=1),
    )
