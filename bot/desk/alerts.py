"""An alert in the hands of staff: taken, taken over, called, no answer, closed, opened again.

Rules:
1. One owner: whoever presses first; a colleague takes over in so many words, and the earlier owner hears of it.
2. Only the owner says what became of it. Whoever had to give it back may still say that they have called.
3. Closing needs a reason, or says that none was given; it can be taken back.
4. The person hears who has it and by when they ring, and is asked whether they were reached.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from bot.desk import drill, ladder, said, who
from bot.desk.cards import DRILL, OVER, Rows, buttons, escape
from bot.desk.log import had_it_last, last, noted
from bot.desk.photos import send_photos
from bot.desk.private import private_card
from bot.engine.draft import Draft
from bot.engine.effect import CancelTimer, Effect, Lane, SendCard, SendMessage, To
from bot.engine.event import StaffPressed
from bot.engine.model import Choose
from bot.engine.session import Alert, ContextValue, Session
from bot.engine.silence import SILENT, UNSAID
from bot.engine.standing import cancel_timers
from bot.engine.steps import begin
from bot.engine.timers import run_out
from bot.ids import contact_code

GONE = "That is no longer there."
NOT_YOURS = "That button isn't for you."
OVER_NOTE = "That one is closed."
NOTED_ALREADY = "I have that already."
YOURS = "It's yours. I've sent you the details in our private chat."
NOTED = {"called": "Noted: called.", "no_answer": "Noted: no answer.", "closed": "Closed."}
WHY = "Why? Press the reason under my last message."
TOO_LATE = "That was more than ten minutes ago. /reopen {code} in the group does it."
REASONS = {
    "advised": "Reached and advised",
    "seen": "Seen in clinic",
    "sent_on": "Sent to A&E or GP",
    "not_ours": "Not ours",
    "mistake": "Made by mistake",
}
"""Why an alert is closed: the buttons are `closed_<id>`."""
NO_REASON, NO_REASON_SAID = "no_reason", "No reason given."
"""What is kept where it is closed without asking: by programs, whose `closed` names none."""
UNDO = timedelta(minutes=10)
"""So long a button takes it back; a command does so at any time."""
TRIED_AGAIN = timedelta(minutes=2)
OWNERS = frozenset({"called", "no_answer", "close", "closed", *(f"closed_{reason}" for reason in REASONS)})
VERBS = OWNERS | {"have_it", "take_over", "reopen"}


def pressed(draft: Draft, alert: Alert, event: StaffPressed) -> str:
    """Apply a button to an alert.

    Returns:
        A short note to whoever pressed.
    """
    verb, is_mine = event.verb, alert.taken_by == event.staff
    code = contact_code(draft.contact.id)
    if verb not in VERBS:
        return GONE
    if verb == "reopen":
        return _reopen_by_button(draft, alert, event)
    if verb == "have_it" and alert.taken_by is not None and not is_mine:
        return f"{alert.taken_name} has it already."
    if verb in OWNERS and had_it_last(alert, event.staff) and alert.status not in OVER:
        alert, is_mine = _owned(draft, alert, event, "have_it", starts_clock=verb == "close"), True
    if verb in OWNERS and not is_mine:
        return "Take it first." if alert.taken_by is None else f"{alert.taken_name} has it."
    if alert.status in OVER:
        return OVER_NOTE
    match verb:
        case "have_it" | "take_over" if is_mine:
            return f"You have it already. /find {code} sends you the details again."
        case "have_it" | "take_over":
            _take(draft, alert, event)
            return YOURS
        case "called" if alert.status == "called":
            return NOTED_ALREADY
        case "no_answer" if _was_just_said(draft, alert):
            return NOTED_ALREADY
        case "called":
            _called(draft, alert, event)
        case "no_answer":
            _no_answer(draft, alert, event)
        case "close":
            _ask_why(draft, alert, event)
            return WHY
        case _:
            _close(draft, alert, event)
            return NOTED["closed"]
    return NOTED[verb]


def reopen(draft: Draft, alert: Alert, event: StaffPressed) -> str:
    """Open a closed alert again: with its owner, or for everybody where it has none."""
    if alert.status not in OVER:
        return "That one is open."
    alert = noted(ladder.next_round(alert), "reopen", draft.now, event.staff, event.name)
    if alert.taken_by is None or alert.taken_by != event.staff:
        ladder.ring_anew(draft, alert, "Opened again")
        return "Open again."
    alert = replace(alert, status="acknowledged" if alert.called_at is None else "called")
    _put(draft, alert)
    if alert.called_at is None:
        for effect in ladder.taken_timers(draft.book, alert, draft.now):
            draft.do(effect)
    _send_private(draft, alert, event.staff, "Open again.")
    return "Open again."


def release(draft: Draft, alert: Alert, why: str) -> None:
    """Nobody has it any more: it rings for everybody, and the person isn't left waiting for a call.

    Args:
        why: `silent` (not called in time) or `left` (the owner is no longer staff).
    """
    owner, name = alert.taken_by, alert.taken_name or ""
    assert owner is not None
    for effect in ladder.silence(alert):
        draft.do(effect)
    alert = noted(ladder.next_round(alert), "given_back", draft.now, owner, name, why)
    ladder.ring_anew(draft, alert, "Not called yet" if why == SILENT else "Given back")
    if why == SILENT:
        note = "You haven't pressed Called, so I ask everybody again. Have you rung? Press Called all the same."
        _send_private(draft, alert, owner, note)
    if alert.reason not in {*UNSAID, DRILL}:
        said.given_back(draft, name)


def _owned(draft: Draft, alert: Alert, event: StaffPressed, verb: str, *, starts_clock: bool = True) -> Alert:
    """The alert, theirs. What is called or closed in the same press needs no clock."""
    for effect in ladder.taken_timers(draft.book, alert, draft.now) if starts_clock else ():
        draft.do(effect)
    alert = replace(alert, status="acknowledged", taken_by=event.staff, taken_name=event.name)
    alert = noted(alert, verb, draft.now, event.staff, event.name)
    ladder.put_alert(draft, alert)
    return alert


def _take(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    before = alert.taken_by
    if before is not None:
        for bell in ladder.silence(alert):
            draft.do(bell)
        alert = replace(ladder.next_round(alert), called_at=None)
    alert = _owned(draft, alert, event, event.verb)
    _put(draft, alert)
    _tell_taken(draft, alert, event.name)
    _send_private(draft, alert, event.staff)
    if alert.reason == DRILL:
        drill.report_taken(draft, alert)
    elif not who.is_crisis(alert):
        send_photos(draft, event.staff)
    if before is not None:
        code = contact_code(draft.contact.id)
        _line(draft, before, f"{escape(event.name) or 'A colleague'} has taken over code <b>{code}</b>.")


def _tell_taken(draft: Draft, alert: Alert, name: str) -> None:
    """Where nobody has said anything, nobody has read anything either."""
    clock = ladder.clock_of(draft.book, alert)
    if alert.reason in {*UNSAID, DRILL}:
        return
    if clock is None:
        said.taken_later(draft, name)
    elif not (draft.contact.phone or any(lead.phone for lead in draft.leads)):
        said.taken_without_number(draft, name)
    else:
        said.taken(draft, name, _before(draft, alert) or "")


def _before(draft: Draft, alert: Alert) -> str | None:
    """By when the owner is to have called, HH:MM; None where nothing rings."""
    clock = ladder.clock_of(draft.book, alert)
    if clock is None:
        return None
    return f"{(draft.now + clock.uncalled).astimezone(ZoneInfo(draft.book.time_zone)):%H:%M}"


def _was_just_said(draft: Draft, alert: Alert) -> bool:
    """A second press, rather than a second call."""
    tried = last(alert, "no_answer")
    return alert.status == "no_answer" and tried is not None and draft.now - tried.at < TRIED_AGAIN


def _called(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    _stop(draft, alert)
    alert = replace(alert, status="called", called_at=draft.now)
    _put(draft, noted(alert, "called", draft.now, event.staff, event.name))
    if alert.reason == DRILL:
        return
    if ladder.REACHED not in draft.book.flows:
        said.called(draft, event.name)
        return
    for session in _asked(draft, alert):
        draft.drop(cancel_timers(draft, session))
    for session in _red_screens(draft, alert):
        _end_quietly(draft, session)
    context: dict[str, ContextValue] = {"desk.alert": alert.id, "desk.step": alert.step}
    context["desk.name"] = event.name or None
    begin(draft, ladder.REACHED, context, lane=Lane.ALERT)


def _asked(draft: Draft, alert: Alert) -> list[Session]:
    """Open questions whether somebody was reached."""
    waiting = draft.waiting()
    return [one for one in waiting if one.flow == ladder.REACHED and one.context.get("desk.alert") == alert.id]


def _red_screens(draft: Draft, alert: Alert) -> list[Session]:
    """Questions of the alert that a call has answered: "ring now" is not to come again after it."""
    if alert.level != "red":
        return []
    waiting = draft.waiting()
    of_it = [one for one in waiting if alert.session == one.id or one.context.get("desk.alert") == alert.id]
    asks = [(one, draft.derive(one).ask) for one in of_it]
    return [one for one, ask in asks if ask is not None and ask.choose is not Choose.CONTACT]


def _end_quietly(draft: Draft, session: Session) -> None:
    """End it as if it had run out; what its end would say is out of place beside the call."""
    before = len(draft.effects)
    run_out(draft, session)
    draft.effects[before:] = [each for each in draft.effects[before:] if not _is_new_words(each)]


def _is_new_words(effect: Effect) -> bool:
    return isinstance(effect, SendMessage) and effect.edits is None and effect.to is To.PATIENT


def _no_answer(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    """They try again, and the clock of that begins; also where Called was pressed by mistake."""
    for bell in ladder.silence(alert):
        draft.do(bell)
    for session in _asked(draft, alert):
        draft.drop(cancel_timers(draft, session))
    alert = replace(ladder.next_round(alert), status="no_answer", called_at=None)
    for effect in ladder.taken_timers(draft.book, alert, draft.now):
        draft.do(effect)
    _put(draft, noted(alert, "no_answer", draft.now, event.staff, event.name))
    if alert.reason != DRILL:
        said.not_reached(draft, event.name, _before(draft, alert))


def _ask_why(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    rows = tuple(buttons(alert.id, (f"closed_{reason}", label))[0] for reason, label in REASONS.items())
    words = f"Why is code <b>{contact_code(draft.contact.id)}</b> closed?"
    _line(draft, event.staff, words, rows)


def _close(draft: Draft, alert: Alert, event: StaffPressed) -> None:
    _stop(draft, alert)
    reason = event.verb.removeprefix("closed").removeprefix("_") or NO_REASON
    alert = replace(alert, status="closed")
    _put(draft, noted(alert, "closed", draft.now, event.staff, event.name, reason))
    code = contact_code(draft.contact.id)
    why = REASONS.get(reason, NO_REASON_SAID)
    words = f"Closed: code <b>{code}</b>. {why}\nA remark? /note {code} and your words."
    _line(draft, event.staff, words, buttons(alert.id, ("reopen", "Undo")))


def _reopen_by_button(draft: Draft, alert: Alert, event: StaffPressed) -> str:
    closed = last(alert, "closed")
    if closed is None or alert.status != "closed" or closed.by != event.staff:
        return GONE
    if draft.now - closed.at > UNDO:
        return TOO_LATE.format(code=contact_code(draft.contact.id))
    return reopen(draft, alert, event)


def _stop(draft: Draft, alert: Alert) -> None:
    for effect in ladder.silence(alert):
        draft.do(effect)
    draft.do(CancelTimer(ladder.rung_key(alert)))


def _put(draft: Draft, alert: Alert) -> None:
    ladder.put_alert(draft, alert)
    if alert.card is not None:
        draft.do(SendCard(draft.next_message(), alert.id, Lane.ALERT, edits=alert.card))
    ladder.report(draft, alert)


def _send_private(draft: Draft, alert: Alert, staff: int, note: str = "") -> None:
    person, number = draft.turn().person, draft.next_message()
    draft.do(private_card(draft.book, person, number, staff, alert.id, lane=Lane.ALERT, note=note))


def _line(draft: Draft, staff: int, html: str, rows: Rows = ()) -> None:
    number = draft.next_message()
    draft.do(SendMessage(number, html, rows, To.STAFF_MEMBER, staff, Lane.ALERT, window_seconds=None))
