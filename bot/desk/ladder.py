"""The clocks of an alert: rung again until somebody has it, then until they have called.

Rules:
1. `ladder/<alert>/<step>`: nobody has it. The card comes anew, to whom the ladder's next rung names.
2. `called/<alert>/<n>`: its owner has not called. It is given back, and rings for everybody.
3. Changed for the worse, given back, or not reached after all: a new round begins, with keys of its own.
4. `rung/<alert>`: three minutes after a red, have you rung for help? `followup/<alert>`: the morning after.

About self-harm nothing goes to the group: it rings for one named person.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.desk import who
from bot.desk.cards import DRILL, OPEN, ROUND, group_card
from bot.desk.log import last, noted
from bot.engine.clocks import GROUP, ON_CALL, OWNER, Clock
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, Effect, Lane, ReportAlert, SendMessage, SetTimer, To
from bot.engine.model import Book
from bot.engine.session import Alert
from bot.ids import contact_code

REACHED = "reached"
"""The flow that asks whether somebody was reached; its `no` puts the alert back on top."""
EVERYBODY = frozenset({GROUP, ON_CALL, OWNER})
CATCH_UP_SECONDS = 7 * 86_400
"""After a week of downtime nobody is helped by an old bell."""
RUNG_AFTER = timedelta(minutes=3)
RUNG_CATCH_UP_SECONDS = 3600
FOLLOW_UP_AT = time(9, 30)
"""Local; after a check-in of the same morning, which makes it needless. A judgement."""
FOLLOW_UP_SPAN = timedelta(hours=6)
"""A night so short is not over by the next morning. A judgement."""
FOLLOW_UP_CATCH_UP_SECONDS = 11 * 3600


def clock_of(book: Book, alert: Alert) -> Clock | None:
    """How an alert of this level rings; None: it does not."""
    return book.clocks.get(alert.level)


def alert_timers(book: Book, alert: Alert, now: datetime) -> tuple[SetTimer, ...]:
    """The timers of an alert that was just raised, or that rings in a new round.

    Args:
        now: Aware UTC.
    """
    timers = list(_next_ring(book, alert, now))
    if alert.level == "red" and alert.reason != DRILL:
        timers.append(SetTimer(rung_key(alert), now + RUNG_AFTER, "rung", RUNG_CATCH_UP_SECONDS))
        at = _next_morning(now, ZoneInfo(book.time_zone))
        timers.append(SetTimer(f"followup/{alert.id}", at, "followup", FOLLOW_UP_CATCH_UP_SECONDS))
    return tuple(timers)


def _next_ring(book: Book, alert: Alert, now: datetime) -> tuple[SetTimer, ...]:
    clock = clock_of(book, alert)
    wait = None if clock is None else clock.wait(alert.step % ROUND + 1)
    return () if wait is None or not can_ring(book, alert) else (_timer(_ladder_key(alert), now + wait),)


def can_ring(book: Book, alert: Alert) -> bool:
    """Whether there is anybody for whom it could ring."""
    if not who.is_crisis(alert) and book.clinic.get("clinic.staffed"):
        return True
    return bool(who.members(book, alert, EVERYBODY))


def taken_timers(book: Book, alert: Alert, now: datetime) -> tuple[Effect, ...]:
    """Somebody has it: no more ringing for an owner, and the clock of the call begins."""
    clock = clock_of(book, alert)
    stop = CancelTimer(_ladder_key(alert))
    return (stop,) if clock is None else (stop, _timer(_called_key(alert), now + clock.uncalled))


def silence(alert: Alert) -> tuple[CancelTimer, ...]:
    """Withdraw every bell of the present round, whatever its level was when they were set."""
    return (CancelTimer(_ladder_key(alert)), CancelTimer(_called_key(alert)))


def next_round(alert: Alert) -> Alert:
    """The alert with fresh keys for its timers."""
    return replace(alert, step=(alert.step // ROUND + 1) * ROUND)


def put_alert(draft: Draft, alert: Alert) -> None:
    """Keep an alert as it is now."""
    draft.alerts = [alert if held.id == alert.id else held for held in draft.alerts]


def report(draft: Draft, alert: Alert) -> None:
    """Tell channels and counters. An alert that somebody has stays acknowledged until it is closed."""
    status = "acknowledged" if alert.status in {"called", "no_answer"} else alert.status
    draft.do(ReportAlert(alert.id, alert.level, alert.reason, alert.signs, alert.step % ROUND, status))


def ring_all(draft: Draft, alert: Alert, key: str) -> None:
    """Nobody has it: the next rung, and the timer of the one after; a timer of another round does nothing."""
    clock = clock_of(draft.book, alert)
    if clock is None or alert.taken_by is not None or alert.status not in OPEN or key != _ladder_key(alert):
        return
    alert = noted(replace(alert, step=alert.step + 1), "rang", draft.now)
    put_alert(draft, alert)
    show_anew(draft, alert, clock.ring(alert.step % ROUND, closed=is_closed(draft)))
    for timer in _next_ring(draft.book, alert, draft.now):
        draft.do(timer)
    report(draft, alert)


def ring_anew(draft: Draft, alert: Alert, note: str) -> None:
    """Nobody has it any more: it rings for everybody at once, and a new round begins.

    Args:
        alert: In its new round already.
        note: A line for staff, of ours.
    """
    alert = replace(alert, status="changed", taken_by=None, taken_name=None, called_at=None)
    put_alert(draft, alert)
    alert = show_anew(draft, alert, EVERYBODY, note)
    for timer in _next_ring(draft.book, alert, draft.now):
        draft.do(timer)
    report(draft, alert)


def show_anew(draft: Draft, alert: Alert, to: Collection[str], note: str = "") -> Alert:
    """Send the card as a new message, which rings; in the group the old one shrinks."""
    number = draft.next_message()
    card = group_card(draft.book, draft.turn().person, alert.id, number, Lane.ALERT, None)
    if card is None:
        return alert
    if note:
        card = replace(card, html=f"{card.html}\n<b>{note}</b>")
    if card.to is To.STAFF and GROUP in to and draft.book.clinic.get("clinic.staffed"):
        if alert.card is not None:
            words = f"Code {contact_code(draft.contact.id)}: sent again, below."
            old = SendMessage(draft.next_message(), words, to=To.STAFF, edits=alert.card, droppable=True)
            draft.do_last(old)
        draft.do(card)
        alert = replace(alert, card=number)
        put_alert(draft, alert)
    for member in who.members(draft.book, alert, to):
        draft.do(replace(card, number=draft.next_message(), to=To.STAFF_MEMBER, staff_chat=member))
    return alert


def show_at_once(draft: Draft, alert: Alert) -> None:
    """Private chats that ring with the answer itself; the group has had its card from the engine."""
    clock = clock_of(draft.book, alert)
    if clock is None or (who.is_crisis(alert) and draft.book.clinic.get("clinic.staffed")):
        return
    show_anew(draft, alert, clock.at_once(closed=is_closed(draft)) - {GROUP})


def is_closed(draft: Draft) -> bool:
    """Whether the clinic is closed now."""
    return draft.book.moment(draft.now).get("clinic.open_now") is False


def is_called_timer(alert: Alert, key: str) -> bool:
    """Whether `key` is the clock of the present owner's call, and nobody has called."""
    still = alert.status in {"acknowledged", "no_answer"} and alert.called_at is None
    return alert.taken_by is not None and still and key == _called_key(alert)


def rung_key(alert: Alert) -> str:
    """Of the timer that asks whether the person has rung."""
    return f"rung/{alert.id}"


def cannot_ring(alert: Alert) -> bool:
    """Whether the person has said that they can't ring for help."""
    return last(alert, "cant") is not None


def _next_morning(now: datetime, zone: ZoneInfo) -> datetime:
    here = now.astimezone(zone)
    at = datetime.combine(here.date(), FOLLOW_UP_AT, zone).astimezone(now.tzinfo)
    if at - now < FOLLOW_UP_SPAN:
        at = datetime.combine(here.date() + timedelta(days=1), FOLLOW_UP_AT, zone).astimezone(now.tzinfo)
    return at


def _ladder_key(alert: Alert) -> str:
    return f"ladder/{alert.id}/{alert.step + 1}"


def _called_key(alert: Alert) -> str:
    return f"called/{alert.id}/{alert.step // ROUND * ROUND + 1}"


def _timer(key: str, at: datetime) -> SetTimer:
    return SetTimer(key, at, key.partition("/")[0], CATCH_UP_SECONDS)
