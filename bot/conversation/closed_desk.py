"""`/closed` and its buttons, in the group and in private, over what the store holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.conversation.notes import Notes
from bot.desk import closed, work
from bot.desk.cards import Rows
from bot.desk.closed import days_of
from bot.desk.work import read_command
from bot.engine.effect import AnswerPress, SendMessage, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.session import Person
from bot.store.protocol import DeskNote


async def closed_said(book: Book, notes: Notes, desk: Person, text: str, now: datetime) -> Turn:
    """`/closed` lists, `/closed 24 Dec-2 Jan` adds; the answer goes to the group."""
    words = " ".join(read_command(text)[1])
    if not words:
        return work.reply(desk, *await _list(book, notes, now))
    days = closed.read_days(words, _today(book, now), order=book.date_order)
    if isinstance(days, str):
        return work.reply(desk, days)
    notes.put(DeskNote(closed.KIND, days.key, "", days.until))
    html, rows = await _list(book, notes, now)
    return work.reply(desk, f"Noted. Opening hours and promised times go by it from now on.\n{html}", rows)


async def closed_pressed(
    book: Book, notes: Notes, desk: Person, event: StaffPressed, chat: int, now: datetime
) -> Turn:
    """The button that opens closed days again; the list is shown anew in `chat`."""
    held = [days_of(note.key) for note in await notes.all(closed.KIND)]
    wanted = next((days for days in held if closed.target(days) == event.target), None)
    if wanted is None:
        return Turn(desk, (AnswerPress(event.press_id, "These days are open already."),))
    notes.drop(closed.KIND, wanted.key)
    turn = work.reply(desk, *await _list(book, notes, now))
    shown = tuple(
        replace(each, to=To.STAFF_MEMBER, staff_chat=chat) if isinstance(each, SendMessage) else each
        for each in turn.effects
    )
    return Turn(turn.person, (AnswerPress(event.press_id, f"Open again: {wanted.words}"), *shown))


async def _list(book: Book, notes: Notes, now: datetime) -> tuple[str, Rows]:
    held = [days_of(note.key) for note in await notes.all(closed.KIND)]
    fixed = book.clinic.get("clinic.closed_on")
    by_file = [days_of(key) for key in sorted(fixed)] if isinstance(fixed, frozenset) else []
    return closed.shown(held, by_file, _today(book, now))


def _today(book: Book, now: datetime) -> date:
    return now.astimezone(ZoneInfo(book.time_zone)).date()
