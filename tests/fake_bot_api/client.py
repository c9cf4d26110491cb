"""Drive the server from a test: `FakeTelegram` starts it, people act in it, chats are read back.

    with FakeTelegram() as telegram:
        ana = telegram.person(11, "Ana")
        ana.start("leaflet")
        message = await ana.wait_for(lambda chat: chat and chat[-1].by_bot and chat[-1])
        ana.press(message.buttons[0].text)

Calls are short and block; only waiting is async. A wait wakes when its chat changes.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

from tests.command import Program

from .shown import Button, Json, Shown, peak, shown

__all__ = ["Button", "ControlError", "FakeGroup", "FakePerson", "FakeTelegram", "Shown", "peak"]

T = TypeVar("T")
_ROOT = Path(__file__).resolve().parents[2]


class ControlError(Exception):
    """The server refused what a test asked of it; the text says why."""


class FakeTelegram:
    """The server process and its control side; a context manager, sync or async.

    Args:
        lean: No specification check, no logs.
        port: 0 for any free one.
        token: Another token than the server's own.
    """

    def __init__(self, *, lean: bool = False, port: int = 0, token: str | None = None) -> None:
        self._options = [
            "--port",
            str(port),
            *(["--lean"] if lean else []),
            *(["--token", token] if token else []),
        ]
        self._process: Program | None = None
        self._connection: http.client.HTTPConnection | None = None
        self._lock = threading.Lock()
        self.port = 0
        self.token = ""
        self.username = ""

    def start(self) -> Self:
        """Start the process; returns when it listens."""
        self._process = Program(
            self._options, _ROOT, os.environ, module="tests.fake_bot_api.__main__", stderr=False
        )
        line = self._process.stdout.readline()
        if not line:
            raise ControlError(f"the server ended with {self._process.wait()}")
        ready = json.loads(line)
        self.port, self.token, self.username = ready["port"], ready["token"], ready["username"]
        return self

    def stop(self) -> None:
        """End the process."""
        if self._connection:
            self._connection.close()
            self._connection = None
        process, self._process = self._process, None
        if process:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def root(self) -> str:
        """The server's address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What python-telegram-bot calls base_url."""
        return f"{self.root}/bot"

    @property
    def base_file_url(self) -> str:
        """What python-telegram-bot calls base_file_url."""
        return f"{self.root}/file/bot"

    # People and groups

    def person(
        self,
        person_id: int,
        first_name: str = "Sam",
        language_code: str | None = "en",
        username: str | None = None,
    ) -> FakePerson:
        """A simulated person; nobody has started the bot at first."""
        body = {"id": person_id, "first_name": first_name, "language_code": language_code, "username": username}
        self.post("person", body)
        return FakePerson(self, person_id, first_name)

    def group(
        self,
        group_id: int,
        title: str,
        members: Sequence[FakePerson],
        *,
        bot: str = "administrator",
        kind: str = "supergroup",
        admins: Iterable[FakePerson] = (),
        threads: Iterable[int] = (),
    ) -> FakeGroup:
        """A group with the bot in it (`bot`: member or administrator); the first member created it."""
        leading = {admin.id for admin in admins}
        status = {str(item.id): "administrator" if item.id in leading else "member" for item in members}
        if members:
            status[str(members[0].id)] = "creator"
        self.post(
            "group",
            {
                "id": group_id,
                "title": title,
                "type": kind,
                "members": status,
                "bot": bot,
                "threads": list(threads),
            },
        )
        return FakeGroup(self, group_id)

    def inject(self, update: Json, lane: str = "raw") -> int:
        """Queue a raw update, however odd; returns its update_id."""
        found: int = self.post("inject", {"update": update, "lane": lane})["updates"][0]
        return found

    # Clock, faults, switches

    def advance(self, seconds: float) -> None:
        """Move the server's clock."""
        self.post("clock", {"advance": seconds})

    def fault(self, kind: str, **rule: Any) -> int:
        """Add a rule of `faults.Fault` (method, chat_id, times, skip, accept, ...); returns its id."""
        found: int = self.post("faults", {"add": {"kind": kind, **rule}})["id"]
        return found

    def clear_faults(self, fault_id: int | None = None) -> None:
        """Remove one rule, or all."""
        self.post("faults", {"remove": fault_id})

    def rates(self, limits: Json | str | None) -> None:
        """Enforce sending rates: ``"default"``, ``{"chat": [1, 1.0], ...}`` or None for off."""
        self.post("settings", {"rates": limits})

    def settings(self, **switches: Any) -> None:
        """Set revoked, strict_timing, next_update_id or doubled."""
        self.post("settings", switches)

    def reset(self) -> None:
        """Start over: no people, no messages, no faults, the clock at the real time."""
        self.post("reset", {})

    # What happened

    def state(self) -> Json:
        """Violations, counts, the queue, the queries and their answers."""
        return self._object(self.get("state"))

    def violations(self) -> list[str]:
        """What a correct bot never does: "method: problem"."""
        return [f"{item['method']}: {item['problem']}" for item in self.state()["violations"]]

    def calls(self, method: str | None = None, since: int = 0) -> list[Json]:
        """The calls in order: time, method, params, status, result (JSON text) or error."""
        found: list[Json] = self.get("calls", since=since, **({"method": method} if method else {}))
        return found

    def sent(self, chat_id: int) -> list[Json]:
        """What was shown in one chat, in order: kind (send, edit, markup, delete), time, the message."""
        found: list[Json] = self.get("sent", chat_id=chat_id)
        return found

    def chat(self, chat_id: int) -> list[Shown]:
        """A chat as it is on screen now, oldest first."""
        return [shown(item) for item in self.get("chat", chat_id=chat_id)["messages"]]

    async def wait_chat(self, chat_id: int, predicate: Callable[[list[Shown]], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109
        """Wait until `predicate` of a chat is true and return what it gave.

        Raises:
            TimeoutError: With the chat as it was last.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + timeout
        query: Json = {"chat_id": chat_id}
        while True:
            answer = self._object(await self._wait("chat", query))
            chat = [shown(item) for item in answer["messages"]]
            if found := predicate(chat):
                return found
            left = due - loop.time()
            if left <= 0:
                raise TimeoutError(
                    "\n".join(f"{item.sender}: {item.text} {list(item.labels)}" for item in chat[-6:])
                )
            query = {"chat_id": chat_id, "since": answer["seq"], "timeout": f"{left:.3f}"}

    async def until(self, check: Callable[[], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109
        """Wait until `check` is true; it is asked again after every event.

        Raises:
            TimeoutError: It never was.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + timeout
        seq = 0
        while True:
            seq = self._object(await self._wait("events", {"since": seq, "timeout": 0}))["seq"]
            if found := check():
                return found
            left = due - loop.time()
            if left <= 0:
                raise TimeoutError(f"still not so after {timeout} s")
            # Not everything that a check looks at is an event: polls and faults are none.
            await self._wait("events", {"since": seq, "timeout": f"{min(left, 0.2):.3f}"})

    # The wire

    def get(self, name: str, **query: Any) -> Any:
        """A GET under /control."""
        return self._request("GET", f"/control/{name}?{urlencode(query)}")

    def post(self, name: str, body: Json) -> Json:
        """A POST under /control."""
        return self._object(self._request("POST", f"/control/{name}", json.dumps(body)))

    def _request(self, verb: str, path: str, body: str | None = None) -> Any:
        with self._lock:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self._connection.request(verb, path, body, {"Content-Type": "application/json"})
            answer = self._connection.getresponse()
            found = json.loads(answer.read())
        if answer.status != 200:
            raise ControlError(found.get("error", str(found)))
        return found

    async def _wait(self, name: str, query: Json) -> Any:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**26)
        try:
            path = f"/control/{name}?{urlencode(query)}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            head, _, body = (await reader.read(-1)).partition(b"\r\n\r\n")
        finally:
            writer.close()
        if b" 200 " not in head.splitlines()[0]:
            raise ControlError(head.decode(errors="replace"))
        return json.loads(body)

    @staticmethod
    def _object(value: Any) -> Json:
        assert isinstance(value, dict)
        return value


class FakePerson:
    """One simulated person. Acts return the update ids they caused, presses the query id."""

    def __init__(self, telegram: FakeTelegram, person_id: int, first_name: str) -> None:
        self.telegram = telegram
        self.id = person_id
        self.first_name = first_name

    def start(self, payload: str | None = None) -> list[int]:
        """Tap Start, with a deep link's payload or without."""
        return self.say(f"/start {payload}" if payload else "/start")

    def say(self, text: str, *, reply_to: int | None = None) -> list[int]:
        """Type a text; over 4096 characters it goes in several, as apps send it."""
        return self._updates("say", text=text, reply_to=reply_to)

    def press(self, button: str, message_id: int | None = None) -> str:
        """Press an inline button by label or callback_data, on the newest message that has it.

        Returns:
            The callback query's id.

        Raises:
            ControlError: No such button is on screen.
        """
        found: str = self._act("press", button=button, message_id=message_id)["query_id"]
        return found

    def forge(self, data: str, message_id: int | None = None, chat_id: int | None = None) -> str:
        """Send a press with any callback_data, on any message: old, deleted, of another chat."""
        found: str = self._act("press", data=data, message_id=message_id, chat_id=chat_id)["query_id"]
        return found

    def send_photo(self, caption: str = "", album: str = "") -> list[int]:
        """Send a photo; those of one `album` were sent together."""
        return self._updates("photo", caption=caption, album=album)

    def send_sticker(self, emoji: str = "🙂") -> list[int]:
        """Send a sticker."""
        return self._updates("sticker", emoji=emoji)

    def send(self, content: Json) -> list[int]:
        """Send a message with any fields of an API Message."""
        return self._updates("send", content=content)

    def edit_last(self, text: str) -> list[int]:
        """Change one's own last message."""
        return self._updates("edit", text=text)

    def share_contact(self, phone: str, *, owner: int | None = None) -> list[int]:
        """Share one's number, or somebody else's."""
        return self._updates("contact", phone=phone, owner=owner)

    def block(self) -> list[int]:
        """Block the bot."""
        return self._updates("block")

    def unblock(self) -> list[int]:
        """Unblock the bot."""
        return self._updates("unblock")

    def deactivate(self) -> None:
        """Delete the person's account."""
        self.telegram.post("person", {"id": self.id, "deactivated": True})

    def chat(self) -> list[Shown]:
        """Their private chat as it is on screen now."""
        return self.telegram.chat(self.id)

    def last(self) -> Shown:
        """The bot's newest message in their chat."""
        return next(item for item in reversed(self.chat()) if item.by_bot)

    def notices(self) -> list[Json]:
        """The short notes that answered their presses: text, show_alert, query_id, time."""
        found: list[Json] = self.telegram.get("chat", chat_id=self.id)["notices"]
        return found

    def answers(self, query_id: str) -> list[Json]:
        """The answers that one press got."""
        queries = self.telegram.state()["queries"]
        return next(item["answers"] for item in queries if item["id"] == query_id)

    async def wait_for(self, predicate: Callable[[list[Shown]], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109
        """Wait until `predicate(chat)` is true and return what it gave.

        Raises:
            TimeoutError: With the chat as it was last.
        """
        return await self.telegram.wait_chat(self.id, predicate, timeout)

    def _act(self, do: str, **fields: Any) -> Json:
        return self.telegram.post("act", {"do": do, "person": self.id, **fields})

    def _updates(self, do: str, **fields: Any) -> list[int]:
        found: list[int] = self._act(do, **fields)["updates"]
        return found


class FakeGroup:
    """A group chat with the bot in it."""

    def __init__(self, telegram: FakeTelegram, group_id: int) -> None:
        self.telegram = telegram
        self.id = group_id

    def say(self, person: FakePerson, text: str, *, reply_to: int | None = None) -> list[int]:
        """A member types; no updates where privacy mode hides it from the bot."""
        return self._updates("say", person, text=text, reply_to=reply_to)

    def press(self, person: FakePerson, button: str, message_id: int | None = None) -> str:
        """A member presses a button in the group; returns the query's id."""
        body = {"do": "press", "person": person.id, "chat_id": self.id, "button": button, "message_id": message_id}
        found: str = self.telegram.post("act", body)["query_id"]
        return found

    def move_bot(self, by: FakePerson, status: str) -> list[int]:
        """Change the bot's status: kicked, left, member, administrator."""
        return self._updates("move_bot", by, status=status)

    def move_member(self, by: FakePerson, who: FakePerson, status: str) -> list[int]:
        """Put a member out (kicked, left), in again, or change their rights."""
        return self._updates("move_member", by, who=who.id, status=status)

    def migrate(self, by: FakePerson, new_id: int) -> FakeGroup:
        """Upgrade to a supergroup of another id; this id answers errors from now on."""
        self._updates("migrate", by, new_id=new_id)
        return FakeGroup(self.telegram, new_id)

    def chat(self) -> list[Shown]:
        """The group as it is on screen now."""
        return self.telegram.chat(self.id)

    async def wait_for(self, predicate: Callable[[list[Shown]], T], timeout: float = 5.0) -> T:  # noqa: ASYNC109
        """Wait until `predicate(chat)` is true and return what it gave.

        Raises:
            TimeoutError: With the chat as it was last.
        """
        return await self.telegram.wait_chat(self.id, predicate, timeout)

    def _updates(self, do: str, person: FakePerson, **fields: Any) -> list[int]:
        body = {"do": do, "person": person.id, "chat_id": self.id, **fields}
        found: list[int] = self.telegram.post("act", body)["updates"]
        return found
