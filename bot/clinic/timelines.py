"""From days or a date to the timeline that holds them.

Source: data/timelines.yaml (under 14 days, 14-27, 28-91, 92 and more).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from bot.clinic.rows import Timeline


def timeline_for_days(days: int, timelines: Mapping[str, Timeline]) -> str | None:
    """The id of the timeline that holds so many whole days from today; None for the past, or a gap."""
    for row in timelines.values():
        if row.min_days is not None and row.min_days <= days and (row.max_days is None or days <= row.max_days):
            return row.id
    return None


def timeline_for_date(event_on: date, today: date, timelines: Mapping[str, Timeline]) -> str | None:
    """The id of the timeline that holds a date, both dates in the clinic's time zone; None for the past."""
    return timeline_for_days((event_on - today).days, timelines)


def earliest_event_on(timeline: Timeline, today: date) -> date | None:
    """The first day that a timeline can mean, to reckon from when only the timeline is known.

    None for the timeline without a date.
    """
    return None if timeline.min_days is None else today + timedelta(days=timeline.min_days)
