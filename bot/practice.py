"""Practices: each a clinic of its own in memory, beside the real one, in the private chat of one colleague.

Nothing of it can be counted, listed or alert anybody, because it shares nothing with the clinic but flows, data
and the sending side: its database is in memory under a key of its own and gone with it, its book knows no staff
but whoever practises, and its sender knows no chat but theirs. What they do in that chat is told apart before the
turn loop: buttons by what they carry, staff commands by name, and everything else they send is the practice's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.app import ClinicApp
from bot.conversation.gather import Item
from bot.conversation.incoming import Incoming, PracticeOver
from bot.delivery.limits import Limits
from bot.delivery.sender import Sender
from bot.desk import practice
from bot.desk.practice import END, GROUP, IDLE, NEXT, PREFIX
from bot.desk.roles import Membership, Role
from bot.desk.work import read_command
from bot.engine.effect import Effect, Practise
from bot.engine.event import Blocked, Pressed, Said, StaffPressed, Started, Unblocked
from bot.ids import ContactId
from bot.practice_run import Run, open_run

log = logging.getLogger(__name__)


class Practices:
    """All that run, by who practises; stands before the turn loop.

    `app` is put in by whoever builds it, as it needs `observe` first.

    Args:
        sender: The channel's sending side.
        limits: How fast may be sent.
        sleep: Waits so many seconds.
    """

    app: ClinicApp

    def __init__(
        self, sender: Sender, limits: Limits, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._sender = sender
        self._limits = limits
        self._sleep = sleep
        self._runs: dict[int, Run] = {}
        self._changes: set[asyncio.Task[None]] = set()

    @property
    def runs(self) -> list[Run]:
        """Those that are on."""
        return list(self._runs.values())

    def observe(self, contact: ContactId, effect: Effect) -> None:
        """A turn of the real loop is on disk: it may begin or end a practice."""
        _ = contact
        if isinstance(effect, Practise):
            change = asyncio.get_running_loop().create_task(self._change(effect))
            self._changes.add(change)
            change.add_done_callback(self._changes.discard)

    async def recover(self) -> None:
        """After a start: tell those whose practice an earlier process has left."""
        for note in await self.app.store.desk_notes(practice.KIND):
            self.app.loop.put(PracticeOver(int(note.body), "restart"))

    async def put(self, item: Item) -> None:
        """Give an item to the practice it belongs to, else to the turn loop; done when its turn is made."""
        if not isinstance(item, Incoming) or item.is_group or not await self._taken(item):
            await self.app.loop.put(item)

    async def settled(self) -> None:
        """Wait until what was to begin or end has done so."""
        while self._changes:
            await asyncio.gather(*self._changes)

    async def close(self) -> None:
        """End all, without a word: the next start says it."""
        for change in self._changes:
            change.cancel()
        await asyncio.gather(*(self._drop(user) for user in self._runs))

    async def _taken(self, item: Incoming) -> bool:
        event, run = item.event, self._runs.get(item.user)
        if isinstance(event, Pressed) and event.data.startswith(PREFIX):
            if run is None:
                self.app.dispatcher.answer(event.press_id, practice.OVER)
            else:
                await self._guarded(run, self._pressed(run, item, event))
            return True
        if run is None:
            return False
        if isinstance(event, Blocked | Unblocked) or self._is_out(item.user):
            await self._end(run, "asked")
            return False
        if isinstance(event, Pressed | StaffPressed):
            return False
        text = event.text if isinstance(event, Said) else ""
        if practice.is_real(text):
            if read_command(text)[0] == "visit":
                await self._end(run, "asked")
            return False
        if read_command(text)[0] == NEXT:
            await self._guarded(run, run.go_on())
        else:
            await self._guarded(run, run.take(_for_team(item) if practice.is_for_team(text) else item))
        return True

    async def _pressed(self, run: Run, item: Incoming, event: Pressed) -> None:
        data = event.data.removeprefix(PREFIX)
        if data in {NEXT, END}:
            self.app.dispatcher.answer(event.press_id, "")
            await (run.go_on() if data == NEXT else self._end(run, "asked"))
            return
        parts = data.split(":")
        if len(parts) == 3 and parts[0] == "s":
            staff = StaffPressed(parts[1], parts[2], item.user, item.first_name, event.press_id)
            await run.take(_for_team(replace(item, event=staff)))
        else:
            await run.take(replace(item, event=replace(event, data=data)))

    async def _guarded(self, run: Run, doing: Awaitable[None]) -> None:
        """What fails in a practice ends it, and nothing else."""
        try:
            await doing
        except Exception as error:
            log.error("a practice failed (%s)", type(error).__name__)
            await self._end(run, "fault")

    async def _change(self, effect: Practise) -> None:
        await self._drop(effect.staff)
        if not effect.is_on:
            return
        try:
            await self._begin(effect)
        except Exception as error:
            log.error("a practice could not begin (%s)", type(error).__name__)
            await self._drop(effect.staff)
            self.app.loop.put(PracticeOver(effect.staff, "fault"))

    async def _drop(self, user: int) -> None:
        if (run := self._runs.pop(user, None)) is not None:
            await run.stop()

    async def _begin(self, effect: Practise) -> None:
        run = await open_run(self.app, self._sender, self._limits, effect.staff, Role(effect.role))
        self._runs[effect.staff] = run
        run.tasks.append(asyncio.create_task(self._watch(run), name="practice watch"))
        await run.say(practice.opening)
        await run.take(Incoming(run.user, Started(), user=run.user))

    async def _watch(self, run: Run) -> None:
        """End a practice that somebody has left."""
        while (left := (run.touched_at + IDLE - run.now()).total_seconds()) > 0:
            await self._sleep(left)
        self.app.loop.put(PracticeOver(run.user, "idle"))
        self.observe(ContactId(0), Practise(run.user, "", is_on=False))

    async def _end(self, run: Run, why: str) -> None:
        await self._drop(run.user)
        self.app.loop.put(PracticeOver(run.user, why))

    def _is_out(self, user: int) -> bool:
        return self.app.loop.members.of(user, self.app.now()) is Membership.OUT


def _for_team(item: Incoming) -> Incoming:
    """What whoever practises does as a colleague."""
    return replace(item, chat=GROUP, is_group=True, to_us=True)
