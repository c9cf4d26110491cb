"""Where each ciphertext stands: bound into it, so that none can be moved to another row."""

from __future__ import annotations

from bot.engine.effect import Effect
from bot.store import codec


def facts_place(contact: int) -> str:
    """Where a contact's facts stand, for the cipher."""
    return f"contacts|facts|{contact}"


def part_place(table: str, contact: int, name: str) -> str:
    """Where a session, lead, alert or visit stands."""
    return f"{table}|body|{contact}/{name}"


def row_place(row: int) -> str:
    """Where an outbox row's body stands."""
    return f"outbox|body|{row}"


def letter_place(letter: int) -> str:
    """Where a dead letter's body stands."""
    return f"dead_letters|body|{letter}"


def moved_place(chat_hash: str) -> str:
    """Where a moved chat's new id stands."""
    return f"moved_chats|body|{chat_hash}"


def note_place(kind: str, key: str) -> str:
    """Where a desk note's body stands."""
    return f"desk_notes|body|{kind}/{key}"


def write_row_body(chat: int, effect: bytes) -> bytes:
    """The body of an outbox row: a JSON array of the chat and the effect."""
    return b"[%d,%b]" % (chat, effect)


def read_row_body(kind: str, data: bytes) -> tuple[int, Effect]:
    """The chat and the effect of an outbox row."""
    chat, _, effect = data[1:-1].partition(b",")
    return int(chat), codec.load_effect(kind, effect)
