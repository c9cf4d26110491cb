"""Reading Telegram's updates, beside python-telegram-bot's own types."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

from telegram import Update

from benchmarks.measure import Effort, Figure, figure, progress, time_beside
from bot.channels.telegram.read_update import read_update
from bot.conversation.incoming import Incoming

MAYA = {"id": 11, "is_bot": False, "first_name": "Maya", "language_code": "en"}
BOT = {"id": 5, "is_bot": True, "first_name": "Clinic", "username": "ClinicBot"}
CHAT = {"id": 11, "type": "private", "first_name": "Maya"}


def press_update() -> dict[str, Any]:
    """A press on a question with eleven buttons: what comes most often."""
    rows = [[{"text": f"Answer {number}", "callback_data": f"11-1:3=answer_{number}"}] for number in range(11)]
    message = {
        "message_id": 3, "date": 1_780_000_000, "chat": CHAT, "from": BOT, "text": "What would you like? " * 8,
        "entities": [{"type": "bold", "offset": 0, "length": 4}], "reply_markup": {"inline_keyboard": rows},
    }  # fmt: skip
    query = {"id": "900", "from": MAYA, "chat_instance": "1", "message": message, "data": "11-1:3=answer_4"}
    return {"update_id": 8, "callback_query": query}


def measure_reading(effort: Effort) -> list[Figure]:
    """A press, from parsed JSON to the turn loop's item, and to python-telegram-bot's `Update`."""
    progress("reading updates")
    update = press_update()
    assert isinstance(read_update(update, bot_username="ClinicBot", staff_chat=None), Incoming)
    name = f"python-telegram-bot {version('python-telegram-bot')}: Update.de_json"
    theirs, ours = time_beside(
        [
            (lambda: Update.de_json(update, None), effort.loops, 1),
            (lambda: read_update(update, bot_username="ClinicBot", staff_chat=None), effort.loops, 1),
        ],
        effort.repeats,
    )
    other = figure(name, "µs", theirs, "the same press")
    row = figure("read_update", "µs", ours, "a press on a question with 11 buttons, from parsed JSON")
    return [replace(row, beside=name, ratio=row.median / other.median), other]
