from __future__ import annotations

import math
from dataclasses import replace

import pytest

from bot.authoring.listening import likeness
from bot.clinic.hearing import EmergencyHeard, compile_signs, hear_emergency
from bot.clinic.likeness import HALF_A_MESSAGE, Likeness, features, read_counts
from bot.clinic.spelling import read_words
from tests.clinic_data import committed, sign
from tests.likeness import TABLE, groups, made_of, phrases_alone, table

COUNTS = [
    "100\t200\tbreathing:60,crisis:40\t",
    "50\t0\tbreathing:50\tno air",
    "50\t10\tbreathing:50\tair",
    "40\t80\tbreathing:30,crisis:10\tno",
    "30\t5\tcrisis:30\tgoodbye",
    "20\t0\tcrisis:20\tgoodbye me",
    "10\t60\tbreathing:5,crisis:5\tme",
    "10\t60\tbreathing:5,crisis:5\ti",
    "0\t90\t\tthanks",
]
ROWS = [
    sign("breathing", "cant breathe", "? out of breath"),
    sign("crisis", "want to die", family="crisis"),
    sign("hives", "? hives"),
]
EARS = compile_signs(ROWS, likeness=read_counts(COUNTS))
ALONE = compile_signs(ROWS)
UNNAMED = EmergencyHeard((), "ambulance", certain=False, is_guess=True)


def weight(red: int, harmless: int) -> float:
    share = (red + HALF_A_MESSAGE) / (100 + 2 * HALF_A_MESSAGE)
    return math.log(share / ((harmless + HALF_A_MESSAGE) / (200 + 2 * HALF_A_MESSAGE)))


def score(text: str) -> float:
    return read_counts(COUNTS).score(read_words(text))


def likest(text: str, among: set[str]) -> list[str]:
    return [each for each, _ in read_counts(COUNTS).signs(read_words(text), among)]


def test_words_and_pairs_are_weighed_by_how_often_they_stood_in_an_emergency() -> None:
    assert score("air") == pytest.approx(weight(50, 10))
    assert score("no air") == pytest.approx(weight(50, 10) + weight(40, 80) + weight(50, 0))
    assert score("air no") == pytest.approx(weight(50, 10) + weight(40, 80)), "a pair has an order"
    assert score("wobble") == 0
    assert score("") == 0


def test_each_word_counts_once() -> None:
    assert score("air air air") == score("air")


def test_politeness_around_a_sentence_lowers_nothing() -> None:
    assert score("Thanks. Thanks, thanks. No air. Thanks") == score("no air") > score("thanks no air")


def test_pairs_end_with_the_sentence() -> None:
    assert features(read_words("me? no. air no")) == {"me", "no", "air", "air no"}


def test_the_sign_is_the_one_whose_messages_are_alike() -> None:
    assert likest("no air for me", {"breathing", "crisis"}) == ["breathing", "crisis"]
    assert likest("goodbye to me", {"breathing", "crisis"}) == ["crisis", "breathing"]
    assert likest("no air for me", {"crisis"}) == ["crisis"], "of those the clinic has"
    assert likest("no air for me", set()) == []


def test_the_larger_sign_wins_where_words_say_nothing() -> None:
    assert likest("wobble", {"breathing", "crisis"})[0] == "breathing"


def test_words_alone_ask_and_name_no_sign() -> None:
    """But for talk of self-harm, where it is likest by far: that has a question of its own."""
    assert hear_emergency("no no me air", ALONE) is None
    assert hear_emergency("no no me air", EARS) is None, "not enough: about as likely in a harmless one"
    assert hear_emergency("me i no air", EARS) == UNNAMED
    assert hear_emergency("goodbye me i no", EARS) == UNNAMED
    alone = compile_signs(ROWS[1:], likeness=read_counts(COUNTS))
    assert hear_emergency("goodbye me i no", alone) == EmergencyHeard(("crisis",), "crisis", False, is_guess=True)


def test_what_was_said_and_taken_back_must_be_the_more_alike() -> None:
    assert hear_emergency("i no air me", EARS) is not None
    assert hear_emergency("not out of breath but me i no air", EARS) is None
    more = compile_signs(ROWS, likeness=read_counts([*COUNTS, "20\t0\tbreathing:20\tme i"]))
    heard = hear_emergency("not out of breath but me i no air", more)
    assert heard == UNNAMED


def test_beyond_doubt_they_ring() -> None:
    certain = [*COUNTS, "60\t0\tbreathing:60\ti no", "60\t0\tbreathing:60\tair me"]
    heard = hear_emergency("i no air me", compile_signs(ROWS, likeness=read_counts(certain)))
    assert heard == replace(UNNAMED, certain=True), "breathing or a crisis: the words leave both open"
    alone = compile_signs(ROWS[:1], likeness=read_counts(certain))
    assert hear_emergency("i no air me", alone) == EmergencyHeard(("breathing",), "ambulance", True, is_guess=True)
    crisis = [line.replace("breathing", "crisis") for line in certain]
    heard = hear_emergency("i no air me", compile_signs(ROWS, likeness=read_counts(crisis)))
    assert heard == EmergencyHeard(("crisis",), "crisis", True, is_guess=True), "never the ambulance's card alone"


def test_few_or_unknown_words_are_like_nothing() -> None:
    assert hear_emergency("no air", EARS) is None, "an answer may be as short"
    assert hear_emergency("no air wobble strangely upstairs today", EARS) is None, "perhaps another language"


def test_a_clinic_without_such_signs_is_not_rung() -> None:
    calm = compile_signs([sign("pus", "pus", red=False)], likeness=read_counts(COUNTS))
    assert hear_emergency("me i no air", calm) is None


@pytest.mark.parametrize(
    ("text", "alone", "weighed"),
    [
        ("can it happen that i cant breathe", False, False),
        ("can it happen that i cant breathe, no air, goodbye", False, True),
        ("i cant breathe", True, True),
        ("thanks thanks i cant breathe", True, False),
        ("out of breath", False, False),
        ("out of breath, no air", False, True),
        ("hives no air", False, False),
    ],
)
def test_what_a_phrase_has_heard_is_tipped_and_never_silenced(text: str, alone: bool, weighed: bool) -> None:
    heard = [hear_emergency(text, ears) for ears in (ALONE, EARS)]
    assert [each and each.certain for each in heard] == [alone, weighed]
    assert heard[0] is not None
    assert heard[1] is not None
    assert (heard[0].signs, heard[1].is_guess) == (heard[1].signs, False)


def test_no_message_that_a_phrase_hears_goes_unheard() -> None:
    ears = compile_signs(committed().signs.values(), committed().words, likeness())
    for kind in ("emergencies", "harmless"):
        for messages in groups(f"{kind}_unseen").values():
            for message in messages:
                heard = hear_emergency(message, phrases_alone())
                weighed = hear_emergency(message, ears)
                assert heard is None or (weighed is not None and weighed.signs == heard.signs), message


def test_the_table_is_made_of_the_known_messages() -> None:
    """If not: `python -m tests.likeness` writes it anew."""
    with TABLE.open(encoding="utf-8") as lines:
        assert next(lines) == made_of()


def test_the_table_reads_back() -> None:
    emergencies, others = ["I can't breathe", "no air, I can't breathe"], ["thanks", "can I breathe out, thanks"]
    made = "# a remark\n" + table(emergencies, others)
    counts = read_counts(made.splitlines())
    assert counts.of_signs[""][0] == 2
    assert counts.weights["breathe"] == pytest.approx(
        math.log((2 + HALF_A_MESSAGE) / (2 + 2 * HALF_A_MESSAGE)) - math.log((1 + HALF_A_MESSAGE) / 3)
    )
    assert "air" not in counts.weights, "it stood in one message"


def test_a_line_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="unpack"):
        read_counts(["1\t2\twords"])


def test_nothing_is_known_without_counts() -> None:
    empty = Likeness({}, {"": (1, "")}, frozenset())
    assert (empty.score(read_words("i cant breathe at all")), empty.signs((), {"breathing"})) == (0, [])
