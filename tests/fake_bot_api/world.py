"""People, groups, messages, pressed buttons and files: everything that the server knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from .clock import Clock
from .errors import ApiError, Json, bad, forbidden
from .events import Events


@dataclass(slots=True)
class Person:
    """One simulated user; `started` once they wrote to the bot."""

    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    notices: list[Json] = field(default_factory=list)

    def user(self) -> Json:
        """The person as an API User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        if self.username:
            user["username"] = self.username
        if self.language_code:
            user["language_code"] = self.language_code
        return user

    def chat(self) -> Json:
        """Their private chat with the bot as an API Chat."""
        chat: Json = {"id": self.id, "type": "private", "first_name": self.first_name}
        if self.username:
            chat["username"] = self.username
        return chat


@dataclass(slots=True)
class Group:
    """A group or supergroup with the bot in it.

    `bot` is the bot's status: member, administrator, left or kicked; `members` maps user ids to
    creator, administrator or member.
    """

    id: int
    title: str
    type: str = "supergroup"
    members: dict[int, str] = field(default_factory=dict)
    bot: str = "administrator"
    migrated_to: int | None = None
    deleted: bool = False
    threads: set[int] = field(default_factory=set)

    def chat(self) -> Json:
        """The group as an API Chat."""
        chat: Json = {"id": self.id, "type": self.type, "title": self.title}
        if self.threads:
            chat["is_forum"] = True
        return chat


@dataclass(slots=True)
class Stored:
    """One message: the API object, and what the API object does not tell."""

    message: Json
    by_bot: bool
    html: str | None = None
    version: int = 1
    keyboard: Json | None = None  # a reply keyboard: people see it, Message.reply_markup has it not


@dataclass(slots=True)
class Query:
    """A pressed button that waits for its answer."""

    id: str
    date: float
    person: int
    chat_id: int
    data: str
    answers: list[Json] = field(default_factory=list)


@dataclass(slots=True)
class StoredFile:
    """A file that was sent; `unique` names its content."""

    id: str
    unique: str
    path: str
    content: bytes


class World:
    """The state of one bot's Telegram.

    Args:
        token: The one valid token; its number is the bot's id.
        username: The bot's username, without @.
    """

    def __init__(self, token: str, username: str) -> None:
        self.token = token
        self.clock = Clock()
        self.events = Events()
        self.bot: Json = {
            "id": int(token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Clinic",
            "username": username,
        }
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.messages: dict[int, dict[int, Stored]] = defaultdict(dict)
        self.queries: dict[str, Query] = {}
        self.files: dict[str, StoredFile] = {}
        self.sent: dict[int, list[Json]] = defaultdict(list)
        self.profile: Json = {"commands": {}, "texts": {}, "menu": {}}
        self.pinned: dict[int, list[int]] = defaultdict(list)
        self.violations: list[Json] = []
        self.calls: list[Json] = []
        self.counts: Counter[str] = Counter()
        self.lean = False
        self.through = ""  # the path by which the call under way came in
        self._message_ids: Counter[int] = Counter()

    def next_message_id(self, chat_id: int) -> int:
        """Ids rise by one in each supergroup, and over all other chats together (TD MessageId.h)."""
        group = self.groups.get(chat_id)
        key = chat_id if group and group.type == "supergroup" else 0
        self._message_ids[key] += 1
        return self._message_ids[key]

    def chat(self, chat_id: Any) -> Person | Group:
        """The chat of a call.

        Raises:
            ApiError: 400 chat not found (TBA Client.cpp:6571).
        """
        if chat_id in {None, ""}:
            raise bad("chat_id is empty", violation=True)  # TBA Client.cpp check_chat
        found = self.people.get(chat_id) or self.groups.get(chat_id)
        if found is None:
            raise bad("chat not found")
        return found

    def writable(self, chat_id: Any) -> Person | Group:
        """A chat that the bot may write to now.

        Raises:
            ApiError: 400 or 403, as Telegram tells them apart.
        """
        chat = self.chat(chat_id)
        if isinstance(chat, Person):
            if chat.deactivated:
                raise forbidden("user is deactivated")  # TBA Client.cpp:8136
            if chat.blocked:
                raise forbidden("bot was blocked by the user")  # TBA Client.cpp:122-127
            if not chat.started:
                # TD MessagesManager.cpp:27957
                raise forbidden("bot can't initiate conversation with a user")
            return chat
        if chat.migrated_to is not None:
            raise ApiError(  # TBA Client.cpp:8150-8156
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                {"migrate_to_chat_id": chat.migrated_to},
            )
        if chat.deleted:
            raise forbidden("the group chat was deleted")  # TBA Client.cpp:8158
        if chat.bot in {"kicked", "left"}:  # TBA Client.cpp:8158-8185
            kind = f"{chat.type} chat"
            raise forbidden(
                f"bot was kicked from the {kind}" if chat.bot == "kicked" else f"bot is not a member of the {kind}"
            )
        return chat

    def user(self, user_id: int) -> Json | None:
        """A person or the bot as an API User."""
        if user_id == self.bot["id"]:
            return self.bot
        person = self.people.get(user_id)
        return person.user() if person else None

    def keep(
        self,
        chat: Person | Group,
        content: Json,
        *,
        sender: Json,
        html: str | None = None,
        keyboard: Json | None = None,
    ) -> Stored:
        """Put one new message into a chat and tell the watchers."""
        message = {
            "message_id": self.next_message_id(chat.id),
            "date": self.clock.date(),
            "chat": chat.chat(),
            "from": sender,
            **content,
        }
        by_bot = sender["id"] == self.bot["id"]
        stored = Stored(message, by_bot, html, keyboard=keyboard)
        self.messages[chat.id][message["message_id"]] = stored
        if by_bot:
            self.log_sent(chat.id, "send", stored)
        self.events.note("message", chat.id, message_id=message["message_id"], by_bot=by_bot)
        return stored

    def log_sent(self, chat_id: int, kind: str, stored: Stored) -> None:
        """One line in the chat's sent log: what people were shown, and when."""
        if not self.lean:
            at = {"time": self.clock.now(), "through": self.through}
            self.sent[chat_id].append({"kind": kind, **at, **view(stored)})

    def keep_file(self, content: bytes, folder: str, suffix: str) -> StoredFile:
        """Keep a file; its file_id works for this bot only (FEAT testing-your-bot)."""
        number = len(self.files) + 1
        name = f"{self.bot['id']}-{folder}-{number}"
        kept = StoredFile(f"BQAC{name}", f"AQAD{number}", f"{folder}/file_{number}{suffix}", content)
        self.files[kept.id] = kept
        return kept


def view(stored: Stored) -> Json:
    """A message as its reader sees it: text without entities, and the buttons."""
    message = stored.message
    markup = message.get("reply_markup") or {}
    return {
        "message_id": message["message_id"],
        "chat_id": message["chat"]["id"],
        "by_bot": stored.by_bot,
        "sender": message["from"]["first_name"],
        "date": message["date"],
        "text": message.get("text", message.get("caption", "")),
        "html": stored.html,
        "entities": message.get("entities", message.get("caption_entities", [])),
        "buttons": markup.get("inline_keyboard", []),
        "keyboard": (stored.keyboard or {}).get("keyboard", []),
        "edited": "edit_date" in message,
        "version": stored.version,
        "photo": message["photo"][-1]["file_id"] if "photo" in message else None,
        "document": message["document"]["file_id"] if "document" in message else None,
    }
