"""What getUpdates gives out: by long polling, one poll at a time, as Telegram does it."""

from __future__ import annotations

import asyncio
from collections import deque

import orjson

from benchmarks.rivals.http import Json, Reply

PAGE = 100
LONGEST_POLL_SECONDS = 50


class Updates:
    """A queue that whoever polls empties."""

    def __init__(self) -> None:
        self.number = 0
        """Of the newest update."""
        self._left: deque[tuple[int, bytes]] = deque()
        self._poll: tuple[Reply, asyncio.TimerHandle] | None = None

    def put(self, content: Json) -> None:
        """An update, without its number."""
        self.number += 1
        self._left.append((self.number, orjson.dumps({"update_id": self.number, **content})))
        self._end_poll()

    def answer(self, params: Json, reply: Reply) -> None:
        """Answer getUpdates, now or as soon as there is something."""
        offset = params.get("offset", 0)
        while self._left and self._left[0][0] < offset:
            self._left.popleft()
        self._end_poll()
        if self._left:
            reply(self._page())
            return
        seconds = min(params.get("timeout", 0), LONGEST_POLL_SECONDS)
        self._poll = reply, asyncio.get_running_loop().call_later(seconds, self._end_poll)

    def _end_poll(self) -> None:
        if self._poll is not None:
            reply, timer = self._poll
            self._poll = None
            timer.cancel()
            reply(self._page())

    def _page(self) -> bytes:
        bodies = (body for _, (_, body) in zip(range(PAGE), self._left, strict=False))
        return b'{"ok":true,"result":[' + b",".join(bodies) + b"]}"
