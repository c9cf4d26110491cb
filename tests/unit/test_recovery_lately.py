"""Signs that are serious together are so when they are said hours apart; nothing milder puts off what is open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations, product

import pytest

from bot.clinic.levels import LEVELS, levels
from bot.clinic.recovery import SAID_AS_SIGN, SCALES, CheckInAnswers
from tests.clinic_data import committed
from tests.recovery_patient import Healing, How

STANDS = "That stands:"
HOURS = timedelta(hours=4)
PAIRS = (
    (How(signs=("fever",)), How(signs=("hot_skin",))),
    (How(signs=("fever",)), How(overall="worse", redness="spreading_slowly")),
    (How(signs=("fever",)), How(overall="worse", swelling="rising")),
    (How(signs=("blisters",)), How(overall="worse", pain="strong")),
    (How(signs=("cold_sore",)), How(signs=("dark_patches",))),
)
"""Of an injection, on day 1: each two are red together."""


def day_one(treatment: str = "mesotherapy") -> Healing:
    return Healing(treatment).fine_until(1).on_day(1, 10)


@pytest.mark.parametrize(("first", "second"), [two for pair in PAIRS for two in permutations(pair)])
def test_two_check_ins_of_one_day_count_together(first: How, second: How) -> None:
    patient = day_one()
    assert patient.check_in(first) != "red"
    patient.until(patient.now + HOURS)
    assert patient.check_in(second) == "red"
    assert patient.asked == ""
    assert {alert.level for alert in patient.open_alerts()} >= {"red"}


def test_the_alert_tells_both_signs_and_the_number_comes_first() -> None:
    patient = day_one()
    patient.check_in(How(signs=("fever",)))
    patient.until(patient.now + HOURS)
    patient.say("is this normal?").press("better").press("like_today").choose("hot_skin")
    assert "<b>Ring 999 now.</b>" in " ".join(patient.texts_of(patient.turns[-1]))
    red = patient.person.alerts[-1]
    assert (red.level, set(red.signs)) == ("red", {"fever", "hot_skin"})


@pytest.mark.parametrize("typed_first", [True, False])
def test_what_is_typed_counts_with_what_is_pressed(typed_first: bool) -> None:
    patient = day_one()
    if typed_first:
        patient.say("got a temperature of 38.5")
        patient.until(patient.now + HOURS)
        assert patient.check_in(How(signs=("hot_skin",))) == "red"
    else:
        assert patient.check_in(How(signs=("hot_skin",))) == "amber_soon"
        patient.until(patient.now + HOURS)
        patient.say("got a temperature of 38.5")
    assert {alert.level for alert in patient.open_alerts()} >= {"red"}


def test_what_is_told_beside_an_open_check_in_counts_with_its_answers() -> None:
    patient = day_one().on_day(1, 19)
    assert patient.asked == "overall"
    patient.say("can it cause a fever?").press("yes")
    patient.press("better").press("like_today").choose("hot_skin")
    assert {alert.level for alert in patient.open_alerts()} >= {"red"}


def test_what_is_typed_after_an_answer_for_today_comes_to_its_alert() -> None:
    patient = day_one()
    patient.say("is this normal?").press("better").press("like_today").choose("pus_or_crust")
    for _ in range(3):
        patient.press("none")
    assert patient.asked == "more"
    patient.say("got a temperature of 38.5")
    (alert,) = patient.open_alerts()
    assert set(alert.signs) == {"pus_or_crust", "fever"}
    patient.say("still a temperature of 38.5")
    assert "38.5" in patient.open_alerts()[0].words
    patient.until(patient.now + HOURS)
    assert patient.check_in(How(signs=("hot_skin",))) == "red"


def test_what_the_alert_tells_already_is_only_kept_as_words() -> None:
    patient = day_one()
    patient.say("is this normal?").press("better").press("like_today").choose("pus_or_crust")
    for _ in range(3):
        patient.press("none")
    patient.say("there is yellow pus on my chin")
    (alert,) = patient.open_alerts()
    assert (alert.signs, alert.words, patient.asked) == (("pus_or_crust",), "there is yellow pus on my chin", "")


def test_after_a_day_it_is_another_matter() -> None:
    patient = day_one()
    assert patient.check_in(How(signs=("fever",))) == "amber_today"
    patient.on_day(1, 20).check_in(How())
    patient.on_day(2, 11)
    assert patient.check_in(How(signs=("hot_skin",))) == "amber_today"


def test_what_was_taken_back_in_the_same_check_in_does_not_count() -> None:
    patient = day_one()
    patient.say("is this normal?").press("better").press("like_today").choose("fever")
    patient.press("back")
    patient.choose("none")
    patient.until(patient.now + HOURS)
    assert patient.check_in(How(signs=("hot_skin",))) == "amber_soon"


@pytest.mark.parametrize("second", [How(), How(signs=("spots",))])
def test_nothing_milder_puts_off_what_is_to_be_looked_at_today(second: How) -> None:
    patient = day_one()
    patient.check_in(How(signs=("pus_or_crust",)))
    patient.until(patient.now + HOURS)
    before = len(patient.turns)
    patient.check_in(second)
    said = " ".join(text for turn in patient.turns[before:] for text in patient.texts_of(turn))
    assert STANDS in said
    assert "within one working day" not in said
    assert "What you tell me is what is usual" not in said
    assert next(alert.level for alert in patient.open_alerts()) == "amber_today"


def test_what_staff_have_called_about_is_told_as_it_is() -> None:
    patient = day_one()
    patient.check_in(How(signs=("pus_or_crust",)))
    (alert,) = patient.person.alerts
    called = replace(alert, status="called", taken_by=5, taken_name="Rosa", called_at=patient.now)
    patient.person = replace(patient.person, alerts=(called,))
    patient.until(patient.now + HOURS)
    before = len(patient.turns)
    assert patient.check_in(How()) == "green"
    said = " ".join(text for turn in patient.turns[before:] for text in patient.texts_of(turn))
    assert STANDS not in said
    assert "What you tell me is what is usual" in said


def test_what_was_said_lately_fires_nothing_alone_and_lowers_nothing() -> None:
    catalogue = committed()
    names = [*catalogue.signs, *(each for each in SAID_AS_SIGN if each not in catalogue.signs)]
    for lately, treatment, day in product(names, ("microneedling", "mesotherapy"), (0, 1, 3, 8)):
        said = frozenset({lately}) & catalogue.signs.keys()
        assert levels(CheckInAnswers(), treatment, day, catalogue, lately=said).level == "green"
        for sign in catalogue.signs:
            alone, together = (
                levels(CheckInAnswers(signs=frozenset({sign})), treatment, day, catalogue, lately=before)
                for before in (frozenset[str](), said)
            )
            both = levels(CheckInAnswers(signs=said | {sign}), treatment, day, catalogue)
            assert LEVELS.index(alone.level) <= LEVELS.index(together.level) <= LEVELS.index(both.level)
            assert together.level in {alone.level, both.level}


def test_a_sign_without_a_row_is_no_sign() -> None:
    with pytest.raises(KeyError):
        levels(CheckInAnswers(), "combined", 0, committed(), lately=frozenset({"toothache"}))


def test_answers_of_scales_count_as_what_they_say() -> None:
    assert SCALES["pain"][2] == "strong"
    found = levels(
        CheckInAnswers(signs=frozenset({"blisters"})),
        "mesotherapy",
        2,
        committed(),
        lately=frozenset({"strong"}),
    )
    assert (found.level, found.families) == ("red", ("skin_colour",))
    assert found.reasons == (("signs", "blisters"), ("pain", "strong"))
