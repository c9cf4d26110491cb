"""One person with one alert, staff who press, and timers that fire when their time has come."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk.follow import fire, follow
from bot.desk.work import staff_pressed
from bot.engine.effect import (
    AnswerPress,
    CancelTimer,
    ReportAlert,
    SendMessage,
    SetTimer,
    To,
    Turn,
)
from bot.engine.event import Pressed, StaffPressed, Verb, button_data
from bot.engine.model import Book
from bot.engine.session import Alert, Person
from bot.ids import AlertId, SessionId, contact_code
from tests.engine_books import NOW, ask, book, end, flow, nobody

BOOK = book(flow("main", ask("hello", "done", "yes"), end()))
BOOK = replace(BOOK, clinic={**BOOK.clinic, "clinic.ambulance": "999"})
ON_CALL = replace(BOOK, clinic={**BOOK.clinic, "clinic.on_call": frozenset({"91", "92"})})
CODE = contact_code(nobody().contact.id)
RED = Alert(AlertId("A7-1"), "red", "ambulance", ("breathing",), "raised", NOW, words="can't breathe", card=4)
AMBER = replace(RED, level="amber_today")
LATER = replace(RED, level="amber_soon", card=None)


class Desk:
    """One person with one alert, staff who press, and timers that fire when their time has come."""

    def __init__(self, alert: Alert, of: Book = BOOK, phone: str | None = "020 7946 0001") -> None:
        who = nobody()
        contact = replace(who.contact, phone=phone, messages=10)
        self.book = of
        self.person: Person = replace(who, contact=contact, alerts=(alert,))
        self.now = NOW
        self.ended: set[str] = set()
        self.timers: dict[str, datetime] = {}
        self.turns: list[Turn] = []

    def take(self, turn: Turn) -> Turn:
        self.person = turn.person
        self.turns.append(turn)
        for effect in turn.effects:
            if isinstance(effect, SetTimer) and effect.key not in self.ended:
                self.timers.setdefault(effect.key, effect.fire_at)
            elif isinstance(effect, CancelTimer) and effect.key in self.timers:
                del self.timers[effect.key]
                self.ended.add(effect.key)
        set_now = {effect.key for effect in turn.effects if isinstance(effect, SetTimer)}
        cancelled = {effect.key for effect in turn.effects if isinstance(effect, CancelTimer)}
        assert not set_now & cancelled, "of one turn, the store sets first and then cancels"
        numbers = [number for effect in turn.effects if (number := getattr(effect, "number", None)) is not None]
        assert len(numbers) == len(set(numbers)), "a message number is used once"
        assert all(number <= self.person.contact.messages for number in numbers)
        return turn

    def raised(self) -> Desk:
        one = self.alert
        report = ReportAlert(one.id, one.level, one.reason, one.signs, one.step, one.status)
        self.take(follow(self.book, Turn(self.person, (report,)), self.now))
        return self

    def press(self, verb: str, staff: int = 5, name: str = "Rosa") -> Turn:
        event = StaffPressed(verb, self.alert.id, staff, name, "p")
        return self.take(staff_pressed(self.book, self.person, event, self.now))

    def next(self) -> tuple[str, Turn]:
        """Move to the next timer, and fire it."""
        key = min(self.timers, key=lambda each: (self.timers[each], each))
        self.now = max(self.now, self.timers.pop(key))
        self.ended.add(key)
        return key, self.take(fire(self.book, self.person, key, self.now))

    def without(self, *kinds: str) -> Desk:
        """Timers of these kinds are left out of what comes next."""
        for key in [key for key in self.timers if key.startswith(kinds)]:
            del self.timers[key]
        return self

    @property
    def alert(self) -> Alert:
        return self.person.alerts[0]

    def minutes(self, key: str) -> float:
        return (self.timers[key] - self.now) / timedelta(minutes=1)


def messages(turn: Turn, to: To) -> list[SendMessage]:
    return [effect for effect in turn.effects if isinstance(effect, SendMessage) and effect.to is to]


def new_cards(turn: Turn, to: To = To.STAFF) -> list[SendMessage]:
    return [message for message in messages(turn, to) if message.edits is None]


def reports(turn: Turn) -> list[tuple[int, str]]:
    return [(effect.step, effect.status) for effect in turn.effects if isinstance(effect, ReportAlert)]


def press_of(session: SessionId, turn: int, option: str) -> Pressed:
    return Pressed(button_data(session, turn, Verb.CHOOSE, option), "p")


def note(turn: Turn) -> str:
    (answer,) = [effect for effect in turn.effects if isinstance(effect, AnswerPress)]
    return answer.note
