"""The pure core, beside python-statemachine in the same run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from importlib.metadata import version
from itertools import pairwise
from operator import or_
from types import new_class

from statemachine import State, StateMachine

from benchmarks.clinic import NOW, PRESSES, TYPED, Step, press, read_book, say, walk
from benchmarks.measure import Effort, Figure, figure, progress, time_beside, time_calls
from bot.engine.advance import advance
from bot.engine.draft import Draft
from bot.engine.model import Book
from bot.limits import TYPED_CHARACTERS


def measure_engine(effort: Effort) -> list[Figure]:
    """`advance` over a consultation, `derive` at depth, hearing, and another library's event."""
    book = read_book()
    progress("advance, beside python-statemachine")
    states = len(book.flows["consult"].states)
    machine = chain(states)
    pressed, _ = walk(book, PRESSES, press)
    typed, _ = walk(book, TYPED, say)
    loops = max(1, effort.loops // 10)
    sent, *advanced = time_beside(
        [
            (lambda: machine.send("answer"), effort.loops, 1),
            (lambda: _advance_all(book, pressed), loops, len(pressed)),
            (lambda: _advance_all(book, typed), loops, len(typed)),
        ],
        effort.repeats,
    )
    name = f"python-statemachine {version('python-statemachine')}: send"
    other = figure(name, "µs", sent, f"one event, {states} states, one guard")
    found = [other]
    for kind, steps, taken in (("presses", pressed, advanced[0]), ("typed answers", typed, advanced[1])):
        row = figure(f"advance: {kind}", "µs", taken, f"a turn; mean over a consultation of {len(steps)} turns")
        found.append(replace(row, beside=name, ratio=row.median / other.median))
    return [*found, *_derive(book, effort), *_hear(book, effort)]


def _advance_all(book: Book, steps: Sequence[Step]) -> None:
    for step in steps:
        advance(book, step.person, step.event, NOW)


def _derive(book: Book, effort: Effort) -> list[Figure]:
    progress("derive")
    steps, _ = walk(book, PRESSES, press)
    found = []
    for words, step in (("at the first question", steps[0]), ("at the booking", steps[-1])):
        draft = Draft(book, step.person, NOW)
        session = step.person.sessions[0]
        passed = len(draft.derive(session).passed)
        taken = time_calls(lambda d=draft, s=session: d.derive(s), effort.repeats, effort.loops)  # type: ignore[misc]
        found.append(
            figure(f"derive: {words}", "µs", taken, f"{len(session.answers)} answers, {passed} states passed")
        )
    return found


def _hear(book: Book, effort: Effort) -> list[Figure]:
    progress("hearing")
    text = (
        "hello there I was wondering whether it is possible to come on a Saturday morning because I work late all"
        " week and my sister says that you open early then"
    )
    assert len(text.split()) == 30
    assert book.hear_emergency(text) is None
    longest = ("if it can cause fever my lips swell, " * 120)[:TYPED_CHARACTERS]
    assert book.hear_emergency(longest) is not None
    taken = time_calls(lambda: book.hear_emergency(text), effort.repeats, effort.loops)
    worst = time_calls(lambda: book.hear_emergency(longest), effort.repeats, max(1, effort.loops // 20))
    return [
        figure("hearing", "µs", taken, "a harmless message of 30 words, held against the red list"),
        figure("a long message heard", "µs", worst, "4,096 characters, full of phrases that stay in doubt"),
    ]


def chain(count: int) -> StateMachine:
    """`count` states in a ring, each with one guarded transition: an answer leads to the next question."""
    states = [State(f"s{number}", initial=number == 0) for number in range(count)]
    first, *ways = [here.to(there, cond="is_answered") for here, there in pairwise([*states, states[0]])]
    answer = reduce(or_, ways, first)
    body = {f"s{number}": state for number, state in enumerate(states)}
    members = {**body, "answer": answer, "is_answered": lambda _: True}
    made: type[StateMachine] = new_class(
        "Chain", (StateMachine,), exec_body=lambda namespace: namespace.update(members)
    )
    return made()
