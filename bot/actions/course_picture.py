"""The days after a treatment as one phrase: its words stand beside the picture, its parts are what is drawn.

So the picture says nothing that the words don't say. It has no dates: it is the same for everybody who has had the
treatment, and the words around it have them.

Source: data/recovery.yaml, `course` and `plan` (reviewed_on inside).
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.actions.texts import general, name_of_treatment
from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.rows import DayOfCourse, PlanRow
from bot.engine.effect import Drawing
from bot.engine.model import Book
from bot.engine.show import drawing_of
from bot.engine.value import Phrase, Value
from bot.engine.wording import Wording

LAST_DAY = 365
"""A row that goes on to here has no end."""
COMBINED = "combined"


def course_picture(treatment: str, catalogue: Catalogue) -> Phrase | None:
    """What is usual by day, when we ask and when to call; None where no course is written.

    Args:
        treatment: `microneedling` or `mesotherapy`; anything else has the days of both.
        catalogue: The clinic's rows.
    """
    had = (treatment,) if treatment in TREATMENTS else TREATMENTS
    name = treatment if treatment in TREATMENTS else COMBINED
    rows = [row for row in catalogue.course if row.treatment in had]
    plan = [row for row in catalogue.plan if row.treatment in had]
    starts = sorted({row.from_day for row in rows})
    if not starts:
        return None
    ends = [*(start - 1 for start in starts[1:]), max(row.to_day for row in rows)]
    days = tuple(_day(start, end, rows, plan) for start, end in zip(starts, ends, strict=True))
    args: dict[str, Value] = {
        "title": Phrase("picture.title", "After {treatment}", {"treatment": name_of_treatment(catalogue, name)}),
        "days": days,
        "today": general(catalogue, "picture_today"),
        "now": general(catalogue, "picture_now"),
    }
    return Phrase("picture.course", "{title}\n{days:lines}\n{today}\n{now}", args)


def course_drawings(book: Book, catalogue: Catalogue) -> Iterator[Drawing]:
    """Every picture of a course that anybody can be shown: of each treatment, in each language."""
    for language in book.languages:
        wording = Wording(book, language, lambda _name: None, dict)
        for treatment in (*TREATMENTS, COMBINED):
            if (phrase := course_picture(treatment, catalogue)) is not None:
                yield drawing_of(wording, phrase)


def _day(start: int, end: int, rows: list[DayOfCourse], plan: list[PlanRow]) -> Phrase:
    usual = [_usual(row) for row in rows if row.from_day <= start <= row.to_day]
    both = Phrase("picture.both", "{first} {second}", dict(zip(("first", "second"), usual, strict=False)))
    args: dict[str, Value] = {"days": _days(start, end), "usual": usual[0] if len(usual) == 1 else both}
    asks = _asks(start, end, plan)
    if asks is None:
        return Phrase("picture.day", "{days}: {usual}", args)
    return Phrase("picture.day_asked", "{days}: {usual} {asks}.", {**args, "asks": asks})


def _usual(row: DayOfCourse) -> Phrase:
    if row.brief is None:
        return Phrase(f"recovery.{row.id}.usual", row.usual)
    return Phrase(f"recovery.{row.id}.brief", row.brief)


def _days(start: int, end: int) -> Phrase:
    if start == end:
        return Phrase("picture.one_day", "Day {day}", {"day": start})
    if end >= LAST_DAY:
        return Phrase("picture.from_day", "From day {day}", {"day": start})
    return Phrase("picture.days", "Days {first}–{last}", {"first": start, "last": end})


def _asks(start: int, end: int, plan: list[PlanRow]) -> Phrase | None:
    """When we ask in these days; None when we don't."""
    asked = [row for row in plan if start <= row.day <= end]
    hours = sorted({row.hours_after for row in asked if row.hours_after is not None})
    days = sorted({row.day for row in asked if row.hours_after is None})
    if hours:
        after: dict[str, Value] = {"hours": hours[0]}
        if days:
            return Phrase("picture.asks_hours_and_evening", "I ask after {hours} hours and in the evening", after)
        return Phrase("picture.asks_hours", "I ask after {hours} hours", after)
    if not days:
        return None
    if days == [0]:
        return Phrase("picture.asks_evening", "I ask in the evening")
    if start == end:
        return Phrase("picture.asks", "I ask")
    if len(days) == 1:
        return Phrase("picture.asks_day", "I ask on day {day}", {"day": days[0]})
    numbers = tuple(Phrase("picture.number", "{number}", {"number": day}) for day in days)
    return Phrase("picture.asks_days", "I ask on days {days}", {"days": numbers})
