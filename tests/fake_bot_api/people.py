"""What simulated people do, turned into the updates that Telegram would make of it."""

from __future__ import annotations

import re

from .account import member
from .errors import Json
from .updates import UpdateQueue
from .world import Group, Person, Query, World

_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?")
_CLIENT_TEXT = 4096  # people's apps split longer texts


class People:
    """The acts of people; each returns the update ids it caused (none: the bot doesn't see it)."""

    def __init__(self, world: World, queue: UpdateQueue) -> None:
        self.world = world
        self.queue = queue
        self._query = 0

    def say(self, person: Person, text: str, chat_id: int | None = None, reply_to: int | None = None) -> list[int]:
        """Type a text, in the private chat or a group."""
        found = []
        for start in range(0, max(len(text), 1), _CLIENT_TEXT):
            part = text[start : start + _CLIENT_TEXT]
            content: Json = {"text": part}
            commands = [
                {"type": "bot_command", "offset": match.start(), "length": len(match[0])}
                for match in _COMMAND.finditer(part)
            ]
            if commands:
                content["entities"] = commands
            found += self.send(person, content, chat_id, reply_to)
        return found

    def send(
        self, person: Person, content: Json, chat_id: int | None = None, reply_to: int | None = None
    ) -> list[int]:
        """Send a message of any content."""
        chat: Person | Group = self._group(person, chat_id) if chat_id else self._private(person)
        if reply_to is not None:
            content = content | {"reply_to_message": self.world.messages[chat.id][reply_to].message}
        stored = self.world.keep(chat, content, sender=person.user())
        if isinstance(chat, Group) and not self._bot_sees(chat, stored.message):
            return []
        return _ids(self.queue.push("message", stored.message, f"chat{chat.id}"))

    def edit(self, person: Person, text: str, message_id: int | None, chat_id: int | None) -> list[int]:
        """Change the text of one's own message (the last one by default)."""
        chat = self._group(person, chat_id) if chat_id else self._private(person)
        mine = [
            item
            for item in self.world.messages[chat.id].values()
            if item.message["from"]["id"] == person.id
            and "text" in item.message
            and message_id in {None, item.message["message_id"]}
        ]
        if not mine:
            raise ValueError("no message of theirs to edit")
        stored = mine[-1]
        stored.message = stored.message | {"text": text, "edit_date": self.world.clock.date()}
        stored.version += 1
        self.world.events.note("edit", chat.id, message_id=stored.message["message_id"])
        return _ids(self.queue.push("edited_message", stored.message, f"chat{chat.id}"))

    def photo(self, person: Person, caption: str, chat_id: int | None = None, album: str = "") -> list[int]:
        """Send a photo (one pixel; getFile gives it); those of one `album` were sent together."""
        kept = self.world.keep_file(_PIXEL, "photos", ".png")
        size = {
            "file_id": kept.id,
            "file_unique_id": kept.unique,
            "width": 1,
            "height": 1,
            "file_size": len(_PIXEL),
        }
        more = {"caption": caption, "media_group_id": album}
        given = {name: value for name, value in more.items() if value}
        return self.send(person, {"photo": [size]} | given, chat_id)

    def sticker(self, person: Person, emoji: str) -> list[int]:
        """Send a sticker."""
        kept = self.world.keep_file(b"RIFF", "stickers", ".webp")
        sticker = {
            "file_id": kept.id,
            "file_unique_id": kept.unique,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": emoji,
        }
        return self.send(person, {"sticker": sticker})

    def contact(self, person: Person, phone: str, owner: int | None) -> list[int]:
        """Share a phone number: one's own, or somebody's (`owner` another user id)."""
        contact = {"phone_number": phone, "first_name": person.first_name, "user_id": owner or person.id}
        return self.send(person, {"contact": contact})

    def press(
        self, person: Person, button: str | None, data: str | None, message_id: int | None, chat_id: int | None
    ) -> Json:
        """Press a button by its label or callback_data; with `data` what is sent is forged.

        Returns:
            The query's id and the update ids.

        Raises:
            ValueError: No such button is on screen.
        """
        chat_id = chat_id or person.id
        if data is None:
            message_id, data = self._button(chat_id, str(button), message_id)
        if message_id is None:
            message_id = max((key for key, item in self.world.messages[chat_id].items() if item.by_bot), default=0)
        self._query += 1
        query = Query(str(4_000_000_000_000 + self._query), self.world.clock.now(), person.id, chat_id, data)
        self.world.queries[query.id] = query
        payload = {
            "id": query.id,
            "from": person.user(),
            "chat_instance": str(-7_000_000_000 - abs(chat_id)),
            "data": data,
            "message": self._pressed(chat_id, message_id),
        }
        ids = _ids(self.queue.push("callback_query", payload, f"user{person.id}"))
        self.world.events.note("press", chat_id, query_id=query.id)
        return {"query_id": query.id, "updates": ids}

    def block(self, person: Person, *, blocked: bool) -> list[int]:
        """Block or unblock the bot: the only my_chat_member of a private chat (APIDOC)."""
        person.blocked = blocked
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        return self._bot_moved(person, person, before, after)

    def move_bot(self, group: Group, by: Person, status: str) -> list[int]:
        """Put the bot out of a group, back in, or change its rights."""
        before, group.bot = group.bot, status
        return self._bot_moved(group, by, before, status)

    def move_member(self, group: Group, who: Person, by: Person, status: str) -> list[int]:
        """Somebody joins, leaves or is put out of a group: told to its admin bots that ask for it (API)."""
        before = group.members.get(who.id, "left")
        if status in {"left", "kicked"}:
            group.members.pop(who.id, None)
        else:
            group.members[who.id] = status
        if group.bot != "administrator":
            return []
        payload = {
            "chat": group.chat(),
            "from": by.user(),
            "date": self.world.clock.date(),
            "old_chat_member": member(who.user(), before),
            "new_chat_member": member(who.user(), status),
        }
        return _ids(self.queue.push("chat_member", payload, f"member{group.id}"))

    def migrate(self, group: Group, new_id: int) -> list[int]:
        """Upgrade a group to a supergroup: two service messages, the old id is dead (API Message)."""
        new = Group(new_id, group.title, "supergroup", dict(group.members), group.bot, threads=set(group.threads))
        self.world.groups[new_id] = new
        sender = self.world.people[next(iter(group.members))].user() if group.members else self.world.bot
        service = {
            "message_id": self.world.next_message_id(group.id),
            "date": self.world.clock.date(),
            "from": sender,
        }
        old = service | {"chat": group.chat(), "migrate_to_chat_id": new_id}
        group.migrated_to = new_id
        first = self.queue.push("message", old, f"chat{group.id}")
        service["message_id"] = self.world.next_message_id(new_id)
        fresh = service | {"chat": new.chat(), "migrate_from_chat_id": group.id}
        return _ids(first) + _ids(self.queue.push("message", fresh, f"chat{new_id}"))

    def _private(self, person: Person) -> Person:
        if person.blocked:
            raise ValueError("they have blocked the bot: unblock first")
        person.started = True
        return person

    def _group(self, person: Person, chat_id: int) -> Group:
        group = self.world.groups[chat_id]
        if person.id not in group.members:
            raise ValueError("they are not a member of the group")
        return group

    def _bot_sees(self, group: Group, message: Json) -> bool:
        """Privacy mode: commands and replies to the bot; administrators see all (FEAT privacy-mode)."""
        if group.bot in {"left", "kicked"}:
            return False
        if group.bot == "administrator":
            return True
        if message.get("reply_to_message", {}).get("from", {}).get("id") == self.world.bot["id"]:
            return True
        words = [match[0] for match in _COMMAND.finditer(message.get("text", ""))]
        mine = f"@{self.world.bot['username']}".lower()
        return any("@" not in word or word.lower().endswith(mine) for word in words)

    def _button(self, chat_id: int, wanted: str, message_id: int | None) -> tuple[int, str]:
        messages = self.world.messages[chat_id]
        for key in sorted(messages, reverse=True) if message_id is None else [message_id]:
            rows = (
                messages[key].message.get("reply_markup", {}).get("inline_keyboard", []) if key in messages else []
            )
            buttons = [button for row in rows for button in row if "callback_data" in button]
            for by in ("text", "callback_data"):
                for button in buttons:
                    if button[by] == wanted:
                        return key, button["callback_data"]
        raise ValueError(f"no button {wanted!r} on screen")

    def _pressed(self, chat_id: int, message_id: int) -> Json:
        stored = self.world.messages[chat_id].get(message_id)
        if stored:
            return stored.message
        person = self.world.people.get(chat_id)
        chat = person.chat() if person else self.world.groups[chat_id].chat()
        return {"chat": chat, "message_id": message_id, "date": 0}  # API InaccessibleMessage

    def _bot_moved(self, chat: Person | Group, by: Person, before: str, after: str) -> list[int]:
        payload = {
            "chat": chat.chat(),
            "from": by.user(),
            "date": self.world.clock.date(),
            "old_chat_member": member(self.world.bot, before),
            "new_chat_member": member(self.world.bot, after),
        }
        return _ids(self.queue.push("my_chat_member", payload, f"member{chat.id}"))


def _ids(update_id: int | None) -> list[int]:
    return [] if update_id is None else [update_id]
