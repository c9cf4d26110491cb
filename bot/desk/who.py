"""Whom an alert may ring in private, and who may press its buttons there."""

from __future__ import annotations

from collections.abc import Collection

from bot.engine.clocks import ON_CALL, OWNER
from bot.engine.model import Book
from bot.engine.session import Alert, Person

CRISIS = "crisis"
"""The reason of an alert about self-harm: for one named person, never for the group."""


def on_call(book: Book) -> tuple[int, ...]:
    """Telegram ids of the people who are rung in private when nobody in the group takes it."""
    return _ids(book, "clinic.on_call")


def owners(book: Book) -> tuple[int, ...]:
    """Telegram ids of those who answer for the clinic; where none is named, the first on call."""
    staff = book.clinic.get("clinic.staff")
    entries = (entry.partition(":") for entry in staff) if isinstance(staff, frozenset) else ()
    return tuple(sorted(int(number) for number, _, role in entries if role == OWNER)) or on_call(book)[:1]


def crisis_contact(book: Book) -> int | None:
    """Telegram id of the one person who reads about self-harm; where none is named, the first owner."""
    return next(iter((*_ids(book, "clinic.crisis_contact"), *owners(book))), None)


def is_crisis(alert: Alert) -> bool:
    """Whether it is about self-harm."""
    return alert.reason == CRISIS


def members(book: Book, alert: Alert, to: Collection[str]) -> tuple[int, ...]:
    """Whose private chats ring, each once.

    Args:
        to: Of `group`, `on_call`, `owner`.
    """
    if is_crisis(alert):
        contact = crisis_contact(book)
        return () if contact is None else (contact,)
    rung = (*(on_call(book) if ON_CALL in to else ()), *(owners(book) if OWNER in to else ()))
    return tuple(dict.fromkeys(rung))


def may_press(book: Book, person: Person, target: str, staff: int) -> bool:
    """Whether somebody may press a button of a card in their own chat."""
    if any((lead.id, lead.taken_by) == (target, staff) for lead in person.leads):
        return True
    alert = next((alert for alert in person.alerts if alert.id == target), None)
    if alert is not None and is_crisis(alert):
        return staff in {alert.taken_by, crisis_contact(book)}
    if staff in {*on_call(book), *owners(book)}:
        return True
    entries = [] if alert is None else [entry.what for entry in alert.log if entry.by == staff]
    return bool(entries) and entries[-1] != "left"


def may_see(book: Book, alert: Alert, staff: int) -> bool:
    """Whether an alert is shown to this member of staff: one about self-harm only to whom it is for."""
    contact = crisis_contact(book)
    return not is_crisis(alert) or contact is None or staff in {alert.taken_by, contact}


def is_for(book: Book, person: Person, target: str, staff: int) -> bool:
    """Whether it is an alert about self-harm, and this is the person whom `crisis_contact` names."""
    alert = next((alert for alert in person.alerts if alert.id == target), None)
    return alert is not None and is_crisis(alert) and staff in _ids(book, "clinic.crisis_contact")


def _ids(book: Book, name: str) -> tuple[int, ...]:
    found = book.clinic.get(name)
    return tuple(sorted(int(one) for one in found)) if isinstance(found, frozenset) else ()
