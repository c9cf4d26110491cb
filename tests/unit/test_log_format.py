from __future__ import annotations

import json
import logging
import sys

import pytest

from bot.log_format import FIELDS, JsonFormatter, TextFormatter


def record(message: str = "row %d", *args: object, **fields: object) -> logging.LogRecord:
    made = logging.LogRecord("bot.x", logging.WARNING, __file__, 1, message, args or (5,), None)
    made.created = 1_800_000_000.25
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_a_line_of_json_has_its_instant_in_utc_and_our_own_numbers() -> None:
    line = json.loads(JsonFormatter().format(record(contact=12, row=5, lane="reply", chat=4711)))
    assert line == {
        "at": "2027-01-15T08:00:00.250+00:00",
        "level": "warning",
        "from": "bot.x",
        "message": "row 5",
        "contact": 12,
        "row": 5,
        "lane": "reply",
    }
    assert "chat" not in FIELDS
    assert "user" not in FIELDS


def test_a_line_of_text_has_them_at_its_end() -> None:
    assert TextFormatter().format(record()).endswith("WARNING bot.x: row 5")
    assert TextFormatter().format(record(contact=12, chat=4711)).endswith("bot.x: row 5 [contact 12]")


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
def test_a_line_stays_one_line_of_its_form(formatter: logging.Formatter) -> None:
    try:
        raise ValueError("x")
    except ValueError:
        made = record("it says “no”\n%s", "x")
        made.exc_info = sys.exc_info()
    text = formatter.format(made)
    assert "ValueError" in text
    if isinstance(formatter, JsonFormatter):
        assert "\n" not in text
        assert json.loads(text)["traceback"].endswith("ValueError: x")
