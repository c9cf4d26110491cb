"""Whether this process is the keeper: of all that share a PostgreSQL database the one that fires timers and sends.

The keeper holds a lease and renews it each second. Whoever waits for it takes it as soon as it has run out, or at
once when it is handed over. A keeper goes by its own clock, which began before the server was asked, so it stops
before anybody else can begin: past its lease it begins no call and fires no timer, calls under way are cut, and
what it writes as the keeper is refused once there is another.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from bot.conversation.office import Word
from bot.conversation.turn_loop import TurnLoop
from bot.delivery.dispatcher import Dispatcher
from bot.limits import LEASE_SECONDS
from bot.store.look import Look
from bot.store.protocol import DatabaseAway, OutboxRow

log = logging.getLogger(__name__)

RENEW_SECONDS: Final = 1.0
MARGIN_SECONDS: Final = 0.5
"""So long before its lease runs out a keeper stops by itself."""
LOOK_SECONDS: Final = 2.0
"""How often is looked unasked, in case a word was lost."""
RETRY_SECONDS: Final = 0.2
GRACE_SECONDS: Final = 2.0
"""After the database was away the last keeper goes first: only it knows what it has sent and could not mark."""
VACANT_SECONDS: Final = 10.0
"""Without a keeper for so long: health is red."""


class Lease(Protocol):
    """What is asked of `PostgresLease`; see there."""

    async def take(self, holder: str, *, even_if_silent: bool = True) -> int | None: ...

    async def renew(self, epoch: int) -> bool: ...

    async def hand_over(self, epoch: int) -> None: ...

    async def seconds_left(self) -> float: ...

    async def tell(self, words: Collection[str]) -> None: ...

    async def close(self) -> None: ...


class Rows(Protocol):
    """What is asked of `PostgresStore`; see there."""

    async def new_rows(self, since: Look | None) -> tuple[list[OutboxRow], Look]: ...

    async def unsent_rows(self, rows: Sequence[int], epoch: int) -> set[int]: ...


def boot_seconds() -> float:
    """A clock that goes on while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Keeper:
    """Implements `Office`. `loop` and `dispatcher` are put in by whoever builds them, as they need this first.

    Args:
        rows: The store.
        make_lease: Makes the lease, which tells what it hears.
        is_candidate: Whether this process may become the keeper; one that only takes updates may not.
        clock: Seconds, forward only.
    """

    loop: TurnLoop
    dispatcher: Dispatcher

    def __init__(
        self,
        rows: Rows,
        make_lease: Callable[[Callable[[str], None]], Lease],
        *,
        is_candidate: bool,
        clock: Callable[[], float] = boot_seconds,
    ) -> None:
        self._rows = rows
        self._lease = make_lease(self._hear)
        self._is_candidate = is_candidate
        self._clock = clock
        self._name = f"{socket.gethostname()}/{os.getpid()}"
        self._epoch: int | None = None
        self._until = 0.0
        self._is_on = False
        self._since: Look | None = None
        self._words: set[Word] = set()
        self._wake = asyncio.Event()
        self._next_at = 0.0
        self._looked_at = 0.0
        self._silent_until = 0.0
        self._vacant_since: float | None = None
        self.on, self.off = asyncio.Event(), asyncio.Event()
        """One of them is set."""
        self.off.set()

    @property
    def epoch(self) -> int | None:
        """See `Office.epoch`."""
        return self._epoch

    def is_held(self) -> bool:
        """See `Office.is_held`."""
        return self._is_on and self._clock() < self._until

    async def new_rows(self) -> Sequence[OutboxRow]:
        """See `Office.new_rows`."""
        epoch, since = self._epoch, self._since
        rows, next_since = await self._rows.new_rows(since)
        if (epoch, since) == (self._epoch, self._since):
            self._since = next_since
        return rows

    async def is_unsent(self, row: OutboxRow) -> bool:
        """For the dispatcher: whether the row is still there to be sent, and by us."""
        return self._epoch is not None and row.id in await self._rows.unsent_rows([row.id], self._epoch)

    def tell(self, word: Word) -> None:
        """See `Office.tell`."""
        self._words.add(word)
        self._wake.set()

    def depose(self) -> None:
        """See `Office.depose`."""
        if self._epoch is not None:
            log.warning("another process is the keeper")
            self._leave()
            self._epoch = None
            self._next_at = 0.0
            self._wake.set()

    async def run(self) -> None:
        """Keep the lease, or wait for it, for ever."""
        while True:
            self._wake.clear()
            await self.step()
            await self._wait()

    async def step(self) -> None:
        """Do what is due."""
        try:
            await self._due()
        except DatabaseAway as error:
            log.debug("the lease can't be reached: %s", error)
            self._silent_until = self._clock() + GRACE_SECONDS
            self._next_at = self._clock() + RETRY_SECONDS
        if self._is_on and self._clock() >= self._until:
            log.warning("the lease could not be renewed in time: nothing is sent until it is")
            self._leave()

    async def hand_over(self) -> None:
        """Let another process begin at once; the loop has ended by now, and `run` too."""
        if self._words:
            await self._tell()
        if self._epoch is not None:
            self._is_on = False
            await self._lease.hand_over(self._epoch)
            await self._lease.tell([Word.HANDED_OVER])
            log.info("handed over")

    async def close(self) -> None:
        """Close the lease's connection."""
        await self._lease.close()

    def health(self) -> dict[str, object]:
        """Whether it is here, for how long it is sure to be, and whether there is none at all."""
        left = max(0.0, self._until - self._clock()) if self._is_on else 0.0
        since = self._vacant_since
        is_vacant = since is not None and self._clock() - since > VACANT_SECONDS
        return {
            "status": "red" if is_vacant else "green",
            "reasons": ["no process sends"] if is_vacant else [],
            "is_here": self.is_held(),
            "is_candidate": self._is_candidate,
            "epoch": self._epoch,
            "lease_seconds": round(left, 1),
        }

    async def _due(self) -> None:
        if self._words:
            await self._tell()
        if self._clock() < self._next_at:
            return
        if self._epoch is not None:
            await self._renew(self._epoch)
        elif self._is_candidate:
            await self._take()
        else:
            await self._look()

    async def _tell(self) -> None:
        words, self._words = self._words, set()
        try:
            await self._lease.tell(words)
        except DatabaseAway:
            self._words |= words
            raise

    async def _renew(self, epoch: int) -> None:
        began = self._clock()
        try:
            async with asyncio.timeout(self._until - began if self._is_on else LEASE_SECONDS):
                is_ours = await self._lease.renew(epoch)
        except TimeoutError:
            self._next_at = self._clock()
            return
        if not is_ours:
            self.depose()
            return
        self._begin(epoch, began)
        if began - self._looked_at >= LOOK_SECONDS:
            self._looked_at = began
            self.loop.look()

    async def _take(self) -> None:
        began = self._clock()
        epoch = await self._lease.take(self._name, even_if_silent=began >= self._silent_until)
        if epoch is not None:
            log.info("this process is the keeper now: it sends and fires timers")
            self._begin(epoch, began)
        else:
            await self._look()

    async def _look(self) -> None:
        left = await self._lease.seconds_left()
        now = self._clock()
        if left > 0:
            self._vacant_since = None
        elif self._vacant_since is None:
            self._vacant_since = now
        self._next_at = now + min(LOOK_SECONDS, max(left, 0.0) + 0.02 if self._is_candidate else LOOK_SECONDS)

    def _begin(self, epoch: int, began: float) -> None:
        """The lease is ours, counted from before it was asked for."""
        self._until = began + LEASE_SECONDS - MARGIN_SECONDS
        self._next_at = began + RENEW_SECONDS
        self._vacant_since = None
        if not self._is_on:
            self._epoch, self._is_on, self._since = epoch, True, None
            self.off.clear()
            self.on.set()
            self.dispatcher.forget()
            self.loop.look()

    def _leave(self) -> None:
        self._is_on = False
        self.on.clear()
        self.off.set()
        self.dispatcher.forget()

    def _hear(self, word: str) -> None:
        if word in {"", Word.WORK} and self.is_held():
            self.loop.look()
        if word in {"", Word.DESK}:
            self.loop.look_at_desk()
        if word in {"", Word.MEMBERS}:
            self.loop.members.forget()
        if word in {Word.GROUP_OPEN, Word.GROUP_SHUT} and (group := self.loop.staff_chat) is not None:
            self.dispatcher.staff_chat_changed(group, is_open=word == Word.GROUP_OPEN)
        if word == Word.HANDED_OVER:
            self._next_at = 0.0
            self._wake.set()

    async def _wait(self) -> None:
        seconds = self._next_at - self._clock()
        if self._is_on:
            seconds = min(seconds, self._until - self._clock())
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._wake.wait()
        except TimeoutError:
            return
