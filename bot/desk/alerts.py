"""An alert in the hands of staff: taken, called, no answer, closed; and what the person hears of it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from bot.desk import ladder, said
from bot.desk.private import private_card
from bot.engine.draft import Draft
from bot.engine.effect import Lane, SendCard
from bot.engine.event import StaffPressed
from bot.engine.session import Alert
from bot.engine.steps import begin

GONE = "That is no longer there."
OVER_NOTE = "That one is closed."
NOTED_ALREADY = "I have that already."
SILENT = "silent"
"""The reason of an alert that nothing was said for."""


def pressed(draft: Draft, alert: Alert, event: StaffPressed) -> str:
    """Apply a button of the alert's owner, or of whoever is to become it; a note only where nothing came of it."""
    match event.verb:
        case "have_it":
            _take(draft, alert, event)
        case "called" if alert.status == "called":
            return NOTED_ALREADY
        case "called":
            _called(draft, alert, event)
        case "no_answer":
            _no_answer(draft, alert, event)
        case _:
            assert event.verb == "closed"
            _stop(draft, alert)
            _put(draft, replace(alert, status="closed"))
    return ""


def _take(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    for effect in ladder.taken_timers(alert, draft.now):
        draft.do(effect)
    alert = replace(alert, status="acknowledged", taken_by=event.staff, taken_name=event.name)
    _put(draft, alert)
    _tell_taken(draft, alert, event.name)
    person, number = draft.turn().person, draft.next_message()
    draft.do(private_card(draft.book, person, number, event.staff, alert.id, lane=Lane.ALERT))


def _tell_taken(draft: Draft, alert: Alert, name: str) -> None:
    """Where nobody has said anything, nobody has read anything either."""
    clock = ladder.CLOCKS.get(alert.level)
    if alert.reason == SILENT:
        return
    if clock is None:
        said.taken_later(draft, name)
    elif not (draft.contact.phone or any(lead.phone for lead in draft.leads)):
        said.taken_without_number(draft, name)
    else:
        before = (draft.now + clock.uncalled).astimezone(ZoneInfo(draft.book.time_zone))
        said.taken(draft, name, f"{before:%H:%M}")


def _called(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    _stop(draft, alert)
    _put(draft, replace(alert, status="called", called_at=draft.now))
    if ladder.REACHED in draft.book.flows:
        begin(draft, ladder.REACHED, {"desk.alert": alert.id, "desk.name": event.name})
    else:
        said.called(draft, event.name)


def _no_answer(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    if alert.called_at is not None:  # pressed Called by mistake: the clock begins again
        alert = ladder.next_round(alert)
        for effect in ladder.taken_timers(alert, draft.now):
            draft.do(effect)
    is_again = alert.status == "no_answer"
    _put(draft, replace(alert, status="no_answer", called_at=None))
    if not is_again:
        said.not_reached(draft, event.name)


def _stop(draft: Draft, alert: Alert) -> None:
    for effect in ladder.silence(alert):
        draft.do(effect)


def _put(draft: Draft, alert: Alert) -> None:
    ladder.put_alert(draft, alert)
    if alert.card is not None:
        draft.do(SendCard(draft.next_message(), alert.id, Lane.ALERT, edits=alert.card))
    ladder.report(draft, alert)
