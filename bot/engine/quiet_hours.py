"""The local hours in which nothing comes unasked."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_TO = time(21), time(8)
"""From then on until the morning nothing comes unasked."""


def after_quiet_hours(at: datetime, zone: ZoneInfo) -> datetime:
    """`at`, or the next morning where it falls into the quiet hours of `zone`."""
    local = at.astimezone(zone)
    if QUIET_TO <= local.time() < QUIET_FROM:
        return at
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, zone).astimezone(at.tzinfo)
