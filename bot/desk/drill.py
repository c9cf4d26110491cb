"""`/drill`: a marked alert of nobody, down the real way, to see who takes it after how long.

It hangs on the desk's own contact: what would go to a patient has no chat to go to, and nothing is counted.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import ladder
from bot.desk.cards import DRILL, OVER, escape
from bot.desk.log import last, noted
from bot.engine.draft import Draft
from bot.engine.effect import Lane, SendCard, SendMessage, SetTimer, To, Turn
from bot.engine.model import Book
from bot.engine.session import Alert, Person
from bot.ids import AlertId

ENDS_AFTER = timedelta(hours=1)


def begin_drill(book: Book, desk: Person, staff: int, name: str, now: datetime) -> Turn:
    """Raise it, with the clocks of a red.

    Args:
        desk: The desk's own contact.
        staff: Who asked for it.
        now: Aware UTC.
    """
    draft = Draft(book, desk, now)
    if any(alert.reason == DRILL and alert.status not in OVER for alert in draft.alerts):
        draft.do(SendMessage(draft.next_message(), "A drill is under way already.", to=To.STAFF))
        return draft.turn()
    alert_id = AlertId(f"A{draft.contact.id}-{draft.next_standing()}")
    number = draft.next_message()
    alert = noted(Alert(alert_id, "red", DRILL, (), "raised", now, card=number), "drill", now, staff, name)
    draft.alerts = [*(held for held in draft.alerts if held.status not in OVER), alert]
    draft.do(SendCard(number, alert.id, Lane.ALERT))
    for timer in ladder.alert_timers(book, alert, now):
        draft.do(timer)
    ladder.show_at_once(draft, alert)
    draft.do(SetTimer(f"drill/{alert.id}", now + ENDS_AFTER, "drill", ladder.CATCH_UP_SECONDS))
    return draft.turn()


def report_taken(draft: Draft, alert: Alert) -> None:
    """Who took it after how long, to the group."""
    taken = last(alert, "have_it", "take_over")
    if taken is not None:
        _say(draft, f"Drill: {escape(taken.name) or 'a colleague'} took it after {_span(taken.at, alert)}.")


def end(draft: Draft, alert: Alert) -> None:
    """It closes itself after an hour."""
    if alert.status in OVER:
        return
    for effect in ladder.silence(alert):
        draft.do(effect)
    ladder.put_alert(draft, noted(replace(alert, status="closed"), "closed", draft.now, note=DRILL))
    draft.do(SendCard(draft.next_message(), alert.id, Lane.ALERT, edits=alert.card))
    taken = last(alert, "have_it", "take_over")
    if taken is None:
        _say(draft, "The drill is over: nobody took it within an hour.")
    else:
        name = escape(taken.name) or "a colleague"
        _say(draft, f"The drill is over: {name} took it after {_span(taken.at, alert)}.")


def _span(at: datetime, alert: Alert) -> str:
    seconds = int((at - alert.raised_at).total_seconds())
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def _say(draft: Draft, html: str) -> None:
    draft.do(SendMessage(draft.next_message(), html, to=To.STAFF, lane=Lane.ALERT))
