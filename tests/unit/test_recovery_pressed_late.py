"""What somebody presses under a check-in that another has replaced: nothing serious is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.engine import phrases
from bot.engine.event import Verb, button_data, pinned_data
from bot.ids import SessionId, session_id
from tests.recovery_patient import Healing

OVER, BEHIND = (each.plain_source[0] for each in (phrases.OVER, phrases.QUESTION_BEHIND))


def replaced(*, at: str = "overall") -> tuple[Healing, Healing]:
    """Somebody who is asked on day 3, and once more on day 7; and the same person before that."""
    before = Healing("microneedling").fine_until(3).on_day(3)
    if at == "signs":
        before.press("better").press("like_today")
    assert before.asked == at
    after = Healing("microneedling").fine_until(3).on_day(3)
    if at == "signs":
        after.press("better").press("like_today")
    after.on_day(7)
    assert after.asked == "overall"
    return before, after


def levels(patient: Healing) -> list[str]:
    return [alert.level for alert in patient.open_alerts()]


def said(patient: Healing) -> str:
    return "\n".join(patient.texts())


def test_urgent_under_a_replaced_question_opens_the_list_and_is_red_when_nothing_follows() -> None:
    before, patient = replaced()
    patient.press_data(before.data("urgent"))
    assert (patient.asked, patient.note) == ("list", "")
    assert "ring 999 now" in said(patient)
    patient.press_data(before.data("urgent"))
    assert (patient.asked, levels(patient)) == ("list", [])
    patient.wait(minutes=3)
    assert levels(patient.until(patient.now)) == ["red"]


def test_what_is_answered_beside_it_does_not_take_it_back() -> None:
    before, patient = replaced()
    better = patient.data("better")
    patient.press_data(before.data("urgent")).press_data(better)
    assert patient.asked == "picture"
    patient.wait(minutes=3)
    assert levels(patient.until(patient.now)) == ["red"]


def test_back_from_the_list_leaves_it() -> None:
    before, patient = replaced()
    patient.press_data(before.data("urgent")).press("back")
    assert patient.asked == "overall"
    patient.wait(minutes=10)
    assert levels(patient.until(patient.now)) == []


@pytest.mark.parametrize(("sign", "answer", "level"), [("breathing", "yes", ["red"]), ("breathing", "no", [])])
def test_a_red_sign_is_asked_about_at_once_with_the_number(sign: str, answer: str, level: list[str]) -> None:
    before, patient = replaced(at="signs")
    patient.press_data(before.data(sign))
    assert (patient.asked, patient.note) == ("sure", "")
    assert "ring <b>999</b> now" in said(patient)
    patient.press(answer)
    assert levels(patient) == level


def test_a_red_sign_that_is_asked_about_in_vain_is_red() -> None:
    before, patient = replaced(at="signs")
    patient.press_data(before.data("sight_change")).press_data(before.data("breathing"))
    patient.press_data(before.data("done"))
    assert patient.asked == "sure"
    patient.wait(minutes=3)
    (alert,) = patient.until(patient.now).open_alerts()
    assert (alert.level, set(alert.signs)) == ("red", {"sight_change", "breathing"})
    patient.press_data(before.data("breathing"))
    assert patient.note == OVER, "staff have it"
    assert patient.asked == "ambulance"
    patient.press_data(button_data(before.session.id, 0, Verb.CHOOSE, "urgent"))
    assert patient.asked == "ambulance", "which is the answer to it"


def test_a_sign_for_today_goes_to_a_person_and_with_another_is_red() -> None:
    before, patient = replaced(at="signs")
    patient.press_data(before.data("fever"))
    assert levels(patient) == ["amber_today"]
    assert "<b>today</b>" in said(patient)
    patient.press_data(before.data("fever"))
    assert (levels(patient), patient.note) == (["amber_today"], OVER)
    patient.press_data(before.data("hot_skin"))
    assert patient.asked == "sure"


def test_signs_that_are_chosen_at_once_count_too() -> None:
    before, patient = replaced(at="signs")
    session = before.session
    patient.press_data(button_data(session.id, session.turn, Verb.CHOSE, ""), "fever", "hot_skin")
    assert patient.asked == "sure"


@pytest.mark.parametrize("option", ["better", "worse", "same"])
def test_everything_else_is_over_and_never_called_noted(option: str) -> None:
    before, patient = replaced()
    patient.press_data(before.data(option))
    assert (patient.note, patient.asked, levels(patient)) == (OVER, "overall", [])


@pytest.mark.parametrize("sign", ["spots", "dark_patches"])
def test_a_mild_sign_is_over(sign: str) -> None:
    before, patient = replaced(at="signs")
    patient.press_data(before.data(sign))
    assert (patient.note, patient.asked) == (OVER, "overall")


def test_an_earlier_question_of_the_same_check_in_counts_as_well() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3).press("better").press("more_than_this")
    old = {sign: patient.data(sign) for sign in ("hot_skin", "spots", "breathing")}
    patient.choose("hot_skin")
    assert patient.asked == "redness"
    patient.press_data(old["spots"])
    assert (patient.note, patient.asked) == (BEHIND, "redness")
    patient.press_data(old["hot_skin"])
    assert patient.asked == "redness", "it will be weighed with the rest"
    patient.press_data(old["breathing"])
    assert patient.asked == "sure"


def test_somebody_elses_button_and_one_that_never_was_change_nothing() -> None:
    before, patient = replaced(at="signs")
    turn = before.session.turn
    for session, verb, option in (
        ("999-1", Verb.SET, "breathing"),
        (before.session.id, Verb.CHOOSE, "breathing"),
        (before.session.id, Verb.CLEAR, "breathing"),
        (patient.session.id, Verb.SET, "breathing"),
    ):
        patient.press_data(button_data(session, turn, verb, option))  # type: ignore[arg-type]
        assert (patient.asked, levels(patient)) == ("overall", []), option


def test_without_the_flows_the_press_is_over() -> None:
    before, patient = replaced(at="signs")
    flows = {name: flow for name, flow in patient.book.flows.items() if name not in {"urgent", "emergency"}}
    patient.book = replace(patient.book, flows=flows)
    urgent = button_data(before.session.id, 0, Verb.CHOOSE, "urgent")
    assert patient.press_data(urgent).note == OVER
    patient.press_data(before.data("breathing"))
    assert levels(patient) == ["amber_today"], "then a person looks"
    patient.book = replace(
        patient.book, flows={name: each for name, each in flows.items() if name != "look_today"}
    )
    assert patient.press_data(before.data("sight_change")).note == OVER
    patient.book = replace(patient.book, flows={name: each for name, each in flows.items() if name != "recovery"})
    assert patient.press_data(before.data("sight_change")).note == OVER


def test_whoever_has_no_visit_has_no_signs_to_weigh() -> None:
    before, patient = replaced(at="signs")
    patient.person = replace(patient.person, visits=())
    assert patient.press_data(before.data("breathing")).note == OVER


def test_a_pinned_list_left_for_another_question_runs_out() -> None:
    _, patient = replaced()
    better = patient.data("better")
    patient.press_data(pinned_data("urgent")).press_data(better)
    patient.press_data(pinned_data("urgent"))
    assert patient.asked == "list"
    assert len([each for each in patient.person.sessions if each.flow == "urgent"]) == 1


@pytest.mark.parametrize("option", ["urgent", "breathing"])
def test_somebody_elses_button_says_nothing(option: str) -> None:
    patient = Healing().fine_until(2).on_day(2, 12)
    verb = Verb.CHOOSE if option == "urgent" else Verb.SET
    patient.press_data(button_data(SessionId("999-1"), 0, verb, option))
    assert (patient.note, levels(patient)) == (phrases.NOT_A_BUTTON.plain_source[0], [])


def test_what_feels_urgent_under_a_conversation_that_is_gone_is_urgent_all_the_same() -> None:
    patient = Healing().fine_until(2).on_day(2, 12).say("/help")
    gone = session_id(patient.person.contact.id, patient.person.contact.sessions)
    assert gone not in {session.id for session in patient.person.sessions}
    patient.press_data(button_data(gone, 0, Verb.CHOOSE, "urgent"))
    assert patient.at == "urgent.list"
