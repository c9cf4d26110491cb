"""What the group reads. It sees a code, how urgent it is and who has it; never a name, a sign or an answer."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.desk import who
from bot.desk.log import last, was_reached
from bot.engine.effect import ButtonSpec, Lane, SendMessage, To
from bot.engine.model import Book
from bot.engine.session import Alert, Lead, Person, Visit
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
URGENCY = {"red": "🔴 <b>URGENT</b>", "amber_today": "🟠 <b>Look at this today</b>"}
LATER = "🟡 <b>For the daily list</b>"
DRILL = "drill"
"""The reason of an alert that is nobody's: staff practise with it."""
OPEN = frozenset({"raised", "changed"})
"""Alerts that nobody has."""
OVER = frozenset({"closed", "withdrawn"})
ROUND = 10
"""An alert's `step` counts on for ever, as the keys of its timers must; each round of ringing begins at a ten."""
Rows = tuple[tuple[ButtonSpec, ...], ...]


def escape(text: str) -> str:
    """Somebody else's words as HTML."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def staff_data(verb: str, target: str) -> str:
    """What a button on a staff card carries."""
    return f"s:{verb}:{target}"


def buttons(target: str, *named: tuple[str, str]) -> Rows:
    """One row of staff buttons, each a verb and its label."""
    return (tuple(ButtonSpec(verb, label, data=staff_data(verb, target)) for verb, label in named),)


def group_card(
    book: Book, person: Person, about: str, number: int, lane: Lane, edits: int | None
) -> SendMessage | None:
    """The card of a lead, an alert or a visit for the staff chat, or None when there is no such thing any more."""
    code = contact_code(person.contact.id)
    rows: Rows = ()
    lead = next((lead for lead in person.leads if lead.id == about), None)
    alert = next((alert for alert in person.alerts if alert.id == about), None)
    visit = next((visit for visit in person.visits if visit.id == about), None)
    if lead is not None:
        html = _lead_line(book, lead, code)
    elif alert is not None:
        html = alert_line(book, alert, code)
    elif visit is not None:
        html = _visit_line(book, visit, code)
    else:
        return None
    if (lead is not None and lead.status == "open") or (alert is not None and alert.status in OPEN):
        rows = buttons(about, ("have_it", "Take it"))
    elif visit is not None and visit.status == "unconfirmed":
        rows = buttons(about, ("ours", "Ours"), ("not_ours", "Not ours"))
    elif visit is not None and visit.status == "not_ours" and visit.decided_at is not None:
        rows = buttons(about, ("undo", "Undo"))
    if alert is not None and who.is_crisis(alert):  # never to the group
        contact = who.crisis_contact(book)
        if contact is None:
            return None
        return SendMessage(number, html, rows, To.STAFF_MEMBER, contact, lane, edits, window_seconds=None)
    return SendMessage(number, html, rows, To.STAFF, lane=lane, edits=edits, window_seconds=None)


def _lead_line(book: Book, lead: Lead, code: str) -> str:
    asked = f"<b>{KINDS.get(lead.kind, 'A request')}</b> · code <b>{code}</b>\nAsked {local(book, lead.opened_at)}"
    return f"{asked} · {_holder(lead.status, lead.taken_name)}"


def alert_line(book: Book, alert: Alert, code: str) -> str:
    """Urgency, code and who has it; one short line once it is closed."""
    if alert.status == "closed":
        drill = "DRILL · " if alert.reason == DRILL else ""
        return f"{drill}Closed{f' ({escape(alert.taken_name)})' if alert.taken_name else ''} · code {code}"
    head = f"{URGENCY.get(alert.level, LATER)} · code <b>{code}</b>"
    if alert.reason == DRILL:
        head = f"<b>DRILL, nobody is in need</b> · {head}"
    rung = alert.step % ROUND
    state = _holder(alert.status, alert.taken_name)
    if alert.status in OPEN and alert.taken_by is None and rung:
        state = f"<b>{state}, step {rung}</b>"
    if alert.status == "called" and was_reached(alert):
        state = f"{state}: reached"
    cant = "\n<b>Can't ring for help themselves: ring for them.</b>" if last(alert, "cant") else ""
    changed = (
        "\nThe answer has changed since; that lowers nothing."
        if alert.answers_now and alert.level == "red"
        else ""
    )
    return f"{head}\nReceived {local(book, alert.raised_at)} · {state}{cant}{changed}"


def _visit_line(book: Book, visit: Visit, code: str) -> str:
    head = f"<b>New aftercare visit</b>, code <b>{code}</b>: ours / not ours"
    state = {
        "unconfirmed": f"/find {code} shows you whose, in private.",
        "ours": "Ours.",
        "not_ours": "Not ours: no check-ins.",
    }.get(visit.status, "Over: there is a newer one.")
    return f"{head}\nEntered {local(book, visit.opened_at)} · {state}"


def _holder(status: str, name: str | None) -> str:
    if status in STATES:
        return f"{STATES[status]} ({escape(name)})" if name and status != "withdrawn" else STATES[status]
    return f"{escape(name)} has it" if name else "nobody has it yet"


def local(book: Book, at: datetime) -> str:
    """An instant as the clinic's clock and calendar show it."""
    return f"{at.astimezone(ZoneInfo(book.time_zone)):%a %d %b, %H:%M}"


def row_name(book: Book, row_id: str) -> str:
    """A row's name in the source language; the id itself where no row has it."""
    return known_name(book, row_id) or row_id


def known_name(book: Book, row_id: str) -> str | None:
    return next((rows[row_id].name for rows in book.tables.values() if row_id in rows), None)
