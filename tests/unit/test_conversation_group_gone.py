"""The bot is put out of the staff group, and is back; the group gets another id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.conversation.incoming import ChatMoved, GroupChanged
from bot.desk.roles import Membership
from tests.staff_world import ANN, BEA, ROSA, STAFF, TOM, DeskWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    world = await DeskWorld(tmp_path).open()
    book = world.app.loop.book
    world.app.loop.use(replace(book, clinic={**book.clinic, "clinic.on_call": frozenset({str(TOM)})}))
    yield world
    await world.app.close()


def heads(world: DeskWorld, user: int) -> list[str]:
    return [getattr(one, "html", "").partition(" ·")[0].partition(".")[0] for one in world.sent[user]]


async def test_those_on_call_hear_of_it_at_once_and_get_what_nobody_has(world: DeskWorld) -> None:
    await world.says(ANN, "I can't breathe")
    await world.says(BEA, "I can't breathe")
    await world.presses(ROSA, "have_it", screen=STAFF, chat=STAFF)
    assert world.sent[TOM] == []
    await world.put(GroupChanged(-7, can_write=False))
    assert world.sent[TOM] == []
    assert world.app.health()["status"] == "green"
    await world.put(GroupChanged(STAFF, can_write=False))
    assert heads(world, TOM) == ["<b>The staff chat takes no messages from me", "🔴 <b>URGENT</b>"]
    assert world.app.health()["status"] == "red"
    await world.put(GroupChanged(STAFF, can_write=False))
    assert len(world.sent[TOM]) == 2, "it is told of once"
    await world.know(TOM, Membership.GROUP_GONE)
    assert "yours" in await world.presses(TOM, "have_it")
    await world.put(GroupChanged(STAFF, can_write=True))
    assert heads(world, TOM)[-1].startswith("The staff chat takes messages from me again")
    assert world.app.health()["status"] == "green"
    before = len(world.sent[TOM])
    await world.put(GroupChanged(STAFF, can_write=True))
    assert len(world.sent[TOM]) == before
    world.now += timedelta(minutes=5)
    await world.put(GroupChanged(STAFF, can_write=False))
    assert "takes no messages" in heads(world, TOM)[-1]


async def test_a_group_that_has_moved_is_the_staff_chat_after_a_restart_too(world: DeskWorld) -> None:
    moved = -1_001_000_000_777
    await world.put(ChatMoved(STAFF, moved))
    await world.restart()
    await world.know(ROSA, Membership.MEMBER)
    assert "practitioner" in await world.says(ROSA, "/who", chat=moved)
    await world.put(GroupChanged(moved, can_write=False))
    assert world.app.health()["reasons"] == ["the staff chat takes no messages"]
