"""A patient's course as a chart for whoever has them: level, redness and pain by day, beside what is usual.

It shows somebody's own answers: it is drawn for one message and never kept. Its caption says the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import groupby
from typing import TypeAlias

from bot.desk.cards import OVER, row_name
from bot.desk.photos import photos_of, send_photos
from bot.engine.draft import Draft
from bot.engine.effect import Drawing, SendPicture, To
from bot.engine.model import Book
from bot.engine.session import Alert, CheckedIn, Lead, Person, Visit
from bot.ids import contact_code

COURSE = "course"
"""The verb of the button."""
SHOWN = 10
"""Check-ins in a chart, the latest: their words fit a caption."""
LEVELS = {"green": "green", "amber_soon": "amber, soon", "amber_today": "amber, today", "red": "red"}
STEPS = {
    "redness": {
        "none": "none",
        "fading": "fading",
        "same": "same",
        "spreading_slowly": "spreads slowly",
        "spreading_fast": "spreads fast",
    },
    "pain": {"none": "none", "mild": "mild", "strong": "strong", "severe": "severe"},
}
AS_A_WHOLE = {
    "better": "better",
    "same": "the same",
    "worse": "worse",
    "like_today": "like the usual or less",
    "more_than_this": "more than the usual",
}
FIRST_DAYS = 7
LEGEND = "Days after the treatment. Green ground: usual."
NO_COURSE = "No check-in has been answered yet."
TAKE_IT_FIRST = "Take it first: only whoever has them sees a person's course."
SENT = "I've sent the course to our private chat."
Usual: TypeAlias = dict[str, list[str]]


def has_course(person: Person) -> bool:
    """Whether a check-in of theirs has been answered, or brought a photo."""
    return _visit(person) is not None or bool(photos_of(person))


def send_course(draft: Draft, staff: int) -> str:
    """Send the chart, and the photos if there are any, to the member of staff who has the person.

    Returns:
        A short note to whoever asked.
    """
    person = draft.turn().person
    held: tuple[Alert | Lead, ...] = (*person.alerts, *person.leads)
    if not any(one.taken_by == staff and one.status not in OVER for one in held):
        return TAKE_IT_FIRST
    visit = _visit(person)
    if visit is None:
        return SENT if send_photos(draft, staff) else NO_COURSE
    title = f"{contact_code(person.contact.id)} · {row_name(draft.book, visit.treatment)}"
    course = visit.course[-SHOWN:]
    usual = _usual(draft.book, visit.treatment, max(FIRST_DAYS, *(each.day for each in course)))
    drawing = Drawing("chart", json.dumps(_content(title, course, usual), ensure_ascii=False), is_personal=True)
    words = "\n".join([title, *(_line(each) for each in course), *_usual_lines(usual)])
    number = draft.next_message()
    draft.do(SendPicture(number, drawing.name, words, To.STAFF_MEMBER, drawing=drawing, staff_chat=staff))
    send_photos(draft, staff)
    return SENT


def _visit(person: Person) -> Visit | None:
    """The latest with an answered check-in."""
    return next((visit for visit in reversed(person.visits) if visit.course), None)


def _content(title: str, course: Iterable[CheckedIn], usual: Usual) -> dict[str, object]:
    answered = list(course)
    return {
        "title": title,
        "legend": LEGEND if usual else LEGEND.partition(".")[0] + ".",
        "last_day": max(FIRST_DAYS, *(each.day for each in answered)),
        "level_names": list(LEVELS.items()),
        "levels": [{"day": each.day, "level": each.level} for each in answered],
        "scales": [
            {
                "name": name.capitalize(),
                "steps": list(steps.values()),
                "own": [
                    {"day": each.day, "step": list(steps).index(answer)}
                    for each in answered
                    for answer in each.answers.get(name, ())
                    if answer in steps
                ],
                "usual": [list(steps).index(answer) for answer in usual.get(name, ())],
            }
            for name, steps in STEPS.items()
        ],
    }


def _usual(book: Book, treatment: str, last_day: int) -> Usual:
    """Of each day the worst answer that no rule minds by itself; empty where the clinic has no rules."""
    found: Usual = {}
    for name in STEPS:
        days = [book.most_usual(name, treatment, day) for day in range(last_day + 1)]
        known = [answer for answer in days if answer is not None]
        if len(known) == len(days):
            found[name] = known
    return found


def _line(checked: CheckedIn) -> str:
    parts = [LEVELS.get(checked.level, checked.level), *(["in their own words"] if checked.is_typed else [])]
    if checked.level_now:
        parts.append(f"answered since: {LEVELS.get(checked.level_now, checked.level_now)}")
    whole = (answer for name in ("overall", "short") for answer in checked.answers.get(name, ()))
    parts.extend(AS_A_WHOLE[answer] for answer in whole if answer in AS_A_WHOLE)
    for name, steps in STEPS.items():
        parts.extend(f"{name} {steps[answer]}" for answer in checked.answers.get(name, ()) if answer in steps)
    return f"Day {checked.day}: {', '.join(parts)}"


def _usual_lines(usual: Usual) -> list[str]:
    """What is usual in words, each answer with the last of its days."""
    lines = []
    for name, answers in usual.items():
        day, parts = -1, []
        for answer, days in groupby(answers):
            day += len(list(days))
            parts.append(f"{STEPS[name][answer]} to day {day}")
        lines.append(f"Usual {name}: {', '.join(parts)}")
    return lines
