"""A clinic with its real flows in which colleagues play patient, and everything that is sent while they do."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from bot.conversation.gather import Item
from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import SendOutcome
from bot.desk.practice import IDLE
from bot.engine.effect import SendCode, SendMessage, SendPicture
from bot.practice import Practices
from bot.store.protocol import OutboxRow
from tests.staff_world import DeskWorld


class PracticeWorld(DeskWorld):
    """Practices stand before the turn loop, as on Telegram; a picture counts as its words."""

    practices: Practices

    async def open(self) -> PracticeWorld:
        self.idle = asyncio.Event()
        self.practices = Practices(self, NO_LIMITS, sleep=self._sleep)
        self.observe = self.practices.observe
        await super().open()
        self.practices.app = self.app
        await self.practices.recover()
        await self.app.settle()
        return self

    async def close(self) -> None:
        await self.practices.close()
        await self.app.close()

    async def restart(self) -> None:
        """As after a kill: nobody has said goodbye."""
        await self.close()
        await self.open()

    async def put(self, item: Item) -> None:
        taken = asyncio.create_task(self.practices.put(item))
        while not taken.done():
            await self.app.settle()
            await asyncio.sleep(0)
        await taken
        await self.calm()

    async def calm(self) -> None:
        """Let practices begin, end, and send what they have to."""
        await self.practices.settled()
        for run in self.practices.runs:
            await run.app.dispatcher.drain()
            while run.app.dispatcher.health()["under_way"]:  # its own task sends too
                await asyncio.sleep(0)
                await run.app.dispatcher.drain()
        await self.app.settle()

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        if isinstance(row.effect, SendPicture):
            row = replace(row, effect=SendMessage(row.effect.number, row.effect.alt))
        return await super().send(row, target=target, plain=plain)

    def texts(self, user: int) -> list[str]:
        return [one.words if isinstance(one, SendCode) else one.html for one in self.sent[user]]

    async def leave_alone(self, for_so_long: timedelta = IDLE) -> None:
        """The clock goes on, and whoever waits for it looks."""
        self.now += for_so_long
        self.idle.set()
        for _ in range(10):
            await asyncio.sleep(0)
        await self.calm()

    async def _sleep(self, seconds: float) -> None:
        assert 0 < seconds <= IDLE.total_seconds()
        self.idle.clear()
        await self.idle.wait()
