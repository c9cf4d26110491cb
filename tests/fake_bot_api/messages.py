"""Methods that send, change and delete messages, and answer presses."""

from __future__ import annotations

from typing import Any

from .entities import ParsedText, formatted
from .errors import Json, bad
from .limits import (
    DELETE_SECONDS,
    FILE_BYTES,
    QUERY_SECONDS,
    check_callback_text,
    check_markup,
    check_photo,
    check_url,
    image_size,
)
from .world import Group, Person, Stored, World

# TBA Client.cpp:108
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)
_ACTIONS = {  # API sendChatAction
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}


def send_message(world: World, params: Json) -> Json:
    """API sendMessage."""
    chat = _target(world, params)
    parsed = formatted(params, "text", entities_name="entities")
    content = {"text": parsed.text, **_entities("entities", parsed)}
    return _send(world, chat, params, content, html=params["text"])


def send_photo(world: World, params: Json) -> Json:
    """API sendPhoto: an upload, a file_id or a URL."""
    chat = _target(world, params)
    kept = _file(world, params, "photo")
    width, height = image_size(world.files[kept].content) or (0, 0)
    photo = [_file_object(world, kept) | {"width": width or 1280, "height": height or 720}]
    return _send(world, chat, params, {"photo": photo, **_caption(params)}, html=params.get("caption"))


def send_document(world: World, params: Json) -> Json:
    """API sendDocument: an upload, a file_id or a URL."""
    chat = _target(world, params)
    document = _file_object(world, _file(world, params, "document"))
    return _send(world, chat, params, {"document": document, **_caption(params)}, html=params.get("caption"))


def send_chat_action(world: World, params: Json) -> bool:
    """API sendChatAction."""
    _target(world, params)
    if params.get("action") not in _ACTIONS:
        raise bad("wrong parameter action in request", violation=True)  # TBA process_send_chat_action_query
    return True


def edit_message_text(world: World, params: Json) -> Json:
    """API editMessageText."""
    parsed = formatted(params, "text", entities_name="entities")
    stored = _editable(world, params)
    if "text" not in stored.message:
        raise bad("there is no text in the message to edit")  # TD MessagesManager::edit_message_text
    content = {"text": parsed.text, **_entities("entities", parsed)}
    return _edit(world, stored, params, content, ("text", "entities"), html=params["text"], kind="edit")


def edit_message_caption(world: World, params: Json) -> Json:
    """API editMessageCaption."""
    stored = _editable(world, params)
    if "text" in stored.message:
        raise bad("there is no caption in the message to edit")  # TD MessagesManager::edit_message_caption
    content = _caption(params)
    return _edit(
        world, stored, params, content, ("caption", "caption_entities"), html=params.get("caption"), kind="edit"
    )


def edit_message_reply_markup(world: World, params: Json) -> Json:
    """API editMessageReplyMarkup."""
    stored = _editable(world, params)
    return _edit(world, stored, params, {}, (), html=stored.html, kind="markup")


def delete_message(world: World, params: Json) -> bool:
    """API deleteMessage: under 48 hours; others' messages in groups only as an administrator."""
    chat = world.writable(params.get("chat_id"))
    stored = world.messages[chat.id].get(params.get("message_id", 0))
    if stored is None:
        raise bad("message to delete not found")  # TBA Client.cpp:13804
    if not _deletable(world, chat, stored):
        raise bad("message can't be deleted")  # TBA Client.cpp:149
    _delete(world, chat, stored)
    return True


def delete_messages(world: World, params: Json) -> bool:
    """API deleteMessages: 1-100 ids; those not found are skipped."""
    chat = world.writable(params.get("chat_id"))
    ids = params.get("message_ids") or []
    if not 1 <= len(ids) <= 100:
        raise bad(
            "message identifiers are not specified" if not ids else "too many message identifiers specified",
            violation=True,
        )
    for message_id in ids:
        stored = world.messages[chat.id].get(message_id)
        if stored and _deletable(world, chat, stored):
            _delete(world, chat, stored)
    return True


def answer_callback_query(world: World, params: Json) -> bool:
    """API answerCallbackQuery."""
    text = params.get("text", "")
    check_callback_text(text)
    query = world.queries.get(str(params.get("callback_query_id", "")))
    # The age up to which an answer is taken is unpublished; this server takes it as long as the
    # query lives in the queue (inferred), with the text of TBA Client.cpp:146-148.
    if query is None or world.clock.now() - query.date > QUERY_SECONDS:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    answer = {"text": text, "show_alert": bool(params.get("show_alert")), "time": world.clock.now()}
    query.answers.append(answer)
    person = world.people.get(query.person)
    if person and text:
        person.notices.append({"query_id": query.id, **answer})
    world.events.note("answer", query.chat_id, query_id=query.id, text=text)
    return True


def pin_chat_message(world: World, params: Json) -> bool:
    """API pinChatMessage."""
    chat = world.writable(params.get("chat_id"))
    message_id = params.get("message_id", 0)
    if message_id not in world.messages[chat.id]:
        raise bad("message to pin not found")  # TBA process_pin_chat_message_query
    if isinstance(chat, Group) and chat.bot != "administrator":
        raise bad("not enough rights to manage pinned messages in the chat")
    world.pinned[chat.id].append(message_id)
    return True


def unpin_chat_message(world: World, params: Json) -> bool:
    """API unpinChatMessage."""
    chat = world.writable(params.get("chat_id"))
    pinned = world.pinned[chat.id]
    message_id = params.get("message_id") or (pinned[-1] if pinned else 0)
    if message_id not in world.messages[chat.id]:
        raise bad("message to unpin not found")  # TBA process_unpin_chat_message_query
    world.pinned[chat.id] = [one for one in pinned if one != message_id]
    return True


def unpin_all_chat_messages(world: World, params: Json) -> bool:
    """API unpinAllChatMessages."""
    chat = world.writable(params.get("chat_id"))
    world.pinned[chat.id] = []
    return True


def get_file(world: World, params: Json) -> Json:
    """API getFile."""
    kept = world.files.get(params.get("file_id", ""))
    if kept is None:
        raise bad("invalid file_id")  # TBA process_get_file_query
    return _file_object(world, kept.id) | {"file_path": kept.path}


def _target(world: World, params: Json) -> Person | Group:
    chat = world.writable(params.get("chat_id"))
    thread = params.get("message_thread_id")
    # Also General, thread id 1: TBA Client.cpp:6818, 8277
    if thread is not None and not (isinstance(chat, Group) and thread in chat.threads):
        raise bad("message thread not found")
    return chat


def _send(world: World, chat: Person | Group, params: Json, content: Json, *, html: str | None) -> Json:
    markup = params.get("reply_markup")
    check_markup(markup)
    reply = params.get("reply_parameters")
    if reply:
        target = world.messages[chat.id].get(reply.get("message_id", 0))
        if target:
            content["reply_to_message"] = _flat(target)
        elif not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")  # TBA Client.cpp:8516
    if params.get("message_thread_id"):
        content |= {"message_thread_id": params["message_thread_id"], "is_topic_message": True}
    if params.get("protect_content"):
        content["has_protected_content"] = True
    if markup and markup.get("inline_keyboard"):
        content["reply_markup"] = markup
    keyboard = markup if markup and "inline_keyboard" not in markup else None
    return world.keep(chat, content, sender=world.bot, html=html, keyboard=keyboard).message


def _editable(world: World, params: Json) -> Stored:
    if "inline_message_id" in params:
        raise bad("MESSAGE_ID_INVALID")  # this bot sends nothing inline
    chat = world.writable(params.get("chat_id"))
    stored = world.messages[chat.id].get(params.get("message_id", 0))
    if stored is None:
        raise bad("message to edit not found")  # TBA Client.cpp:13541
    if not stored.by_bot or stored.keyboard:
        raise bad("message can't be edited")  # TD MessagesManager.cpp:23386
    return stored


def _edit(
    world: World,
    stored: Stored,
    params: Json,
    content: Json,
    replaced: tuple[str, ...],
    *,
    html: str | None,
    kind: str,
) -> Json:
    markup = params.get("reply_markup")
    check_markup(markup)
    message = {key: item for key, item in stored.message.items() if key not in {*replaced, "reply_markup"}}
    message |= content
    if markup and markup.get("inline_keyboard"):
        message["reply_markup"] = markup  # not given: the buttons go (API editMessageText)
    if message == stored.message:
        raise bad(NOT_MODIFIED)
    message["edit_date"] = world.clock.date()
    stored.message, stored.html, stored.version = message, html, stored.version + 1
    chat_id = message["chat"]["id"]
    world.log_sent(chat_id, kind, stored)
    world.events.note("edit", chat_id, message_id=message["message_id"])
    return message


def _deletable(world: World, chat: Person | Group, stored: Stored) -> bool:
    if world.clock.now() - stored.message["date"] >= DELETE_SECONDS:  # API deleteMessage
        return False
    return stored.by_bot or isinstance(chat, Person) or chat.bot == "administrator"


def _delete(world: World, chat: Person | Group, stored: Stored) -> None:
    message_id = stored.message["message_id"]
    del world.messages[chat.id][message_id]
    world.log_sent(chat.id, "delete", stored)
    world.events.note("delete", chat.id, message_id=message_id)


def _caption(params: Json) -> Json:
    parsed = formatted(params, "caption", entities_name="caption_entities")
    if not parsed.text:
        return {}
    return {"caption": parsed.text, **_entities("caption_entities", parsed)}


def _entities(name: str, parsed: ParsedText) -> Json:
    return {name: parsed.entities} if parsed.entities else {}


def _flat(stored: Stored) -> Json:
    return {key: item for key, item in stored.message.items() if key != "reply_to_message"}


def _file(world: World, params: Json, name: str) -> str:
    """The id of the file of a call; an upload is kept."""
    value: Any = params.get(name)
    if isinstance(value, str) and value.startswith("attach://"):
        value = params.get(value.removeprefix("attach://"))
    if isinstance(value, bytes) and value:
        if name == "photo":
            check_photo(value)
        elif len(value) > FILE_BYTES:
            raise bad("file is too big", violation=True)
        return world.keep_file(value, f"{name}s", ".png" if name == "photo" else ".bin").id
    if isinstance(value, str) and value in world.files:
        return value
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        check_url(value)
        return world.keep_file(b"", f"{name}s", ".jpg").id
    if value:
        raise bad("wrong file identifier/HTTP URL specified")  # TBA get_input_file
    raise bad(f"there is no {name} in the request", violation=True)  # TBA process_send_photo_query


def _file_object(world: World, file_id: str) -> Json:
    kept = world.files[file_id]
    return {"file_id": kept.id, "file_unique_id": kept.unique, "file_size": len(kept.content)}
