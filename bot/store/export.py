"""What is held on a person beside the person: consents, timers, messages, updates that failed; readable."""

from __future__ import annotations

import json
from typing import Any

from bot.ids import ContactId
from bot.store.database import Database
from bot.store.encryption import Cipher
from bot.store.instant import from_micros
from bot.store.places import letter_place, row_place


async def export_rows(main: Database, contact: ContactId, cipher: Cipher) -> dict[str, list[dict[str, object]]]:
    """Every row of the contact in the tables that hold no part of the person, as plain JSON values."""
    return {
        "consents": [_readable(dict(row)) for row in await main.read("export_consents", (contact,))],
        "timers": [_readable(dict(row)) for row in await main.read("export_timers", (contact,))],
        "messages": [_message(dict(row), cipher) for row in await main.read("export_rows", (contact,))],
        "failed_updates": [
            {"at": from_micros(at).isoformat(), **json.loads(cipher.open(body, letter_place(letter)))}
            for letter, at, body in await main.read("export_dead_letters", (contact,))
        ],
    }


def _message(values: dict[str, Any], cipher: Cipher) -> dict[str, object]:
    row, body = values.pop("id"), values.pop("body")
    message = _readable(values)
    if body is not None:  # unsent: what was sent is in the chat, and no longer here
        message["content"] = json.loads(cipher.open(body, row_place(row)))[1]
    return message


def _readable(values: dict[str, Any]) -> dict[str, object]:
    return {
        name: from_micros(value).isoformat() if name.endswith("_at") and value is not None else value
        for name, value in values.items()
    }
