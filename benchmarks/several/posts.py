"""What Telegram sends to a webhook: one POST an update, over some connections to each process, all in turn.

As lean as the server beside it, for both run on the machine that is measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

from benchmarks.rivals.http import Json, Reply
from bot.channels.telegram.webhook import SECRET_HEADER, Hook

CONNECTIONS = 25
"""To each process; Telegram itself opens 100 for all, if it is asked to."""
PAUSE_SECONDS = 0.05
"""Before what was not taken is sent again."""


class Posts:
    """Stands in for `Updates`: what is put in is posted, until it is taken.

    Args:
        ports: Of the processes that take updates.
        hook: Where, and with which secret.
    """

    def __init__(self, ports: Sequence[int], hook: Hook) -> None:
        self.number = 0
        self.again = 0
        """Calls that came to nothing, and were made once more."""
        self._ports = ports
        self._left: asyncio.Queue[bytes] = asyncio.Queue()
        self._head = (
            f"POST {hook.paths[-1]} HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\n"
            f"{SECRET_HEADER}: {hook.secret}\r\nContent-Length: "
        ).encode()
        self._tasks: list[asyncio.Task[None]] = []

    def put(self, content: Json) -> None:
        """An update, without its number."""
        self.number += 1
        self._left.put_nowait(orjson.dumps({"update_id": self.number, **content}))

    def answer(self, _params: Json, reply: Reply) -> None:
        """Nobody asks for updates where there is a webhook."""
        reply(b'{"ok":true,"result":[]}')

    def start(self) -> None:
        """Begin to post."""
        ports = [port for _ in range(CONNECTIONS) for port in self._ports]
        self._tasks = [asyncio.create_task(self._post_to(port)) for port in ports]

    async def stop(self) -> None:
        """Post no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _post_to(self, port: int) -> None:
        body = await self._left.get()
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    while True:
                        writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
                        if await _status(reader) != b"200":
                            break
                        body = await self._left.get()
                finally:
                    writer.close()
            except (OSError, asyncio.IncompleteReadError):
                pass  # whoever was never ready, or has closed what was long idle
            self.again += 1
            await asyncio.sleep(PAUSE_SECONDS)


async def _status(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    if length.strip():
        await reader.readexactly(int(length))
    return head.split(b" ", 2)[1]
