"""What staff read. The group sees a code, how urgent it is and who has it; never a name, a sign or an answer."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.engine.effect import ButtonSpec, Lane, SendMessage, To
from bot.engine.model import Book
from bot.engine.session import Alert, Lead, Person, Status
from bot.engine.wording import clean
from bot.ids import contact_code

KINDS = {
    "ring_me": "Please ring",
    "human": "Wants to talk to a person",
    "consultation": "Wants a consultation",
    "booking": "Has a booking code",
}
STATES = {
    "closed": "Closed",
    "withdrawn": "Withdrawn by the person",
    "called": "Called",
    "no_answer": "No answer yet",
}
Rows = tuple[tuple[ButtonSpec, ...], ...]


def escape(text: str) -> str:
    """Somebody else's words as HTML."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def staff_data(verb: str, target: str) -> str:
    """What a button on a staff card carries."""
    return f"s:{verb}:{target}"


def group_card(
    book: Book, person: Person, about: str, number: int, lane: Lane, edits: int | None
) -> SendMessage | None:
    """The card of a lead or an alert for the staff chat, or None when there is no such thing any more."""
    code = contact_code(person.contact.id)
    lead = next((lead for lead in person.leads if lead.id == about), None)
    alert = next((alert for alert in person.alerts if alert.id == about), None)
    if lead is not None:
        html, open_ = _lead_line(book, lead, code), lead.status == "open"
    elif alert is not None:
        html, open_ = _alert_line(book, alert, code), alert.status in {"raised", "changed"}
    else:
        return None
    rows: Rows = ()
    if open_:
        rows = ((ButtonSpec("have_it", "Take it", data=staff_data("have_it", about)),),)
    return SendMessage(number, html, rows, To.STAFF, lane=lane, edits=edits, window_seconds=None)


def _lead_line(book: Book, lead: Lead, code: str) -> str:
    asked = f"<b>{KINDS.get(lead.kind, 'A request')}</b> · code <b>{code}</b>\nAsked {local(book, lead.opened_at)}"
    return f"{asked} · {_holder(lead.status, lead.taken_name)}"


def _alert_line(book: Book, alert: Alert, code: str) -> str:
    urgency = {"red": "🔴 <b>URGENT: emergency words</b>", "amber_today": "🟠 <b>Look at this today</b>"}
    head = f"{urgency.get(alert.level, '🟡 <b>For the daily list</b>')} · code <b>{code}</b>"
    return f"{head}\nReceived {local(book, alert.raised_at)} · {_holder(alert.status, alert.taken_name)}"


def _holder(status: str, name: str | None) -> str:
    if status in STATES:
        return f"{STATES[status]} ({escape(name)})" if name and status != "withdrawn" else STATES[status]
    return f"{escape(name)} has it" if name else "nobody has it yet"


def local(book: Book, at: datetime) -> str:
    """An instant as the clinic's clock and calendar show it."""
    return f"{at.astimezone(ZoneInfo(book.time_zone)):%a %d %b, %H:%M}"


def private_card(book: Book, person: Person, number: int, staff: int, target: str | None) -> SendMessage:
    """Everything staff need to help one person, for the private chat of one member of staff."""
    contact = person.contact
    lines = [f"Code <b>{contact_code(contact.id)}</b> · {escape(contact.first_name) or 'no name given'}"]
    phone = next((lead.phone for lead in reversed(person.leads) if lead.phone), contact.phone)
    lines.append(
        f"Number: <b>{escape(phone)}</b>" if phone else "Number: none given. They can ring, or write here."
    )
    if contact.minor_at is not None:
        lines.append("Said to be <b>under 18</b>: no booking. A mistake? /lift and the code.")
    lines.extend(_alert_lines(book, person))
    lines.extend(_request_lines(book, person))
    lines.extend(_answer_lines(book, person))
    rows: Rows = ()
    if target is not None:
        rows = (
            (
                ButtonSpec("called", "Called", data=staff_data("called", target)),
                ButtonSpec("no_answer", "No answer", data=staff_data("no_answer", target)),
                ButtonSpec("closed", "Close", data=staff_data("closed", target)),
            ),
        )
    return SendMessage(number, "\n".join(lines), rows, To.STAFF_MEMBER, staff_chat=staff)


def _alert_lines(book: Book, person: Person) -> list[str]:
    lines = []
    for alert in person.alerts[-3:]:
        signs = ", ".join(row_name(book, sign) for sign in alert.signs)
        lines.append(f"🔴 {alert.level} {local(book, alert.raised_at)}: {escape(signs)} ({alert.status})")
        if alert.words:
            lines.append(f"Their words: “{escape(alert.words)}”")
    return lines


def _request_lines(book: Book, person: Person) -> list[str]:
    lines = []
    for lead in person.leads[-3:]:
        lines.append(f"{KINDS.get(lead.kind, lead.kind)}: {local(book, lead.opened_at)} ({lead.status})")
        lines.extend(f"• {escape(row_name(book, note))}" for note in lead.notes)
    return lines


def _answer_lines(book: Book, person: Person) -> list[str]:
    """Answers of the latest conversation, in the clinic's words."""
    known = [session for session in person.sessions if session.status in {Status.WAITING, Status.COMPLETED}]
    session = max((s for s in known if not s.is_detour and s.answers), key=lambda s: s.touched_at, default=None)
    if session is None:
        return []
    names: list[str] = []
    for given in sorted(session.answers.values(), key=lambda given: given.order):
        names.extend(name for option in given.answer.options if (name := _known_name(book, option)) is not None)
        if given.answer.on is not None:
            names.append(given.answer.on.isoformat())
    return [f"Answered: {escape('; '.join(dict.fromkeys(names)))}"] if names else []


def row_name(book: Book, row_id: str) -> str:
    """A row's name in the source language; the id itself where no row has it."""
    return _known_name(book, row_id) or row_id


def _known_name(book: Book, row_id: str) -> str | None:
    return next((rows[row_id].name for rows in book.tables.values() if row_id in rows), None)
