from __future__ import annotations

from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from bot.clinic.hearing import Ears, compile_signs, hear_emergency
from tests.clinic_data import committed

ALARMS = ["I can't breathe", "my tongue is swelling", "I cannot see out of my eye", "I want to kill myself"]


@cache
def ears() -> Ears:
    return compile_signs(committed().signs.values(), committed().words)


@given(st.text(max_size=400))
def test_any_text_is_heard_or_not_without_an_error(text: str) -> None:
    heard = hear_emergency(text, ears())
    assert heard is None or heard.signs


@given(st.sampled_from(ALARMS), st.text(alphabet="?!., 😱\n", max_size=5), st.booleans())
def test_shouting_and_marks_change_nothing(alarm: str, marks: str, shout: bool) -> None:
    heard = hear_emergency((alarm.upper() if shout else alarm) + marks, ears())
    assert heard is not None
    assert heard.certain


words = st.sampled_from(
    ["hello", "thanks", "price", "wedding", "clinic", "tomorrow", "booking", "doctor", "please"]
)


@given(st.sampled_from(ALARMS), st.lists(words, max_size=20), st.lists(words, max_size=20))
def test_an_alarm_is_heard_in_the_middle_of_other_words(alarm: str, before: list[str], after: list[str]) -> None:
    heard = hear_emergency(f"{' '.join(before)}. {alarm}. {' '.join(after)}", ears())
    assert heard is not None
    assert heard.certain
