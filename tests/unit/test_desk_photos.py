"""Photos from check-ins on the desk: to whoever has the person, in private, by Telegram's id; to nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.desk.course import COURSE, NO_COURSE, SENT, TAKE_IT_FIRST
from bot.desk.follow import follow
from bot.desk.photos import SENT_AT_MOST
from bot.desk.private import private_card
from bot.desk.work import find, staff_pressed
from bot.engine.effect import AnswerPress, Count, SendMessage, SendPicture, To, Turn
from bot.engine.event import StaffPressed
from bot.engine.model import Book
from bot.engine.photos import KEPT
from bot.engine.session import Alert, Lead, Person, Photo, Visit
from bot.ids import AlertId, LeadId, VisitId, contact_code
from tests.engine_books import NOW, ask, book, end, flow, nobody

ANA, ROSA = 91, 92
BOOK = book(flow("main", ask("hello", "done", "yes"), end()))
RECEPTION = replace(BOOK, clinic={**BOOK.clinic, "clinic.staff": frozenset({f"{ANA}:reception"})})
PHOTOS = (Photo("first", NOW, 1), Photo("second", NOW, 3), Photo("third", NOW))
ALERT = Alert(AlertId("A7-1"), "red", "ambulance", ("breathing",), "raised", NOW)
TAKEN = replace(ALERT, status="acknowledged", taken_by=ANA, taken_name="Ana")
CRISIS = replace(ALERT, reason="crisis", signs=("self_harm",))
LEAD = Lead(LeadId("L7-1"), "ring_me", "open", NOW)


def somebody(alert: Alert | None = ALERT, sent: tuple[Photo, ...] = PHOTOS, lead: Lead | None = None) -> Person:
    visit = Visit(VisitId("V7-1"), "mesotherapy", NOW - timedelta(days=3), "self", "ours", NOW, photos=sent)
    return replace(nobody(), visits=(visit,), alerts=(alert,) if alert else (), leads=(lead,) if lead else ())


def press(person: Person, verb: str, target: str = "A7-1", of: Book = BOOK) -> Turn:
    return staff_pressed(of, person, StaffPressed(verb, target, ANA, "Ana", "p"), NOW)


def pictures(turn: Turn) -> list[tuple[str, To, int | None]]:
    found = [effect for effect in turn.effects if isinstance(effect, SendPicture)]
    assert all(each.drawing is None for each in found)
    return [(each.file_id, each.to, each.staff_chat) for each in found]


def to_ana(*file_ids: str) -> list[tuple[str, To, int | None]]:
    return [(file_id, To.STAFF_MEMBER, ANA) for file_id in file_ids]


@pytest.mark.parametrize(
    ("person", "target"),
    [
        (somebody(), "A7-1"),
        (somebody(replace(TAKEN, taken_by=ROSA)), "A7-1"),
        (somebody(None, lead=LEAD), "L7-1"),
    ],
)
def test_whoever_takes_the_person_gets_them_in_private(person: Person, target: str) -> None:
    turn = press(person, "take_over" if person.alerts and person.alerts[0].taken_by else "have_it", target)
    assert pictures(turn) == to_ana("first", "second", "third")
    words = [effect.alt for effect in turn.effects if isinstance(effect, SendPicture)]
    code = contact_code(person.contact.id)
    assert words[0].startswith(f"{code} · a photo of ")
    assert words[0].endswith(", day 1")
    assert not any(person.contact.first_name in each for each in words)
    assert not words[2].endswith("day None")


def test_the_course_sends_them_again_to_whoever_has_the_person() -> None:
    turn = press(somebody(TAKEN), COURSE)
    assert pictures(turn) == to_ana("first", "second", "third")
    assert [effect.note for effect in turn.effects if isinstance(effect, AnswerPress)] == [SENT]
    refused = press(somebody(), COURSE)
    assert pictures(refused) == []
    assert [effect.note for effect in refused.effects if isinstance(effect, AnswerPress)] == [TAKE_IT_FIRST]
    none = press(somebody(TAKEN, ()), COURSE)
    assert [effect.note for effect in none.effects if isinstance(effect, AnswerPress)] == [NO_COURSE]


def test_the_latest_ten() -> None:
    many = tuple(Photo(str(number), NOW, 1) for number in range(SENT_AT_MOST + 3))
    assert pictures(press(somebody(TAKEN, many), COURSE))[0] == (str(3), To.STAFF_MEMBER, ANA)


def test_who_only_looks_reception_and_a_crisis_get_none() -> None:
    assert pictures(find(BOOK, somebody(), ANA, NOW, "Ana")) == []
    assert pictures(press(somebody(), "have_it", of=RECEPTION)) == []
    assert pictures(press(somebody(TAKEN), COURSE, of=RECEPTION)) == []
    assert pictures(press(somebody(CRISIS), "have_it")) == []


def test_the_card_tells_how_many_and_the_button_is_there() -> None:
    card = private_card(BOOK, somebody(TAKEN), 1, ANA, "A7-1")
    assert "Photos: 3." in card.html
    assert [row[-1].id for row in card.rows][-1] == COURSE
    assert "Photos" not in private_card(BOOK, somebody(TAKEN, ()), 1, ANA, "A7-1").html
    assert "Photos" not in private_card(RECEPTION, somebody(TAKEN), 1, ANA, "A7-1").html


@pytest.mark.parametrize(
    ("alert", "of", "sent"),
    [
        (TAKEN, BOOK, to_ana("third")),
        (TAKEN, RECEPTION, []),
        (ALERT, BOOK, []),
        (replace(TAKEN, status="closed"), BOOK, []),
        (replace(CRISIS, taken_by=ANA), BOOK, []),
    ],
)
def test_one_that_comes_later_goes_to_whoever_has_the_person(
    alert: Alert, of: Book, sent: list[tuple[str, To, int | None]]
) -> None:
    person = somebody(alert)
    assert pictures(follow(of, Turn(person, (Count(KEPT),)), NOW)) == sent
    assert pictures(follow(of, Turn(person, (Count("marked"),)), NOW)) == []
    group = [effect for effect in follow(of, Turn(person, (Count(KEPT),)), NOW).effects if _is_to_group(effect)]
    assert group == []


def _is_to_group(effect: object) -> bool:
    return isinstance(effect, SendMessage | SendPicture) and effect.to is To.STAFF
