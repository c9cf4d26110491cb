"""Somebody who does too much at once: held back alone, told once, and never kept from an emergency."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from bot.conversation.hold_back import AT_ONCE, MOST_KNOWN, HoldBack
from bot.conversation.hooks import Hooks
from bot.conversation.incoming import HeldBack, Incoming
from bot.conversation.turn_loop import TurnLoop
from bot.engine.effect import SendMessage
from bot.engine.event import (
    Blocked,
    Event,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    StaffPressed,
    Started,
    TextEdited,
    Verb,
    button_data,
    pinned_data,
)
from bot.engine.model import Emergency
from bot.ids import SessionId
from bot.store.opening import open_sqlite
from bot.store.protocol import OutboxRow
from bot.store.sqlite import SQLiteStore
from tests.engine_books import NOW, ask, book, end, flow, say

ANN, BOB, ROSA = 4711, 4712, 4713
GROUP = -100
HELP = "I can't breathe"
YES = button_data(SessionId("1-1"), 1, Verb.CHOOSE, "yes")


def second(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


@dataclass
class People:
    """Who does what when; an update's number is its place."""

    hold_back: HoldBack = field(
        default_factory=lambda: HoldBack(
            1.0, hears_emergency=lambda words: words == HELP, is_staff=lambda user: user == ROSA
        )
    )
    updates: int = 0

    def do(
        self,
        event: Event | StaffPressed,
        at: float = 0,
        *,
        user: int = ANN,
        chat: int | None = None,
        **more: object,
    ) -> Incoming | HeldBack:
        self.updates += 1
        place = user if chat is None else chat
        item = Incoming(
            place, event, self.updates, user, is_group=place < 0, sent_at=second(at) if more.get("dated") else None
        )
        return self.hold_back.look(item, second(at))

    def flood(self, at: float = 0, *, event: Event | None = None, user: int = ANN) -> None:
        for _ in range(AT_ONCE):
            assert isinstance(self.do(event or Said("x"), at, user=user), Incoming)


def test_so_many_at_once_then_as_many_as_can_be_answered() -> None:
    people = People()
    people.flood()
    first = people.do(Said("x"))
    assert first == HeldBack(ANN, "", tells=True, update_id=people.updates)
    taken, held = 0, 0
    for tick in range(1000):  # a thousand in a minute
        found = people.do(Said("x"), tick * 0.06)
        taken += isinstance(found, Incoming)
        held += isinstance(found, HeldBack)
        assert not (isinstance(found, HeldBack) and found.tells)  # they were told
    assert 58 <= taken <= 61
    assert taken + held == 1000
    # Nobody else notices.
    people.flood(30, user=BOB)


def test_after_a_quiet_while_they_have_it_all_again_and_would_be_told_again() -> None:
    people = People()
    people.flood()
    assert isinstance(people.do(Said("x")), HeldBack)
    assert isinstance(people.do(Said("x"), 1), Incoming)
    assert isinstance(people.do(Said("x"), 1), HeldBack)
    people.flood(31)
    again = people.do(Said("x"), 31)
    assert isinstance(again, HeldBack)
    assert again.tells


def test_presses_count_apart_and_each_gets_its_note() -> None:
    people = People()
    people.flood(event=Pressed(YES, "p"))
    assert people.do(Pressed(YES, "p1")) == HeldBack(ANN, "p1", tells=False, update_id=people.updates)
    assert people.do(StaffPressed("have_it", "A1-1", ANN, "Ann", "p2"), chat=GROUP) == HeldBack(
        None, "p2", tells=False, update_id=people.updates
    )
    people.flood(event=Started())


@pytest.mark.parametrize(
    "event",
    [
        Said(HELP),
        TextEdited(HELP),
        PhotoSent("f", HELP),
        OtherSent("voice", HELP),
        Pressed(pinned_data("urgent"), "p"),
        Pressed(button_data(SessionId("1-1"), 1, Verb.EXTRA, "urgent"), "p"),
        Pressed(button_data(SessionId("1-1"), 1, Verb.EXTRA, "person"), "p"),
        Blocked(),
    ],
)
def test_what_can_not_wait_is_let_through(event: Event) -> None:
    people = People()
    people.flood()
    people.flood(event=Pressed(YES, "p"))
    for _ in range(5):
        assert isinstance(people.do(event), Incoming)
        assert isinstance(people.do(Said("x")), HeldBack)
        assert isinstance(people.do(Pressed("forged", "p")), HeldBack)


def test_staff_are_not_held_and_groups_are_not_told() -> None:
    people = People()
    for _ in range(3 * AT_ONCE):
        assert isinstance(people.do(Said("/today"), user=ROSA), Incoming)
    people.flood()
    held = people.do(Said("/help"), chat=GROUP)
    assert isinstance(held, HeldBack)
    assert held.chat is None
    assert not held.tells


def test_what_was_sent_over_a_day_without_us_is_no_flood() -> None:
    people = People()
    items = [
        Incoming(ANN, Said("x"), number, ANN, sent_at=NOW - timedelta(hours=20) + timedelta(minutes=number))
        for number in range(1, 500)
    ]
    assert all(people.hold_back.look(item, NOW) is item for item in items)


def test_an_update_that_comes_again_counts_once() -> None:
    """A page that could not be written is asked for again and again: whoever wrote it has done nothing more."""
    people = People()
    items = [Incoming(ANN, Said("x"), number, ANN) for number in range(1, 20)]
    for _ in range(100):
        assert all(people.hold_back.look(item, NOW) is item for item in items)
    more = [Incoming(ANN, Said("x"), number, ANN) for number in range(100, 200)]
    first = [people.hold_back.look(item, NOW) for item in more]
    assert sum(isinstance(found, Incoming) for found in first) == AT_ONCE - len(items)
    again = [people.hold_back.look(item, second(60)) for item in more]
    assert [type(found) for found in again] == [type(found) for found in first]


def test_no_limit_holds_nobody_and_memory_has_an_end() -> None:
    free = People(HoldBack(0, hears_emergency=lambda _words: False))
    for _ in range(1000):
        assert isinstance(free.do(Said("x")), Incoming)
    people = People()
    people.flood()
    for user in range(MOST_KNOWN):
        people.do(Said("x"), user=10**6 + user)
    assert isinstance(people.do(Said("x")), Incoming)


# In the turn loop


@dataclass
class Clinic:
    store: SQLiteStore
    rows: list[OutboxRow] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        hooks = Hooks(
            rows=self.rows.extend,
            answer=lambda press, note: self.notes.append((press, note)),
            cancelled=lambda _contact, _everything: None,
            observe=lambda _contact, _effect: None,
            turned=lambda _contact, _turn: None,
        )
        made = book(flow("main", ask("a", "s", "x"), say("s", "done"), end()))
        made = replace(
            made, hear_emergency=lambda words: Emergency(("s",), "clinic", certain=True) if words == HELP else None
        )
        self.loop = TurnLoop(self.store, made, lambda: NOW, hooks, staff_chat=None)

    async def take(self, items: Sequence[Incoming | HeldBack]) -> list[str]:
        """What is sent for them."""
        self.rows.clear()
        for item in items:
            self.loop.put(item)
        await self.loop.settle()
        return [row.effect.html for row in self.rows if isinstance(row.effect, SendMessage)]


@pytest.fixture
async def clinic() -> AsyncIterator[Clinic]:
    store = await open_sqlite(":memory:", data_key=bytes(32), synchronous="OFF", now=NOW)
    yield Clinic(store)
    await store.close()


async def test_it_is_confirmed_counted_and_told_once(clinic: Clinic) -> None:
    await clinic.take([Incoming(ANN, Started(), 1, ANN)])
    said = await clinic.take(
        [HeldBack(ANN, "", True, 2), HeldBack(ANN, "", False, 3), HeldBack(ANN, "p", False, 4)]
    )
    assert [text.partition(",")[0] for text in said] == ["You are faster than I am"]
    assert [(press, note[:10]) for press, note in clinic.notes] == [("p", "One moment")]
    assert await clinic.store.seen([1, 2, 3, 4]) == {1, 2, 3, 4}
    (counted,) = [one for one in await clinic.store.counters(NOW.date(), NOW.date()) if one.name == "held_back"]
    assert counted.count == 1
    # Where they stand has not changed.
    assert len((await clinic.store.persons_of_chats([ANN]))[ANN].sessions) == 1
    # Of those nobody knows yet, nobody is made; a press that comes again has its answer all the same.
    assert await clinic.take([HeldBack(BOB, "p9", False, 5), HeldBack(None, "p10", False, 6)]) == []
    assert await clinic.store.persons_of_chats([BOB]) == {}
    clinic.loop._done_here.clear()
    assert await clinic.take([HeldBack(ANN, "p", False, 4)]) == []
    assert clinic.notes[-1] == ("p", "")
