"""Which treatment a conversation is about, and its day: the visit it was opened for, or what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from bot.actions.aftercare import LAST_DAY, PARTS, days_since, part_of
from bot.actions.standing import text
from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.engine.value import Phrase, Value, Values

READS = (
    "visit.treatment",
    "visit.day",
    "visit.treated_on",
    "treatment",
    "treated",
    "treated_on",
    "today_on",
)
"""What `treated_in` asks for."""


@dataclass(frozen=True, slots=True)
class Treated:
    """A treatment and the whole days since; `on` is its local date."""

    treatment: str
    day: int
    on: date | None


def treated_in(values: Values) -> Treated | None:
    """What is known; None where nobody has said what was done, or when."""
    treatment, day = text(values, "visit.treatment"), values.get("visit.day")
    if treatment is not None and isinstance(day, int):
        on = text(values, "visit.treated_on")
        return Treated(treatment, max(0, day), date.fromisoformat(on) if on else None)
    treatment, today = text(values, "treatment"), values.get("today_on")
    since = days_since(text(values, "treated"), values.get("treated_on"), today)
    if treatment not in {*TREATMENTS, "combined"} or since is None or since < 0:
        return None
    return Treated(treatment, since, today - timedelta(days=since) if isinstance(today, date) else None)


def on_day(day: int) -> Phrase:
    """How a sentence names a day of the course."""
    if day == 0:
        return Phrase("recovery.on_day.first", "on the day itself")
    return Phrase("recovery.on_day.later", "on day {day}", {"day": day})


def course_of(found: Treated, catalogue: Catalogue) -> dict[str, Value]:
    """The texts of the day: `usual`, `do`, `avoid`, `call`; those that nothing is written about are left out."""
    had = (found.treatment,) if found.treatment in TREATMENTS else TREATMENTS
    rows = [row for each in had if (row := catalogue.day_of_course(each, min(found.day, LAST_DAY)))]
    said = {part: part_of(rows, part, catalogue) for part in PARTS}
    return {part: phrase for part, phrase in said.items() if phrase is not None}
