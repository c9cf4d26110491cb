"""Small books, made in Python, and a patient who talks to them: what the engine's tests are written with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Self

from bot.engine.advance import advance
from bot.engine.effect import AnswerPress, ButtonSpec, Effect, SendMessage, Turn
from bot.engine.event import (
    ContactShared,
    Event,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    Started,
    TimerFired,
    Verb,
    button_data,
)
from bot.engine.guard import Equals
from bot.engine.model import (
    Action,
    Ask,
    Book,
    Call,
    CampaignEntry,
    Choose,
    Do,
    Emergency,
    End,
    Expire,
    Flow,
    Option,
    Outcome,
    Question,
    Row,
    Say,
    Standing,
    State,
    Text,
    Transition,
)
from bot.engine.session import Contact, Person, Session
from bot.engine.value import Value, Values
from bot.ids import ContactId

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday, noon in London too
TODAY = NOW.date()


def words(*paragraphs: str, place: str = "test") -> Text:
    return Text(place, paragraphs)


def to(*ways: str | Transition) -> tuple[Transition, ...]:
    return tuple(Transition(way) if isinstance(way, str) else way for way in ways)


def option(option_id: str, label: str | None = None, **more: object) -> Option:
    return replace(Option(option_id, words(label or option_id.replace("_", " ").capitalize())), **more)  # type: ignore[arg-type]


def ask(
    state_id: str,
    then: str | tuple[Transition, ...],
    *options: Option | str,
    choose: Choose = Choose.ONE,
    **more: object,
) -> Ask:
    made = tuple(option(each) if isinstance(each, str) else each for each in options)
    ways = to(then) if isinstance(then, str) else then
    return replace(Ask(state_id, words(f"Question {state_id}?"), choose, ways, made), **more)  # type: ignore[arg-type]


def many(state_id: str, then: str, *options: Option | str, into: str, **more: object) -> Ask:
    """A choose-many whose options join the set `into`."""
    joined = [replace(option(each) if isinstance(each, str) else each, adds=into) for each in options]
    none = option("none", "None of these", exclusive=True)
    return ask(state_id, then, *joined, none, choose=Choose.MANY, adds=frozenset({into}), **more)


def say(state_id: str, then: str, text: str | None = None) -> Say:
    return Say(state_id, words(text or f"Said {state_id}."), to(then))


def end(state_id: str = "done", status: str = "completed") -> End:
    return End(state_id, status)


def flow(flow_id: str, *states: State) -> Flow:
    """Begins at the first of `states`."""
    return Flow(flow_id, flow_id, states[0].id, {state.id: state for state in states})


def standing(of: str, key: str, /, **content: object) -> Standing:
    return Standing(of, key, json.dumps(content, sort_keys=True))


def equals(name: str, *values: str | float | bool) -> Equals:
    return Equals(name, frozenset(values))


def wants(name: str, *wanted: Standing) -> Action:
    return Action(name, (), {}, frozenset(each.kind for each in wanted), lambda _values: Outcome({}, wanted))


def computes(name: str, reads: tuple[str, ...], sets: tuple[str, ...], run: Callable[[Values], Outcome]) -> Action:
    return Action(name, reads, dict.fromkeys(sets), frozenset({"result", "lead", "alert"}), run)


class Untranslated:
    """Leaves the source text, and picks plural forms as English does."""

    def translate(self, language: str, place: str, text: str) -> str:
        return text

    def translate_plural(self, language: str, place: str, forms: Mapping[str, str], count: int) -> str:
        return forms["one" if count == 1 else "other"]


def hears(text: str) -> Emergency | None:
    """`help me` is certain, `feel odd` is not."""
    if "help me" in text.casefold():
        return Emergency(("breathing",), "ambulance", certain=True)
    return Emergency(("odd",), "ambulance", certain=False) if "feel odd" in text.casefold() else None


def common() -> list[Flow]:
    """The global flows, as small as they can be."""
    again = Do("again", "start_again", to("done"))
    person = Call("person", "human", to("done"))
    return [
        flow("home", Call("open", "main", to("done")), end()),
        flow("start", ask("ask", "done", "go_on", option("restart", to="again")), again, end()),
        flow("back", say("nothing", "done", "There's nothing to take back."), end()),
        flow("answers", ask("ask", "done", "go_on", listed="my_answers"), end()),
        flow("restart", ask("ask", "done", option("yes", to="again"), "no"), again, end()),
        flow("help", say("text", "done", "Help text."), end()),
        flow(
            "human",
            ask("number", "ring", option("not_now", to="done"), choose=Choose.CONTACT, save="phone"),
            Do("ring", "ask_to_ring", to("thanks")),
            say("thanks", "done", "We ring {phone}."),
            end(),
        ),
        flow(
            "language",
            ask("ask", "set", "en", "de", save="new_language"),
            Do("set", "set_language", to("done")),
            end(),
        ),
        flow(
            "delete",
            ask("ask", "done", option("yes", to="erase"), "no"),
            Do("erase", "erase_me", to("done")),
            end(),
        ),
        flow("export", Do("send", "export_me", to("said")), say("said", "done"), end()),
        flow("stop", Do("stop", "stop_messages", to("said")), say("said", "done"), end()),
        flow("lost", ask("ask", "done", "go_on", option("person", to="person")), person, end()),
        flow(
            "after_end",
            ask("ask", "done", option("restart", to="again"), option("person", to="person")),
            again,
            person,
            end(),
        ),
        flow(
            "emergency",
            Do("gate", "look", to(Transition("sure", equals("emergency.certain", False)), "alert")),
            ask(
                "sure",
                "done",
                option("yes", to="alert"),
                option("no", to="calm"),
                expire=Expire(timedelta(minutes=10), "alert"),
            ),
            Do("alert", "raise_alert", to("now")),
            ask("now", "done", option("go_on"), option("person", to="person")),
            ask("calm", "done", option("go_on")),
            person,
            end(),
        ),
    ]


def actions() -> dict[str, Action]:
    def ring(values: Values) -> Outcome:
        content = standing("lead", "ring_me", kind="ring_me", notes=["A note"], phone=values.get("phone"))
        return Outcome({"lead.key": "ring_me"}, (content,))

    def alert(values: Values) -> Outcome:
        signs = str(values.get("emergency.signs") or "").split(",")
        return Outcome({}, (standing("alert", "red", level="red", reason="ambulance", signs=signs),))

    def language(values: Values) -> Outcome:
        return Outcome({}, (standing("fact", "language", language=values["new_language"]),))

    made = [
        wants("look"),
        wants("start_again", standing("fact", "restart")),
        wants("stop_messages", standing("fact", "stop")),
        wants("resume_messages", standing("fact", "resume")),
        wants("note_minor", standing("fact", "minor")),
        wants("agree", standing("consent", "consent", version="v1")),
        wants("erase_me", standing("erase", "erase", farewell="Gone.")),
        wants("forget_me", standing("erase", "erase", farewell="")),
        wants("export_me", standing("export", "export")),
        wants("book", standing("lead", "booking", kind="booking")),
        computes("ask_to_ring", ("phone",), ("lead.key",), ring),
        computes("raise_alert", ("emergency.signs",), (), alert),
        computes("set_language", ("new_language",), (), language),
    ]
    return {action.name: action for action in made}


def table(*rows: Row) -> dict[str, Row]:
    return {row.id: row for row in rows}


TIMES = table(
    Row("soon", "Within 2 weeks", "within 2 weeks", properties={"min_days": 0, "max_days": 13}),
    Row("later", "Later", "later", properties={"min_days": 14, "max_days": None}),
)


def book(*flows: Flow, more: tuple[Action, ...] = (), **fields: object) -> Book:
    """A book with the common flows beside `flows`, of which `main` is what home calls."""
    every = {each.id: each for each in [*common(), *flows]}
    clinic: dict[str, Value] = {
        "clinic.name": "Clear Skin",
        "clinic.phone": "020 7946 0000",
        "clinic.staffed": True,
    }
    made = Book(
        flows=every,
        tables={"times": TIMES},
        actions={**actions(), **{action.name: action for action in more}},
        clinic=clinic,
        moment=lambda _now: {"clinic.open_now": "yes"},
        hear_emergency=hears,
        translator=Untranslated(),
        questions=(
            Question("price", ("how much", "price"), words("Ask us for prices.")),
            Question("parking", ("parking",), None),
        ),
        campaigns={"poster": CampaignEntry("poster", "poster", "main")},
        time_zone="Europe/London",
        number=1,
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def nobody(contact: int = 7) -> Person:
    return Person(Contact(ContactId(contact), 4711, NOW, first_name="Ann"))


class Patient:
    """Talks to a book and remembers what came back. Times move only by `wait`."""

    def __init__(self, of: Book, person: Person | None = None) -> None:
        self.book = of
        self.person = person or nobody()
        self.now = NOW
        self.effects: tuple[Effect, ...] = ()
        self.turns: list[Turn] = []

    def take(self, event: Event) -> Self:
        turn = advance(self.book, self.person, event, self.now)
        self.person = turn.person
        self.effects = turn.effects
        self.turns.append(turn)
        return self

    def start(self, payload: str | None = None) -> Self:
        return self.take(Started(payload))

    def say(self, text: str) -> Self:
        return self.take(Said(text))

    def wait(self, **duration: float) -> Self:
        self.now += timedelta(**duration)
        return self

    def press(self, button_id: str) -> Self:
        """Press a button of the question in front, as it is shown now."""
        return self.take(Pressed(self.data(button_id), "press"))

    def press_data(self, data: str, *options: str) -> Self:
        return self.take(Pressed(data, "press", options))

    def choose(self, *options: str) -> Self:
        """Exactly these, as the terminal chooses."""
        session = self.session
        return self.take(Pressed(button_data(session.id, session.turn, Verb.CHOSE, ""), "press", options))

    def photo(self, file_id: str = "file") -> Self:
        return self.take(PhotoSent(file_id))

    def sticker(self) -> Self:
        return self.take(OtherSent("sticker"))

    def contact(self, phone: str, *, own: bool = True) -> Self:
        return self.take(ContactShared(phone, own))

    def fire(self, key: str, late: float = 0.0) -> Self:
        return self.take(TimerFired(key, late))

    @property
    def session(self) -> Session:
        session = self.person.session(self.person.front)
        assert session is not None, "nothing is in front"
        return session

    def sent(self) -> list[SendMessage]:
        return [effect for effect in self.effects if isinstance(effect, SendMessage)]

    def texts(self) -> list[str]:
        """What the last event said, marks on answered questions apart."""
        return [message.html for message in self.sent() if not message.droppable]

    @property
    def question(self) -> SendMessage:
        """The last question that was shown."""
        for turn in reversed(self.turns):
            for effect in reversed(turn.effects):
                if isinstance(effect, SendMessage) and effect.is_question:
                    return effect
        raise AssertionError("no question was shown")

    @property
    def at(self) -> str:
        """The flow and state of the question in front."""
        return self.session.at_key

    def buttons(self) -> dict[str, ButtonSpec]:
        return {button.id: button for row in self.question.rows for button in row}

    def data(self, button_id: str) -> str:
        data = self.buttons()[button_id].data
        assert data is not None
        return data

    @property
    def note(self) -> str:
        """The short note on the last press; it fails unless there was exactly one answer to it."""
        (pressed,) = [effect for effect in self.effects if isinstance(effect, AnswerPress)]
        return pressed.note

    def of(self, kind: type[Effect]) -> list[Effect]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    def answers(self) -> dict[str, tuple[str, ...]]:
        return {key: given.answer.options for key, given in self.session.answers.items()}
