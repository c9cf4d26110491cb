"""Words of a check-in that nobody can make out, and questions about signs: asked once, then a person looks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine.effect import ReportAlert
from bot.engine.model import Book
from bot.engine.session import Alert
from tests.recovery_patient import Healing, committed_book

ONCE = "Which of these"


def asked_on_day_3(of: Book | None = None) -> Healing:
    patient = Healing(of=of).fine_until(3).on_day(3, 14)
    patient.say("is this normal?")
    assert patient.asked == "overall"
    return patient


def alerts(patient: Healing) -> list[Alert]:
    return [alert for alert in patient.person.alerts if alert.key == "today"]


def test_twice_in_a_row_is_one_more_question_and_then_a_person_the_same_day() -> None:
    patient = asked_on_day_3()
    patient.say("blorp")
    assert (ONCE in patient.texts()[0], alerts(patient), patient.asked) == (True, [], "overall")
    patient.say("blorp blorp wooble")
    (alert,) = alerts(patient)
    assert (alert.level, alert.reason, alert.words) == ("amber_today", "unclear", "blorp\nblorp blorp wooble")
    assert (alert.visit, alert.day, alert.signs) == (patient.visit.id, 3, ())
    assert "If nobody has rung you by" in patient.texts()[0]
    assert patient.asked == "overall", "the question comes again"
    patient.press("better").press("like_today").choose("none")
    assert patient.visit.course[-1].level == "amber_today", "what was said isn't taken back"
    assert [(each.id, each.status, each.words) for each in patient.person.alerts] == [
        (alert.id, "raised", alert.words)
    ]
    assert patient.reports() == [], "and nobody is rung twice"


def test_an_answer_in_between_begins_anew() -> None:
    patient = asked_on_day_3()
    patient.say("blorp").press("better").say("wooble")
    assert (ONCE in patient.texts()[0], alerts(patient)) == (True, [])


@pytest.mark.parametrize(
    ("first", "second"),
    [("not worse", "dunno what you mean"), ("better and worse", "blorp"), ("blorp", "not worse not better")],
)
def test_what_contradicts_itself_counts_as_well(first: str, second: str) -> None:
    patient = asked_on_day_3()
    patient.say(first).say(second)
    assert [alert.reason for alert in alerts(patient)] == ["unclear"]


@pytest.mark.parametrize("typed", ["/nonsense", "sticker"])
def test_only_words_count(typed: str) -> None:
    patient = asked_on_day_3()
    patient.say("blorp")
    if typed == "sticker":
        patient.sticker()
    else:
        patient.say(typed)
    assert (alerts(patient), patient.at) == ([], "lost.ask")


def test_staff_are_told_once() -> None:
    patient = asked_on_day_3()
    patient.say("blorp").say("wooble").say("blorp").say("wooble")
    assert (len(alerts(patient)), patient.at) == (1, "lost.ask")
    patient.press("go_on")
    closed = tuple(replace(alert, status="closed") for alert in patient.person.alerts)
    patient.person = replace(patient.person, alerts=closed)
    patient.say("blorp").say("wooble")
    assert [alert.status for alert in alerts(patient)] == ["closed", "raised"]


def test_where_the_check_in_itself_has_told_them_nobody_is_told_again() -> None:
    patient = asked_on_day_3()
    patient.press("better").press("like_today").choose("breathing")
    patient.say("blorp").say("wooble")
    assert (alerts(patient), patient.at) == ([], "lost.ask")


def test_without_these_flows_it_is_as_anywhere_else() -> None:
    book = committed_book()
    gone = {"look_today", "asked_about"}
    patient = asked_on_day_3()
    patient.book = replace(book, flows={name: flow for name, flow in book.flows.items() if name not in gone})
    patient.say("blorp").say("wooble")
    assert (alerts(patient), patient.at) == ([], "lost.ask")
    patient.press("go_on").say("can it cause fever?")
    assert ("A fever isn't part of healing" in patient.texts()[0], patient.asked) == (True, "overall")
    flows = {name: flow for name, flow in book.flows.items() if name not in {*gone, "lost"}}
    patient.book = replace(book, flows=flows)
    patient.say("blorp").say("wooble")
    assert (ONCE in patient.texts()[0], patient.asked) == (True, "overall")


def test_a_question_about_a_sign_is_answered_and_asked_back() -> None:
    patient = asked_on_day_3()
    patient.say("Can it cause fever?")
    answer, question = patient.texts()
    assert "A fever isn't part of healing" in answer
    assert "Is that happening to you now?" in question
    patient.say("and is a fever normal?")
    assert patient.at == "asked_about.ask", "asked again, it is answered again, and one question stands"
    patient.press("no")
    assert (patient.asked, patient.person.alerts) == ("overall", ())
    patient.say("can it cause fever?").press("yes")
    (alert,) = alerts(patient)
    assert (alert.level, alert.reason, alert.signs) == ("amber_today", "asked", ("fever",))
    assert patient.asked == "overall"


def test_asked_with_nothing_open() -> None:
    patient = Healing().fine_until(3)
    assert patient.asked == ""
    patient.say("can it bring on a cold sore?")
    assert patient.at == "asked_about.ask"
    patient.press("yes")
    assert [(alert.level, alert.signs) for alert in alerts(patient)] == [("amber_today", ("cold_sore",))]
    patient.say("does it hurt?")
    assert patient.at == "after_end.healing", "of no sign"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("can it cause trouble breathing?", "usually within 5 to 30 minutes"),
        ("does it cause blindness?", "blocked blood vessel"),
        ("will my face swell up?", "A face that swells up"),
        ("what happens if I get a fever and hot red skin?", "With hot, red skin"),
        ("my wrinkles make me want to die", ""),
    ],
)
def test_a_red_sign_that_is_perhaps_only_asked_about_is_answered_before_the_yes_or_no(
    typed: str, answer: str
) -> None:
    patient = asked_on_day_3()
    patient.say(typed)
    (asked,) = patient.texts()
    assert answer in asked
    assert "isn't part of healing" not in asked or answer
    assert list(patient.buttons())[:2] == ["yes", "no"]
    assert not any(isinstance(effect, ReportAlert) for effect in patient.effects)
    patient.press("yes")
    assert patient.person.alerts[-1].level == "red"


def test_every_sign_that_is_red_alone_has_its_answer() -> None:
    book = committed_book()
    rows = book.tables["signs"].values()
    without = [row.id for row in rows if row.properties["red"] and not row.properties.get("answer")]
    assert without == ["self_harm", "harm_done"], "who says that is asked in words of its own"
