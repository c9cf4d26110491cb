"""Kills the bot at random moments of its work, and starts it again at once."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.e2e.bot_process import BotProcess

MID_START = 0.2  # of the kills fall while it starts
LONGEST_START_SECONDS = 2.0
LONGEST_DELAY_SECONDS = 0.05
READY = "polling as @"


@dataclass(slots=True)
class Killer:
    """Keeps the bot up but for `moments`.

    Each life of the process calls Telegram by a path of its own, its number: what a server takes up late, from a
    process that is dead by then, still counts for the life that sent it.

    Args:
        bot: The process.
        api_url: The server, without a path.
        rng: Chance.
        moments: Numbers of actions of patients after which it is killed, ascending.
        report: Told after each kill.
    """

    bot: BotProcess
    api_url: str
    rng: random.Random
    moments: list[int]
    report: Callable[[int], None]
    actions: int = 0
    killed_at: list[tuple[float, float]] = field(default_factory=list)
    _acted: asyncio.Event = field(default_factory=asyncio.Event)

    def acted(self) -> None:
        """A patient did something."""
        self.actions += 1
        self._acted.set()

    async def run(self) -> None:
        """All kills; afterwards the bot is up and stays."""
        for number, moment in enumerate(self.moments):
            since = self._start(number)
            if number and self.rng.random() < MID_START:
                await asyncio.sleep(self.rng.random() * LONGEST_START_SECONDS)
            else:
                await asyncio.to_thread(self.bot.wait_log, READY, since=since)
                await self._wait_for(moment)
                await asyncio.sleep(self.rng.random() * LONGEST_DELAY_SECONDS)
            began = time.time()
            await asyncio.to_thread(self.bot.kill)
            self.killed_at.append((began, time.time()))
            self.report(len(self.killed_at))
        since = self._start(len(self.moments))
        await asyncio.to_thread(self.bot.wait_log, READY, since=since)

    def _start(self, life: int) -> int:
        since = len(self.bot.lines)
        self.bot.environ["BOT_API_URL"] = f"{self.api_url}/{life}"
        self.bot.start()
        return since

    async def _wait_for(self, actions: int) -> None:
        while self.actions < actions:
            self._acted.clear()
            await self._acted.wait()
