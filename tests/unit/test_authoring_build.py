"""From a file to the engine's flows: options, guards, texts, tables, the clinic's names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.actions.registry import make_actions
from bot.authoring.book import read_book
from bot.authoring.build import duration
from bot.authoring.diagram import mermaid
from bot.authoring.render import render_objects
from bot.authoring.tables import hours_in_words
from bot.clinic.rows import Location
from bot.engine.guard import AllOf, AnyOf, AtLeast, Equals, HasAny, IsSet, Not
from bot.engine.model import Ask, Book, Call, Choose, Plural, Say
from bot.engine.value import Phrase

ROOT = Path(__file__).parent.parent.parent
FLOW = """\
flow: visit
title: A visit
start: now
states:
  now:
    ask: [First., {one: one, other: many, by: clinic.keep_days}]
    short: Now
    choose: many
    columns: 2
    options:
      - {from: concerns, where: {screen: face}, add: concerns}
      - {from: precautions, where: {screen: face}, add: precautions}
      - {id: other, label: Other, also: [another], was: [misc]}
    none: None
    not_sure: Not sure
    remind: {after: 20h, say: Still there?}
    expire: {after: 2w, to: gone}
    was: [before]
    next:
      - when: {precautions: {has_any: [{mesotherapy: [stop]}, cold_sore_now]}, not: {contact.minor: true}}
        to: ring
      - {when: {any_of: [{concerns: {has_any: {points_to: mesotherapy}}}, {first_name: {is: set}}]}, to: when}
      - {to: when}
  when:
    ask: When?
    options: {from: timelines}
    dates: {from: timelines}
    save: when
    next:
      - {when: {when: {at_least: months_1_to_3}}, to: much}
      - {to: much}
  much:
    ask: How much?
    choose: number
    at_least: 1
    at_most: 10
    save: much
    next: ring
  ring: {call: human, as: rung, next: bye}
  bye:
    say: {from: clinic.open_line}
    links: [{label: Book, url: clinic.booking_link}, {label: More, url: "https://clinic.example/more"}]
    next: done
  gone: {end: expired}
  done: {end: completed}
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    flows = tmp_path_factory.mktemp("flows")
    (flows / "visit.yaml").write_text(FLOW)
    (flows / "pair.yaml").write_text(
        "flows:\n"
        "  one: {title: One, start: a, states: {a: {call: two, next: z}, z: {end: completed}}}\n"
        "  two: {title: Two, start: a, states: {a: {say: Hi, next: z}, z: {end: completed}}}\n"
    )
    data = tmp_path_factory.mktemp("data")
    for name in ("concerns", "precautions", "timelines", "treatments", "recovery", "clinic"):
        (data / f"{name}.yaml").write_bytes((ROOT / "data" / f"{name}.yaml").read_bytes())
    reading = read_book(flows, data, make_actions, environ={"PRESENTATION": "in_place"}, languages=("en", "fr"))
    assert reading.errors == ()
    assert reading.book is not None
    return reading.book


def test_options_come_from_rows_and_from_the_file(book: Book) -> None:
    ask = book.flows["visit"].states["now"]
    assert isinstance(ask, Ask)
    options = {option.id: option for option in ask.options}
    assert len(options) == len(ask.options)
    assert options["active_acne"].table == "precautions"
    assert options["active_acne"].adds == "precautions"
    assert options["changing_mole"].adds == "concerns"
    assert options["other"].adds is None
    assert options["other"].was == ("misc",)
    assert [option.id for option in ask.options[-2:]] == ["none", "not_sure"]
    assert options["none"].exclusive
    assert options["none"].adds is None
    assert options["not_sure"].adds == "precautions"
    assert ask.adds == {"concerns", "precautions"}
    assert ask.was == ("before",)
    assert (ask.columns, ask.choose) == (2, Choose.MANY)


def test_places_of_texts(book: Book) -> None:
    ask = book.flows["visit"].states["now"]
    assert isinstance(ask, Ask)
    assert ask.text.place == "visit.now"
    assert ask.text.paragraphs == ("First.", Plural("clinic.keep_days", {"one": "one", "other": "many"}))
    labels = {option.id: option.label.place for option in ask.options}
    assert labels["other"] == "visit.now.other"
    assert labels["sunburn"] == "precautions.sunburn.label"
    assert labels["none"] == "visit.now.none"
    assert ask.remind is not None
    assert ask.remind.after == timedelta(hours=20)
    assert ask.expire is not None
    assert (ask.expire.after, ask.expire.to) == (timedelta(weeks=2), "gone")


def test_guards_are_resolved(book: Book) -> None:
    ask = book.flows["visit"].states["now"]
    assert isinstance(ask, Ask)
    first = ask.next[0].when
    assert isinstance(first, AllOf)
    has, young = first.guards
    assert isinstance(has, HasAny)
    stopping = {row.id for row in book.tables["precautions"].values() if row.properties["mesotherapy"] == "stop"}
    assert "cold_sore_now" not in stopping
    assert has.ids == stopping | {"cold_sore_now", "not_sure"}
    assert young == Not(Equals("contact.minor", frozenset({True})))
    second = ask.next[1].when
    assert isinstance(second, AnyOf)
    assert second.guards[1] == IsSet("first_name", expected=True)
    assert ask.next[2].when is None


def test_an_ordered_choice_knows_its_order(book: Book) -> None:
    ask = book.flows["visit"].states["when"]
    assert isinstance(ask, Ask)
    guard = ask.next[0].when
    assert isinstance(guard, AtLeast)
    assert guard.order == tuple(book.tables["timelines"])
    assert ask.dates == "timelines"
    much = book.flows["visit"].states["much"]
    assert isinstance(much, Ask)
    assert (much.at_least, much.at_most) == (1, 10)


def test_flows_of_one_file_call_each_other_by_their_bare_names(book: Book) -> None:
    call = book.flows["pair.one"].states["a"]
    assert isinstance(call, Call)
    assert call.flow == "pair.two"
    ring = book.flows["visit"].states["ring"]
    assert isinstance(ring, Call)
    assert (ring.flow, ring.as_name) == ("human", "rung")


def test_languages_become_options(book: Book) -> None:
    ask = book.flows["language"].states["choose"]
    assert isinstance(ask, Ask)
    assert [option.id for option in ask.options] == ["en", "fr"]
    answers = book.flows["answers"].states["show"]
    assert isinstance(answers, Ask)
    assert answers.listed == "my_answers"


def test_what_depends_on_the_moment(book: Book) -> None:
    bye = book.flows["visit"].states["bye"]
    assert isinstance(bye, Say)
    assert bye.text.source == "clinic.open_line"
    monday_noon = book.moment(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert monday_noon["clinic.open_now"] is True
    night = book.moment(datetime(2026, 11, 23, 22, tzinfo=UTC))
    assert night["clinic.open_now"] is False
    assert night["clinic.next_open"] == Phrase("clinic.opens.tomorrow", "tomorrow at {at}", {"at": "09:00"})
    early = book.moment(datetime(2026, 11, 23, 5, tzinfo=UTC))
    assert early["clinic.next_open"] == Phrase("clinic.opens.today", "today at {at}", {"at": "09:00"})
    assert book.in_place
    assert book.banner is not None
    assert book.clinic["clinic.staffed"] is False


def test_hours_in_words() -> None:
    location = Location(
        id="here", name="Here", address="1 Quay", phone="1", emergency_line="2",
        hours={"monday": ["09:00-17:00"], "tuesday": ["09:00-17:00"], "friday": ["14:00-18:00", "09:00-12:00"]},
    )  # fmt: skip
    assert hours_in_words(location) == (
        "Mon–Tue 09:00-17:00\nWed–Thu closed\nFri 09:00-12:00 and 14:00-18:00\nSat–Sun closed"
    )


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30m", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(days=14)),
    ],
)
def test_durations(written: str, length: timedelta) -> None:
    assert duration(written) == length


def test_a_diagram_shows_every_state_and_way(book: Book) -> None:
    drawn = mermaid(book.flows["visit"])
    assert drawn.startswith("flowchart TD\n")
    for line in (
        "start_([start]) --> s_now",
        's_now("now?")',
        's_ring[["ring: human"]]',
        's_done(("completed"))',
        's_now -. "no answer" .-> s_gone',
        's_when -- "when at least months_1_to_3" --> s_much',
        "s_bye --> s_done",
    ):
        assert f"    {line}\n" in drawn


def test_findings_are_rendered_for_people_and_programs(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "flow: a\ntitle: A\nstart: hi\nstates:\n  hi: {say: Hi, next: doen}\n  done: {end: completed}\n"
    )
    issues = read_book(tmp_path, tmp_path / "none", make_actions, environ={}).issues
    assert [str(issue) for issue in issues] == [
        f"{tmp_path}/a.yaml:5:23: state:unknown there is no state `doen` (did you mean done?)"
    ]
    assert render_objects(issues) == [
        {
            "file": f"{tmp_path}/a.yaml",
            "line": 5,
            "column": 23,
            "code": "state:unknown",
            "message": "there is no state `doen`",
            "mend": "did you mean done?",
            "level": "error",
        }
    ]
