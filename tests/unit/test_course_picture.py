"""The picture of the days after a treatment: what it says, and that the words beside it say all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from bot.actions.course_picture import course_drawings, course_picture
from bot.clinic.catalogue import Catalogue, build_catalogue
from bot.clinic.rows import DayOfCourse, PlanRow, RecoveryFile
from bot.drawing.course import draw_course
from bot.drawing.sheet import Sheet
from bot.engine.effect import SendPicture
from bot.engine.model import Do, Outcome, Picture, Text
from bot.engine.value import Phrase
from bot.limits import CAPTION_CHARACTERS
from tests.clinic_data import UNSIGNED, committed
from tests.committed import committed_reading
from tests.engine_books import Patient, ask, book, computes, end, flow, to
from tests.recovery_patient import Healing

TREATMENTS = ("microneedling", "mesotherapy", "combined")
MONTHS = [date(2026, month, 1).strftime("%B") for month in range(1, 13)]


def sent(treatment: str, catalogue: Catalogue) -> tuple[dict[str, Any], str, list[str]]:
    """What the picture shows, its caption, and the messages beside it."""
    phrase = course_picture(treatment, catalogue)
    action = computes("course", (), ("c.course",), lambda _values: Outcome({"c.course": phrase}))
    picture = Picture(Text("alt", source="c.course"), source="c.course")
    patient = Patient(
        book(
            flow("main", Do("first", "course", to("q")), ask("q", "done", "x", picture=picture), end()),
            more=(action,),
        )
    ).start()
    (effect,) = patient.of(SendPicture)
    assert isinstance(effect, SendPicture)
    assert effect.drawing is not None
    assert effect.path == effect.drawing.name
    return json.loads(effect.drawing.content), effect.alt, [each.html for each in patient.sent()]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_the_words_say_everything_that_the_picture_shows(treatment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, caption, messages = sent(treatment, committed())
    words = "\n".join([caption, *messages])
    for said in strings(content):
        assert said in words, said
    drawn: list[str] = []
    text = Sheet.text

    def put(sheet: Sheet, x: float, y: float, said: str, *args: Any, **more: Any) -> float:
        drawn.append(said)
        return text(sheet, x, y, said, *args, **more)

    monkeypatch.setattr(Sheet, "text", put)
    draw_course(content)
    assert len(drawn) > len(content["days"])
    assert all(said in words for said in drawn)


def test_what_is_drawn_ahead_is_what_people_are_shown() -> None:
    reading = committed_reading()
    assert reading.book is not None
    ahead = {drawing.name: drawing for drawing in course_drawings(reading.book, reading.catalogue)}
    assert len(ahead) == len(TREATMENTS) * len(reading.book.languages)
    for treatment in TREATMENTS:
        effects = [effect for turn in Healing(treatment, is_done=False).turns for effect in turn.effects]
        (picture,) = [each for each in effects if isinstance(each, SendPicture)]
        assert picture.drawing is not None
        assert ahead[picture.path] == picture.drawing
    assert list(course_drawings(reading.book, build_catalogue())) == [], "no course, no picture"


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_it_has_no_dates_and_fits(treatment: str) -> None:
    content, caption, messages = sent(treatment, committed())
    shown = " ".join(strings(content))
    assert not any(re.search(rf"\b{month}\b", shown) for month in MONTHS)
    assert not re.search(r"\d{4}|\d+:\d\d|\d+[./]\d+", shown)
    assert len(caption) <= CAPTION_CHARACTERS
    is_long = treatment == "combined"
    assert (len(messages) == 2) is is_long, "too long for a caption: all is said before it"
    if is_long:
        assert caption == content["title"]
        assert messages[0].startswith(caption)


@pytest.mark.parametrize("treatment", TREATMENTS)
def test_every_day_of_the_course_and_every_question_of_the_plan_is_in_it(treatment: str) -> None:
    content, _, _ = sent(treatment, committed())
    had = TREATMENTS[:2] if treatment == "combined" else (treatment,)
    for row in committed().course:
        if row.treatment in had:
            assert any((row.brief or row.usual) in day["usual"] for day in content["days"]), row.id
    asked = " ".join(day.get("asks", "") for day in content["days"] if day["days"] not in {"Day 0", "Day 1"})
    numbers = {int(number) for number in re.findall(r"\d+", asked)}
    assert numbers == {row.day for row in committed().plan if row.treatment in had and row.day > 1}
    assert content["days"][0]["asks"].endswith("in the evening")
    assert ("hours" in content["days"][0]["asks"]) is ("mesotherapy" in had)
    assert content["days"][1]["asks"] == "I ask"
    assert content["today"].startswith("Ring the clinic")
    assert "trouble breathing" in content["now"]


def made(course: list[tuple[int, int]], plan: list[dict[str, Any]]) -> Catalogue:
    texts = dict.fromkeys(("do", "avoid", "call"), "…")
    days = [
        DayOfCourse.model_validate(
            {
                "id": f"d{a}",
                "treatment": "mesotherapy",
                "from_day": a,
                "to_day": b,
                "usual": f"U{a}",
                **texts,
                **UNSIGNED,
            }
        )
        for a, b in course
    ]
    base = {
        "treatment": "mesotherapy",
        "part_of_day": None,
        "essential": False,
        "kind": "full",
        "catch_up_hours": 3,
    }
    rows = [PlanRow.model_validate({"id": f"p{n}", **base, **UNSIGNED, **each}) for n, each in enumerate(plan)]
    return build_catalogue(recovery=RecoveryFile(course=days, signs=[], levels=[], plan=rows))


def test_a_small_course_of_ones_own() -> None:
    plan: list[dict[str, Any]] = [{"day": 0, "hours_after": 2}, {"day": 3}, {"day": 5}]
    content, caption, _ = sent("mesotherapy", made([(0, 0), (1, 9), (10, 20)], plan))
    assert content["days"] == [
        {"days": "Day 0", "usual": "U0", "asks": "I ask after 2 hours"},
        {"days": "Days 1–9", "usual": "U1", "asks": "I ask on days 3 and 5"},
        {"days": "Days 10–20", "usual": "U10"},
    ]
    assert "today" not in content
    assert "• Days 1–9: U1 I ask on days 3 and 5.\n• Days 10–20: U10" in caption
    draw_course(content)


def test_without_a_course_there_is_no_picture() -> None:
    assert course_picture("mesotherapy", made([], [])) is None
    assert isinstance(course_picture("combined", made([(0, 1)], [])), Phrase)
