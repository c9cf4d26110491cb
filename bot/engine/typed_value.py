"""Numbers, telephone numbers and days, read from what was typed."""

from __future__ import annotations

import re
import unicodedata

from bot.engine.dates import read_date
from bot.engine.derive import in_bounds, row_of_days
from bot.engine.draft import Draft
from bot.engine.heard import words_of
from bot.engine.model import Ask, Choose
from bot.engine.session import Answer

_PHONE = re.compile(r"^\+?[0-9]{6,15}$")
_PHONE_LIKE = re.compile(r"(?<![0-9+])\+?[(\s]*[0-9](?:[\s().\-/]*[0-9])*")


def read_value(draft: Draft, ask: Ask, text: str) -> Answer | None:
    """The answer in a text to a question for a number, a telephone number or a day; None when there is none.

    A day that no row of the question's table holds comes as it is: see `is_past`.
    """
    if ask.choose is Choose.NUMBER:
        number = _read_number(text)
        return Answer(number=number) if number is not None and in_bounds(ask, number) else None
    if ask.choose is Choose.CONTACT:
        phone = read_phone(text)
        return Answer(text=phone) if phone else None
    if ask.choose is Choose.DATE or ask.dates:
        nearest, order = ask.choose is Choose.DATE, draft.book.date_order
        day = read_date(text, draft.today, order=order, language=draft.language, nearest=nearest)
        return Answer(on=day) if day is not None else None
    return None


def is_past(draft: Draft, ask: Ask, given: Answer) -> bool:
    """Whether a day lies before all that the question's table holds."""
    if ask.dates is None or given.on is None:
        return False
    return row_of_days(draft.book, ask.dates, (given.on - draft.today).days) is None


def _read_number(text: str) -> float | None:
    words = words_of(text.replace(",", "").replace(".", "x"))
    found = re.fullmatch(r"\s*[+-]?\d{1,12}([.,]\d{1,6})?\s*", text)
    if found:
        return float(text.strip().replace(",", "."))
    digits = [word for word in words if word.isdigit() and len(word) <= 12]
    return float(digits[0]) if len(digits) == 1 else None


def read_phone(text: str) -> str | None:
    """The telephone number in a text, as dialled: digits with an optional plus, 6 to 15 of them.

    None when there is none, or more than one. Between a country's code and the rest a nought in brackets is not
    dialled.
    """
    plain = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text)
    found = [re.sub(r"[^\d+]", "", re.sub(r"(\+\d+\s*)\(0\)", r"\1", each)) for each in _PHONE_LIKE.findall(plain)]
    numbers = [number for number in found if _PHONE.match(number)]
    return numbers[0] if len(numbers) == 1 else None
