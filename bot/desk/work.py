"""What staff press and type, applied to the person it is about. The caller has checked that they are staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.desk.cards import escape, private_card
from bot.engine.effect import AnswerPress, Effect, Lane, ReportAlert, ReportLead, SendCard, SendMessage, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.session import Alert, Lead, Person
from bot.ids import contact_code

VERBS = {"have_it": "acknowledged", "called": "called", "no_answer": "no_answer", "closed": "closed"}
GONE = "That is no longer there."
LEAD_STATUS = {"have_it": "taken", "called": "called", "no_answer": "no_answer", "closed": "closed"}
HELP = (
    "I bring you people who want to be rung, and anything urgent, as short cards."
    " Press <b>Take it</b> and I send you the number and notes in private"
    " (open a chat with me first and press Start).\n"
    "/find CODE sends you a person's notes in private.\n"
    "/lift CODE undoes “under 18” when somebody pressed it by mistake."
)


class _Work:
    """One press or command on one person."""

    def __init__(self, book: Book, person: Person, now: datetime) -> None:
        self.book = book
        self.person = person
        self.now = now
        self.effects: list[Effect] = []

    def number(self) -> int:
        contact = self.person.contact
        self.person = replace(self.person, contact=replace(contact, messages=contact.messages + 1))
        return self.person.contact.messages

    def turn(self) -> Turn:
        return Turn(self.person, tuple(self.effects))

    def put_lead(self, changed: Lead) -> None:
        leads = tuple(changed if lead.id == changed.id else lead for lead in self.person.leads)
        self.person = replace(self.person, leads=leads)
        if changed.card is not None:
            self.effects.append(SendCard(self.number(), changed.id, edits=changed.card))
        self.effects.append(ReportLead(changed.id, contact_code(self.person.contact.id), changed.status))

    def put_alert(self, changed: Alert) -> None:
        alerts = tuple(changed if alert.id == changed.id else alert for alert in self.person.alerts)
        self.person = replace(self.person, alerts=alerts)
        if changed.card is not None:
            self.effects.append(SendCard(self.number(), changed.id, Lane.ALERT, edits=changed.card))
        self.effects.append(
            ReportAlert(changed.id, changed.level, changed.reason, changed.signs, changed.step, changed.status)
        )


def staff_pressed(book: Book, person: Person, event: StaffPressed, now: datetime) -> Turn:
    """Apply a button of a staff card: one owner, whoever presses first; the owner gets the rest in private."""
    work = _Work(book, person, now)
    lead = next((lead for lead in person.leads if lead.id == event.target), None)
    alert = next((alert for alert in person.alerts if alert.id == event.target), None)
    held: Lead | Alert | None = lead or alert
    if held is None or event.verb not in VERBS:
        note = GONE
    elif event.verb == "have_it" and held.taken_by not in {None, event.staff}:
        note = f"{held.taken_name} has it already."
    elif event.verb != "have_it" and held.taken_by != event.staff:
        note = "Take it first." if held.taken_by is None else f"{held.taken_name} has it."
    elif held.status in {"closed", "withdrawn"}:
        note = "That one is closed."
    else:
        note = _apply(work, lead, alert, event)
    work.effects.insert(0, AnswerPress(event.press_id, note))
    return work.turn()


def _apply(work: _Work, lead: Lead | None, alert: Alert | None, event: StaffPressed) -> str:
    if lead is not None:
        status = LEAD_STATUS[event.verb]
        work.put_lead(replace(lead, status=status, taken_by=event.staff, taken_name=event.name))
    if alert is not None:
        work.put_alert(replace(alert, status=VERBS[event.verb], taken_by=event.staff, taken_name=event.name))
    if event.verb == "have_it":
        work.effects.append(private_card(work.book, work.person, work.number(), event.staff, event.target))
        return "It's yours. I've sent you the details in our private chat."
    return {"called": "Noted: called.", "no_answer": "Noted: no answer.", "closed": "Closed."}[event.verb]


def find(book: Book, person: Person, staff: int, now: datetime) -> Turn:
    """Send one member of staff what is known of a person, in private."""
    work = _Work(book, person, now)
    work.effects.append(private_card(book, person, work.number(), staff, None))
    return work.turn()


def lift(book: Book, person: Person, now: datetime) -> Turn:
    """Undo "under 18" for a person who is not."""
    work = _Work(book, person, now)
    work.person = replace(person, contact=replace(person.contact, minor_at=None))
    return work.turn()


def reply(person: Person, html: str) -> Turn:
    """A line to the staff chat, as the desk's own contact."""
    contact = replace(person.contact, messages=person.contact.messages + 1)
    return Turn(replace(person, contact=contact), (SendMessage(contact.messages, html, to=To.STAFF),))


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
