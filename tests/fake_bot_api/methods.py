"""Every method this server plays, by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from . import account, messages
from .errors import Json
from .world import World

Method = Callable[[World, Json], Any]


def _text(name: str, limit: int) -> Method:
    return lambda world, params: account.set_text(world, params, name, limit)


METHODS: dict[str, Method] = {
    "getMe": account.get_me,
    "sendMessage": messages.send_message,
    "sendPhoto": messages.send_photo,
    "sendDocument": messages.send_document,
    "sendChatAction": messages.send_chat_action,
    "editMessageText": messages.edit_message_text,
    "editMessageCaption": messages.edit_message_caption,
    "editMessageReplyMarkup": messages.edit_message_reply_markup,
    "deleteMessage": messages.delete_message,
    "deleteMessages": messages.delete_messages,
    "answerCallbackQuery": messages.answer_callback_query,
    "pinChatMessage": messages.pin_chat_message,
    "unpinChatMessage": messages.unpin_chat_message,
    "unpinAllChatMessages": messages.unpin_all_chat_messages,
    "getFile": messages.get_file,
    "setMyCommands": account.set_my_commands,
    "getMyCommands": account.get_my_commands,
    "deleteMyCommands": account.delete_my_commands,
    "setMyName": _text("name", 64),
    "setMyDescription": _text("description", 512),
    "setMyShortDescription": _text("short_description", 120),
    "getMyName": partial(account.get_text, name="name"),
    "getMyDescription": partial(account.get_text, name="description"),
    "getMyShortDescription": partial(account.get_text, name="short_description"),
    "setChatMenuButton": account.set_chat_menu_button,
    "getChatMenuButton": account.get_chat_menu_button,
    "getChat": account.get_chat,
    "getChatMember": account.get_chat_member,
    "getChatAdministrators": account.get_chat_administrators,
}
# Sending and editing share the limits, answers have none: tdlib/td#3034, tdlib/td#2592
RATED = frozenset(name for name in METHODS if name.startswith(("send", "edit")) and name != "sendChatAction")
