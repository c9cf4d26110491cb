"""What was done about an alert, by whom and when. It is kept with the alert, and holds no word of the person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.engine.session import Alert, Noted

MOST = 200
"""Entries kept, the newest; nobody presses so often in earnest."""


def noted(alert: Alert, what: str, at: datetime, by: int | None = None, name: str = "", note: str = "") -> Alert:
    """The alert with one more entry.

    Args:
        at: Aware UTC.
        by: Telegram id of the member of staff; None where nobody did it.
        note: A reason or a remark of staff.
    """
    return replace(alert, log=(*alert.log, Noted(what, at, by, name, note))[-MOST:])


def last(alert: Alert, *whats: str) -> Noted | None:
    """The newest entry of these kinds."""
    return next((entry for entry in reversed(alert.log) if entry.what in whats), None)


def is_missed(alert: Alert) -> bool:
    """Whether somebody says they have called, and the person says that nobody reached them."""
    entry = last(alert, "have_it", "take_over", "called", "reached", "not_reached", "closed")
    return entry is not None and entry.what == "not_reached"


def was_reached(alert: Alert) -> bool:
    """Whether the person says that the last call has reached them."""
    entry = last(alert, "called", "reached", "not_reached")
    return entry is not None and entry.what == "reached"


def had_it_last(alert: Alert, staff: int) -> bool:
    """Whether an alert that nobody has was given back by this member of staff, or taken from them."""
    entry = last(alert, "given_back", "not_reached")
    return alert.taken_by is None and entry is not None and entry.by == staff
