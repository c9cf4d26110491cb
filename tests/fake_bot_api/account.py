"""Methods about the bot itself and about chats: profile texts, commands, menu, members."""

from __future__ import annotations

import json
import re

from .errors import Json, bad
from .world import Group, Person, World

_RIGHTS = (  # API ChatMemberAdministrator, the required ones
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)


def get_me(world: World, params: Json) -> Json:
    """API getMe."""
    return world.bot | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def set_my_commands(world: World, params: Json) -> bool:
    """API setMyCommands: at most 100, each 1-32 of a-z 0-9 _."""
    commands = params.get("commands") or []
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH", violation=True)
    for command in commands:
        name = str(command.get("command", "")).removeprefix("/")
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            raise bad("BOT_COMMAND_INVALID", violation=True)
        if not 1 <= len(str(command.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID", violation=True)
    world.profile["commands"][_scope(world, params)] = commands
    return True


def get_my_commands(world: World, params: Json) -> list[Json]:
    """API getMyCommands."""
    found: list[Json] = world.profile["commands"].get(_scope(world, params), [])
    return found


def delete_my_commands(world: World, params: Json) -> bool:
    """API deleteMyCommands."""
    world.profile["commands"].pop(_scope(world, params), None)
    return True


def set_text(world: World, params: Json, name: str, limit: int) -> bool:
    """API setMyName, setMyDescription, setMyShortDescription."""
    text = params.get(name, "")
    if len(text) > limit:
        raise bad(f"bot {name.replace('_', ' ')} is too long", violation=True)
    world.profile["texts"][f"{name}:{_language(params)}"] = text
    return True


def get_text(world: World, params: Json, name: str) -> Json:
    """API getMyName, getMyDescription, getMyShortDescription."""
    texts = world.profile["texts"]
    default = world.bot["first_name"] if name == "name" else ""
    return {name: texts.get(f"{name}:{_language(params)}") or texts.get(f"{name}:", default)}


def set_chat_menu_button(world: World, params: Json) -> bool:
    """API setChatMenuButton: for one private chat, or the default."""
    chat_id = params.get("chat_id")
    if chat_id is not None and not isinstance(world.chat(chat_id), Person):
        raise bad("chat not found")
    world.profile["menu"][str(chat_id or "")] = params.get("menu_button") or {"type": "default"}
    return True


def get_chat_menu_button(world: World, params: Json) -> Json:
    """API getChatMenuButton."""
    menu = world.profile["menu"]
    found: Json = menu.get(str(params.get("chat_id") or "")) or menu.get("") or {"type": "commands"}
    return found


def get_chat(world: World, params: Json) -> Json:
    """API getChat: a ChatFullInfo."""
    chat = world.chat(params.get("chat_id"))
    if isinstance(chat, Group):
        world.writable(chat.id)
    gifts = dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
    )
    return chat.chat() | {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": gifts}


def get_chat_member(world: World, params: Json) -> Json:
    """API getChatMember."""
    chat = world.writable(params.get("chat_id"))
    user_id = params.get("user_id", 0)
    user = world.user(user_id)
    if user is None:
        raise bad("user not found")  # TBA check_user
    if isinstance(chat, Person):
        return member(user, "member")
    status = chat.bot if user_id == world.bot["id"] else chat.members.get(user_id, "left")
    return member(user, status)


def get_chat_administrators(world: World, params: Json) -> list[Json]:
    """API getChatAdministrators: other bots are left out unless asked for."""
    chat = world.writable(params.get("chat_id"))
    if isinstance(chat, Person):
        raise bad("there are no administrators in the private chat")  # TBA process_get_chat_administrators_query
    found = [
        member(user, status)
        for user_id, status in chat.members.items()
        if status in {"creator", "administrator"} and (user := world.user(user_id))
    ]
    return [*found, member(world.bot, chat.bot)] if chat.bot == "administrator" else found


def member(user: Json, status: str) -> Json:
    """A ChatMember of a status: creator, administrator, member, left or kicked (API ChatMember)."""
    found: Json = {"status": status, "user": user}
    if status == "creator":
        found["is_anonymous"] = False
    elif status == "administrator":
        found |= {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_RIGHTS, True)
    elif status == "kicked":
        found["until_date"] = 0
    return found


def _language(params: Json) -> str:
    code = str(params.get("language_code", ""))
    if code and not re.fullmatch(r"[a-z]{2}", code):
        raise bad("LANG_CODE_INVALID", violation=True)  # API: a two-letter ISO 639-1 code
    return code


def _scope(world: World, params: Json) -> str:
    scope = params.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        world.chat(scope["chat_id"])
    return json.dumps([scope, _language(params)], sort_keys=True)
