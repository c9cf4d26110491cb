"""Who reads an alert at an instant, and by when somebody can be expected to ring.

Source: data/clinic.yaml (hours, on_call); the two hours are a judgement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.actions.texts import general
from bot.clinic.catalogue import Catalogue
from bot.clinic.ladder import rings_on_call_when_closed
from bot.clinic.opening import is_open
from bot.clinic.rows import Clinic
from bot.engine.value import Phrase, Value

RING_WITHIN = timedelta(hours=2)
"""A question for the same day is answered by then, or the person rings."""
STEP = timedelta(minutes=5)
AT_LEAST = timedelta(minutes=30)
"""Nobody is promised a call for the last minutes before the clinic closes."""


def instant_of(value: Value) -> datetime | None:
    """An ISO instant; None where it is not known."""
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def zone_of(catalogue: Catalogue) -> ZoneInfo:
    """The clinic's time zone; UTC where there is no clinic."""
    return ZoneInfo(catalogue.clinic.time_zone if catalogue.clinic else "UTC")


def is_open_at(catalogue: Catalogue, at: datetime | None) -> bool:
    """Whether the clinic is open at an aware instant; an unknown one counts as closed."""
    clinic = catalogue.clinic
    return clinic is not None and at is not None and is_open(clinic.locations[0], zone_of(catalogue), at)


def who_reads(
    catalogue: Catalogue, at: datetime | None, *, staffed: bool, is_crisis: bool = False
) -> Phrase | None:
    """What an urgent message says of who sees it: never more than is true. Of self-harm one named person reads."""
    clinic = catalogue.clinic
    if is_crisis:
        is_named = clinic is not None and _somebody_reads_of_self_harm(clinic)
        untold = general(catalogue, "alert_crisis_untold") or general(catalogue, "alert_unread")
        return general(catalogue, "alert_crisis") if is_named else untold
    if not staffed:
        return general(catalogue, "alert_unread")
    if at is None or is_open_at(catalogue, at):
        return general(catalogue, "alert_told")
    on_call = clinic is not None and rings_on_call_when_closed(clinic)
    told = general(catalogue, "alert_on_call" if on_call else "alert_closed")
    return (
        None
        if told is None
        else Phrase("alert.closed", "{told} They open {clinic.next_open|later}.", {"told": told})
    )


def _somebody_reads_of_self_harm(clinic: Clinic) -> bool:
    """The one who is named, else an owner, else the first on call."""
    is_owned = any(member.role == "owner" for member in clinic.staff)
    return clinic.crisis_contact is not None or is_owned or bool(clinic.on_call)


def rung_by(catalogue: Catalogue, at: datetime) -> str | None:
    """The local time by which the clinic should have rung; None while it is closed, or closing."""
    local = at.astimezone(zone_of(catalogue))
    start = local.replace(minute=local.minute - local.minute % 5, second=0, microsecond=0)
    last = int(RING_WITHIN / STEP)
    for steps in range(last, 0, -1):
        by = start + steps * STEP
        if by - local < AT_LEAST:
            break
        if is_open_at(catalogue, by) and is_open_at(catalogue, at):
            return f"{by:%H:%M}"
    return None
