"""What staff press and type, applied to the person it is about. The caller has checked that they are staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.desk import alerts, ladder
from bot.desk.alerts import GONE, NOTED, OVER_NOTE, YOURS
from bot.desk.cards import OPEN, OVER, Rows, escape
from bot.desk.course import COURSE, send_course
from bot.desk.log import is_missed, last, noted
from bot.desk.photos import send_photos
from bot.desk.private import private_card
from bot.desk.visits import undo_not_ours, visit_pressed
from bot.desk.who import is_for, may_see
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress, ReportLead, SendCard, SendMessage, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.session import Alert, Lead, Person
from bot.engine.wording import clean
from bot.ids import contact_code

LEAD_STATUS = {"have_it": "taken", "called": "called", "no_answer": "no_answer", "closed": "closed"}
REMARK_CHARACTERS = 500
HELP = (
    "I bring you people who want to be rung, and anything urgent, as short cards."
    " Press <b>Take it</b> and I send you the number and notes in private"
    " (open a chat with me first and press Start)."
)
LEVELS = ("red", "amber_today", "amber_soon")


def staff_pressed(book: Book, person: Person, event: StaffPressed, now: datetime) -> Turn:
    """Apply a button of a staff card: one owner, whoever presses first; the owner gets the rest in private."""
    draft = Draft(book, person, now)
    lead = next((lead for lead in person.leads if lead.id == event.target), None)
    alert = next((alert for alert in person.alerts if alert.id == event.target), None)
    visit = next((visit for visit in person.visits if visit.id == event.target), None)
    if event.verb == COURSE:
        note = send_course(draft, event.staff)
    elif visit is not None:
        note = visit_pressed(draft, visit, event)
    elif alert is not None:
        note = alerts.pressed(draft, alert, event)
    elif lead is None or event.verb not in LEAD_STATUS:
        note = GONE
    elif event.verb == "have_it" and lead.taken_by not in {None, event.staff}:
        note = f"{lead.taken_name} has it already."
    elif event.verb != "have_it" and lead.taken_by != event.staff:
        note = "Take it first." if lead.taken_by is None else f"{lead.taken_name} has it."
    elif lead.status in OVER:
        note = OVER_NOTE
    elif event.verb == "have_it" and lead.taken_by == event.staff:
        note = f"You have it already. /find {contact_code(person.contact.id)} sends you the details again."
    else:
        note = _lead_pressed(draft, lead, event)
    draft.effects.insert(0, AnswerPress(event.press_id, note))
    return draft.turn()


def _lead_pressed(draft: Draft, lead: Lead, event: StaffPressed) -> str:
    status = LEAD_STATUS[event.verb]
    changed = replace(lead, status=status, taken_by=event.staff, taken_name=event.name)
    draft.leads = [changed if held.id == changed.id else held for held in draft.leads]
    if changed.card is not None:
        draft.do(SendCard(draft.next_message(), changed.id, edits=changed.card))
    draft.do(ReportLead(changed.id, contact_code(draft.contact.id), changed.status))
    if event.verb != "have_it":
        return NOTED[event.verb]
    number = draft.next_message()
    draft.do(private_card(draft.book, draft.turn().person, number, event.staff, event.target))
    send_photos(draft, event.staff)
    return YOURS


def most_urgent(book: Book, person: Person, staff: int) -> Alert | None:
    """The open alert that `/take` means: those whom nobody has reached, then by level; first what nobody has."""
    still = [alert for alert in person.alerts if alert.status not in OVER and may_see(book, alert, staff)]
    return min(
        reversed(still),
        key=lambda alert: (
            not is_missed(alert),
            alert.status not in OPEN,
            LEVELS.index(alert.level) if alert.level in LEVELS else 9,
        ),
        default=None,
    )


def find(book: Book, person: Person, staff: int, now: datetime, name: str = "") -> Turn:
    """Send one member of staff what is known of a person, in private, with the buttons of what is open.

    Their own first. Who looked is noted with the alert.
    """
    draft = Draft(book, person, now)
    held: tuple[Alert | Lead, ...] = (*reversed(person.alerts), *reversed(person.leads))
    theirs = next((one.id for one in held if one.taken_by == staff and one.status not in OVER), None)
    urgent = most_urgent(book, person, staff)
    target: str | None = theirs or (urgent.id if urgent is not None else None)
    alert = next((alert for alert in draft.alerts if alert.id == target), None)
    if alert is not None:
        ladder.put_alert(draft, noted(alert, "looked", now, staff, name))
    draft.do(private_card(book, draft.turn().person, draft.next_message(), staff, target))
    return draft.turn()


def course(book: Book, person: Person, staff: int, now: datetime) -> tuple[Turn, str]:
    """`/course`: the chart in private, to whoever has the person; with what to say in the group."""
    draft = Draft(book, person, now)
    return _after(draft, send_course(draft, staff))


def reopen(book: Book, person: Person, event: StaffPressed, now: datetime) -> tuple[Turn, str]:
    """Take back the last *Closed*, or the last *Not ours* of a visit; with what to say to whoever asked."""
    draft = Draft(book, person, now)
    seen = (alert for alert in person.alerts if may_see(book, alert, event.staff))
    closed = [alert for alert in seen if alert.status == "closed"]
    visit = next((visit for visit in reversed(person.visits) if visit.status == "not_ours"), None)
    if visit is not None:
        return _after(draft, undo_not_ours(draft, visit))
    if not closed:
        return draft.turn(), "Nothing is closed for that code."
    return _after(draft, alerts.reopen(draft, max(closed, key=_closed_at), event))


def remark(book: Book, person: Person, event: StaffPressed, text: str, now: datetime) -> Turn | None:
    """Keep a remark of staff with the newest alert; None when there is none."""
    seen = [alert for alert in person.alerts if may_see(book, alert, event.staff)]
    if not seen or not text.strip():
        return None
    draft = Draft(book, person, now)
    note = clean(text).strip()[:REMARK_CHARACTERS]
    ladder.put_alert(draft, noted(seen[-1], "note", now, event.staff, event.name, note))
    return draft.turn()


def left(book: Book, person: Person, staff: int, now: datetime) -> Turn:
    """Somebody is no longer staff: what they have is given back, and they press nothing any more."""
    draft = Draft(book, person, now)
    for alert in person.alerts:
        theirs = [entry.what for entry in alert.log if entry.by == staff]
        is_known = bool(theirs) and theirs[-1] != "left" and not is_for(book, person, alert.id, staff)
        if alert.status not in OVER and is_known:
            if alert.taken_by == staff and alert.status != "called":
                alerts.release(draft, alert, "left")
            held = next(held for held in draft.alerts if held.id == alert.id)
            ladder.put_alert(draft, noted(held, "left", now, staff))
    return draft.turn()


def _closed_at(alert: Alert) -> datetime:
    entry = last(alert, "closed")
    return alert.raised_at if entry is None else entry.at


def _after(draft: Draft, note: str) -> tuple[Turn, str]:
    return draft.turn(), note


def lift(book: Book, person: Person, now: datetime) -> Turn:
    """Undo "under 18" for a person who is not."""
    draft = Draft(book, person, now)
    draft.contact = replace(draft.contact, minor_at=None)
    return draft.turn()


def reply(person: Person, html: str, rows: Rows = ()) -> Turn:
    """A line to the staff chat, as the desk's own contact."""
    contact = replace(person.contact, messages=person.contact.messages + 1)
    return Turn(replace(person, contact=contact), (SendMessage(contact.messages, html, rows, To.STAFF),))


def read_command(text: str) -> tuple[str, Sequence[str]]:
    """A staff command and its words: `/find@ClinicBot k7qx` → ("find", ["k7qx"]); "" when it is none."""
    words = text.strip().split()
    if not words or not words[0].startswith("/"):
        return "", []
    return words[0][1:].partition("@")[0].casefold(), words[1:]


def unknown(text: str) -> str:
    """What to say to a command that is none."""
    word = next(iter(text.split()), "that")[:40]
    return f"I don't know {escape(word)}. /help shows what I can do."
