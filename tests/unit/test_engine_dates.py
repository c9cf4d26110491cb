"""Dates as people type them."""

from __future__ import annotations

from datetime import date

import pytest

from bot.engine.dates import read_date

MONDAY = date(2026, 11, 23)


def day(month: int, day_: int, year: int = 2026) -> date:
    return date(year, month, day_)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("26 december", day(12, 26)),
        ("the 26th of December", day(12, 26)),
        ("December 26", day(12, 26)),
        ("Dec 26th, please", day(12, 26)),
        ("26 dec 2027", day(12, 26, 2027)),
        ("december 26 2027", day(12, 26, 2027)),
        ("1 sept", day(9, 1, 2027)),
        ("we marry on 3 may", day(5, 3, 2027)),
        ("23 november", MONDAY),
        ("22 november", day(11, 22, 2027)),
        ("22 november 2026", day(11, 22)),
        ("29 february", day(2, 29, 2028)),
        ("31 february", None),
        ("december", None),
        ("december 2026", None),
        ("26", None),
        ("26/12", day(12, 26)),
        ("26.12.", day(12, 26)),
        ("26-12-26", day(12, 26)),
        ("26 / 12 / 2027", day(12, 26, 2027)),
        ("3/5", day(5, 3, 2027)),
        ("2027-02-03", day(2, 3, 2027)),
        ("2027-02-30", None),
        ("30/13", None),
        ("today", MONDAY),
        ("tonight!", MONDAY),
        ("tomorrow", day(11, 24)),
        ("the day after tomorrow", day(11, 25)),
        ("yesterday", day(11, 22)),
        ("in 5 weeks", day(12, 28)),
        ("5 wks", day(12, 28)),
        ("in five weeks", day(12, 28)),
        ("in ٥ weeks", day(12, 28)),
        ("in a fortnight", day(12, 7)),
        ("in a couple of weeks", day(12, 7)),
        ("in a few days", day(11, 26)),
        ("next week", day(11, 30)),
        ("2 weeks ago", day(11, 9)),
        ("in 3 months", day(2, 23, 2027)),
        ("next month", None),  # any day of it can be meant
        ("in a year", day(11, 23, 2027)),
        ("a month ago", day(10, 23)),
        ("in 2000 weeks", None),
        ("in 99999 weeks", None),
        ("some weeks", None),
        ("friday", day(11, 27)),
        ("on fri", day(11, 27)),
        ("monday", day(11, 30)),
        ("next friday", day(12, 4)),
        ("next monday", day(11, 30)),
        ("last friday", date(2026, 11, 20)),
        ("friday or saturday", None),
        ("5-6 weeks", None),
        ("in 2 to 3 months", None),
        ("", None),
        ("soon", None),
        ("𐩀 weeks", day(11, 30)),
        ("¹ may", day(5, 1, 2027)),
        ("👰", None),
    ],
)
def test_a_date_is_read(text: str, expected: date | None) -> None:
    assert read_date(text, MONDAY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12/26", day(12, 26)), ("3/5", day(3, 5, 2027)), ("26/12", None), ("26 december", day(12, 26))],
)
def test_the_clinics_order_of_day_and_month(text: str, expected: date | None) -> None:
    assert read_date(text, MONDAY, order="mdy") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("26. Dezember", day(12, 26)),
        ("3 März", day(3, 3, 2027)),
        ("am Freitag", day(11, 27)),
        ("26 december", day(12, 26)),
    ],
)
def test_the_persons_language_and_english(text: str, expected: date) -> None:
    assert read_date(text, MONDAY, language="de") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("20 november", day(11, 20)), ("20/11", day(11, 20)), ("1 december", day(12, 1)), ("31 february", None)],
)
def test_the_nearest_of_the_days_that_can_be_meant(text: str, expected: date | None) -> None:
    assert read_date(text, MONDAY, nearest=True) == expected


def test_months_end_where_the_month_does() -> None:
    assert read_date("in 1 month", date(2027, 1, 31)) == date(2027, 2, 28)
    assert read_date("in 3 months", date(2026, 11, 30)) == date(2027, 2, 28)
    assert read_date("in 1 year", date(2028, 2, 29)) == date(2029, 2, 28)
