"""What a person gets when their turn failed, and what is written down of the failure."""

from __future__ import annotations

import traceback
from datetime import datetime

from bot.engine import phrases
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress, SendMessage, Turn
from bot.engine.event import Blocked, Event, Pressed, TimerFired, Unblocked, Undelivered
from bot.engine.model import Book
from bot.engine.session import Person


def apology(book: Book, person: Person, event: Event, now: datetime) -> Turn:
    """The person as they were, and a word of apology to whoever did something."""
    draft = Draft(book, person, now)
    if isinstance(event, Pressed):
        draft.do(AnswerPress(event.press_id))
    if isinstance(event, TimerFired | Undelivered | Blocked | Unblocked):  # nobody waits for an answer
        return draft.turn()
    draft.do(SendMessage(draft.next_message(), draft.words(phrases.SORRY)))
    return draft.turn()


def place_of(error: Exception) -> str:
    """What failed and where in our code; never the message, which may hold what somebody wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    where = next((f"{frame.name}:{frame.lineno}" for frame in reversed(frames) if "/bot/" in frame.filename), "?")
    return f"{type(error).__name__} in {where}"
