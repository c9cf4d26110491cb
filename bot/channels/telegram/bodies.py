"""Rows as calls of the Bot API: method, parameters and files. Pure.

Source: core.telegram.org/bots/api, Bot API 10.1; what is left out has the default that is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from bot.channels.telegram.keyboards import (
    REMOVE,
    asks_contact,
    contact_keyboard,
    inline_keyboard,
    written_links,
)
from bot.delivery.split import plain_text, split_html
from bot.engine.effect import SendCode, SendDocument, SendMessage, SendPicture
from bot.limits import CAPTION_CHARACTERS, PRESS_NOTE_CHARACTERS

Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class File:
    """A file to be uploaded as the parameter `field`."""

    field: str
    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call; with a file it is sent as multipart, else as JSON.

    `shows_keyboard`: afterwards the chat has a keyboard in the place of the typing one; False: it has none
    any more; None: nothing changes.
    """

    method: str
    params: Json
    file: File | None = None
    shows_keyboard: bool | None = None


def message_call(
    chat: int, effect: SendMessage, *, target: int | None, plain: bool, remove_keyboard: bool
) -> ApiCall:
    """A message, or the change of one.

    Args:
        chat: Where to.
        effect: The message.
        target: Telegram's id of the message it changes; None: it is a new one.
        plain: Without markup, which was refused.
        remove_keyboard: The chat still shows a keyboard that an earlier message put there.
    """
    if target is not None:
        return _edit_call(chat, effect, target, plain=plain)
    asks = asks_contact(effect.rows)
    html = effect.html + (written_links(effect.rows) if asks else "")
    params: Json = {"chat_id": chat, **_text_params(html, plain=plain)}
    markup = contact_keyboard(effect.rows, effect.placeholder) if asks else inline_keyboard(effect.rows)
    if markup is not None:
        return ApiCall("sendMessage", params | {"reply_markup": markup}, shows_keyboard=True if asks else None)
    if remove_keyboard:
        return ApiCall("sendMessage", params | {"reply_markup": REMOVE}, shows_keyboard=False)
    return ApiCall("sendMessage", params)


def _edit_call(chat: int, effect: SendMessage, target: int, *, plain: bool) -> ApiCall:
    params: Json = {"chat_id": chat, "message_id": target}
    # Without `reply_markup` an edit takes the inline keyboard off.
    markup = inline_keyboard(effect.rows)
    keyboard: Json = {} if markup is None else {"reply_markup": markup}
    if effect.only_buttons:
        return ApiCall("editMessageReplyMarkup", params | keyboard)
    return ApiCall("editMessageText", params | _text_params(effect.html, plain=plain) | keyboard)


def _text_params(html: str, *, plain: bool) -> Json:
    # Nothing that a text names may be fetched and shown by others' servers.
    params: Json = {"text": plain_text(html) if plain else html, "link_preview_options": {"is_disabled": True}}
    if not plain:
        params["parse_mode"] = "HTML"
    return params


def picture_call(chat: int, effect: SendPicture, picture: File | str) -> ApiCall:
    """A picture: a file to upload, or the id under which Telegram has it already."""
    params: Json = {"chat_id": chat} | _caption(effect.alt)
    if effect.file_id:
        params["protect_content"] = True  # somebody's own photo: neither passed on nor saved
    if isinstance(picture, str):
        return ApiCall("sendPhoto", params | {"photo": picture})
    return ApiCall("sendPhoto", params, picture)


def words_call(chat: int, effect: SendPicture, *, remove_keyboard: bool) -> ApiCall:
    """A picture's words alone, where there is no picture."""
    message = SendMessage(effect.number, escape(effect.alt, quote=False))
    return message_call(chat, message, target=None, plain=False, remove_keyboard=remove_keyboard)


def pin_call(chat: int, message: int, *, unpins: bool) -> ApiCall:
    """A message on top of the chat, without a sound, or no longer there."""
    params: Json = {"chat_id": chat, "message_id": message}
    return (
        ApiCall("unpinChatMessage", params)
        if unpins
        else ApiCall("pinChatMessage", params | {"disable_notification": True})
    )


def unpin_all_call(chat: int) -> ApiCall:
    """Nothing stays on top of the chat."""
    return ApiCall("unpinAllChatMessages", {"chat_id": chat})


def document_call(chat: int, effect: SendDocument) -> ApiCall:
    """A file made for the person."""
    document = File("document", effect.name, effect.media_type, effect.content.encode("utf-8", "replace"))
    return ApiCall("sendDocument", {"chat_id": chat} | _caption(effect.caption), document)


def code_call(chat: int, effect: SendCode, link: str, code: File) -> ApiCall:
    """A code to scan, with its link in words; whoever it is shown to may have no camera at hand."""
    return ApiCall("sendPhoto", {"chat_id": chat} | _caption(f"{effect.words}\n{link}"), code)


def answer_call(press_id: str, note: str) -> ApiCall:
    """Stops a button's spinner; a note is shown for a moment."""
    params: Json = {"callback_query_id": press_id}
    if note:
        params["text"] = note[:PRESS_NOTE_CHARACTERS]
    return ApiCall("answerCallbackQuery", params)


def _caption(text: str) -> Json:
    """Plain words under a file; `check` holds their length, so a cut is the last resort."""
    words = plain_text(split_html(escape(text, quote=False), CAPTION_CHARACTERS)[0])
    return {"caption": words} if words.strip() else {}
