"""Whether a location is open, and when it opens next. Instants are compared in UTC: right across clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.clinic.rows import Location, Weekday

WEEKDAYS: tuple[Weekday, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)
LOOK_AHEAD_DAYS = 400
"""A clinic that does not open within a year and a month is closed for good."""


def is_open(location: Location, time_zone: ZoneInfo, now: datetime) -> bool:
    """Whether a location is open at an aware instant."""
    return any(opens <= now < closes for opens, closes in _periods(location, time_zone, now, days=1))


def closing(location: Location, time_zone: ZoneInfo, now: datetime) -> datetime | None:
    """When a location that is open at an aware instant closes, in its time zone; None while it is closed."""
    periods = _periods(location, time_zone, now, days=1)
    closes_at = next((closes for opens, closes in periods if opens <= now < closes), None)
    return None if closes_at is None else closes_at.astimezone(time_zone)


def next_opening(location: Location, time_zone: ZoneInfo, now: datetime) -> datetime | None:
    """The next instant after `now` (aware) at which a location opens, in its time zone; None if it never does."""
    later = (opens for opens, _ in _periods(location, time_zone, now, days=LOOK_AHEAD_DAYS) if opens > now)
    opens_at = next(later, None)
    return None if opens_at is None else opens_at.astimezone(time_zone)


def _periods(
    location: Location, time_zone: ZoneInfo, now: datetime, *, days: int
) -> Iterator[tuple[datetime, datetime]]:
    """Opening periods in UTC, in order, from the day before (which may reach past midnight)."""
    today = now.astimezone(time_zone).date()
    for offset in range(-1, days):
        day = today + timedelta(days=offset)
        if any(closed.first_on <= day <= closed.last_on for closed in location.closed_on):
            continue
        for period in sorted(location.hours.get(WEEKDAYS[day.weekday()], [])):
            opens, closes = (time.fromisoformat(part) for part in period.split("-"))
            closes_on = day if opens < closes else day + timedelta(days=1)
            yield _instant(day, opens, time_zone), _instant(closes_on, closes, time_zone)


def _instant(day: date, at: time, time_zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, tzinfo=time_zone).astimezone(UTC)
