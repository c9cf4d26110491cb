"""`aftercare_day`: what is usual on a day after a treatment, and when that treatment was.

Source: data/recovery.yaml, `course` and `plan` (reviewed_on inside).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.actions.staff_hours import instant_of, zone_of
from bot.actions.standing import text
from bot.actions.texts import general, label
from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.plan import instant
from bot.clinic.rows import DayOfCourse
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

PARTS = ("usual", "do", "avoid", "call")
DAYS_SINCE = {"just_now": 0, "earlier_today": 0, "yesterday": 1}
LAST_DAY = 365
"""The course ends here; a later day is told the same."""
EARLIER = timedelta(hours=4)
"""How long ago "earlier today" is taken to be, within opening hours: too long ago for the check-in hours after."""
FIRST_TREATMENT, USUAL_TREATMENT = time(9), time(15)
"""Local times; a judgement: only the day of an earlier treatment is known."""
NEAR_DAYS = 31
"""A day typed without its year is read as the next one; further ahead than this, the one before was meant."""


def aftercare(catalogue: Catalogue) -> tuple[Action, ...]:
    """`aftercare_day` and `heat_warning`, over one clinic's rows."""

    def day(values: Values) -> Outcome:
        since = days_since(text(values, "treated"), values.get("treated_on"), values.get("today_on"))
        treatment = text(values, "treatment")
        if since is None or since < 0 or treatment is None:
            return Outcome({"care.found": False})
        had = TREATMENTS if treatment == "combined" else (treatment,)
        rows = [row for each in had if (row := catalogue.day_of_course(each, min(since, LAST_DAY)))]
        said: dict[str, Value] = {"care.found": bool(rows), "care.day": since}
        said["care.to_come"] = any(row.treatment in had and row.day >= max(since, 1) for row in catalogue.plan)
        answered_at = instant_of(values.get("answered_at"))
        if answered_at is not None:
            at = treated_at(text(values, "treated"), since, answered_at, zone_of(catalogue))
            said["care.treated_at"] = at.isoformat()
        for part in PARTS:
            said[f"care.{part}"] = part_of(rows, part, catalogue)
        return Outcome({name: value for name, value in said.items() if value is not None})

    def heat(_values: Values) -> Outcome:
        words = general(catalogue, "heat_after")
        return Outcome({"care.heat": words} if words else {})

    sets: dict[str, frozenset[str] | None] = {f"care.{part}": None for part in (*PARTS, "day", "treated_at")}
    sets["care.found"] = sets["care.to_come"] = frozenset({"true", "false"})
    reads = ("treatment", "treated", "treated_on", "today_on", "answered_at")
    return (
        Action("aftercare_day", reads, sets, frozenset(), day),
        Action("heat_warning", (), {"care.heat": None}, frozenset(), heat),
    )


def days_since(treated: str | None, treated_on: Value, today: Value) -> int | None:
    """Whole days since the treatment, negative for a day to come; None while it is not known."""
    if treated in DAYS_SINCE:
        return DAYS_SINCE[treated]
    if not isinstance(treated_on, date) or not isinstance(today, date):
        return None
    days = (today - treated_on).days
    return days if days >= -NEAR_DAYS else (today - _year_before(treated_on)).days


def treated_at(treated: str | None, since: int, answered_at: datetime, zone: ZoneInfo) -> datetime:
    """The instant of the treatment, in UTC, as near as the answers tell; never after `answered_at`."""
    if treated == "just_now":
        return answered_at.astimezone(UTC)
    today = answered_at.astimezone(zone).date()
    if since > 0:
        return instant(today - timedelta(days=since), USUAL_TREATMENT, zone)
    return min(answered_at, max(answered_at - EARLIER, instant(today, FIRST_TREATMENT, zone))).astimezone(UTC)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def part_of(rows: list[DayOfCourse], part: str, catalogue: Catalogue) -> Phrase | None:
    """One part of the day, with the treatments' names before it where there are two; only punctuation is ours."""
    said = [Phrase(f"recovery.{row.id}.{part}", getattr(row, part)) for row in rows]
    if len(said) < len(TREATMENTS):
        return said[0] if said else None
    names = [label(catalogue, row.treatment) for row in rows]
    args = {"first": said[0], "second": said[1], "first_name": names[0], "second_name": names[1]}
    return Phrase("care.both", "{first_name}: {first}\n{second_name}: {second}", args)
