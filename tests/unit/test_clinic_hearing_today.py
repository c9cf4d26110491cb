"""How much of what a person should look at the same day is heard: nothing here may fall below its floor.

All messages but the `unseen` were in view when the phrases were widened last; what the blind ones measured before
stands in docs/clinic-data.md.
"""

from __future__ import annotations

from functools import cache

import pytest

from bot.authoring.listening import likeness
from bot.clinic.hearing import Ears, compile_signs, compile_today, hear_emergency, hear_today
from bot.clinic.spelling import read_words
from tests.clinic_data import committed
from tests.likeness import groups

HEARD = {"signs_blind": 0.92, "signs_own": 0.95, "signs_unseen": 0.92}
FALSELY_HEARD = {"harmless_blind": 0.01, "harmless_own": 0.02, "harmless_unseen": 0.05}
RETURNED = {"returned_own": 0.95, "returned_unseen": 0.7}
OVER = {"over_own": 0.03, "over_unseen": 0.08}
"""Beside "every morning", "last week", "flu": what is there now too, and what isn't."""
FALSELY_HEARD_ELSEWHERE = 0.006
"""Of the harmless messages written for the emergency words."""


@cache
def ears() -> Ears:
    return compile_today(committed().signs.values(), committed().words)


def hear(text: str) -> tuple[str, ...]:
    return hear_today(text, ears())


@pytest.mark.parametrize("group", HEARD)
def test_signs_for_today_are_heard(group: str) -> None:
    messages = groups("today")[group]
    heard = sum(bool(hear(message)) for message in messages)
    assert len(messages) >= 50
    assert heard >= HEARD[group] * len(messages), [each for each in messages if not hear(each)]


@pytest.mark.parametrize("group", RETURNED)
def test_what_comes_each_morning_or_is_back_is_there_now(group: str) -> None:
    messages = groups("today")[group]
    missed = [message for message in messages if not hear(message)]
    assert len(messages) >= 28
    assert len(missed) <= (1 - RETURNED[group]) * len(messages), missed


@pytest.mark.parametrize("group", OVER)
def test_a_habit_and_what_was_stay_unheard(group: str) -> None:
    messages = groups("today")[group]
    heard = [message for message in messages if hear(message)]
    assert len(messages) >= 28
    assert len(heard) <= OVER[group] * len(messages), heard


@cache
def red_ears() -> Ears:
    return compile_signs(committed().signs.values(), committed().words, likeness())


def is_red(text: str) -> bool:
    heard = hear_emergency(text, red_ears())
    return heard is not None and heard.certain


@pytest.mark.parametrize(("group", "sign"), [("spots_own", "spots"), ("unhappy_own", "worried")])
def test_what_can_wait_for_a_working_day_is_heard_and_never_red(group: str, sign: str) -> None:
    messages = groups("today")[group]
    assert len(messages) >= 30
    assert [message for message in messages if hear(message) != (sign,) or is_red(message)] == []


def test_whoever_is_pleased_and_who_only_asks_of_spots_says_neither() -> None:
    messages = groups("today")["pleased_own"]
    assert len(messages) >= 30
    assert [message for message in messages if hear(message) or hear_emergency(message, red_ears())] == []


def test_hives_in_a_place_are_for_today() -> None:
    messages = groups("today")["hives_in_a_place"]
    assert len(messages) >= 30
    assert [message for message in messages if "hives" not in hear(message) or is_red(message)] == []


@pytest.mark.parametrize(
    "text",
    [
        "I've come up in hives on my neck. breathing is fine and my lips and tongue aren't swollen",
        "welts on my chin, no trouble breathing",
        "breathing's fine, hives on my neck",
        "hives, breathing is fine",
    ],
)
def test_beside_easy_breath_hives_in_a_place_are_not_asked_about(text: str) -> None:
    """At most guessed, which signs for today come before."""
    heard = hear_emergency(text, red_ears())
    assert heard is None or (heard.is_guess, heard.certain) == (True, False)
    assert hear(text) == ("hives",)


@pytest.mark.parametrize(
    "text",
    [
        "hives all over, breathing is fine",
        "hives on my neck, breathing is fine but getting harder",
        "hives on my neck, breathing was fine",
        "hives on my neck, I can't breathe and swallow well",
        "is my breathing fine? hives on my neck",
        "hives and dizzy, breathing is fine",
        "Breathing is fine. Hives on my arms since the injections, spreading",
    ],
)
def test_what_takes_easy_breath_back_is_asked_about(text: str) -> None:
    heard = hear_emergency(text, red_ears())
    assert heard is not None
    assert not heard.is_guess


@pytest.mark.parametrize(
    "text",
    [
        "I've come out in spots all over since the injections",
        "I've come out in spots all over my body",
        "come out in spots all over my cheeks and arms since the jab",
        "broken out in spots all over my chin and chest after the needles",
    ],
)
def test_spots_that_reach_over_the_body_are_asked_about(text: str) -> None:
    heard = hear_emergency(text, red_ears())
    assert heard is not None
    assert (heard.signs, heard.certain) == (("hives_all_over",), False)


def test_what_is_not_heard_of_the_blind_ones_as_a_sign_is_mostly_an_emergency() -> None:
    red = compile_signs(committed().signs.values(), committed().words)
    messages = groups("today")["signs_blind"]
    lost = [each for each in messages if not hear(each) and hear_emergency(each, red) is None]
    assert len(lost) <= 0.07 * len(messages), lost


def test_changes_of_colour_are_heard_and_are_no_matter_for_today_alone() -> None:
    messages = groups("today")["soon_blind"]
    signs = [hear(message) for message in messages]
    assert sum(bool(each) for each in signs) >= 0.6 * len(messages)
    assert {sign for each in signs for sign in each} <= {"dark_patches", "line_marks"}


@pytest.mark.parametrize("group", FALSELY_HEARD)
def test_harmless_messages_say_nothing_for_today(group: str) -> None:
    messages = groups("today")[group]
    heard = [message for message in messages if hear(message)]
    assert len(messages) >= 49
    assert len(heard) <= FALSELY_HEARD[group] * len(messages), heard


def test_nor_do_the_harmless_ones_of_the_emergency_words() -> None:
    """But for answers to a check-in, of which some are meant for today."""
    held = groups("harmless_unseen").items()
    messages = [each for group, lines in held if group != "check_in_replies" for each in lines]
    heard = [message for message in messages if hear(message)]
    assert len(heard) <= FALSELY_HEARD_ELSEWHERE * len(messages), heard


@pytest.mark.parametrize(
    "text",
    [
        "is it painful",
        "on a scale of 1 to 10 how painful is it",
        "how bad is a throbbing cheek usually",
        "should I worry about blisters",
        "what do pus and crusts look like",
        "will my face get hot and red",
        "my friend has hives",
        "my son has a temperature of 39",
        "strong pain killers are in my bag",
    ],
)
def test_a_question_and_what_somebody_else_has_are_not_told(text: str) -> None:
    assert hear(text) == ()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("is it normal that my cheek is throbbing", "strong"),
        ("what should I do about the pus", "pus_or_crust"),
        ("how painful it is now!", "strong"),
        ("my husband says there is pus on my chin", "pus_or_crust"),
        ("my wife had her treatment on Monday and has a fever since", "fever"),
        ("my sister thinks it's an abscess", "leaking_lump"),
    ],
)
def test_what_is_there_is_told_also_in_a_question(text: str, sign: str) -> None:
    assert sign in hear(text)


@pytest.mark.parametrize(
    "text", ["the clean staff were stiff", "I hate stick shaving", "a shower slower than usual"]
)
def test_everyday_words_are_not_taken_for_slips(text: str) -> None:
    assert [word.text for word in ears().spelling.mend(read_words(text))] == text.casefold().split()
