"""What staff press and type, applied to the person it is about. The caller has checked that they are staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.desk import alerts
from bot.desk.alerts import GONE, OVER_NOTE
from bot.desk.cards import OPEN, OVER, escape
from bot.desk.private import private_card
from bot.desk.visits import visit_pressed
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress, ReportLead, SendCard, SendMessage, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.session import Alert, Lead, Person
from bot.ids import contact_code

LEAD_STATUS = {"have_it": "taken", "called": "called", "no_answer": "no_answer", "closed": "closed"}
NOTED = {"called": "Noted: called.", "no_answer": "Noted: no answer.", "closed": "Closed."}
YOURS = "It's yours. I've sent you the details in our private chat."
HELP = (
    "I bring you people who want to be rung, and anything urgent, as short cards."
    " Press <b>Take it</b> and I send you the number and notes in private"
    " (open a chat with me first and press Start).\n"
    "/today counts who is asked today, who is silent, and what is open.\n"
    "/take CODE makes a person's most urgent open alert yours, also one that came without a card.\n"
    "/find CODE sends you a person's notes in private.\n"
    "/lift CODE undoes “under 18” when somebody pressed it by mistake."
)
LEVELS = ("red", "amber_today", "amber_soon")


def staff_pressed(book: Book, person: Person, event: StaffPressed, now: datetime) -> Turn:
    """Apply a button of a staff card: one owner, whoever presses first; the owner gets the rest in private."""
    draft = Draft(book, person, now)
    lead = next((lead for lead in person.leads if lead.id == event.target), None)
    alert = next((alert for alert in person.alerts if alert.id == event.target), None)
    visit = next((visit for visit in person.visits if visit.id == event.target), None)
    held: Lead | Alert | None = lead or alert
    if visit is not None:
        note = visit_pressed(draft, visit, event.verb)
    elif held is None or event.verb not in LEAD_STATUS:
        note = GONE
    elif event.verb == "have_it" and held.taken_by not in {None, event.staff}:
        note = f"{held.taken_name} has it already."
    elif event.verb != "have_it" and held.taken_by != event.staff:
        note = "Take it first." if held.taken_by is None else f"{held.taken_name} has it."
    elif held.status in OVER:
        note = OVER_NOTE
    elif event.verb == "have_it" and held.taken_by == event.staff:
        note = f"You have it already. /find {contact_code(person.contact.id)} sends you the details again."
    elif alert is not None:
        note = alerts.pressed(draft, alert, event) or (YOURS if event.verb == "have_it" else NOTED[event.verb])
    else:
        assert lead is not None
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
    return YOURS


def most_urgent(person: Person) -> Alert | None:
    """The open alert that `/take` means: of the most urgent level the newest, first those that nobody has."""
    still = [alert for alert in person.alerts if alert.status not in OVER]
    return min(
        reversed(still),
        key=lambda alert: (alert.status not in OPEN, LEVELS.index(alert.level) if alert.level in LEVELS else 9),
        default=None,
    )


def find(book: Book, person: Person, staff: int, now: datetime) -> Turn:
    """Send one member of staff what is known of a person, in private; with buttons for what is theirs."""
    draft = Draft(book, person, now)
    held: tuple[Alert | Lead, ...] = (*reversed(person.alerts), *reversed(person.leads))
    theirs = next((one.id for one in held if one.taken_by == staff and one.status not in OVER), None)
    draft.do(private_card(book, person, draft.next_message(), staff, theirs))
    return draft.turn()


def lift(book: Book, person: Person, now: datetime) -> Turn:
    """Undo "under 18" for a person who is not."""
    draft = Draft(book, person, now)
    draft.contact = replace(draft.contact, minor_at=None)
    return draft.turn()


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
