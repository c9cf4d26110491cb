"""No framework, nothing on disk, no retries: what Python and aiohttp take for the calls alone."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import aiohttp
from loop import use_loop
from questions import LETTERS, TEXTS, TOKEN, labels

KEYBOARDS = tuple(
    {"inline_keyboard": [[{"text": text, "callback_data": f"{place}:{letter}"}] for letter, text in pairs]}
    for place, pairs in ((place, list(zip(LETTERS, labels(place), strict=False))) for place in range(len(TEXTS)))
)
JSON = {"Content-Type": "application/json"}


class Bare:
    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session = session
        self.base = f"{base}/bot{TOKEN}/"
        self.answers: dict[int, list[str]] = {}

    async def call(self, method: str, params: dict[str, Any]) -> Any:
        async with self.session.post(
            self.base + method, data=json.dumps(params).encode(), headers=JSON
        ) as response:
            return json.loads(await response.read())["result"]

    async def run(self) -> None:
        offset = 0
        tasks: set[asyncio.Task[None]] = set()
        while True:
            updates = await self.call("getUpdates", {"offset": offset, "timeout": 25})
            for update in updates:
                offset = update["update_id"] + 1
                task = asyncio.create_task(self.take(update))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    async def take(self, update: dict[str, Any]) -> None:
        if query := update.get("callback_query"):
            await self.call("answerCallbackQuery", {"callback_query_id": query["id"]})
            message = query["message"]
            chat = message["chat"]["id"]
            place, _, letter = query["data"].partition(":")
            given = self.answers.setdefault(chat, [])
            if int(place) == len(TEXTS) - 1:
                given.clear()
            else:
                given.append(letter)
            here = {"chat_id": chat, "message_id": message["message_id"]}
            shown = {"text": TEXTS[len(given)], "reply_markup": KEYBOARDS[len(given)]}
            await self.call("editMessageText", here | shown)
        else:
            chat = update["message"]["chat"]["id"]
            self.answers[chat] = []
            await self.call("sendMessage", {"chat_id": chat, "text": TEXTS[0], "reply_markup": KEYBOARDS[0]})


async def main(base: str) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=100)) as session:
        await Bare(session, base).run()


if __name__ == "__main__":
    use_loop(sys.argv[3])
    asyncio.run(main(sys.argv[1]))
