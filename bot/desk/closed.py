"""`/closed 24 Dec-2 Jan`: days on which the clinic is closed, beside those of clinic.yaml. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from bot.clinic.rows import Closed
from bot.desk.cards import Rows, escape, staff_data
from bot.engine.dates import read_date
from bot.engine.effect import ButtonSpec

KIND = "closed"
"""Of the desk's notes."""
OPEN_AGAIN = "c_open"
"""What the button that takes days back carries."""
LONGEST = timedelta(days=92)
"""More is a slip of the pen more often than a plan; clinic.yaml takes any length."""
EXAMPLE = "/closed 24 Dec-2 Jan, or /closed 27 Nov"
_BETWEEN = re.compile(r"\s*(?:–|—|\bto\b|\btill\b|\buntil\b|(?<!\d)-|-(?!\d)|(?<=\d)-(?=\d))\s*", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_MONTH = re.compile(r"[^\W\d_]{3,}.*")


@dataclass(frozen=True, slots=True)
class Days:
    """From the first to the last, both closed; local."""

    first_on: date
    last_on: date

    @property
    def key(self) -> str:
        """Names them among the desk's notes."""
        return f"{self.first_on.isoformat()}/{self.last_on.isoformat()}"

    @property
    def until(self) -> datetime:
        """When nobody asks about them any more, in any time zone."""
        return datetime.combine(self.last_on + timedelta(days=3), datetime.min.time(), UTC)

    @property
    def words(self) -> str:
        """As one reads them."""
        if self.first_on == self.last_on:
            return f"{self.first_on:%a} {self.first_on.day} {self.first_on:%b %Y}"
        first, last = self.first_on, self.last_on
        return f"{first:%a} {first.day} {first:%b} – {last:%a} {last.day} {last:%b %Y}"


def days_of(key: str) -> Days:
    """The days behind `Days.key`."""
    first, _, last = key.partition("/")
    return Days(date.fromisoformat(first), date.fromisoformat(last))


def as_closed(days: Iterable[Days]) -> list[Closed]:
    """As clinic.yaml would hold them."""
    return [Closed(first_on=each.first_on, last_on=each.last_on) for each in days]


def read_days(text: str, today: date, *, order: str = "dmy") -> Days | str:
    """The days that somebody means, or a sentence that says why not and how to write it.

    Args:
        today: The clinic's local date; a day without a year is the next such day.
        order: Of day and month in numbers, `dmy` or `mdy`.
    """
    parts = _ISO.findall(text) or [part for part in _BETWEEN.split(text.strip()) if part]
    if len(parts) == 2 and parts[0].isdigit() and (month := _MONTH.search(parts[1])):
        parts[0] = f"{parts[0]} {month[0]}"  # "24-26 Dec"
    first = read_date(parts[0], today, order=order) if 1 <= len(parts) <= 2 else None
    last = read_date(parts[1], first, order=order) if first is not None and len(parts) == 2 else first
    if first is None or last is None:
        return f"I can't read “{escape(text[:60])}” as days. Write it like this: {EXAMPLE}."
    days = Days(first, last)
    if last < first:
        return f"The last day, {Days(last, last).words}, is before the first. Write it like this: {EXAMPLE}."
    if last < today:
        return f"That is over already: {days.words}. Write it like this: {EXAMPLE}."
    if last - first > LONGEST:
        return f"{days.words} are more than three months; put so many days into clinic.yaml."
    return days


def shown(held: Sequence[Days], fixed: Sequence[Days], today: date) -> tuple[str, Rows]:
    """The list with a button for each that can be taken back.

    Args:
        held: What staff have entered.
        fixed: What stands in clinic.yaml.
    """
    mine = [days for days in held if days.last_on >= today]
    theirs = [days for days in fixed if days.last_on >= today]
    lines = [f"Closed: <b>{days.words}</b>" for days in mine]
    lines += [f"Closed by clinic.yaml: {days.words}" for days in theirs]
    lines = lines or ["No closed days to come."]
    rows = tuple(
        (ButtonSpec(OPEN_AGAIN, f"Open again: {days.words}", data=staff_data(OPEN_AGAIN, target(days))),)
        for days in mine
    )
    return "\n".join([*lines, f"To add some: {EXAMPLE}."]), rows


def target(days: Days) -> str:
    """What the button for these days carries."""
    return f"C-{days.first_on:%Y%m%d}-{days.last_on:%Y%m%d}"
