"""Photos in check-ins: off as shipped; switched on, people look at them, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine import photos
from bot.engine.event import OtherSent, PhotoSent
from bot.engine.model import Book
from bot.engine.session import Alert
from tests.recovery_patient import Healing, committed_book

CANT = "I can't look at pictures"
WHO = "a person sees it"


def taking(**clinic: bool) -> Book:
    """The committed book of a clinic that takes photos."""
    book = committed_book()
    return replace(book, clinic={**book.clinic, "clinic.photos": True, **clinic})


def asked_on_day_3(of: Book | None = None, hour: int = 14) -> Healing:
    patient = Healing(of=of or taking()).fine_until(3).on_day(3, hour)
    patient.say("is this normal?")
    return patient


def kept(patient: Healing) -> list[str]:
    return [photo.file_id for photo in patient.visit.photos]


def tasks(patient: Healing) -> list[Alert]:
    return [alert for alert in patient.person.alerts if alert.key == "photo"]


def test_as_shipped_nothing_is_kept_and_the_patient_is_told() -> None:
    patient = asked_on_day_3(committed_book())
    before = patient.visit
    for file_id in ("a", "b", "c"):
        patient.photo(file_id)
        (words,) = patient.texts()
        assert words.startswith(CANT)
        assert WHO not in words
    assert (patient.visit, patient.person.alerts, patient.asked) == (before, (), "overall")


def test_switched_on_its_id_is_kept_for_staff_and_the_question_comes_again() -> None:
    patient = asked_on_day_3()
    answers = patient.session.answers
    patient.photo("cheek")
    words, question = patient.texts()
    assert f"{CANT}; {WHO} tomorrow at 10:00" in words
    for part in ("trouble breathing", "change in your sight", "fever with hot red skin", "999", "020 7946 0199"):
        assert part in words
    assert "how is your skin" in question
    assert patient.session.answers == answers
    (photo,) = patient.visit.photos
    assert (photo.file_id, photo.at, photo.day) == ("cheek", patient.now, 3)
    (task,) = tasks(patient)
    assert (task.level, task.reason, task.visit, task.day) == ("amber_soon", "photo", patient.visit.id, 3)


@pytest.mark.parametrize(
    ("hour", "at"), [(22, "tomorrow at 10:00"), (8, "today at 09:00"), (17, "tomorrow at 10:00")]
)
def test_the_time_is_when_the_clinic_next_opens(hour: int, at: str) -> None:
    assert f"{WHO} {at}" in asked_on_day_3(hour=hour).photo().texts()[0]


def test_many_photos_are_one_task_until_it_is_closed() -> None:
    patient = asked_on_day_3()
    patient.photo("a").photo("b")
    assert (kept(patient), len(tasks(patient))) == (["a", "b"], 1)
    closed = tuple(replace(alert, status="closed") for alert in patient.person.alerts)
    patient.person = replace(patient.person, alerts=closed)
    patient.photo("c")
    assert [alert.status for alert in tasks(patient)] == ["closed", "raised"]
    for number in range(photos.MOST):
        patient.photo(str(number))
    assert kept(patient) == [str(number) for number in range(photos.MOST)]


def test_a_photo_changes_no_level_either_way() -> None:
    patient = asked_on_day_3()
    patient.photo("a").press("better").photo("b").press("like_today").photo("c").choose("none")
    assert patient.visit.course[-1].level == "green"
    assert [alert.status for alert in tasks(patient)] == ["raised"], "a fine answer doesn't unsend it"
    red = asked_on_day_3()
    red.press("better").press("like_today").choose("breathing").photo("a")
    assert (red.asked, red.visit.course[-1].level) == ("ambulance", "red")
    assert [(alert.level, alert.status) for alert in red.person.alerts] == [
        ("red", "raised"),
        ("amber_soon", "raised"),
    ]


def test_a_caption_is_heard_like_typed_text() -> None:
    patient = asked_on_day_3()
    patient.take(PhotoSent("a", "it's better"))
    assert (kept(patient), patient.asked) == (["a"], "picture")
    assert any(WHO in text for text in patient.texts())
    patient.take(PhotoSent("b", "blorp"))
    assert any("Which of these is nearest" in text for text in patient.texts())
    patient.take(PhotoSent("c", "wooble"))
    assert [alert.reason for alert in patient.person.alerts if alert.level == "amber_today"] == ["unclear"]
    off = asked_on_day_3(committed_book()).take(PhotoSent("a", "it's worse"))
    assert off.texts()[0].startswith(CANT)
    assert off.at.endswith("recovery.picture")


@pytest.mark.parametrize("book", [committed_book(), taking()])
def test_emergency_words_of_a_caption_come_first(book: Book) -> None:
    patient = asked_on_day_3(book)
    patient.take(PhotoSent("a", "my lips are swelling up"))
    (words,) = patient.texts()
    assert words.startswith("<b>Ring 999 now.</b>")
    assert patient.person.alerts[-1].level == "red"
    assert kept(patient) == (["a"] if book.clinic["clinic.photos"] else [])
    patient.photo("b")
    assert patient.at == "emergency.ambulance", "it stays in front"
    assert kept(patient) == (["a", "b"] if book.clinic["clinic.photos"] else [])


@pytest.mark.parametrize("book", [committed_book(), taking()])
def test_an_album_is_one_answer(book: Book) -> None:
    patient = asked_on_day_3(book)
    patient.take(PhotoSent("a", album="7"))
    assert patient.texts()[0].startswith(CANT)
    for file_id in ("b", "c"):
        assert patient.take(PhotoSent(file_id, album="7")).texts() == []
    assert patient.take(OtherSent("video", album="7")).texts() == []
    assert patient.take(PhotoSent("d", "better", "7")).at.endswith("recovery.picture"), (
        "a caption is heard wherever"
    )
    assert not any(CANT in text for text in patient.texts())
    assert patient.take(PhotoSent("e", album="8")).texts()[0].startswith(CANT)
    assert kept(patient) == (["a", "b", "c", "d", "e"] if book.clinic["clinic.photos"] else [])


def test_only_in_a_check_in_of_somebody_who_agreed_and_where_somebody_looks() -> None:
    patient = asked_on_day_3()
    patient.press("urgent").photo("a")
    assert (kept(patient), patient.asked) == (["a"], "list"), "in what it has called, too"
    healing = Healing(of=taking()).fine_until(3)
    assert healing.asked == ""
    healing.photo("a")
    assert (kept(healing), healing.person.alerts) == ([], ())
    for clinic in ({"clinic.photos": False}, {"clinic.staffed": False}):
        other = asked_on_day_3()
        other.book = taking(**clinic)
        assert kept(other.photo("a")) == []
    other = asked_on_day_3()
    flows = {name: flow for name, flow in other.book.flows.items() if name != "photo"}
    other.book = replace(other.book, flows=flows)
    other.photo("a")
    assert (kept(other), other.texts()[0].startswith(CANT)) == ([], True)
    refused = asked_on_day_3()
    without = replace(refused.visit, plan=())
    refused.person = replace(refused.person, visits=(without,))
    refused.photo("a")
    assert kept(refused) == []
    consulting = Healing(of=taking())
    consulting.say("/restart").press("yes")
    consulting.photo("a")
    assert kept(consulting) == []
