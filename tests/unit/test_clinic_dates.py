"""Timelines, the honest dates of a plan, and opening hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.authoring.tables import make_moment
from bot.clinic.catalogue import build_catalogue
from bot.clinic.opening import closing, is_open, next_opening
from bot.clinic.timing import plan_dates
from bot.engine.derive import row_of_days
from bot.engine.value import Phrase
from tests.clinic_data import clinic, committed, location
from tests.committed import committed_reading

TODAY = date(2026, 11, 23)
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("days", "row"),
    [(-1, None), (0, "within_2_weeks"), (13, "within_2_weeks"), (14, "weeks_2_to_4"), (27, "weeks_2_to_4"),
     (28, "months_1_to_3"), (91, "months_1_to_3"), (92, "over_3_months"), (5000, "over_3_months")],
)  # fmt: skip
def test_days_have_one_timeline(days: int, row: str | None) -> None:
    book = committed_reading().book
    assert book is not None
    assert row_of_days(book, "timelines", days) == row


def test_dates_of_needling_before_a_wedding() -> None:
    dates = plan_dates("microneedling", date(2027, 6, 12), TODAY, committed())
    assert dates is not None
    assert (dates.last_session_on, dates.latest_on) == (date(2027, 5, 15), date(2027, 5, 29))
    assert dates.start_by_on == date(2027, 2, 12)
    assert dates.first_appointment_on == date(2026, 11, 28)
    assert dates.fits
    assert dates.result_by_then
    assert dates.unhurried_on == date(2027, 7, 1)


def test_needling_that_comes_too_late_says_so() -> None:
    dates = plan_dates("combined", TODAY + timedelta(days=20), TODAY, committed())
    assert dates is not None
    assert dates.last_session_on < TODAY
    assert not dates.fits
    assert not dates.result_by_then
    assert dates.latest_on == TODAY + timedelta(days=6)
    assert dates.unhurried_on == date(2027, 1, 1)


@pytest.mark.parametrize(("in_days", "fits"), [(18, False), (19, True)])
def test_the_first_appointment_fits_or_not(in_days: int, fits: bool) -> None:
    dates = plan_dates("mesotherapy", TODAY + timedelta(days=in_days), TODAY, committed())
    assert dates is not None
    assert dates.fits is fits


def test_dates_without_rows_keep_the_cautious_limits() -> None:
    dates = plan_dates("combined", date(2027, 1, 31), TODAY, build_catalogue())
    assert dates is not None
    assert dates.last_session_on == date(2027, 1, 3)
    assert (dates.start_by_on, dates.result_by_then) == (None, False)
    assert dates.first_appointment_on == TODAY
    assert dates.unhurried_on == date(2027, 2, 1)
    assert plan_dates("practitioner_first", date(2027, 1, 31), TODAY, build_catalogue()) is None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


@pytest.mark.parametrize(
    ("now", "open_now", "opens_next"),
    [
        ("2026-11-23T08:59", False, "2026-11-23T09:00"),
        ("2026-11-23T09:00", True, "2026-11-24T09:00"),
        ("2026-11-23T17:59", True, "2026-11-24T09:00"),
        ("2026-11-23T18:00", False, "2026-11-24T09:00"),
        ("2026-11-28T15:00", False, "2026-11-30T09:00"),
        ("2026-12-24T21:00", False, "2026-12-29T09:00"),
        ("2026-12-26T11:00", False, "2026-12-29T09:00"),
    ],
)
def test_opening_hours(now: str, open_now: bool, opens_next: str) -> None:
    place = location()
    assert is_open(place, LONDON, at(now)) is open_now
    assert next_opening(place, LONDON, at(now).astimezone(UTC)) == at(opens_next)


@pytest.mark.parametrize(
    ("now", "line"),
    [
        ("2026-11-23T17:24", "The clinic is open now."),
        ("2026-11-23T17:26", "The clinic closes at {closes} and opens again {opens}."),
        ("2026-11-23T18:00", "The clinic is closed now and opens {opens}."),
    ],
)
def test_shortly_before_it_closes_it_is_said_when_it_opens_again(now: str, line: str) -> None:
    moment = at(now).astimezone(UTC)
    said = make_moment(clinic())(moment)["clinic.open_line"]
    assert isinstance(said, Phrase)
    assert said.text == line
    assert (closing(location(), LONDON, moment) is not None) is is_open(location(), LONDON, moment)


def test_a_break_at_noon_and_hours_past_midnight() -> None:
    place = location(hours={"monday": ["14:00-18:00", "09:00-12:00"], "friday": ["20:00-02:00"]}, closed_on=[])
    assert not is_open(place, LONDON, at("2026-11-23T13:00"))
    assert next_opening(place, LONDON, at("2026-11-23T13:00")) == at("2026-11-23T14:00")
    assert is_open(place, LONDON, at("2026-11-28T01:59"))
    assert not is_open(place, LONDON, at("2026-11-28T02:00"))


def test_the_clock_change_moves_the_opening_in_utc() -> None:
    place = location(hours={"sunday": ["09:00-12:00"]}, closed_on=[])
    opens = next_opening(place, LONDON, at("2027-03-27T22:00"))
    assert opens is not None
    assert opens.isoformat() == "2027-03-28T09:00:00+01:00"
    assert is_open(place, LONDON, datetime(2027, 3, 28, 8, 0, tzinfo=UTC))
    assert not is_open(place, LONDON, datetime(2027, 3, 28, 7, 59, tzinfo=UTC))


def test_a_clinic_that_never_opens() -> None:
    assert next_opening(location(hours={}), LONDON, at("2026-11-23T12:00")) is None


def test_the_day_of_the_course() -> None:
    day = committed().day_of_course("microneedling", 0)
    assert day is not None
    assert day.from_day == 0
    assert committed().day_of_course("microneedling", 10_000) is None


def test_the_earliest_event_is_the_clinic_s() -> None:
    assert build_catalogue().earliest_event_days == 14
    assert build_catalogue(clinic=clinic(earliest_event_days=30)).earliest_event_days == 30
