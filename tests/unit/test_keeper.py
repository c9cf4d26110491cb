"""The lease's rules by a clock of one's own: when calls may begin, and what becomes of those under way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from bot.conversation.office import Word
from bot.keeper import MARGIN_SECONDS, VACANT_SECONDS, Keeper
from bot.limits import LEASE_SECONDS
from bot.store.look import Look
from bot.store.protocol import DatabaseAway, OutboxRow
from tests.delivery_world import World


class Server:
    """The row of the lease, by the same clock as everybody's."""

    def __init__(self) -> None:
        self.at = 100.0
        self.epoch, self.until, self.holder = 0, 0.0, ""
        self.is_away = False
        self.unsent: set[int] = set()
        self.heard: list[Callable[[str], None]] = []
        self.looks: list[Look | None] = []

    def now(self) -> float:
        return self.at


class FakeLease:
    def __init__(self, server: Server, heard: Callable[[str], None]) -> None:
        self.server, self.heard = server, heard
        server.heard.append(heard)

    def _there(self) -> Server:
        if self.server.is_away:
            raise DatabaseAway("gone")
        return self.server

    async def take(self, holder: str, *, even_if_silent: bool = True) -> int | None:
        server = self._there()
        if server.until > server.at or (server.holder and not even_if_silent):
            return None
        server.epoch, server.until, server.holder = server.epoch + 1, server.at + LEASE_SECONDS, holder
        return server.epoch

    async def renew(self, epoch: int) -> bool:
        server = self._there()
        if epoch == server.epoch:
            server.until = server.at + LEASE_SECONDS
        return epoch == server.epoch

    async def hand_over(self, epoch: int) -> None:
        if epoch == self._there().epoch:
            self.server.until, self.server.holder = 0.0, ""

    async def seconds_left(self) -> float:
        return self._there().until - self.server.at

    async def tell(self, words: Collection[str]) -> None:
        for heard in self._there().heard:
            if heard != self.heard:
                for word in words:
                    heard(word)

    async def close(self) -> None:
        return


class FakeLoop:
    def __init__(self) -> None:
        self.looks = self.desk_looks = self.forgotten = 0
        self.staff_chat = -1
        self.members = self

    def look(self) -> None:
        self.looks += 1

    def look_at_desk(self) -> None:
        self.desk_looks += 1

    def forget(self) -> None:
        self.forgotten += 1


class Process:
    """A keeper with a real dispatcher, and a run that goes step by step."""

    def __init__(self, server: Server, *, is_candidate: bool = True) -> None:
        self.server = server
        self.world, self.loop = World(), FakeLoop()
        self.keeper = Keeper(
            self, lambda heard: FakeLease(server, heard), is_candidate=is_candidate, clock=server.now
        )
        self.world.dispatcher = self.world.new_dispatcher(
            may_call=self.keeper.is_held, is_unsent=self.keeper.is_unsent
        )
        self.keeper.dispatcher = self.world.dispatcher
        self.keeper.loop = self.loop  # type: ignore[assignment]

    async def new_rows(self, since: Look | None) -> tuple[list[OutboxRow], Look]:
        self.server.looks.append(since)
        return [], Look("7", 1)

    async def unsent_rows(self, rows: Sequence[int], epoch: int) -> set[int]:
        return self.server.unsent & set(rows) if epoch == self.server.epoch else set()

    async def step(self) -> None:
        """What `run` does each time it wakes."""
        await self.keeper.step()


@pytest.fixture
def server() -> Server:
    return Server()


async def test_one_sends_until_its_lease_is_over_by_its_own_clock(server: Server) -> None:
    one, two = Process(server), Process(server)
    await one.step()
    await two.step()
    assert (one.keeper.is_held(), two.keeper.is_held()) == (True, False)
    assert (one.keeper.epoch, two.keeper.epoch) == (1, None)
    assert one.loop.looks == 1
    server.at += LEASE_SECONDS - MARGIN_SECONDS - 0.01
    assert one.keeper.is_held()
    server.at += 0.02
    assert not one.keeper.is_held()  # though nothing has run in it meanwhile
    await two.step()
    assert not two.keeper.is_held()
    server.at += MARGIN_SECONDS + 0.1
    await two.step()
    assert two.keeper.is_held()
    await one.step()
    assert one.keeper.epoch is None
    assert server.epoch == 2


async def test_past_the_lease_no_call_begins_and_those_under_way_are_cut(server: Server) -> None:
    one = Process(server)
    await one.step()
    under_way = asyncio.Event()

    async def never() -> None:
        under_way.set()
        await asyncio.Event().wait()

    rows = [one.world.row(1), one.world.row(1), one.world.row(2)]
    server.unsent = {row.id for row in rows}
    one.world.gate = never
    sending = asyncio.create_task(one.world.dispatcher.run())
    one.world.dispatcher.add(rows)
    await under_way.wait()
    await asyncio.sleep(0)
    assert one.world.order == [1, 3]
    server.is_away = True
    server.at += LEASE_SECONDS
    await one.step()
    for _ in range(5):
        await asyncio.sleep(0)
    assert one.world.dispatcher.health()["under_way"] == one.world.dispatcher.health()["waiting"] == 0
    one.world.dispatcher.add(rows)
    for _ in range(5):
        await asyncio.sleep(0)
    assert one.world.order == [1, 3]
    # The database is back, and nobody else was faster: it goes on, with all that is unsent.
    server.is_away, one.world.gate = False, None
    server.at += 1
    await one.step()
    assert one.keeper.is_held()
    assert one.keeper.epoch == 1
    await one.keeper.new_rows()
    assert server.looks[-1] is None
    one.world.dispatcher.add(rows)
    await one.world.dispatcher.drain()
    assert sorted(one.world.order) == [1, 1, 2, 3, 3]
    assert {mark.row for mark in one.world.marks} == {1, 2, 3}
    sending.cancel()


async def test_what_others_have_withdrawn_is_not_sent_and_not_marked(server: Server) -> None:
    one = Process(server)
    await one.step()
    rows = [one.world.row(1), one.world.row(1)]
    server.unsent = {rows[1].id}
    await one.world.send_all(*rows)
    assert one.world.order == [2]
    assert [mark.row for mark in one.world.marks] == [2]


async def test_handed_over_the_next_begins_at_once(server: Server) -> None:
    one, two = Process(server), Process(server)
    await one.step()
    await two.step()
    await one.keeper.hand_over()
    assert not one.keeper.is_held()
    await two.step()
    assert two.keeper.is_held()


async def test_after_an_outage_the_last_keeper_goes_first(server: Server) -> None:
    one, two = Process(server), Process(server)
    await one.step()
    await two.step()
    server.is_away = True
    server.at += LEASE_SECONDS + 1
    for each in (one, two):
        await each.step()
    server.is_away = False
    server.at += 0.5
    await two.step()
    assert not two.keeper.is_held()
    await one.step()
    assert one.keeper.is_held()
    # Were it gone, the other would not wait for long.
    server.is_away = True
    await two.step()
    server.at += LEASE_SECONDS + 3
    server.is_away = False
    await two.step()
    assert two.keeper.is_held()


async def test_words_reach_whom_they_concern(server: Server) -> None:
    one, two, web = Process(server), Process(server), Process(server, is_candidate=False)
    for each in (one, two, web):
        await each.step()
    assert not web.keeper.is_held()
    before = one.loop.looks
    for word in (Word.WORK, Word.DESK, Word.MEMBERS, Word.GROUP_SHUT):
        web.keeper.tell(word)
    await web.step()
    assert one.loop.looks == before + 1
    assert two.loop.looks == 0
    for each in (one, two):
        assert (each.loop.desk_looks, each.loop.forgotten) == (1, 1)
    assert one.world.dispatcher.health()["reasons"] == ["the staff chat takes no messages"]
    server.heard[0]("")  # connected anew: something may have been missed
    assert (one.loop.looks, one.loop.desk_looks, one.loop.forgotten) == (before + 2, 2, 2)
    # A word that could not be told is told later.
    server.is_away = True
    web.keeper.tell(Word.GROUP_OPEN)
    await web.step()
    server.is_away = False
    server.at += 1
    await web.step()
    assert one.world.dispatcher.health()["reasons"] == []


async def test_without_any_keeper_health_is_red_everywhere(server: Server) -> None:
    web = Process(server, is_candidate=False)
    await web.step()
    assert web.keeper.health()["status"] == "green"
    server.at += VACANT_SECONDS + 1
    health: dict[str, Any] = web.keeper.health()
    assert (health["status"], health["reasons"], health["is_here"]) == ("red", ["no process sends"], False)
    one = Process(server)
    await one.step()
    await web.step()
    assert web.keeper.health()["status"] == "green"
    shown = one.keeper.health()
    assert (shown["is_here"], shown["epoch"], shown["lease_seconds"]) == (True, 1, LEASE_SECONDS - MARGIN_SECONDS)
    assert one.keeper.on.is_set()
    assert not one.keeper.off.is_set()
    one.keeper.depose()
    assert one.keeper.off.is_set()
    assert not one.keeper.on.is_set()
