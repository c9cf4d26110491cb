"""Telegram's updates as the turn loop's items: one total function over any JSON value.

Rules:
- It never raises. What can't be read becomes `Unreadable` and is confirmed; asking for it again mends nothing.
- A press belongs to whoever pressed: in a private chat the presser's id counts, not the message's chat.
- In a group only what is meant for the bot is taken: a command, a reply to it, a button.
- Text is cleaned of what no database or screen can take (lone surrogates, NUL) and cut to its longest.

Source: core.telegram.org/bots/api, Bot API 10.1, "Update" and "Message".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from bot.channels.telegram.members import membership_of
from bot.conversation.incoming import (
    ChatMoved,
    GroupChanged,
    Incoming,
    MemberChanged,
    StaffLeft,
    Unreadable,
    Unwanted,
    raw_json,
)
from bot.desk.roles import Membership
from bot.engine.event import (
    Blocked,
    ContactShared,
    Event,
    OtherSent,
    PhotoSent,
    Pressed,
    Said,
    StaffPressed,
    Started,
    TextEdited,
    Unblocked,
)
from bot.limits import NAME_CHARACTERS, PAYLOAD_CHARACTERS, TYPED_CHARACTERS

Item: TypeAlias = "Incoming | Unreadable | Unwanted | ChatMoved | MemberChanged | StaffLeft | GroupChanged"
Json: TypeAlias = Mapping[str, object]

WANTED = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
"""What getUpdates is asked for; older kinds may still come for a while. `chat_member` comes to admins only."""
_DATA_CHARACTERS = 256  # more than any button can carry, so that forged data stays recognisable
_PRESS_ID_CHARACTERS = 64  # today at most 20 digits
_ID_BITS = 63
_LAST_SECOND = 2**33  # in the year 2242

_UNCLEAN = re.compile("[\ud800-\udfff]")
# Marks that turn or hide what stands beside a name; the joiners inside emoji and words stay.
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0000-\u001f\u007f]")
_COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?=\s|$)")
_PAYLOAD = re.compile(rf"[A-Za-z0-9_-]{{1,{PAYLOAD_CHARACTERS}}}")
_STAFF = re.compile(r"s:([a-z_]{1,20}):([A-Za-z0-9_-]{1,40})")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,35}")
_PHONE_CHARACTERS = 32
_ALBUM_CHARACTERS = 64

_SENT_THINGS = (
    "sticker",
    "voice",
    "video_note",
    "video",
    "animation",
    "audio",
    "document",
    "venue",
    "location",
    "poll",
    "dice",
    "game",
    "story",
    "paid_media",
    "live_photo",
    "checklist",
    "invoice",
)
_SERVICE_WORDS = """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
    migrate_from_chat_id pinned_message successful_payment refunded_payment users_shared chat_shared gift
    unique_gift gift_upgrade_sent connected_website write_access_allowed passport_data
    proximity_alert_triggered boost_added chat_background_set checklist_tasks_done checklist_tasks_added
    direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway giveaway_winners giveaway_completed paid_message_price_changed suggested_post_approved
    suggested_post_approval_failed suggested_post_declined suggested_post_paid suggested_post_refunded
    video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited web_app_data
    chat_owner_left chat_owner_changed managed_bot_created poll_option_added poll_option_deleted
"""
_SERVICE = frozenset(_SERVICE_WORDS.split())


class _Malformed(Exception):
    """A field that every such update has is missing or of another type."""


def read_update(data: object, *, bot_username: str, staff_chat: int | None) -> Item:
    """One update, read.

    Args:
        data: Any JSON value.
        bot_username: Without @; tells commands to us from those to other bots.
        staff_chat: The staff group, whose moves to another id concern us.
    """
    update_id = data.get("update_id") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not _is_id(update_id):
        return Unreadable(None, "no update_id", raw_json(data))
    assert isinstance(update_id, int)
    try:
        return _read(data, update_id, bot_username.lower(), staff_chat)
    except _Malformed as error:
        return Unreadable(update_id, str(error), raw_json(data))


def _read(data: Json, update_id: int, bot: str, staff_chat: int | None) -> Item:
    if "message" in data:
        return _message(data, _object(data, "message"), update_id, bot, staff_chat)
    if "callback_query" in data:
        return _press(data, _object(data, "callback_query"), update_id)
    if "edited_message" in data:
        return _edited(data, _object(data, "edited_message"), update_id)
    if "chat_member" in data:
        return _member_changed(_object(data, "chat_member"), update_id, staff_chat)
    if "my_chat_member" in data:
        return _membership(data, _object(data, "my_chat_member"), update_id)
    return Unwanted(update_id, next((_clean(key, 40) for key in data if key != "update_id"), "empty"))


def _message(data: Json, message: Json, update_id: int, bot: str, staff_chat: int | None) -> Item:
    chat = _object(message, "chat")
    chat_id, kind = _id(chat, "id"), chat.get("type")
    if (moved := _moved(message, chat_id, update_id, staff_chat)) is not None:
        return moved
    if kind not in {"private", "group", "supergroup"}:
        return Unwanted(update_id, "channel")
    if chat_id == staff_chat and "left_chat_member" in message:  # told also where we are no admin
        return StaffLeft(_id(_object(message, "left_chat_member"), "id"), update_id)
    if "sender_chat" in message or ("from" not in message and kind != "private"):
        return Unwanted(update_id, "anonymous")
    # The sender is an optional field; in a private chat it is whom the chat is with.
    sender = _object(message, "from") if "from" in message else chat
    if sender.get("is_bot") is True:
        return Unwanted(update_id, "from_bot")
    user = _id(sender, "id")
    is_group = kind != "private"
    event = _event(message, user, bot)
    if event is None:
        return Unwanted(update_id, "service")
    if is_group and not _to_us(message, bot):
        return Unwanted(update_id, "group_message")
    place = chat_id if is_group else user
    sent_at = _instant(message.get("date"))
    return _incoming(data, event, update_id, place, sender, is_group=is_group, sent_at=sent_at)


def _moved(message: Json, chat_id: int, update_id: int, staff_chat: int | None) -> ChatMoved | Unwanted | None:
    """Both the old group and the new one announce the move; either is enough."""
    new, old = message.get("migrate_to_chat_id"), message.get("migrate_from_chat_id")
    if isinstance(new, int) and _is_id(new):
        old = chat_id
    elif isinstance(old, int) and _is_id(old):
        new = chat_id
    else:
        return None
    return ChatMoved(old, new, update_id) if old == staff_chat else Unwanted(update_id, "group_moved")


def _event(message: Json, user: int, bot: str) -> Event | None:
    if "text" in message:
        return _text(_clean(_str(message, "text")), bot)
    caption = message.get("caption")
    caption = _clean(caption) if isinstance(caption, str) else ""
    album = message.get("media_group_id")
    album = _clean(album, _ALBUM_CHARACTERS) if isinstance(album, str) else ""
    if "photo" in message:
        return PhotoSent(_largest(message["photo"]), caption, album)
    if "contact" in message:
        contact = _object(message, "contact")
        phone = _clean(_str(contact, "phone_number"), _PHONE_CHARACTERS)
        return ContactShared(phone, own=contact.get("user_id") == user)
    for kind in _SENT_THINGS:
        if kind in message:
            return OtherSent(kind, caption, album)
    # A kind newer than this program still gets an answer.
    return None if _SERVICE & message.keys() else OtherSent("unknown", caption)


def _text(text: str, bot: str) -> Event:
    command = _COMMAND.match(text)
    if command is None or (command[2] or bot).lower() != bot:
        return Said(text)
    rest = text[command.end() :].strip()
    if command[1].lower() == "start":
        return Started(rest if _PAYLOAD.fullmatch(rest) else None)
    return Said(f"/{command[1].lower()} {rest}".rstrip())


def _to_us(message: Json, bot: str) -> bool:
    text = message.get("text")
    command = _COMMAND.match(text) if isinstance(text, str) else None
    if command is not None:
        return (command[2] or bot).lower() == bot
    answered = message.get("reply_to_message")
    author = answered.get("from") if isinstance(answered, dict) else None
    name = author.get("username") if isinstance(author, dict) else None
    return isinstance(name, str) and name.lower() == bot


def _edited(data: Json, message: Json, update_id: int) -> Item:
    chat = _object(message, "chat")
    _id(chat, "id")
    if chat.get("type") != "private":
        return Unwanted(update_id, "edited_elsewhere")
    sender = _object(message, "from") if "from" in message else chat
    text = message.get("text", message.get("caption"))
    if sender.get("is_bot") is True or not isinstance(text, str):
        return Unwanted(update_id, "edited_without_text")
    event, sent_at = TextEdited(_clean(text)), _instant(message.get("edit_date"))
    return _incoming(data, event, update_id, _id(sender, "id"), sender, is_group=False, sent_at=sent_at)


def _press(data: Json, query: Json, update_id: int) -> Item:
    press_id, sender = _clean(_str(query, "id"), _PRESS_ID_CHARACTERS), _object(query, "from")
    user = _id(sender, "id")
    if sender.get("is_bot") is True or not isinstance(query.get("data"), str):
        return Unwanted(update_id, "press_without_data")
    carried = _clean(_str(query, "data"), _DATA_CHARACTERS)
    # The message may be inaccessible (its date is 0) or missing; its chat is all that is needed.
    message = query.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    chat_id = chat.get("id") if isinstance(chat, dict) else None
    is_group = isinstance(chat_id, int) and _is_id(chat_id) and chat_id < 0
    place = chat_id if is_group and isinstance(chat_id, int) else user
    if (staff := _STAFF.fullmatch(carried)) is not None:
        pressed = StaffPressed(staff[1], staff[2], user, _name(sender), press_id)
        return _incoming(data, pressed, update_id, place, sender, is_group=is_group)
    return _incoming(data, Pressed(carried, press_id), update_id, place, sender, is_group=is_group)


def _membership(data: Json, change: Json, update_id: int) -> Item:
    chat, sender = _object(change, "chat"), _object(change, "from")
    after = _object(change, "new_chat_member")
    status = after.get("status")
    chat_id = _id(chat, "id")
    if chat.get("type") in {"group", "supergroup"}:
        return GroupChanged(chat_id, _can_write(after), update_id)
    # In a private chat this comes only when somebody blocks or unblocks the bot.
    if chat.get("type") != "private" or status not in {"kicked", "member"}:
        return Unwanted(update_id, "membership")
    event = Blocked() if status == "kicked" else Unblocked()
    return _incoming(data, event, update_id, chat_id, sender, is_group=False)


def _can_write(member: Json) -> bool:
    """Of the bot itself; a restricted one may be there and silenced."""
    if member.get("status") == "restricted":
        return member.get("is_member") is True and member.get("can_send_messages") is True
    return membership_of(member) in {Membership.ADMIN, Membership.MEMBER}


def _member_changed(change: Json, update_id: int, staff_chat: int | None) -> Item:
    if _id(_object(change, "chat"), "id") != staff_chat:
        return Unwanted(update_id, "member_elsewhere")
    after = _object(change, "new_chat_member")
    user, membership = _id(_object(after, "user"), "id"), membership_of(after)
    if membership is Membership.OUT:
        return StaffLeft(user, update_id)
    return MemberChanged(user, membership, update_id)


def _incoming(
    data: Json,
    event: Event | StaffPressed,
    update_id: int,
    chat: int,
    sender: Json,
    *,
    is_group: bool,
    sent_at: datetime | None = None,
) -> Incoming:
    first_name, language = sender.get("first_name"), sender.get("language_code")
    return Incoming(
        chat=chat,
        event=event,
        update_id=update_id,
        user=_id(sender, "id"),
        first_name=_shown_name(first_name) if isinstance(first_name, str) else "",
        language=language if isinstance(language, str) and _LANGUAGE.fullmatch(language) else None,
        is_group=is_group,
        to_us=is_group,
        update=data,
        sent_at=sent_at,
    )


def _instant(seconds: object) -> datetime | None:
    """A time of Telegram's; None for what can't be one."""
    if isinstance(seconds, int) and not isinstance(seconds, bool) and 0 < seconds < _LAST_SECOND:
        return datetime.fromtimestamp(seconds, UTC)
    return None


def _name(sender: Json) -> str:
    names = [sender.get("first_name"), sender.get("last_name")]
    return _shown_name(" ".join(name for name in names if isinstance(name, str)))


def _shown_name(name: str) -> str:
    return _INVISIBLE.sub("", _clean(name, 4 * NAME_CHARACTERS)).strip()[:NAME_CHARACTERS]


def _largest(sizes: object) -> str:
    best, found = -1, ""
    for size in sizes if isinstance(sizes, list) else ():
        if isinstance(size, dict) and isinstance(size.get("file_id"), str):
            width, height = size.get("width"), size.get("height")
            area = width * height if isinstance(width, int) and isinstance(height, int) else 0
            if area > best:
                best, found = area, size["file_id"]
    if not found:
        raise _Malformed("photo: no file_id")
    return _clean(found, 512)


def _clean(text: str, longest: int = TYPED_CHARACTERS) -> str:
    return _UNCLEAN.sub("\ufffd", text[: 2 * longest].replace("\0", ""))[:longest]


def _object(holder: Json, name: str) -> Json:
    found = holder.get(name)
    if not isinstance(found, dict):
        raise _Malformed(f"{name}: not an object")
    return found


def _str(holder: Json, name: str) -> str:
    found = holder.get(name)
    if not isinstance(found, str):
        raise _Malformed(f"{name}: not a text")
    return found


def _id(holder: Json, name: str) -> int:
    found = holder.get(name)
    if not isinstance(found, int) or not _is_id(found):
        raise _Malformed(f"{name}: not an id")
    return found


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= _ID_BITS
