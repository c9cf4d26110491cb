"""Rows of buttons as Telegram's keyboards.

A message has one keyboard: an inline one, or one in the place of the typing keyboard. Only the latter can share
a phone number, so beside a `contact` button the other buttons become plain texts, which are heard as if typed;
links, which can't be texts, are written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TypeAlias

from bot.engine.effect import ButtonSpec
from bot.engine.event import Verb, read_button
from bot.limits import BUTTON_DATA_BYTES, KEYBOARD_BUTTONS

Rows: TypeAlias = Sequence[Sequence[ButtonSpec]]
Json: TypeAlias = dict[str, object]
REMOVE: Json = {"remove_keyboard": True}
_PLACEHOLDER_CHARACTERS = 64  # ReplyKeyboardMarkup.input_field_placeholder
_MARK = "✓ "


def asks_contact(rows: Rows) -> bool:
    """One of the buttons shares the person's number."""
    return any(button.kind == "contact" for row in rows for button in row)


def inline_keyboard(rows: Rows) -> Json | None:
    """InlineKeyboardMarkup, or None without a usable button."""
    keyboard: list[list[Json]] = []
    left = KEYBOARD_BUTTONS
    for row in rows:
        buttons = [made for button in row if (made := _inline_button(button)) is not None][:left]
        left -= len(buttons)
        if buttons:
            keyboard.append(buttons)
    return {"inline_keyboard": keyboard} if keyboard else None


def contact_keyboard(rows: Rows, placeholder: str) -> Json:
    """ReplyKeyboardMarkup that goes away once used; `remove_keyboard` of the next message takes it off."""
    keyboard: list[list[Json]] = []
    for row in rows:
        buttons: list[Json] = []
        for button in row:
            if button.kind == "contact":
                buttons.append({"text": button.label, "request_contact": True})
            elif button.url is None and button.label:
                buttons.append({"text": _typed(button)})
        if buttons:
            keyboard.append(buttons)
    markup: Json = {"keyboard": keyboard, "resize_keyboard": True, "one_time_keyboard": True}
    if placeholder:
        markup["input_field_placeholder"] = placeholder[:_PLACEHOLDER_CHARACTERS]
    return markup


def written_links(rows: Rows) -> str:
    """The links of a keyboard that can't hold them, as html lines to put under the text."""
    links = [button for row in rows for button in row if button.url]
    return "".join(f"\n{escape(link.label, quote=False)}: {escape(link.url or '', quote=False)}" for link in links)


def _typed(button: ButtonSpec) -> str:
    """What is sent as if typed: a label that is heard; for *back* the bare word, or the command elsewhere."""
    read = read_button(button.data or "")
    if button.kind != "extra" or (read is not None and read.verb is Verb.PINNED):
        return button.label
    words = button.label.strip("‹› ")
    return words if words.casefold() == button.id else f"/{button.id}"


def _inline_button(button: ButtonSpec) -> Json | None:
    if not button.label:
        return None
    if button.url:
        return {"text": button.label, "url": button.url}
    if button.data is None or not 1 <= len(button.data.encode("utf-8", "replace")) <= BUTTON_DATA_BYTES:
        return None  # `check` holds the length; a keyboard without this button is better than no message
    return {"text": f"{_MARK}{button.label}" if button.marked else button.label, "callback_data": button.data}
