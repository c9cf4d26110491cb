"""Where a session stands, from its answers alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot.engine.derive import Position, derive, row_of_days, usable_options
from bot.engine.guard import AtLeast, Equals, HasAny
from bot.engine.model import Ask, Book, Call, Choose, Do, Expire, Flow, Outcome, Transition
from bot.engine.session import Answer, Given, Session, Status
from bot.engine.value import Phrase, Value, Values
from bot.ids import SessionId
from tests.engine_books import (
    NOW,
    TIMES,
    TODAY,
    ask,
    book,
    computes,
    end,
    equals,
    flow,
    many,
    option,
    say,
    standing,
    to,
    wants,
)

FACTS: Mapping[str, Value] = {"first_name": "Ann", "contact.minor": False}


def session(answers: Mapping[str, Answer | str] | None = None, **more: object) -> Session:
    made = {
        key: Given(Answer(options=(each,)) if isinstance(each, str) else each, NOW, TODAY, order)
        for order, (key, each) in enumerate((answers or {}).items())
    }
    base = Session(SessionId("7-1"), "main", NOW, TODAY, NOW, answers=made, turn=len(made))
    return replace(base, **more)  # type: ignore[arg-type]


def stands(of: Book, answers: Mapping[str, Answer | str] | None = None, **more: object) -> Position:
    return derive(of, session(answers, **more), FACTS)


def test_it_stops_at_the_first_question_without_an_answer() -> None:
    made = book(flow("main", say("hello", "a"), ask("a", "b", "x", save="a"), ask("b", "done", "y"), end()))
    assert (stands(made).key, stands(made).status) == ("main.a", Status.WAITING)
    found = stands(made, {"main.a": "x"})
    assert (found.key, found.values["a"]) == ("main.b", "x")
    assert [passed.key for passed in found.passed] == ["main.hello", "main.a"]
    found = stands(made, {"main.a": "x", "main.b": "y"})
    assert (found.key, found.status, found.ask) == ("main.done", Status.COMPLETED, None)


@pytest.mark.parametrize("status", ["completed", "expired", "cancelled", "failed"])
def test_it_ends_as_the_end_says(status: str) -> None:
    found = stands(book(flow("main", end(status=status))))
    assert (found.status, found.reason) == (Status(status), "")


def test_options_lead_where_they_say_and_transitions_where_their_guards_hold() -> None:
    made = book(
        flow(
            "main",
            ask("a", to(Transition("b", equals("a", "x")), "c"), "x", "y", option("z", to="d"), save="a"),
            ask("b", "done", "q"),
            ask("c", "done", "q"),
            ask("d", "done", "q"),
            end(),
        )
    )
    assert [stands(made, {"main.a": each}).key for each in "xyz"] == ["main.b", "main.c", "main.d"]
    assert [stands(made, {"main.a": each}).passed[0].way for each in "xyz"] == ["x", "y", "z"]


def test_sets_are_joined_and_none_adds_nothing() -> None:
    made = book(
        flow(
            "main",
            many("a", "b", "x", "y", into="set"),
            many("b", "c", "x", "z", into="set"),
            many("c", "done", "x", into="set"),
            end(),
        )
    )
    found = stands(made, {"main.a": Answer(options=("x", "y")), "main.b": "z", "main.c": "none"})
    assert found.values["set"] == {"x", "y", "z"}
    assert [passed.way for passed in found.passed[:3]] == ["several", "z", "none"]


def test_a_choose_many_that_saves() -> None:
    made = book(flow("main", ask("a", "done", "x", "y", "none", choose=Choose.MANY, save="a"), end()))
    assert stands(made, {"main.a": Answer(options=("y", "x"))}).values["a"] == {"x", "y"}
    assert stands(made, {"main.a": "none"}).values["a"] == frozenset()


@pytest.mark.parametrize(
    ("choose", "answer", "value"),
    [
        (Choose.TEXT, Answer(text="words"), "words"),
        (Choose.NUMBER, Answer(number=3.5), 3.5),
        (Choose.NUMBER, Answer(number=0), 0),
        (Choose.DATE, Answer(on=date(2026, 12, 26)), date(2026, 12, 26)),
        (Choose.PHOTO, Answer(text="file"), "file"),
        (Choose.CONTACT, Answer(text="+441632960000"), "+441632960000"),
        (Choose.TEXT, Answer(options=("skip",)), "skip"),
    ],
)
def test_typed_answers_are_values(choose: Choose, answer: Answer, value: Value) -> None:
    made = book(flow("main", ask("a", "done", "skip", choose=choose, save="a"), end()))
    assert stands(made, {"main.a": answer}).values["a"] == value


def test_a_typed_date_picks_its_row_for_good() -> None:
    made = book(flow("main", ask("a", "done", "soon", "later", save="when", dates="times"), end()))
    found = stands(made, {"main.a": Answer(on=TODAY + timedelta(days=13))})
    assert (found.values["when"], found.values["when_on"]) == ("soon", TODAY + timedelta(days=13))
    assert stands(made, {"main.a": Answer(on=TODAY + timedelta(days=14))}).values["when"] == "later"
    no_row = replace(made, tables={"times": {"soon": TIMES["soon"]}})
    assert stands(no_row, {"main.a": Answer(on=TODAY + timedelta(days=14))}).key == "main.a"


@pytest.mark.parametrize(("days", "row"), [(-1, None), (0, "soon"), (13, "soon"), (14, "later"), (9999, "later")])
def test_the_row_of_a_distance(days: int, row: str | None) -> None:
    assert row_of_days(book(flow("main", end())), "times", days) == row


ONE = ask("q", "done", option("x", was=("old",)), "y")
MANY = ask("q", "done", "x", "y", choose=Choose.MANY)
BOUNDED = ask("q", "done", choose=Choose.NUMBER, at_least=1, at_most=9)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        (ONE, Answer(options=("x",)), True),
        (ONE, Answer(options=("old",)), True),
        (ONE, Answer(options=("gone",)), False),
        (ONE, Answer(options=("x", "y")), False),
        (ONE, Answer(on=TODAY), False),
        (replace(ONE, dates="times"), Answer(on=TODAY), True),
        (ONE, Answer(text="x"), False),
        (MANY, Answer(options=("x", "y")), True),
        (MANY, Answer(options=("x", "gone")), False),
        (MANY, Answer(), False),
        (BOUNDED, Answer(number=1), True),
        (BOUNDED, Answer(number=0.9), False),
        (BOUNDED, Answer(number=9.1), False),
        (BOUNDED, Answer(text="3"), False),
        (replace(ONE, choose=Choose.DATE), Answer(on=TODAY), True),
        (replace(ONE, choose=Choose.DATE), Answer(text="x"), False),
        (replace(ONE, choose=Choose.TEXT), Answer(text="x"), True),
        (replace(ONE, choose=Choose.TEXT), Answer(number=1), False),
        (ONE, Answer(expired=True), False),
        (replace(ONE, expire=Expire(timedelta(days=1), "done")), Answer(expired=True), True),
    ],
)
def test_an_answer_is_usable_or_set_aside(question: Ask, answer: Answer, expected: bool) -> None:
    assert (usable_options(question, answer) is not None) is expected


def test_answers_hold_when_states_and_options_are_renamed() -> None:
    renamed = ask("b", "c", option("new", was=("x",)), save="a", was=("a",))
    made = book(flow("main", renamed, ask("c", "done", "y"), end()))
    found = stands(made, {"main.a": "x"})
    assert (found.key, found.values["a"]) == ("main.c", "new")
    both = stands(made, {"main.a": "gone", "main.b": "new"})
    assert both.values["a"] == "new"


def test_an_expired_question_goes_where_it_says() -> None:
    made = book(
        flow(
            "main",
            ask("a", "b", "x", save="a", expire=Expire(timedelta(days=1), "late")),
            ask("b", "done", "y"),
            end("late", "expired"),
            end(),
        )
    )
    found = stands(made, {"main.a": Answer(expired=True)})
    assert (found.status, found.values.get("a"), found.passed[0].way) == (Status.EXPIRED, None, "expired")


def called(as_name: str | None) -> Book:
    return book(
        flow(
            "main",
            Call("go", "sub", to(Transition("yes", Equals("signs.q", frozenset({"x"}))), "no"), as_name),
            ask("yes", "done", "k"),
            ask("no", "done", "k"),
            end(),
        ),
        flow("sub", ask("q", "deep", "x", save="q"), Call("deep", "subsub", to("out"), "in"), end("out")),
        flow("subsub", ask("q", "out", "z", save="q"), end("out")),
    )


def test_calls_name_what_they_find() -> None:
    made = called("signs")
    assert stands(made).key == "main.go/sub.q"
    inner = stands(made, {"main.go/sub.q": "x"})
    assert (inner.key, inner.prefix, inner.flow) == (
        "main.go/sub.q".replace("sub.q", "sub.deep/subsub.q"),
        "signs.in.",
        "subsub",
    )
    assert inner.lookup("first_name") == "Ann"
    found = stands(made, {"main.go/sub.q": "x", "main.go/sub.deep/subsub.q": "z"})
    assert found.key == "main.yes"
    assert (found.values["signs.q"], found.values["signs.in.q"]) == ("x", "z")


def test_a_called_flow_sees_its_own_names_first() -> None:
    own = to(Transition("mine", equals("q", "x")), "out")
    sub = flow("sub", ask("q", own, "x", "y", save="q"), ask("mine", "out", "k"), end("out"))
    made = book(flow("main", ask("q", "go", "y", save="q"), Call("go", "sub", to("done"), "in"), end()), sub)
    assert stands(made, {"main.q": "y", "main.go/sub.q": "x"}).key == "main.go/sub.mine"
    assert stands(made, {"main.q": "y", "main.go/sub.q": "y"}).status is Status.COMPLETED


def test_a_call_without_a_name_sets_plainly() -> None:
    found = stands(called(None), {"main.go/sub.q": "x", "main.go/sub.deep/subsub.q": "z"})
    assert (found.key, found.values["q"], found.values["in.q"]) == ("main.no", "x", "z")


def test_flows_that_call_in_a_circle_fail() -> None:
    found = stands(book(flow("main", Call("go", "main", to("done")), end())))
    assert (found.status, found.reason) == (Status.FAILED, "flow:circle")


def test_a_loop_without_a_question_fails() -> None:
    found = stands(book(flow("main", say("a", "b"), say("b", "a"), end())))
    assert (found.status, found.reason, found.ask) == (Status.FAILED, "flow:loop", None)


def test_a_flow_that_is_gone_fails() -> None:
    found = stands(book(flow("main", end())), flow="gone")
    assert (found.status, found.reason, found.flow, found.prefix) == (Status.FAILED, "flow:gone", "gone", "")


def menu() -> Flow:
    return flow(
        "main",
        ask("menu", "done", option("read", to="text"), option("sub", to="more"), option("out", to="done")),
        say("text", "menu"),
        ask("more", "menu", "x"),
        end(),
    )


def test_a_menu_one_comes_back_to_is_open_again() -> None:
    found = stands(book(menu()), {"main.menu": "read"})
    assert (found.key, found.again, [passed.key for passed in found.passed]) == (
        "main.menu",
        True,
        ["main.menu", "main.text"],
    )
    assert stands(book(menu())).again is False
    found = stands(book(menu()), {"main.menu": "sub", "main.more": "x"})
    assert (found.key, found.again) == ("main.menu", True)


def test_a_question_opened_again_stops_the_walk() -> None:
    made = book(flow("main", ask("a", "b", "x", save="a"), ask("b", "done", "y"), end()))
    found = stands(made, {"main.a": "x", "main.b": "y"}, reopened="main.a")
    assert (found.key, found.again, found.values.get("a")) == ("main.a", False, None)


def test_actions_see_what_they_read_and_nothing_else() -> None:
    seen: list[Mapping[str, Value]] = []

    def run(values: Values) -> Outcome:
        seen.append(dict(values))
        return Outcome({"found": values.get("a")}, (standing("result", "r", outcome="x"),))

    made = book(
        flow(
            "main",
            ask("a", "b", "x", save="a"),
            ask("b", "act", "y", save="b"),
            Do("act", "look_up", to(Transition("q", equals("found", "x")), "done")),
            ask("q", "done", "z"),
            end(),
        ),
        more=(computes("look_up", ("a", "clinic.name", "missing"), ("found",), run),),
    )
    found = stands(made, {"main.a": "x", "main.b": "y"})
    assert seen == [{"a": "x", "clinic.name": "Clear Skin", "missing": None}]
    assert (found.key, found.wanted) == ("main.q", (standing("result", "r", outcome="x"),))


def test_equal_values_are_computed_once_where_they_can_be_compared() -> None:
    seen: list[Value] = []

    def run(values: Values) -> Outcome:
        seen.append(values["a"])
        return Outcome({"found": Phrase("p", "text", {"x": "y"})})

    acts = (
        computes("first", ("a",), ("found",), run),
        computes("second", ("found",), (), lambda _values: Outcome({})),
    )
    made = book(
        flow(
            "main",
            ask("a", "one", "x", save="a"),
            Do("one", "first", to("two")),
            Do("two", "second", to("b")),
            ask("b", "done", "y"),
            end(),
        ),
        more=acts,
    )
    assert [stands(made, {"main.a": "x"}).key for _ in range(2)] == ["main.b", "main.b"]
    assert seen == ["x"]


def test_an_action_that_runs_again_forgets_what_it_set() -> None:
    def run(values: Values) -> Outcome:
        return Outcome({"second": "set"} if values.get("b") else {"first": "set"})

    made = book(
        flow(
            "main",
            Do("act", "look_up", to(Transition("done", equals("second", "set")), "b")),
            ask("b", "act", "y", save="b"),
            end(),
        ),
        more=(computes("look_up", ("b",), ("first", "second"), run),),
    )
    assert stands(made).values["first"] == "set"
    assert stands(made, {"main.b": "y"}).values.get("first") is None


def test_guards_see_the_clinic_below_the_session() -> None:
    closed = to(Transition("shut", Equals("clinic.name", frozenset({"Clear Skin"}))), "done")
    made = book(flow("main", Do("gate", "look", closed), ask("shut", "done", "x"), end()))
    assert stands(made).key == "main.shut"
    assert stands(made, context={"clinic.name": "Other"}).status is Status.COMPLETED


def test_today_is_the_day_of_the_last_answer() -> None:
    made = book(flow("main", ask("a", "b", "x"), ask("b", "done", "y"), end()))
    later = Given(Answer(options=("x",)), NOW, TODAY + timedelta(days=3), 0)
    assert derive(made, replace(session(), answers={"main.a": later}), FACTS).values[
        "today_on"
    ] == TODAY + timedelta(days=3)
    assert stands(made).values["today_on"] == TODAY


def test_what_is_wanted_comes_in_the_order_of_the_walk() -> None:
    lead, fact = standing("lead", "l", kind="booking"), standing("fact", "minor")
    made = book(
        flow("main", Do("one", "w1", to("two")), Do("two", "w2", to("done")), end()),
        more=(wants("w1", lead), wants("w2", fact)),
    )
    assert stands(made).wanted == (lead, fact)


def test_sets_and_orders_decide_ways() -> None:
    ways = to(
        Transition("high", AtLeast("level", "mid", ("low", "mid", "top"))),
        Transition("set", HasAny("s", frozenset({"x"}))),
        "done",
    )
    made = book(
        flow(
            "main",
            many("s", "level", "x", "y", into="s"),
            ask("level", ways, "low", "mid", "top", save="level"),
            ask("high", "done", "k"),
            ask("set", "done", "k"),
            end(),
        )
    )
    assert stands(made, {"main.s": "y", "main.level": "top"}).key == "main.high"
    assert stands(made, {"main.s": "x", "main.level": "low"}).key == "main.set"
    assert stands(made, {"main.s": "y", "main.level": "low"}).status is Status.COMPLETED
