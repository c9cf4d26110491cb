"""The real clinic, and a patient who walks the real consultation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bot.authoring.book import Reading
from bot.engine.advance import advance
from bot.engine.effect import Effect, SendMessage, To
from bot.engine.event import Event, Pressed, Said, Started
from bot.engine.model import Book
from bot.engine.session import Contact, Person
from bot.ids import ContactId
from bot.reading import book_of, read_clinic
from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = Settings(flows_dir=ROOT / "flows", data_dir=ROOT / "data", _env_file=None)
NOW = datetime(2026, 9, 14, 17, 30, tzinfo=UTC)
PRESSES = (
    "adult", "agree", "texture", "enlarged_pores", "done", "months_1_to_3", "none", "none", "none", "day_by_day",
    "sessions", "book",
)  # fmt: skip
TYPED = (
    "yes, 18 or over", "i agree", "uneven texture and large pores", "in 1 to 3 months", "none of these",
    "none of these", "none of these", "day by day", "how many sessions", "book",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """A person before an event: all that `advance` takes."""

    person: Person
    event: Event


@cache
def reading() -> Reading:
    """Flows and data of this folder, read once."""
    return read_clinic(SETTINGS)


def read_book() -> Book:
    """The book that came of it."""
    return book_of(reading(), staff_chat=-1)


def walk(
    book: Book, answers: Sequence[str], make: Callable[[dict[str, str], str], Event]
) -> tuple[list[Step], Person]:
    """A consultation's turns after its start, and the person at its end."""
    turn = advance(book, Person(Contact(ContactId(1), 1000, NOW, first_name="Maya")), Started("poster"), NOW)
    steps, buttons = [], buttons_of(turn.effects)
    for answer in answers:
        step = Step(turn.person, make(buttons, answer))
        turn = advance(book, step.person, step.event, NOW)
        buttons = buttons_of(turn.effects) or buttons
        steps.append(step)
    assert any(lead.status == "open" for lead in turn.person.leads), "the walk has not come to the booking"
    return steps, turn.person


def press(buttons: dict[str, str], answer: str) -> Event:
    """A press on the button of this id."""
    return Pressed(buttons[answer])


def say(_: dict[str, str], answer: str) -> Event:
    """The same, typed."""
    return Said(answer)


def buttons_of(effects: Sequence[Effect]) -> dict[str, str]:
    """What stands on the buttons of the newest question, id → data."""
    found: dict[str, str] = {}
    for effect in effects:
        if isinstance(effect, SendMessage) and effect.to is To.PATIENT and effect.rows:
            found = {button.id: button.data for row in effect.rows for button in row if button.data}
    return found
