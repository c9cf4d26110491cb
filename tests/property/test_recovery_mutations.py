"""Every edge of the check-in that leads to, or from, something serious: bent to something milder, it shows.

What must come of each case is written out by hand. A sample of the bent flows is tried; MUTANTS=all tries each.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from bot.engine.advance import open_flow
from bot.engine.model import Ask, Book, Call, Do, End, Flow, Say, State
from tests.recovery_patient import Healing, committed_book

SAMPLE = 24
SERIOUS = frozenset(
    {
        "silence", "left", "weigh", "redness", "swelling", "pain", "clarify",
        "clarify_growing", "something_else", "tell", "level", "red_words", "today_words", "soon_words",
        "ambulance", "skin_colour", "cant",
        "today_closed", "today_rings", "today_ring", "soon", "soon_ring", "urgent",
        "urgent_signs", "urgent_weigh", "urgent_level", "urgent_after",
        "still_red_gate", "still_red", "still_red_ring", "last_weigh", "last_level",
        "still_today_gate", "still_today", "still_today_ring", "still_today_closed",
    }
)  # fmt: skip
MILD = ("done", "usual_words")
"""Where a bent edge leads: an end without a word, or what is usual."""
SAME = frozenset({("done", "done"), ("pause", "done"), ("usual_words", "usual_words")})
"""One end of the flow is as good as the other."""
TODAY = ("better", "like_today", ("pus_or_crust",))
DETAILS = ("fading", "none", "none")
MORE = ("better", "more_than_this", ("none",))
CALM = (*MORE, "none", "none", "none")
GROWING = (*MORE, "spreading_slowly", "none", "mild")
SOON_SAID, TODAY_SAID = "within one working day", "should look at this <b>today</b>"
CLOSED_SAID, RING_SAID = "the clinic can't just now", "Please ring them yourself"
STANDS_SAID = "<b>That stands:</b>"
AMBULANCE, COLOUR = "<b>Ring 999 now.</b>", "Ring the clinic's emergency line now"
USUAL_SAID, REPORT_SAID = "What you tell me is what is usual", "<b>Ring 999 at once</b>"
ELSE_SAID = "Is there anything else they should know"
LIST = "Is it one of these?"
NEEDLED: dict[str, Any] = {"treatment": "microneedling", "hour": 19}
"""A day with no other check-in near, and none that is essential."""


@dataclass(frozen=True)
class Case:
    """Presses (a tuple chooses several, a number waits so many hours), and what must come of them.

    `said` are words of which every one must be read; `alerts` the levels of the alerts that are open at the end;
    `asked` the question that is.
    """

    steps: tuple[str | tuple[str, ...] | int, ...]
    alerts: tuple[str, ...]
    said: tuple[str, ...] = ()
    hour: int = 14
    treatment: str = "mesotherapy"
    is_staffed: bool = True
    has_phone: bool = True
    unanswered: int = 0
    kind: str = ""
    levels: str | None = None
    asked: str | None = None


def _cases() -> Iterator[Case]:
    # Each level, with the words that belong to it
    yield Case((*TODAY, *DETAILS), ("amber_today",), (TODAY_SAID, "If nobody has rung you by"))
    yield Case((*TODAY, *DETAILS), ("amber_today",), (CLOSED_SAID,), hour=20)
    yield Case((*TODAY, *DETAILS), ("amber_today",), (RING_SAID,), has_phone=False)
    yield Case(
        ("better", "like_today", ("spots",), *DETAILS), ("amber_soon",), (SOON_SAID, "the next working day")
    )
    yield Case(
        ("better", "like_today", ("spots",), *DETAILS), ("amber_soon",), ("Please ring them",), is_staffed=False
    )
    yield Case(("worse", "like_today", ("none",), *DETAILS), ("amber_soon",), (SOON_SAID,))
    for signs in (("breathing",), ("fever", "hot_skin"), ("sight_change", "worried")):
        yield Case(("better", "like_today", signs), ("red",), (AMBULANCE,))
    yield Case(("better", "like_today", ("white_or_net_skin",)), ("red",), (COLOUR,))
    yield Case((*MORE, "spreading_fast"), ("red",), (AMBULANCE,))
    yield Case((*MORE, "same", "same", "severe"), ("red",), (AMBULANCE,))
    fever = ("better", "like_today", ("fever",))
    yield Case((*fever, "spreading_slowly"), ("red",), (AMBULANCE,))
    yield Case((*fever, "none", "rising"), ("red",), (AMBULANCE,))
    yield Case(("better", "like_today", ("breathing", "urgent")), ("red",), (AMBULANCE,))
    yield Case(("better", "like_today", ("breathing", "something_else")), ("red",), (AMBULANCE,))
    # Fine answers while something red is open
    again = ("go_on", "say:is this normal?", "better", "like_today", ("none",))
    red_before = ("better", "like_today", ("breathing",), *again)
    yield Case(red_before, ("red",), ("the clinic's team still has it", ELSE_SAID), **NEEDLED)
    yield Case(red_before, ("red",), ("What you told me before stands", ELSE_SAID), is_staffed=False, **NEEDLED)
    yield Case((*MORE, "same", "same", "strong"), ("amber_today",), (TODAY_SAID,))
    yield Case(("better", "like_today", ("breathing",), "cant"), ("red",), ("Ask the nearest person",))
    yield Case(("better", "like_today", ("white_or_net_skin",), "cant"), ("red",), ("Ask the nearest person",))
    yield Case(("better", "like_today", ("none",)), (), (USUAL_SAID,))
    yield Case((*TODAY, *DETAILS), ("amber_today",), (REPORT_SAID,), levels="report_only")
    for steps in (TODAY + DETAILS, ("better", "like_today", ("spots",), *DETAILS)):
        yield Case(steps, ("amber_today" if steps[2] == TODAY[2] else "amber_soon",), (ELSE_SAID,))
    yield Case((*TODAY, *DETAILS), ("amber_today",), (CLOSED_SAID, ELSE_SAID), hour=20)
    yield Case((*TODAY, *DETAILS), ("amber_today",), (RING_SAID, ELSE_SAID), has_phone=False)
    soon = ("better", "like_today", ("spots",), *DETAILS)
    yield Case(soon, ("amber_soon",), ("Please ring them", "I'm here whenever you write"), is_staffed=False)
    for red in (("breathing",), ("white_or_net_skin",)):
        yield Case(("better", "like_today", red, 25), ("red",), **NEEDLED)
        yield Case(("better", "like_today", red, "cant", 25), ("red",), **NEEDLED)
    # Weeks later, and the last question
    for lump in ("new_lump", "leaking_lump"):
        yield Case((lump,), ("amber_today",), (CLOSED_SAID,), kind="one_tap_lump", **NEEDLED)
    yield Case(("none",), (), (USUAL_SAID,), kind="one_tap_lump", **NEEDLED)
    yield Case(("urgent", "yes", "go_on"), ("red",), (LIST,), kind="one_tap_lump", **NEEDLED)
    # The evening's own question takes its place
    yield Case((6,), (), unanswered=1, kind="one_tap_lump", hour=14, treatment="microneedling")
    yield Case(("urgent", "yes", "go_on"), ("red",), (LIST,), kind="last_call", **NEEDLED)
    # What is open for today stands, whatever milder comes after it
    calm: tuple[Any, ...] = ("enough", "say:is this normal?", "better", "like_today", ("none",))
    milder: tuple[Any, ...] = (*calm[:-1], ("spots",), *DETAILS)
    for later, own in ((calm, ()), (milder, ("amber_soon",))):
        yield Case(
            (*TODAY, *DETAILS, *later), ("amber_today", *own), (STANDS_SAID, "time I gave you"), asked="more"
        )
        ring = ("<b>What you told me before stands</b>",)
        yield Case((*TODAY, *DETAILS, *later), ("amber_today", *own), ring, has_phone=False, asked="more")
        closed = (STANDS_SAID, "if nobody has spoken to you yet")
        yield Case((*TODAY, *DETAILS, *later), ("amber_today", *own), closed, hour=20, asked="more")
    # Unclear
    yield Case((*CALM, "more_than_this"), ("amber_today",), ("Which is nearer", TODAY_SAID))
    yield Case((*CALM, "like_today"), (), ("Which is nearer", USUAL_SAID))
    yield Case((*GROWING, "more_than_this"), ("amber_today",), ("yet something spreads", TODAY_SAID))
    yield Case((*GROWING, "like_today"), ("amber_soon",), ("yet something spreads", SOON_SAID))
    told = ("better", "like_today", ("something_else",))
    yield Case((*told, "say:a metal taste"), ("amber_today",), ("in your own words", TODAY_SAID))
    # Left in the middle: what was said counts; where nothing was, it is silence
    yield Case((21,), (), unanswered=1, **NEEDLED)
    yield Case(("better", 21), (), unanswered=1, **NEEDLED)
    yield Case(("worse", 21), ("amber_soon",), (SOON_SAID,), **NEEDLED)
    yield Case(("better", "more_than_this", 21), ("amber_soon",), (SOON_SAID,), **NEEDLED)
    yield Case(("worse", "like_today", ("none",), 21), ("amber_soon",), **NEEDLED)
    yield Case((*TODAY, 21), ("amber_today",), (CLOSED_SAID,), **NEEDLED)
    yield Case((*MORE, "spreading_slowly", 21), ("amber_soon",), (SOON_SAID,), **NEEDLED)
    yield Case(("worse", "like_today", ("none",), "same", 21), ("amber_soon",), (SOON_SAID,), **NEEDLED)
    yield Case(("worse", "like_today", ("none",), "same", "same", 21), ("amber_soon",), (SOON_SAID,), **NEEDLED)
    yield Case((*CALM, 21), ("amber_today",), (CLOSED_SAID,), **NEEDLED)
    yield Case((*GROWING, 21), ("amber_today",), (CLOSED_SAID,), **NEEDLED)
    yield Case((*told, 21), ("amber_soon",), (SOON_SAID,), **NEEDLED)
    # What was typed and not understood counts too
    unread = "say:my nose makes bubbles"
    yield Case((unread, 21), ("amber_today",), **NEEDLED)
    yield Case((unread, 21), ("amber_today",), kind="one_tap_lump", **NEEDLED)
    yield Case((unread, "all_well"), ("amber_soon",), (SOON_SAID, ELSE_SAID), kind="last_call", **NEEDLED)
    yield Case((unread, "stop"), ("amber_soon",), ("Done: I won't",), kind="last_call", **NEEDLED)
    yield Case((unread, "person"), ("amber_soon",), kind="last_call", **NEEDLED)
    yield Case((unread, "urgent", "no", "go_on"), ("amber_soon", "amber_today"), kind="last_call", **NEEDLED)
    yield Case((unread, 25), ("amber_today",), kind="last_call", **NEEDLED)
    yield Case(("all_well",), (), ("I'm glad",), kind="last_call", **NEEDLED)
    # "This feels urgent", at every question
    fronts: tuple[tuple[str | tuple[str, ...] | int, ...], ...] = (
        (), ("better",), told, MORE, (*MORE, "same"), (*MORE, "same", "same"), CALM, GROWING,
    )  # fmt: skip
    for front in fronts:
        own = ("amber_soon",) if MORE[1] in front or front == told else ()
        own = ("amber_today",) if front in (CALM, GROWING) else own
        yield Case((*front, "urgent", "yes", "go_on"), ("red", *own), (LIST,))
    yield Case(
        ("better", "like_today", ("pus_or_crust", "urgent"), "no", "go_on"),
        ("amber_today", "amber_today"),
        (LIST,),
    )
    yield Case((*TODAY, *DETAILS, "urgent", "yes", "go_on"), ("amber_today", "red"), (LIST,))


CASES = tuple(_cases())


@cache
def committed_walks() -> Mapping[Case, tuple[bool, frozenset[str]]]:
    """What comes of each case in the committed flow."""
    return {case: _walked(committed_book(), case) for case in CASES}


def missed(book: Book, bent_at: str) -> Case | None:
    """The first case of which something else comes than must, of those first that come through the bent state."""
    walks = committed_walks()
    for case in sorted(CASES, key=lambda case: bent_at not in walks[case][1]):
        try:
            if not _walked(book, case)[0]:
                return case
        except (AssertionError, KeyError, IndexError, StopIteration):
            return case
    return None


def _walked(book: Book, case: Case) -> tuple[bool, frozenset[str]]:
    """Whether what must come has come, and the states of the check-in that were passed."""
    actions = book.actions if case.levels is None else committed_book(case.levels).actions
    of = replace(book, clinic={**book.clinic, "clinic.staffed": case.is_staffed}, actions=actions)
    patient = Healing(case.treatment, of, phone="07700 900123" if case.has_phone else None)
    patient.on_day(0, case.hour)
    if case.kind:
        opened = open_flow(of, patient.person, "recovery", patient.now, {"visit.kind": case.kind})
        patient.person = opened.person
        patient.turns.append(opened)
    elif patient.asked != "overall":
        patient.say("is this normal?")
    before = len(patient.turns)
    for step in case.steps:
        if isinstance(step, int):
            patient.until(patient.now + timedelta(hours=step))
        elif isinstance(step, tuple):
            patient.choose(*step)
        elif step.startswith("say:"):
            patient.say(step.removeprefix("say:"))
        else:
            patient.press(step)
    read = " ".join(text for turn in patient.turns[before:] for text in patient.texts_of(turn))
    alerts = sorted(alert.level for alert in patient.open_alerts())
    is_open = case.asked in {None, patient.asked}
    is_told = is_open and (alerts, patient.visit.unanswered) == (sorted(case.alerts), case.unanswered)
    is_soothed = USUAL_SAID in read and USUAL_SAID not in case.said
    states = {state.removeprefix("recovery.") for turn in patient.turns for state, _ in turn.trace}
    return is_told and not is_soothed and all(words in read for words in case.said), frozenset(states)


def edges(flow: Flow) -> Iterator[tuple[str, str, int | str, str]]:
    """State, kind of edge, and which: every edge that leads from or to something serious."""
    for state in flow.states.values():
        for kind, which, target in _out(state):
            is_to_end = isinstance(flow.states[target], End)
            if target in SERIOUS or (
                state.id in SERIOUS and kind != "option" and not (is_to_end and kind == "drop")
            ):
                yield state.id, kind, which, target


def _out(state: State) -> Iterator[tuple[str, int | str, str]]:
    if isinstance(state, End):
        return
    for number, way in enumerate(state.next):
        yield "next", number, way.to
        if way.when is not None:
            yield "drop", number, way.to
    if isinstance(state, Ask):
        for option in state.options:
            if option.to is not None:
                yield "option", option.id, option.to
        if state.expire is not None:
            yield "expire", "", state.expire.to


def bent(book: Book, at: str, kind: str, which: int | str, to: str) -> Book:
    """The book with one edge of the recovery leading elsewhere (`drop`: a condition gone)."""
    flow = book.flows["recovery"]
    state = flow.states[at]
    assert isinstance(state, Ask | Say | Do | Call)
    ways = list(state.next)
    changed: State
    if kind == "next":
        ways[int(which)] = replace(ways[int(which)], to=to)
        changed = replace(state, next=tuple(ways))
    elif kind == "drop":
        del ways[int(which)]
        changed = replace(state, next=tuple(ways))
    else:
        assert isinstance(state, Ask)
        if kind == "option":
            options = tuple(replace(o, to=to) if o.id == which else o for o in state.options)
            changed = replace(state, options=options)
        else:
            assert state.expire is not None
            changed = replace(state, expire=replace(state.expire, to=to))
    states = {**flow.states, at: changed}
    return replace(book, flows={**book.flows, "recovery": replace(flow, states=states)})


def mutants() -> list[tuple[str, str, int | str, str]]:
    found = []
    for at, kind, which, target in edges(committed_book().flows["recovery"]):
        for to in MILD if kind != "drop" else ("",):
            if (target, to) not in SAME:
                found.append((at, kind, which, to))
    return found


def test_the_committed_flow_holds_every_case() -> None:
    assert [case for case, (is_right, _) in committed_walks().items() if not is_right] == []


def _tried() -> list[tuple[str, str, int | str, str]]:
    every = mutants()
    return every if os.environ.get("MUTANTS") == "all" else random.Random(7).sample(every, SAMPLE)


@pytest.mark.parametrize("mutant", _tried(), ids=lambda m: f"{m[0]}.{m[1]}.{m[2]}→{m[3]}")
def test_an_edge_that_is_bent_is_noticed(mutant: tuple[str, str, int | str, str]) -> None:
    assert missed(bent(committed_book(), *mutant), mutant[0]) is not None
