"""Dates as people type them: "26 december", "26/12", "next friday", "in 5 weeks", "tomorrow"."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale

from bot.engine.heard import words_of

_NUMBERS = {
    word: number
    for number, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3}
_UNITS = {"day": 1, "days": 1, "week": 7, "weeks": 7, "wk": 7, "wks": 7, "fortnight": 14, "fortnights": 14}
_MONTHS = {"month", "months", "mth", "mths"}
_YEARS = {"year", "years"}
_ORDINAL = re.compile(r"^(\d{1,2})(?:st|nd|rd|th)$")
_ISO = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b")
_SPAN = re.compile(r"\d\s?(?:-|–|to|or)\s?\d+\s?(?:days?|weeks?|wks?|months?|mths?|years?)\b", re.IGNORECASE)
_NUMERIC = re.compile(r"\b(\d{1,2})\s?[./-]\s?(\d{1,2})(?:\s?[./-]\s?(\d{4}|\d{2}))?\b")


def read_date(
    text: str, today: date, *, order: str = "dmy", language: str = "en", nearest: bool = False
) -> date | None:
    """The day that `text` names, or None when it names none or more than one can be meant.

    A day without a year is the next such day (`nearest`: the nearest one, before or after `today`); "26/12" goes
    by the clinic's `order`. A past date is given back as it is (with its year): the caller asks again.
    """
    found = _ISO.search(text)
    if found:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if _SPAN.search(text):
        return None
    found = _NUMERIC.search(text)
    if found:
        first, second = int(found[1]), int(found[2])
        day, month = (first, second) if order == "dmy" else (second, first)
        return _dated(day, month, found[3], today, nearest=nearest)
    words = [_ORDINAL.sub(r"\1", word) for word in words_of(text)]
    return (
        _relative(words, today)
        or _named(words, today, language, nearest=nearest)
        or _weekday(words, today, language)
    )


def _relative(words: list[str], today: date) -> date | None:
    if "tomorrow" in words:
        return today + timedelta(days=2 if "after" in words else 1)
    if "today" in words or "tonight" in words:
        return today
    if "yesterday" in words:
        return today - timedelta(days=1)
    for place, word in enumerate(words):
        unit = _UNITS.get(word)
        if unit is None and word not in _MONTHS and word not in _YEARS:
            continue
        before = words[:place]
        past = "ago" in words[place + 1 : place + 2]
        count = 1 if before[-1:] == ["next"] and unit == 7 else _count(before)
        if count is None or count > 1000:
            return None
        if unit is not None:
            return today + timedelta(days=count * unit * (-1 if past else 1))
        return _months_on(today, count * (12 if word in _YEARS else 1) * (-1 if past else 1))
    return None


def _count(before: list[str]) -> int | None:
    for word in reversed(before[-3:]):
        if word.isdigit():
            return int(word) if len(word) <= 4 else None
        if word in _NUMBERS:
            return _NUMBERS[word]
    return None


def _months_on(today: date, months: int) -> date | None:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    return next(
        (day for last in (today.day, 30, 29, 28) if (day := _day(year, month + 1, min(last, today.day)))), None
    )


@lru_cache(maxsize=32)
def _names(language: str) -> tuple[dict[str, int], dict[str, int]]:
    """Months (1-12) and weekdays (0 is Monday) by their folded names, of `language` and of English."""
    months: dict[str, int] = {}
    days: dict[str, int] = {}
    for code in (language, "en"):
        locale = Locale.parse(code)
        for width in ("wide", "abbreviated"):
            for number, name in locale.months["format"][width].items():
                months.setdefault("".join(words_of(name)), number)
            for number, name in locale.days["format"][width].items():
                days.setdefault("".join(words_of(name)), number)
    months.setdefault("sept", 9)
    return months, days


def _named(words: list[str], today: date, language: str, *, nearest: bool) -> date | None:
    months, _ = _names(language)
    for place, word in enumerate(words):
        month = months.get(word)
        if month is None:
            continue
        near = [other for other in words[max(0, place - 2) : place][::-1] if other != "of"][:1]
        day = next(
            (other for other in near + words[place + 1 : place + 2] if other.isdigit() and len(other) < 3), None
        )
        year = next((other for other in words[place + 1 : place + 3] if other.isdigit() and len(other) == 4), None)
        if day is not None:
            return _dated(int(day), month, year, today, nearest=nearest)
    return None


def _weekday(words: list[str], today: date, language: str) -> date | None:
    _, days = _names(language)
    named = [days[word] for word in words if word in days]
    if len(named) != 1:
        return None
    if "last" in words:
        return today - timedelta(days=(today.weekday() - named[0] - 1) % 7 + 1)
    ahead = (named[0] - today.weekday() - 1) % 7 + 1
    if "next" in words and ahead + today.weekday() < 7:
        ahead += 7
    return today + timedelta(days=ahead)


def _dated(day: int, month: int, year: str | None, today: date, *, nearest: bool) -> date | None:
    if year is not None:
        return _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
    # Four years ahead for 29 February, which is there only in some.
    days = [found for ahead in range(-1, 5) if (found := _day(today.year + ahead, month, day))]
    if nearest:
        return min(days, key=lambda found: abs((found - today).days), default=None)
    return next((found for found in days if found >= today), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
