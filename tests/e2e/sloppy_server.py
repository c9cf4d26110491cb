"""Another mock of the Bot API, as people write them for an afternoon: small, hasty, and not strict at all.

getUpdates ignores `timeout` and answers at once; messages have no optional field; unknown methods are `true`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

TOKEN = "42:sloppy-token"
Json = dict[str, Any]


class SloppyServer:
    """A context manager; `url` is what BOT_API_URL gets.

    Args:
        redeliver: getUpdates never forgets: it gives everything again, whatever the offset.
        bare: `getMe` is `true` too, set-up calls are refused with 200, and updates name nobody who sent them.
    """

    def __init__(self, *, redeliver: bool = False, bare: bool = False) -> None:
        self.updates: list[Json] = []
        self.calls: list[tuple[str, Json]] = []
        self.url = ""
        self._redeliver = redeliver
        self._bare = bare
        self._messages = 0
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/nested/path/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/nested/path"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        params = await self._params(request)
        method = request.match_info["method"]
        async with self._changed:
            self.calls.append((method, params))
            self._changed.notify_all()
        if self._bare and method.startswith(("set", "delete")):
            return web.Response(text='{"ok": false}')
        return web.Response(text=json.dumps({"ok": True, "result": self._result(method, params)}))

    @staticmethod
    async def _params(request: web.Request) -> Json:
        if request.content_type == "application/json":
            found: Json = await request.json()
            return found
        return {**request.query, **(await request.post())}

    def _result(self, method: str, params: Json) -> object:
        if method == "getMe":
            return True if self._bare else {"id": 42, "is_bot": True, "first_name": "Sloppy"}
        if method == "getUpdates":
            offset = 0 if self._redeliver else int(params.get("offset", 0))
            return [update for update in self.updates if update["update_id"] >= offset]
        if method.startswith(("send", "edit")):
            self._messages += method.startswith("send")
            chat = {"id": int(params["chat_id"]), "type": "private"}
            number = params.get("message_id", self._messages)
            return {"message_id": number, "date": 1, "chat": chat}
        return True

    # The person

    def say(self, chat: int, text: str) -> None:
        """A text, with as few fields as can be."""
        message: Json = {"message_id": 1, "date": 1, "chat": self._chat(chat), "text": text}
        if not self._bare:
            message["from"] = self._user(chat)
        self._push({"message": message})

    def press(self, chat: int, data: str) -> None:
        """A press, without the message it belongs to when `bare`."""
        query: Json = {"id": f"q{len(self.updates)}", "from": self._user(chat), "data": data}
        if not self._bare:
            query |= {"chat_instance": "1", "message": {"message_id": 1, "date": 1, "chat": self._chat(chat)}}
        self._push({"callback_query": query})

    def _push(self, update: Json) -> None:
        self.updates.append({"update_id": len(self.updates) + 1, **update})

    @staticmethod
    def _chat(chat: int) -> Json:
        return {"id": chat, "type": "private"}

    @staticmethod
    def _user(chat: int) -> Json:
        return {"id": chat, "is_bot": False, "first_name": "Al"}

    # What came

    def sent(self, chat: int, method: str = "sendMessage") -> list[Json]:
        """The messages of one chat."""
        return [params for name, params in self.calls if name == method and int(params["chat_id"]) == chat]

    def count(self, method: str) -> int:
        """How often a method was called."""
        return sum(name == method for name, _ in self.calls)

    async def until(self, check: Callable[[], object], seconds: float = 20.0) -> None:
        """Wait until `check` is true; it is asked after every call.

        Raises:
            TimeoutError: It never was; with the last calls.
        """
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: bool(check()))
        except TimeoutError:
            raise TimeoutError(str(self.calls[-4:])) from None
