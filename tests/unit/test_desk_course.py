"""A patient's course as a chart: who gets it, what it shows, and that its words say the same."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.desk.course import COURSE, NO_COURSE, SENT, SHOWN, TAKE_IT_FIRST
from bot.desk.private import private_card
from bot.desk.work import course, staff_pressed
from bot.drawing.chart import draw_chart
from bot.engine.effect import AnswerPress, SendPicture, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.session import Alert, CheckedIn, Lead, Person, Visit
from bot.ids import AlertId, LeadId, SessionId, VisitId, contact_code
from bot.limits import CAPTION_CHARACTERS
from tests.engine_books import NOW, ask, book, end, flow, nobody

ANA, ROSA = 91, 92
BOOK = book(flow("main", ask("hello", "done", "yes"), end()))
EARLY = {"redness": "same", "pain": "mild"}
USUAL = replace(BOOK, most_usual=lambda scale, _, day: EARLY[scale] if day < 3 else "none")
RAISED = Alert(AlertId("A7-1"), "red", "ambulance", ("breathing",), "raised", NOW)
ALERT = replace(RAISED, status="acknowledged", taken_by=ANA, taken_name="Ana")


def checked(day: int, level: str = "green", **answers: str) -> CheckedIn:
    given = {name: (answer,) for name, answer in answers.items()}
    return CheckedIn(day, NOW, level, given, SessionId(f"7-{day}"))


FINE = checked(1, overall="better", short="like_today")
OFF = checked(3, "amber_today", overall="worse", redness="spreading_slowly", pain="mild", signs="fever")


def somebody(*of: CheckedIn, alert: Alert | None = ALERT, lead: Lead | None = None) -> Person:
    visit = Visit(VisitId("V7-1"), "mesotherapy", NOW - timedelta(days=3), "self", "ours", NOW, course=of)
    return replace(nobody(), visits=(visit,), alerts=(alert,) if alert else (), leads=(lead,) if lead else ())


def press(person: Person, staff: int = ANA, of: Book = USUAL) -> tuple[str, list[SendPicture]]:
    turn = staff_pressed(of, person, StaffPressed(COURSE, "A7-1", staff, "Ana", "p"), NOW)
    (answer,) = [effect for effect in turn.effects if isinstance(effect, AnswerPress)]
    return answer.note, pictures(turn)


def pictures(turn: Turn) -> list[SendPicture]:
    return [effect for effect in turn.effects if isinstance(effect, SendPicture)]


def content(picture: SendPicture) -> dict[str, Any]:
    assert picture.drawing is not None
    found: dict[str, Any] = json.loads(picture.drawing.content)
    return found


def test_the_owner_gets_it_in_private_and_it_is_never_kept() -> None:
    note, (picture,) = press(somebody(FINE, OFF))
    assert note == SENT
    assert (picture.to, picture.staff_chat) == (To.STAFF_MEMBER, ANA)
    assert picture.drawing is not None
    assert picture.drawing.is_personal


def test_typed_words_stand_in_it_as_such() -> None:
    pus = replace(checked(2, "amber_today", pain="strong", words="pus, and it hurts"), is_typed=True)
    _, (picture,) = press(somebody(FINE, pus))
    assert "Day 2: amber, today, in their own words, pain strong" in picture.alt.splitlines()
    assert "pus" not in picture.alt
    assert {"day": 2, "level": "amber_today"} in content(picture)["levels"]


def test_its_words_say_what_it_shows() -> None:
    _, (picture,) = press(somebody(FINE, OFF))
    code = contact_code(nobody().contact.id)
    assert picture.alt.splitlines() == [
        f"{code} · mesotherapy",
        "Day 1: green, better, like the usual or less",
        "Day 3: amber, today, worse, redness spreads slowly, pain mild",
        "Usual redness: same to day 2, none to day 7",
        "Usual pain: mild to day 2, none to day 7",
    ]
    shown = content(picture)
    assert shown["title"] == f"{code} · mesotherapy"
    assert shown["levels"] == [{"day": 1, "level": "green"}, {"day": 3, "level": "amber_today"}]
    redness, pain = shown["scales"]
    assert redness["own"] == [{"day": 3, "step": redness["steps"].index("spreads slowly")}]
    assert redness["usual"] == [2, 2, 2, 0, 0, 0, 0, 0]
    assert (pain["own"], pain["usual"][:4]) == ([{"day": 3, "step": 1}], [1, 1, 1, 0])
    assert draw_chart(shown).startswith(b"\x89PNG")


def test_a_long_course_keeps_to_a_caption_and_to_its_latest_days() -> None:
    answers = {"overall": "worse", "short": "more_than_this", "redness": "spreading_slowly", "pain": "strong"}
    worst = [checked(day, "amber_today", **answers) for day in range(2, 40)]
    _, (picture,) = press(somebody(*worst))
    assert len(picture.alt) <= CAPTION_CHARACTERS
    shown = content(picture)
    assert [point["day"] for point in shown["levels"]] == list(range(40 - SHOWN, 40))
    assert shown["last_day"] == 39
    assert all(f"Day {point['day']}:" in picture.alt for point in shown["levels"])


def test_answers_and_levels_that_are_not_drawn_are_left_out() -> None:
    odd = checked(2, "report", overall="unknown", redness="unknown")
    _, (picture,) = press(somebody(odd), of=BOOK)
    assert picture.alt.splitlines()[1:] == ["Day 2: report"]
    shown = content(picture)
    assert [scale["usual"] for scale in shown["scales"]] == [[], []]
    assert "usual" not in shown["legend"]
    assert draw_chart(shown).startswith(b"\x89PNG")


@pytest.mark.parametrize("status", ["closed", "withdrawn"])
def test_nobody_else_gets_it_and_not_once_it_is_over(status: str) -> None:
    assert press(somebody(FINE), staff=ROSA) == (TAKE_IT_FIRST, [])
    assert press(somebody(FINE, alert=RAISED)) == (TAKE_IT_FIRST, [])
    assert press(somebody(FINE, alert=replace(ALERT, status=status))) == (TAKE_IT_FIRST, [])


def test_without_an_answered_check_in_there_is_no_chart() -> None:
    assert press(somebody()) == (NO_COURSE, [])


def test_whoever_has_the_request_to_be_rung_gets_it_by_command() -> None:
    lead = Lead(LeadId("L7-1"), "ring_me", "taken", NOW, taken_by=ROSA, taken_name="Rosa")
    turn, note = course(USUAL, somebody(FINE, alert=None, lead=lead), ROSA, NOW)
    assert note == SENT
    assert [picture.staff_chat for picture in pictures(turn)] == [ROSA]
    assert course(USUAL, somebody(FINE, alert=None, lead=lead), ANA, NOW)[1] == TAKE_IT_FIRST


def test_the_notes_of_whoever_has_them_carry_its_button() -> None:
    def ids(person: Person, target: str, staff: int = ANA) -> list[str]:
        return [button.id for row in private_card(BOOK, person, 1, staff, target).rows for button in row]

    lead = Lead(LeadId("L7-1"), "ring_me", "taken", NOW, taken_by=ANA, taken_name="Ana")
    assert ids(somebody(FINE), "A7-1")[-1] == COURSE
    assert ids(somebody(FINE, lead=lead), "L7-1")[-1] == COURSE
    assert COURSE not in ids(somebody(), "A7-1")
    assert COURSE not in ids(somebody(FINE), "A7-1", ROSA)
