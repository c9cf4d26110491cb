"""`/practice`: a colleague plays patient. Whom its book knows, how it is marked, what is said around it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk.roles import BY_NAME, Role
from bot.desk.work import read_command
from bot.engine.effect import ButtonSpec, Effect, SendMessage, To
from bot.engine.model import Book
from bot.ids import ContactId, code_contact

KIND = "practice"
"""The command; of the desk's notes: that it is on, under the number of the contact whose chat it is in."""
NEXT, END = "next", "end"
PREFIX = "p:"
"""Before what its buttons carry, so that none of them can be taken for a real one, nor the other way round."""
IDLE = timedelta(minutes=30)
GROUP = -1
"""Stands for the team's group; it is nobody's."""
FIRST_CONTACT = ContactId(9_000_000_000)
"""Its people are numbered from here: their codes have seven letters, and are never those of a patient."""
OPENING = (
    "From here on you play patient, in this chat. Nothing of it is counted, kept or shown to anybody else; what"
    " the team would get comes to you. Everything that belongs to it says PRACTICE on top. What doesn't is real:"
    " cards, their buttons, and your commands.\n"
    "Nobody has to wait: /next goes to what comes next, hours or days later. /practice ends it, and so do 30"
    " minutes without you. /visit ends it too: a visit you enter is always real."
)
NOTHING = "Nothing more comes by itself. /practice ends it."
ENDED: Mapping[str, str] = {
    "asked": "The practice is over, and nothing of it is left. From here on everything is real.",
    "idle": "The practice is over: nothing was done for 30 minutes. From here on everything is real.",
    "restart": "The practice is over: I was started anew. From here on everything is real.",
    "fault": "The practice is over, by a fault of mine. From here on everything is real.",
}
NOT_HERE = (
    "No practice here: what you write would come to several processes of mine, and some of it would be taken for"
    " real. Try everything out in a terminal: clinicbot chat."
)
OVER = "That practice is over. /practice begins another."
_FOR: Mapping[To, str] = {
    To.PATIENT: "",
    To.STAFF: " · what the team's group gets",
    To.STAFF_MEMBER: " · what a colleague gets in private",
}


def book_for(book: Book, user: int, role: Role) -> Book:
    """The book of one practice: whoever practises is all the staff there are, in their own role."""
    own = frozenset({str(user)})
    rung = {name: own for name in ("clinic.on_call", "clinic.crisis_contact") if book.clinic.get(name)}
    staff = frozenset({f"{user}:{role.value}"})
    return replace(book, clinic={**book.clinic, **rung, "clinic.staff": staff, "clinic.staffed": True})


def marked(effect: Effect, zone: ZoneInfo, now: datetime) -> Effect:
    """A message of a practice as it is shown: it says so on top, with the practice's own time.

    Args:
        effect: What would be sent.
        zone: The clinic's.
        now: Of the practice; aware UTC.
    """
    to = getattr(effect, "to", To.PATIENT)
    head = f"PRACTICE, {now.astimezone(zone):%a %d %b %H:%M}"
    match effect:
        case SendMessage():
            html = f"<b>{head}{_FOR[to]}</b>\n{effect.html}"
            rows = tuple(tuple(_marked_button(button) for button in row) for row in effect.rows)
            return replace(effect, html=html, rows=rows, unpins=False)
        case _:
            sent: Any = effect
            texts = {name: getattr(sent, name, None) for name in ("words", "alt", "caption")}
            changed = {name: f"{head}{_FOR[to]}\n{text}" for name, text in texts.items() if isinstance(text, str)}
            shown: Effect = replace(sent, **changed)
            return shown


def opening(number: int) -> SendMessage:
    """The first words, with the buttons that stay at hand."""
    buttons = (ButtonSpec(NEXT, "Go to what comes next", data=NEXT), ButtonSpec(END, "End the practice", data=END))
    return SendMessage(number, OPENING, tuple((button,) for button in buttons))


def nothing(number: int) -> SendMessage:
    """When /next finds nothing."""
    return SendMessage(number, NOTHING)


def is_for_team(text: str) -> bool:
    """Whether something typed is a staff command about somebody of a practice."""
    name, words = read_command(text)
    contact = code_contact(words[0]) if name in BY_NAME and words else None
    return contact is not None and contact >= FIRST_CONTACT


def is_real(text: str) -> bool:
    """Whether something typed during a practice is a staff command that means the clinic itself."""
    name, _ = read_command(text)
    return name in BY_NAME and name != "help" and not is_for_team(text)


def _marked_button(button: ButtonSpec) -> ButtonSpec:
    return button if button.data is None else replace(button, data=PREFIX + button.data)
