"""Patients and colleagues of a history: they press what they see, type anything, and misbehave by plan."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.chaos.kinds import STOP, URGENT_WORDS
from tests.chaos.log import Log
from tests.chaos.telegram import Telegram
from tests.fake_bot_api.errors import Json
from tests.fake_bot_api.world import Group, Person, Stored

NAMES = ("Zuleika", "Ebenezer", "Philomena", "Thaddeus")
FIRST = 7_100_000_001
MEMBER = 7_200_000_001
SECRET = "quibblewort"
"""A word that people type and that no log may hold."""
URGENT = ("I can't breathe", "my lips are swelling up", "I can't breathe, help")
TYPED = (
    "acne scars", "1", "2", "none of these", "i agree", "yes", "no", "in 5 weeks", "no date in mind",
    f"hello {SECRET}", "is it sore?", "/answers", "/back", "/help", "/privacy", "/restart", "/start",
    f"what is <b>{SECRET}</b> & why", "dullness and fine lines",
)  # fmt: skip
MOST_STAFF_PRESSES = 6


@dataclass(slots=True)
class Urgent:
    """Words of an emergency, and the update that carried them."""

    person: int
    update: int


@dataclass(slots=True)
class Crowd:
    """Everybody of one history.

    Args:
        telegram: Their server.
        log: Takes what they do on purpose.
        rng: Chance.
        habits: Names of faults that people make.
        group: The staff group.
    """

    telegram: Telegram
    log: Log
    rng: random.Random
    habits: frozenset[str]
    group: int
    patients: list[Person] = field(default_factory=list)
    urgent: list[Urgent] = field(default_factory=list)
    updates: dict[int, int] = field(default_factory=dict)
    """Of each update a person's act made: whose."""
    presses: dict[int, str] = field(default_factory=dict)
    """Of each update that is a press: its query."""
    odd: dict[int, int] = field(default_factory=dict)
    """Whose an update is that may be no turn of theirs."""
    flooded: set[int] = field(default_factory=set)
    blockers: set[int] = field(default_factory=set)
    """Who could not be written to for a while."""
    _staff: Counter[str] = field(default_factory=Counter)

    def enter(self, number: int) -> None:
        """So many patients, and a team of one."""
        world = self.telegram.world
        member = world.people[MEMBER] = Person(MEMBER, "Rosalind", started=True)
        world.groups[self.group] = Group(self.group, "Team", members={member.id: "creator"})
        for place in range(number):
            person = Person(FIRST + place, NAMES[place % len(NAMES)], "en", started=True)
            world.people[person.id] = person
            self.patients.append(person)

    async def patient(self, person: Person, acts: int) -> None:
        """What one person does, a while after each other."""
        await asyncio.sleep(self.rng.uniform(0, 5))
        self._note(person, self.telegram.people.say(person, self.rng.choice(("/start", "/start poster"))))
        plan = ["step"] * acts
        for habit in sorted(self.habits & _HABITS.keys()):
            plan.insert(self.rng.randrange(1, len(plan) + 1), habit)
        for act in plan:
            await asyncio.sleep(self.rng.choice((0.05, 2.0, 4.0, 9.0, 30.0)))
            if person.blocked:
                self._note(person, self.telegram.people.block(person, blocked=False))
                self._note(person, self.telegram.people.say(person, "/start"))
            await (self._step(person) if act == "step" else _HABITS[act](self, person))

    async def team(self) -> None:
        """Presses a button of a card now and then, for as long as the history lasts."""
        while True:
            await asyncio.sleep(self.rng.uniform(5, 60))
            for group in list(self.telegram.world.groups.values()):
                cards = [one for one in self._messages(group.id) if one.by_bot and _buttons(one)]
                if cards and group.bot in {"administrator", "member"} and group.migrated_to is None:
                    self._press_card(group, self.rng.choice(cards[-3:]))

    def _press_card(self, group: Group, card: Stored) -> None:
        data = self.rng.choice(_buttons(card))
        self._staff[data] += 1
        if self._staff[data] <= 2 and self._staff.total() <= MOST_STAFF_PRESSES:
            member = self.telegram.world.people[MEMBER]
            self._press(member, data, card.message["message_id"], group.id)

    # One act

    async def _step(self, person: Person) -> None:
        shown = [one for one in self._messages(person.id) if one.by_bot and _buttons(one)]
        if shown and self.rng.random() < 0.75:
            data = [one for one in _buttons(shown[-1]) if not one.endswith(("*urgent", "*back"))]
            if data:
                self._press(person, self.rng.choice(data), shown[-1].message["message_id"])
                return
        self._note(person, self.telegram.people.say(person, self.rng.choice(TYPED)))

    async def _twice(self, person: Person) -> None:
        shown = [one for one in self._messages(person.id) if one.by_bot and _buttons(one)]
        if shown:
            data = self.rng.choice(_buttons(shown[-1]))
            self.log.injected("a button pressed twice")
            for _ in range(2):
                self._press(person, data, shown[-1].message["message_id"])
                await asyncio.sleep(0.05)

    async def _old(self, person: Person) -> None:
        shown = [one for one in self._messages(person.id) if one.by_bot and _buttons(one)]
        if len(shown) > 1:
            self.log.injected("an old screen's button")
            old = self.rng.choice(shown[:-1])
            self._press(person, self.rng.choice(_buttons(old)), old.message["message_id"])

    async def _forged(self, person: Person) -> None:
        self.log.injected("a forged button")
        data = self.rng.choice(("1-1:0=agree", "2-1:1*urgent", "9-9:9=x", "s:have_it:A1-1", "x" * 200, "\ud800"))
        self._press(person, data, 1, is_odd=True)

    async def _foreign(self, person: Person) -> None:
        others = [other for other in self.patients if other is not person]
        shown = [one for other in others for one in self._messages(other.id) if one.by_bot and _buttons(one)]
        if shown:
            self.log.injected("somebody else's button")
            self._press(person, self.rng.choice(_buttons(shown[-1])), 1, is_odd=True)

    async def _floods(self, person: Person) -> None:
        self.log.injected("one person floods")
        self.flooded.add(person.id)
        for _ in range(60):
            self._note(person, self.telegram.people.say(person, "hello?"))
        await self._urgent(person)

    async def _urgent(self, person: Person) -> None:
        updates = self.telegram.people.say(person, self.rng.choice(URGENT))
        self._note(person, updates)
        self.urgent += [Urgent(person.id, update) for update in updates]

    async def _blocks(self, person: Person) -> None:
        self.log.injected("a block told by an update")
        self.blockers.add(person.id)
        self._note(person, self.telegram.people.say(person, "/answers"))
        self._note(person, self.telegram.people.block(person, blocked=True))

    async def _blocks_unheard(self, person: Person) -> None:
        self.log.injected("a block found out by sending")
        self.blockers.add(person.id)
        self._note(person, self.telegram.people.say(person, "/help"))
        person.blocked = True

    async def _vanishes(self, person: Person) -> None:
        self.log.injected("a chat that can't be written to")
        self.blockers.add(person.id)
        self._note(person, self.telegram.people.say(person, "/help"))
        person.started = False

    async def _stops(self, person: Person) -> None:
        self._note(person, self.telegram.people.say(person, "/stop"))

    async def _asks_to_be_forgotten(self, person: Person) -> None:
        self._note(person, self.telegram.people.say(person, "/delete"))
        for _ in range(4):
            await asyncio.sleep(4)
            shown = [one for one in self._messages(person.id) if one.by_bot and _buttons(one)]
            yes = [data for one in shown[-1:] for data in _buttons(one) if data.endswith(("=yes", "=delete"))]
            if yes:
                self.log.injected("forgotten while messages are on their way")
                self._note(person, self.telegram.people.say(person, "/answers"))
                self._press(person, yes[0], shown[-1].message["message_id"])
                return

    async def _overtakes(self, person: Person) -> None:
        shown = [one for one in self._messages(person.id) if one.by_bot and _buttons(one)]
        if shown:
            self.log.injected("presses and messages overtake each other")
            self._press(person, self.rng.choice(_buttons(shown[-1])), shown[-1].message["message_id"])
            self._note(person, self.telegram.people.say(person, self.rng.choice(TYPED)))

    async def _writes_what_nobody_can_read(self, person: Person) -> None:
        self.log.injected("an update nobody can read")
        chat = person.chat()
        odd: list[Json] = [
            {"poll_answer": {"poll_id": "1"}},
            {"message": {"message_id": 1}},
            {"message": {"chat": chat, "from": person.user(), "date": -1, "text": ["x"]}},
            {"callback_query": {"id": 5}},
            {"message": {"chat": chat, "from": person.user(), "date": 1, "text": "\ud800\0" + "y" * 1_000_000}},
            {"my_chat_member": None},
        ]
        self.odd[self.telegram.queue.inject(self.rng.choice(odd), f"chat{person.id}")] = person.id

    def _press(
        self, person: Person, data: str, message: int, chat: int | None = None, *, is_odd: bool = False
    ) -> None:
        found = self.telegram.people.press(person, None, data, message, chat)
        if is_odd:
            self.odd |= dict.fromkeys(found["updates"], person.id)
        else:
            self._note(person, found["updates"])
        self.presses |= dict.fromkeys(found["updates"], found["query_id"])

    def _note(self, person: Person, updates: list[int]) -> None:
        self.updates |= dict.fromkeys(updates, person.id)

    def _messages(self, chat: int) -> list[Stored]:
        return list(self.telegram.world.messages[chat].values())


def _buttons(stored: Stored) -> list[str]:
    rows = stored.message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


_HABITS = {
    URGENT_WORDS: Crowd._urgent,
    STOP: Crowd._stops,
    "a button pressed twice": Crowd._twice,
    "an old screen's button": Crowd._old,
    "a forged button": Crowd._forged,
    "somebody else's button": Crowd._foreign,
    "one person floods": Crowd._floods,
    "a block told by an update": Crowd._blocks,
    "a block found out by sending": Crowd._blocks_unheard,
    "a chat that can't be written to": Crowd._vanishes,
    "forgotten while messages are on their way": Crowd._asks_to_be_forgotten,
    "presses and messages overtake each other": Crowd._overtakes,
    "an update nobody can read": Crowd._writes_what_nobody_can_read,
}
