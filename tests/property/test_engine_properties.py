"""Random flows, and patients who do anything: what holds whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine.advance import advance
from bot.engine.derive import Position, derive
from bot.engine.draft import Draft
from bot.engine.effect import AnswerPress, ErasePerson, SendMessage, Turn
from bot.engine.event import (
    Blocked,
    ContactShared,
    Event,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    Started,
    TextEdited,
    TimerFired,
    Unblocked,
    Verb,
    button_data,
)
from bot.engine.guard import AllOf, Guard, HasAny, IsSet, Not
from bot.engine.model import (
    Ask,
    Book,
    Call,
    CampaignEntry,
    Choose,
    Do,
    Expire,
    Flow,
    Option,
    Remind,
    State,
    Transition,
)
from bot.engine.session import Answer, Given, Person, Session, Status
from bot.ids import SessionId
from bot.limits import BUTTON_DATA_BYTES
from bot.store.codec import dump, load
from tests.engine_books import NOW, Patient, ask, book, end, equals, flow, nobody, option, say, to, words

QUICK = settings(
    max_examples=120,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
OPTIONS = ("red", "blue", "green")
ACTIONS = ("look", "book", "agree", "ask_to_ring", "raise_alert", "note_minor")


@st.composite
def guards(draw: st.DrawFn, names: tuple[str, ...]) -> Guard:
    name = draw(st.sampled_from(names))
    either = frozenset(OPTIONS[:2])
    kinds: list[Guard] = [
        equals(name, *either),
        HasAny(name, either),
        IsSet(name, expected=True),
        equals("contact.minor", True),
    ]
    plain = draw(st.sampled_from(kinds))
    unset: Guard = AllOf((plain, IsSet("a", expected=False)))
    ways: list[Guard] = [plain, Not(plain), unset]
    return draw(st.sampled_from(ways))


@st.composite
def transitions(draw: st.DrawFn, targets: list[str]) -> tuple[Transition, ...]:
    last = Transition(draw(st.sampled_from(targets)))
    if draw(st.booleans()):
        return (Transition(draw(st.sampled_from(targets)), draw(guards(("a", "b", "set")))), last)
    return (last,)


@st.composite
def questions(draw: st.DrawFn, name: str, targets: list[str]) -> Ask:
    choose = draw(st.sampled_from(list(Choose)))
    made = [Option(each, words(each.capitalize())) for each in draw(st.sets(st.sampled_from(OPTIONS), min_size=1))]
    made.sort(key=lambda each: each.id)
    if choose is Choose.ONE:
        made = [replace(each, to=draw(st.sampled_from([None, *targets]))) for each in made]
    joins = choose is Choose.MANY and draw(st.booleans())
    if joins:
        made = [replace(each, adds="set") for each in made]
    if choose is Choose.MANY and draw(st.booleans()):
        made.append(option("none", "None of these", exclusive=True))
    more: dict[str, object] = (
        {"adds": frozenset({"set"})} if joins else {"save": draw(st.sampled_from(["a", "b", None]))}
    )
    if choose is Choose.ONE and draw(st.booleans()):
        more["dates"] = "times"
    if draw(st.booleans()):
        more["expire"] = Expire(timedelta(days=7), draw(st.sampled_from(targets)))
        more["remind"] = Remind(timedelta(hours=20), words("Shall we go on?"))
    return ask(name, draw(transitions(targets)), *made, choose=choose, **more)


@st.composite
def flows(draw: st.DrawFn, flow_id: str, calls: tuple[str, ...]) -> Flow:
    """Two to six states that lead on, or (menus) back; loops without a question are among them."""
    count = draw(st.integers(2, 6))
    names = [f"s{number}" for number in range(count)]
    states: list[State] = []
    for place, name in enumerate(names):
        ahead = [*names[place + 1 :], "done"]
        targets = ahead + names[: place + 1] if draw(st.integers(0, 3)) == 0 else ahead
        kind = draw(st.sampled_from(["ask", "ask", "ask", "say", "do", *(["call"] if calls else [])]))
        ways = draw(transitions(targets))
        if kind == "ask":
            states.append(draw(questions(name, targets)))
        elif kind == "say":
            states.append(replace(say(name, "done"), next=ways))
        elif kind == "do":
            states.append(Do(name, draw(st.sampled_from(ACTIONS)), ways))
        else:
            states.append(Call(name, draw(st.sampled_from(calls)), ways, draw(st.sampled_from([None, "in"]))))
    return flow(flow_id, *states, end("done"))


def _speaks(made: Flow) -> bool:
    """One that may end without a word can't promise an answer to whoever begins it."""
    return not isinstance(made.states[made.start], Do)


@st.composite
def books(draw: st.DrawFn) -> Book:
    sub = draw(flows("sub", ()).filter(_speaks))
    care = draw(flows("care", ("sub",)).filter(_speaks))
    main = draw(flows("main", ("sub",)).filter(_speaks))
    campaigns = {name: CampaignEntry(name, name, name) for name in ("main", "care")}
    return book(main, care, sub, campaigns=campaigns, in_place=draw(st.booleans()), languages=("en", "de"))


TEXTS = st.one_of(
    st.sampled_from(
        [
            "1",
            "2",
            "1 2",
            "red",
            "Blue please",
            "not red",
            "none",
            "done",
            "yes",
            "12/5",
            "in 5 weeks",
            "yesterday",
            "07700 900123",
            "help me",
            "I feel odd",
            "how much",
            "parking",
            "/back",
            "/answers",
            "/restart",
            "/help",
            "/human",
            "/language",
            "/stop",
            "/delete",
            "/export",
            "/wrong",
            "back",
            "",
            "/start",
            "/start care",
            "{x} **b** <i>",
            "\ud800",
            "x" * 5000,
        ]
    ),
    st.text(max_size=12),
)
BUTTONS = st.one_of(
    st.text(max_size=20),
    st.builds(
        lambda session, turn, verb, wanted: button_data(SessionId(session), turn, verb, wanted),
        st.sampled_from(["7-0", "7-1", "7-2", "7-3", "8-1", "7-01"]),
        st.integers(0, 6),
        st.sampled_from(list(Verb)),
        st.sampled_from([*OPTIONS, "none", "back", "person", "yes", "go_on", "restart", "a1", ""]),
    ),
)
KEYS = st.one_of(
    st.text(max_size=8),
    st.builds(
        "{}/{}/{}".format,
        st.sampled_from(["remind", "expire", "urgent"]),
        st.sampled_from(["7-1", "7-2", "8-1"]),
        st.integers(0, 5),
    ),
)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.builds(Said, TEXTS),
    st.builds(TextEdited, TEXTS),
    st.builds(Started, st.sampled_from([None, "main", "care", "unknown"])),
    st.builds(Pressed, BUTTONS, st.just("p"), st.sampled_from([(), ("red",), ("red", "blue"), ("gone",)])),
    st.builds(PhotoSent, st.just("f"), TEXTS),
    st.builds(ContactShared, st.sampled_from(["+441632960000", "x"]), st.booleans()),
    st.builds(OtherSent, st.just("sticker"), TEXTS),
    st.builds(TimerFired, KEYS),
    st.builds(Blocked),
    st.builds(Unblocked),
)
Step: TypeAlias = "Event | int"
"""An event, or a number that picks a button or a timer of those there are."""
STEPS: st.SearchStrategy[list[Step]] = st.lists(st.one_of(EVENTS, st.integers(0, 40)), max_size=14)


def events_of(patient: Patient, step: Step) -> Event:
    if not isinstance(step, int):
        return step
    shown = [
        button.data
        for turn in patient.turns[-4:]
        for effect in turn.effects
        if isinstance(effect, SendMessage)
        for row in effect.rows
        for button in row
        if button.data
    ]
    keys = [
        key.removeprefix("timer/")
        for each in patient.person.sessions
        for key in each.done
        if key.startswith("timer/")
    ]
    if keys and step % 7 == 6:
        return TimerFired(keys[step % len(keys)])
    return Pressed(shown[-1 - step % len(shown)], "p") if shown else Started()


def walk(made: Book, steps: list[Step], hold: Callable[[Patient, Person, Event, Turn], None]) -> None:
    """Take every step; after each, `hold` looks at what came of it."""
    patient = Patient(made).start()
    for step in steps:
        patient.wait(minutes=7)
        event, before = events_of(patient, step), patient.person
        patient.take(event)
        hold(patient, before, event, patient.turns[-1])
        if patient.of(ErasePerson):
            patient.person = nobody()
            patient.start()


def numbered(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    numbers = [effect.number for effect in turn.effects if isinstance(effect, SendMessage)]
    fresh = range(before.contact.messages + 1, turn.person.contact.messages + 1)
    assert len(set(numbers)) == len(numbers)
    assert set(numbers) <= set(fresh)
    shown = [effect for effect in turn.effects if isinstance(effect, SendMessage) and not effect.droppable]
    assert [effect.number for effect in shown] == sorted(effect.number for effect in shown)


def fits_telegram(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    for message in patient.sent():
        for button in (button for row in message.rows for button in row):
            assert button.label
            assert len((button.data or "").encode()) <= BUTTON_DATA_BYTES
        assert "\x01" not in message.html


def answered_once(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    expected = 1 if isinstance(event, Pressed) else 0
    assert sum(isinstance(effect, AnswerPress) for effect in turn.effects) == expected


def has_one_effect(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    """A press that moved on, pressed again at once, changes no answer."""
    if isinstance(event, Pressed) and not patient.of(ErasePerson):
        again = advance(patient.book, turn.person, event, patient.now)
        moved = turn.person.session(turn.person.front) != before.session(before.front)
        if moved and any(isinstance(effect, AnswerPress) and not effect.note for effect in turn.effects):
            assert kept(again.person) == kept(turn.person)


def kept(person: Person) -> list[object]:
    return [(each.id, each.answers, each.status) for each in person.sessions if not each.is_detour]


def never_silent(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    if isinstance(event, Said | PhotoSent | OtherSent | ContactShared | Started):
        assert any(isinstance(effect, SendMessage) for effect in turn.effects)


def can_be_answered(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    """Every waiting session has an open question, and its message; some text or button answers it."""
    for session in turn.person.sessions:
        if session.status is not Status.WAITING:
            continue
        position = stand(patient, session)
        assert position.ask is not None
        assert session.shown is not None
        assert session.at_key
        options = patient.book.flows[position.flow].states[position.ask.id]
        assert isinstance(options, Ask)
    assert turn.person.front is None or turn.person.session(turn.person.front) is not None


def stand(patient: Patient, session: Session) -> Position:
    facts = Draft(patient.book, patient.person, patient.now).facts()
    return derive(patient.book, session, facts)


def equals_a_fresh_run(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    """The same answers in the same context, given anew in the order of the walk, lead to the same place."""
    for session in turn.person.sessions:
        if session.status is not Status.WAITING or session.reopened is not None:
            continue
        position = stand(patient, session)
        fresh = Session(
            session.id,
            session.flow,
            session.started_at,
            session.started_on,
            session.started_at,
            context=dict(session.context),
        )
        answers: dict[str, Given] = {}
        for passed in position.passed:
            if passed.given is None:
                continue
            at = stand(patient, replace(fresh, answers=answers))
            assert at.key == passed.key
            answers = {**answers, passed.key: replace(passed.given, order=len(answers))}
        again = stand(patient, replace(fresh, answers=answers))
        assert (again.key, again.status, again.values, again.wanted) == (
            position.key,
            position.status,
            position.values,
            position.wanted,
        )


def survives_json(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
    loaded = load(Person, dump(turn.person))
    assert loaded == turn.person
    probe = Said("red")
    assert advance(patient.book, loaded, probe, patient.now) == advance(
        patient.book, turn.person, probe, patient.now
    )


@QUICK
@given(books(), STEPS)
def test_whatever_happens(made: Book, steps: list[Step]) -> None:
    def hold(patient: Patient, before: Person, event: Event, turn: Turn) -> None:
        for check in (
            numbered,
            fits_telegram,
            answered_once,
            never_silent,
            can_be_answered,
            equals_a_fresh_run,
            has_one_effect,
        ):
            check(patient, before, event, turn)

    walk(made, steps, hold)


@settings(QUICK, max_examples=40)
@given(books(), STEPS)
def test_a_person_survives_json(made: Book, steps: list[Step]) -> None:
    walk(made, steps, survives_json)


@settings(QUICK, max_examples=40)
@given(books(), books(), STEPS, STEPS)
def test_a_changed_flow_strands_nobody(made: Book, changed: Book, before: list[Step], after: list[Step]) -> None:
    patient = Patient(made).start()
    for step in before:
        patient.take(events_of(patient, step))
    patient.book = replace(changed, number=2)
    for step in after:
        patient.take(events_of(patient, step))
    patient.say("anything")
    assert patient.effects
    for session in patient.person.sessions:
        if session.id == patient.person.front and session.status is Status.WAITING:
            assert stand(patient, session).ask is not None


@settings(QUICK, max_examples=40)
@given(
    st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=3, unique=True), st.permutations(["s1", "s2", "s3"])
)
def test_the_order_of_edits_makes_no_difference(chosen: list[str], order: list[str]) -> None:
    """Changing answers one after another, in any order, ends where answering so at once does."""
    states = [ask(f"s{n}", to(f"s{n + 1}" if n < 3 else "done"), *OPTIONS, save=f"s{n}") for n in (1, 2, 3)]
    made = book(flow("main", *states[:2], replace(states[2], next=to("last")), ask("last", "done", "x"), end()))
    wanted = {f"s{n}": chosen[n % len(chosen)] for n in (1, 2, 3)}
    edited = Patient(made).start("poster").press("red").press("red").press("red")
    for name in order:
        edited.say("/answers").press(f"a{name[1]}").press(wanted[name])
    direct = Patient(made).start("poster")
    for name in ("s1", "s2", "s3"):
        direct.press(wanted[name])
    assert {key: value for key, value in stand(edited, edited.session).values.items() if key in wanted} == wanted
    assert stand(edited, edited.session).values == stand(direct, direct.session).values


@settings(QUICK, max_examples=40)
@given(st.lists(st.sampled_from(OPTIONS), min_size=3, max_size=3))
def test_back_undoes_an_answer(chosen: list[str]) -> None:
    states = [ask(f"s{n}", f"s{n + 1}", *OPTIONS, save=f"s{n}") for n in range(3)]
    patient = Patient(book(flow("main", *states, ask("s3", "done", "x"), end()))).start("poster")
    seen = []
    for each in chosen:
        seen.append((patient.at, dict(patient.answers())))
        patient.press(each)
    for at, answers in reversed(seen):
        patient.press("back")
        assert (patient.at, patient.answers()) == (at, answers)


def test_the_answers_instant_is_kept() -> None:
    patient = (
        Patient(book(flow("main", ask("q", "r", "x"), ask("r", "done", "y"), end())))
        .start("poster")
        .wait(days=2)
        .press("x")
    )
    expected = Given(Answer(options=("x",)), NOW + timedelta(days=2), date(2026, 11, 25), 0)
    assert patient.session.answers == {"main.q": expected}
