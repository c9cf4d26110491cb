"""A simulated patient: answers in a way of their own, and remembers what they answered."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.fake_bot_api.client import FakePerson, Shown

STEP_SECONDS = 120.0
TYPED_WEEKS = 5
IN_WEEKS: Final = f"in {TYPED_WEEKS} weeks"
NONSENSE = "qwfpgj zxcvb"
DATA = re.compile(r"(?P<session>[0-9]+-[0-9]+):(?P<turn>[0-9]+)(?P<verb>[=+*!-])(?P<option>.*)")

# What tells the questions apart, and the choices that a patient may make there (none: any of those shown).
QUESTIONS: Final = {
    "welcome": "Are you 18 or over?",
    "consent": "Before we begin",
    "aims": "What would you like to improve?",
    "else_aims": "What else is it?",
    "when": "Is there a date",
    "face": "Three quick checks",
    "about_you": "And about you",
    "earlier": "Last one. Have you had",
    "closer": "Which comes closest?",
    "card": "A practitioner decides with you.",
    "refer": "This one needs eyes",
}
ENDS: Final = ("Your code is", "First of all, that mark.", "Thank you for telling me that it weighs on you.")
TYPED = frozenset({"welcome", "consent", "aims", "when", "face", "about_you", "earlier"})


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered: options, or the typed date."""

    options: frozenset[str] = frozenset()
    is_date: bool = False


@dataclass(slots=True)
class Diary:
    """What a patient did, in their own memory."""

    answers: dict[str, Given] = field(default_factory=dict)
    turns: int = 0
    marks: int = 0
    nonsense: int = 0
    backs: int = 0
    doubles: int = 0
    typed: int = 0
    sessions: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Question:
    """A question on screen: its buttons by option."""

    state: str
    session: str
    turn: int
    message: Shown
    buttons: dict[str, tuple[str, str]]  # option id, "done" or "back" → label, data
    many: frozenset[str]


def read_question(message: Shown) -> Question | None:
    """The open question that a message shows, or None."""
    buttons: dict[str, tuple[str, str]] = {}
    many: set[str] = set()
    session, turn = "", -1
    for button in message.buttons:
        found = DATA.fullmatch(button.data or "")
        if found is None:
            continue
        session, turn = found["session"], int(found["turn"])
        option = {"!": "done", "*": found["option"]}.get(found["verb"], found["option"])
        buttons[option] = (button.text, found[0])
        if found["verb"] in "+-":
            many.add(option)
    state = next((name for name, words in QUESTIONS.items() if words in message.text), "")
    return Question(state, session, turn, message, buttons, frozenset(many)) if buttons else None


class ChaosPatient:
    """Goes from Start to the booking code or to a referral.

    Args:
        person: Whose phone it is.
        rng: Their own chance.
        acted: Told of everything they do, when they do it.
    """

    def __init__(self, person: FakePerson, rng: random.Random, acted: Callable[[], None]) -> None:
        self.person = person
        self.diary = Diary()
        self.end = ""
        self._rng = rng
        self._acted = acted
        self._turn = -1
        self._tried: Counter[str] = Counter()

    async def run(self) -> None:
        """The whole way.

        Raises:
            TimeoutError: Nothing came any more; with the chat as it was last.
        """
        self.person.start("poster" if self._rng.random() < 0.3 else None)
        self._acted()
        while True:
            message = await self.person.wait_for(self._next, STEP_SECONDS)
            assert message is not None
            self.end = next((words for words in ENDS if words in message.text), "")
            if self.end:
                return
            question = read_question(message)
            assert question is not None
            self._turn = question.turn
            self.diary.sessions.add(question.session)
            await asyncio.sleep(self._rng.random() * 0.2)
            self._act(question)

    def _next(self, chat: list[Shown]) -> Shown | None:
        """The newest question that has not been answered yet. A repeated message is no new question."""
        for message in reversed(chat):
            question = read_question(message) if message.by_bot else None
            if question is not None:
                return message if question.turn > self._turn else None
        return None

    def _act(self, question: Question) -> None:
        assert question.state, question.message.text
        self._tried[question.state] += 1
        chance = self._rng.random()
        if chance < 0.06 and question.state in TYPED:
            self.person.say(NONSENSE)
            self._acted()
            self.diary.nonsense += 1
        if chance > 0.9 and "back" in question.buttons and self.diary.backs < 3 and self.diary.answers:
            self._press(question, "back")
            self.diary.backs += 1
            self.diary.turns += 1
            self.diary.answers.popitem()
            return
        given = self._choose(question)
        self.diary.answers[question.state] = given
        self.diary.turns += 1
        self._answer(question, given)

    def _choose(self, question: Question) -> Given:
        rng, shown = self._rng, question.buttons
        fixed = {"welcome": "adult", "consent": "agree", "card": "book", "refer": "book"}
        if question.state in fixed:
            return Given(frozenset({fixed[question.state]}))
        if question.state == "when":
            options = [option for option in shown if option != "back"]
            return Given(is_date=True) if rng.random() < 0.3 else Given(frozenset({rng.choice(options)}))
        marks = sorted(question.many)
        if question.state == "aims":
            aims = [mark for mark in marks if mark != "something_else"]
            chosen = set(rng.sample(aims, rng.randint(1, 3)))
            return Given(frozenset(chosen | ({"something_else"} if rng.random() < 0.15 else set())))
        if "none" in shown and rng.random() < 0.75:
            return Given(frozenset({"none"}))
        if "not_sure" in shown and rng.random() < 0.2:
            return Given(frozenset({"not_sure"}))
        return Given(frozenset(rng.sample(marks, rng.randint(1, min(2, len(marks))))))

    def _answer(self, question: Question, given: Given) -> None:
        """By buttons, or typed where that is one word of the screen."""
        if given.is_date:
            self._type(IN_WEEKS)
            return
        options = sorted(given.options)
        is_plain = question.state in {"welcome", "consent", "aims", "when"} or options == ["none"]
        if len(options) == 1 and is_plain and question.state in TYPED and self._rng.random() < 0.3:
            self._type(question.buttons[options[0]][0].removeprefix("✓ "))
            return
        for option in options:
            is_mark = option in question.many
            self._press(question, option)
            self.diary.marks += is_mark
        if question.many and question.many >= given.options:
            self._press(question, "done")

    def _type(self, text: str) -> None:
        self.person.say(text)
        self._acted()
        self.diary.typed += 1

    def _press(self, question: Question, option: str) -> None:
        """Once, or twice as with a nervous finger."""
        data = question.buttons[option][1]
        self.person.forge(data, question.message.id)
        self._acted()
        if self._rng.random() < 0.15:
            self.person.forge(data, question.message.id)
            self._acted()
            self.diary.doubles += 1
