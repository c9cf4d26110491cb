"""Sizes, alphabets and keyboards: what Telegram refuses, in its words."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .errors import Json, bad

TEXT_LENGTH = 4096  # code points after entity parsing: API sendMessage
CAPTION_LENGTH = 1024  # API sendPhoto
RAW_BYTES = 32_768  # TBA Client.cpp:11309
CALLBACK_DATA_BYTES = 64  # API InlineKeyboardButton
CALLBACK_TEXT = 200  # API answerCallbackQuery
KEYBOARD_BUTTONS = 100  # (inferred) the MTProto server's limit of one inline keyboard
PHOTO_BYTES = 10 * 1024 * 1024  # API sendPhoto
FILE_BYTES = 50 * 1024 * 1024  # FAQ
DOWNLOAD_BYTES = 20 * 1024 * 1024  # API getFile
QUERY_SECONDS = 150  # TBA Client.cpp:17152-17155
UPDATE_SECONDS = 86_400  # APIDOC getting-updates; TBA Client.cpp:17053
DELETE_SECONDS = 48 * 3600  # API deleteMessage
POLL_SECONDS = 50  # TBA Client.h:1610
POLL_BYTES = 4 * 1024 * 1024  # TBA Client.cpp:16307

# One of these makes the type of the button: API InlineKeyboardButton.
_KINDS = {
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
}


def check_markup(markup: Json | None) -> None:
    """The buttons of a reply markup.

    Raises:
        ApiError: As Telegram refuses it; each is a violation.
    """
    if not markup:
        return
    for row in markup.get("inline_keyboard", []):
        for button in row:
            _check_button(button)
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    if sum(map(len, rows)) > KEYBOARD_BUTTONS:
        raise bad("reply markup is too long", violation=True)  # TBA Client.cpp:120
    for row in markup.get("keyboard", []):
        for button in row:
            if not button.get("text"):
                raise bad("keyboard button text must be non-empty", violation=True)


def _check_button(button: Json) -> None:
    text = button.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad("inline keyboard button text must be non-empty", violation=True)
    kinds = _KINDS & button.keys()
    if not kinds:
        # TBA Client.cpp get_inline_keyboard_button
        raise bad(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard", violation=True
        )
    if len(kinds) > 1:
        raise bad(f"inline keyboard button has {len(kinds)} types: {', '.join(sorted(kinds))}", violation=True)
    if "callback_data" in kinds:
        size = len(button["callback_data"].encode())
        if not 1 <= size <= CALLBACK_DATA_BYTES:
            # An upper-case MTProto name passes through: TBA Client.cpp:195-200
            raise bad("BUTTON_DATA_INVALID", violation=True)
    elif "url" in kinds:
        check_url(button["url"])


def check_url(url: str) -> None:
    """A button's URL: HTTP, HTTPS or tg (API InlineKeyboardButton.url).

    Raises:
        ApiError: As TD ReplyMarkup.cpp words it.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme == "tg" or (parts.scheme in {"http", "https"} and "." in (parts.hostname or ""))
    except ValueError:
        good = False
    if not good or re.search(r"\s", url):
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL", violation=True)


def check_callback_text(text: str) -> None:
    """The notice of answerCallbackQuery: 0-200 characters.

    Raises:
        ApiError: MESSAGE_TOO_LONG, the MTProto name.
    """
    if len(text) > CALLBACK_TEXT:
        raise bad("MESSAGE_TOO_LONG", violation=True)


def check_photo(content: bytes) -> None:
    """An uploaded photo: at most 10 MB, width + height <= 10000, ratio <= 20 (API sendPhoto).

    Raises:
        ApiError: 413 or the MTProto name.
    """
    if len(content) > PHOTO_BYTES:
        raise bad("PHOTO_TOO_BIG", violation=True)
    size = image_size(content)
    if size is None:
        raise bad("IMAGE_PROCESS_FAILED", violation=True)
    width, height = size
    if width and (width + height > 10_000 or max(width, height) > 20 * min(width, height)):
        raise bad("PHOTO_INVALID_DIMENSIONS", violation=True)


def image_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG; (0, 0) for other images; None for what is no image."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24:
        return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")
    if content.startswith((b"\xff\xd8\xff", b"GIF8")) or content[8:12] == b"WEBP":
        return 0, 0
    return None
