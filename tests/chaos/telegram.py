"""Telegram in one process with the bot, in virtual time: the stand-in server's rules without its sockets."""

from __future__ import annotations

import asyncio
import json
import random
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.store.protocol import OutboxRow
from tests.chaos.log import Call, Log
from tests.chaos.weather import ADDRESS, SENDS, TOKEN, Struck, Weather, flood
from tests.fake_bot_api.clock import Clock
from tests.fake_bot_api.errors import ApiError, Json
from tests.fake_bot_api.methods import METHODS, RATED
from tests.fake_bot_api.people import People
from tests.fake_bot_api.rates import Rates
from tests.fake_bot_api.updates import Queued, UpdateQueue
from tests.fake_bot_api.world import World

ROW: ContextVar[OutboxRow | None] = ContextVar("ROW", default=None)
"""The outbox row whose call is being made."""
CUT = "the answer was cut"


class _VirtualClock(Clock):
    def __init__(self, start: datetime, seconds: Callable[[], float]) -> None:
        super().__init__()
        self._start = start.timestamp()
        self._seconds = seconds

    def now(self) -> float:
        return self._start + self._seconds()


class Telegram:
    """The server, with everybody's phones.

    Args:
        start: The first instant.
        seconds: Since then, by the loop's clock.
        weather: What goes wrong on the way.
        log: Takes every call.
        rng: Chance.
    """

    def __init__(
        self, start: datetime, seconds: Callable[[], float], weather: Weather, log: Log, rng: random.Random
    ) -> None:
        self.world = World(TOKEN, "ClinicBot")
        self.world.lean = True
        self.world.clock = _VirtualClock(start, seconds)
        self.queue = UpdateQueue(self.world.clock)
        self.queue.allow(["message", "edited_message", "callback_query", "my_chat_member", "chat_member"])
        self.people = People(self.world, self.queue)
        self.rates = Rates(self.world.clock)
        self.is_revoked = False
        self.weather = weather
        self.log = log
        self._rng = rng
        self._seconds = seconds
        self.held: dict[int, float] = {}

    def api(self, life: int, at: Callable[[str], None], is_dead: Callable[[], bool]) -> Api:
        """The connection of one process."""
        return Api(self, life, at, is_dead)

    async def answer(self, life: int, call: ApiCall, seconds: float) -> Answer:
        """One call, as the process hears it.

        Raises:
            aiohttp.ClientError, TimeoutError, OSError: By the weather.
        """
        params: Json = dict(call.params)
        if call.file is not None:
            params[call.file.field] = call.file.content
        chat = params.get("chat_id")
        entry = Call(self.log.next(), self._seconds(), life, call.method, chat, _text(params), ROW.get())
        entry.press = str(params.get("callback_query_id", ""))
        if call.method != "getUpdates":
            self.log.calls.append(entry)
        await asyncio.sleep(self._rng.uniform(0.01, 0.15))
        met = self.weather.meets(self._seconds(), call.method, params)
        if met is None:
            answer = await self._true_answer(entry, call.method, params)
            await asyncio.sleep(0.01)
            return self._heard(entry, answer, known=entry.taken)
        name, struck = met
        self.log.injected(name)
        return await self._struck(entry, call.method, params, struck, seconds)

    async def _struck(self, entry: Call, method: str, params: Json, struck: Struck, seconds: float) -> Answer:
        answer = await self._true_answer(entry, method, params) if struck.takes else None
        if struck.holds and entry.chat is not None:
            self.held[entry.chat] = max(self.held.get(entry.chat, 0.0), self._seconds() + struck.holds)
        await asyncio.sleep(min(struck.seconds, seconds))
        if struck.hears is None:
            assert answer is not None
            return Answer(200, answer.body[: len(answer.body) // 2])
        if isinstance(struck.hears, Exception):
            raise struck.hears
        # A change that was made and is answered "not modified" says that all is as it should be; a page does not.
        return self._heard(entry, struck.hears, known=struck.takes and struck.hears.status == 400)

    def _heard(self, entry: Call, answer: Answer, *, known: bool) -> Answer:
        entry.known, entry.status, entry.heard_at = known, answer.status, self._seconds()
        entry.held = float(answer.retry_after or 0)
        return answer

    async def _true_answer(self, entry: Call, method: str, params: Json) -> Answer:
        try:
            if self.is_revoked:
                raise ApiError(401, "Unauthorized")
            if method == "getUpdates":
                arguments = (params.get("offset", 0), params.get("limit", 100), params.get("timeout", 0))
                return Answer(200, f'{{"ok":true,"result":{await self.queue.poll(*arguments)}}}'.encode())
            if method in SENDS and entry.chat is not None:
                left = self.held.get(entry.chat, 0.0) - self._seconds()
                if left > 0:
                    return flood(int(left) + 1)
            if method in RATED:
                self.rates.take(int(params["chat_id"]))
            result = METHODS[method](self.world, params)
        except ApiError as error:
            header = str((error.parameters or {}).get("retry_after", "")) or None
            return Answer(error.code, json.dumps(error.body()).encode(), header)
        entry.taken = True
        return Answer(200, json.dumps({"ok": True, "result": result}).encode())


class Api:
    """Implements what sender and poller need of `BotApi`.

    Args:
        telegram: The server.
        life: Of the process that calls.
        at: The seam of that life.
        is_dead: Whether that process is gone.
    """

    bot_id = TOKEN.partition(":")[0]

    def __init__(
        self, telegram: Telegram, life: int, at: Callable[[str], None], is_dead: Callable[[], bool]
    ) -> None:
        self._telegram = telegram
        self._life = life
        self._at = at
        self._is_dead = is_dead

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        """One call."""
        if call.method == "getUpdates":
            self._at("confirm before")
        if self._is_dead():
            raise aiohttp.ServerDisconnectedError(ADDRESS)
        return await self._telegram.answer(self._life, call, seconds or 30.0)

    async def rebuild(self) -> None:
        """Nothing is kept open here."""


class Hook:
    """The server's side of a webhook: a queue for each chat's messages and each person's presses, and repeats.

    Args:
        telegram: The server.
        post: Hands one update to the process that runs, if one does; True when it answered 200.
        spawn: Starts a task that belongs to no process.
        rng: Chance.
    """

    def __init__(
        self,
        telegram: Telegram,
        post: Callable[[Json], Awaitable[bool]],
        spawn: Callable[[Any], object],
        rng: random.Random,
    ) -> None:
        self._telegram = telegram
        self._post = post
        self._spawn = spawn
        self._rng = rng
        self._lanes: dict[str, deque[Queued]] = {}
        self.doubles = 0.0
        self.delays = 0.0
        telegram.queue.on_push = self._take

    def _take(self, item: Queued) -> None:
        lane = self._lanes.setdefault(item.lane, deque())
        lane.append(item)
        if len(lane) == 1:
            self._spawn(self._drain(item.lane, lane))

    async def _drain(self, name: str, lane: deque[Queued]) -> None:
        queue = self._telegram.queue
        while lane:
            item, failures = lane[0], 0
            while item.id in queue.pending and item.expires > queue.clock.now():
                await asyncio.sleep(self._rng.uniform(0.0, self.delays))
                if await self._deliver(item):
                    queue.confirm(item.id)
                    break
                await asyncio.sleep(0.0 if failures == 0 else 2.0 ** min(failures, 6))
                failures += 1
            lane.popleft()
        del self._lanes[name]

    async def _deliver(self, item: Queued) -> bool:
        update = json.loads(item.body)
        if self._rng.random() >= self.doubles:
            return await self._post(update)
        self._telegram.log.injected("the same update on two sockets")
        results = await asyncio.gather(self._post(update), self._post(update))
        return any(results)


def _text(params: Json) -> str:
    return str(params.get("text", params.get("caption", "")))


def later(start: datetime, seconds: float) -> datetime:
    """The instant so many seconds after the first."""
    return start + timedelta(seconds=seconds)
