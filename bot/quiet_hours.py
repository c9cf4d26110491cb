"""The local hours in which nothing comes unasked unless it is essential."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
"""Local times of a day and of the next."""


def after_quiet_hours(at: datetime, zone: ZoneInfo) -> datetime:
    """`at` (aware), or the next morning where it falls into the quiet hours of `zone`; in the zone of `at`."""
    local = at.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return at
    day = local.date() if local.time() < QUIET_UNTIL else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(at.tzinfo)


def last_morning(at: datetime, zone: ZoneInfo) -> datetime:
    """When the quiet hours before `at` (aware) ended in `zone`; in the zone of `at`."""
    local = at.astimezone(zone)
    day = local.date() if local.time() >= QUIET_UNTIL else local.date() - timedelta(days=1)
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(at.tzinfo)
