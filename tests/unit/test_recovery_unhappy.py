"""Typed words for which a working day is soon enough: heard as what they say, and kept for the clinic's list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.engine import phrases
from bot.engine.model import Text
from tests.recovery_patient import Healing

UNHAPPY = "honestly I'm not happy with how it looks, I expected more"
SPOTS = "oh and I've come out in a load of spots along my chin since yesterday"
HIVES = "I've come up in hives on my neck. breathing is fine and my lips and tongue aren't swollen"


def healed() -> Healing:
    return Healing("microneedling").fine_until(14).on_day(14, 14)


def finish(patient: Healing) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Answer what is still open as somebody well would, and tell the alerts."""
    while patient.asked in (well := {"overall": "better", "picture": "like_today", "signs": "none"}):
        patient.press(well[patient.asked])
    while patient.asked in {"redness", "swelling", "pain"}:
        patient.press("none")
    return [(each.level, each.reason, each.signs, each.words) for each in patient.open_alerts()]


@pytest.mark.parametrize(
    ("text", "noted", "reason", "sign"),
    [
        (UNHAPPY, phrases.UNHAPPY_NOTED, "soon_worried", "worried"),
        ("I'm unhappy with how my face looks", phrases.UNHAPPY_NOTED, "soon_worried", "worried"),
        (SPOTS, phrases.SIGN_NOTED, "soon_skin_marks", "spots"),
    ],
)
class TestSoon:
    def test_unasked_it_opens_a_check_in_that_cant_be_fine(
        self, text: str, noted: Text, reason: str, sign: str
    ) -> None:
        patient = healed().say(text)
        assert patient.texts_of(patient.turns[-1])[0] == noted.plain_source[0]
        assert patient.asked == "overall"
        assert finish(patient) == [("amber_soon", reason, (sign,), text)]

    def test_left_unanswered_it_reaches_the_list_too(self, text: str, noted: Text, reason: str, sign: str) -> None:
        patient = healed().say(text)
        patient.until(patient.now + timedelta(hours=21))
        assert finish(patient) == [("amber_soon", reason, (sign,), text)]

    @pytest.mark.parametrize("question", ["overall", "picture", "signs"])
    def test_at_a_question_it_is_noted_and_no_riddle(
        self, text: str, noted: Text, reason: str, sign: str, question: str
    ) -> None:
        patient = healed().say("is this normal?")
        for at, fine in (("overall", "better"), ("picture", "like_today")):
            if patient.asked == at != question:
                patient.press(fine)
        patient.say(text)
        if question == "signs" and "unhappy" in text:  # the very word of an answer there
            assert patient.asked == "redness"
            return
        assert patient.texts()[0].startswith(noted.plain_source[0])
        assert (patient.asked, patient.session.misses) == (question, 0)
        assert finish(patient) == [("amber_soon", reason, (sign,), text)]


def test_hives_beside_easy_breath_are_for_today_at_once() -> None:
    patient = healed().say(HIVES)
    (alert,) = patient.open_alerts()
    assert (alert.level, alert.signs) == ("amber_today", ("hives",))


def test_without_a_word_of_breath_it_is_asked_first_and_a_no_leads_to_today() -> None:
    patient = healed().say("a few hives on my neck, itchy but nothing else")
    assert patient.open_alerts() == []
    assert patient.at == "emergency.sure_hives"
    patient.press("no")
    (alert,) = patient.open_alerts()
    assert (alert.level, alert.signs) == ("amber_today", ("hives",))


def test_like_the_picture_is_an_answer() -> None:
    patient = Healing("microneedling").fine_until(3).on_day(3, 14).say("is this normal?").press("better")
    assert patient.say("like the picture, maybe a touch less").asked == "signs"
    patient = Healing("microneedling").fine_until(3).on_day(3, 14).say("is this normal?").press("better")
    assert patient.say("bit flaky and slightly itchy in places, like the picture says").asked == "signs"


@pytest.mark.parametrize("text", ["not happy with the result, I can't go on like this"])
def test_what_may_be_self_harm_is_asked_about_first(text: str) -> None:
    patient = healed().say(text)
    assert patient.at.startswith("emergency.sure")
