"""`aftercare_day`: what is usual on a day after a treatment.

Source: data/recovery.yaml, `course` (reviewed_on inside).
"""

from __future__ import annotations

from datetime import date

from bot.actions.standing import text
from bot.actions.texts import general, label
from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.rows import DayOfCourse
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

PARTS = ("usual", "do", "avoid", "call")
DAYS_SINCE = {"just_now": 0, "earlier_today": 0, "yesterday": 1}
LAST_DAY = 365
"""The course ends here; a later day is told the same."""
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
        for part in PARTS:
            said[f"care.{part}"] = _part(rows, part, catalogue)
        return Outcome({name: value for name, value in said.items() if value is not None})

    def heat(_values: Values) -> Outcome:
        words = general(catalogue, "heat_devices")
        return Outcome({"care.heat": words} if words else {})

    sets: dict[str, frozenset[str] | None] = {f"care.{part}": None for part in (*PARTS, "day")}
    sets["care.found"] = frozenset({"true", "false"})
    reads = ("treatment", "treated", "treated_on", "today_on")
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


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _part(rows: list[DayOfCourse], part: str, catalogue: Catalogue) -> Phrase | None:
    """One part of the day, with the treatments' names before it where there are two; only punctuation is ours."""
    said = [Phrase(f"recovery.{row.id}.{part}", getattr(row, part)) for row in rows]
    if len(said) < len(TREATMENTS):
        return said[0] if said else None
    names = [label(catalogue, row.treatment) for row in rows]
    args = {"first": said[0], "second": said[1], "first_name": names[0], "second_name": names[1]}
    return Phrase("care.both", "{first_name}: {first}\n{second_name}: {second}", args)
