"""Tickets that are not as they should be: garbled, another clinic's, entered twice, of a place that is no more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk.roles import Membership
from bot.desk.tickets import KIND, ticket_of
from bot.store.protocol import Batch
from tests.staff_world import ANN, BEA, ROSA, DeskWorld


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DeskWorld]:
    world = await opened(tmp_path)
    yield world
    await world.app.close()


async def opened(folder: Path) -> DeskWorld:
    world = await DeskWorld(folder).open()
    await world.know(ROSA, Membership.MEMBER)
    return world


async def enrolled(world: DeskWorld, payload: str) -> None:
    """The whole of it, as short as it gets: four taps."""
    await world.starts(ANN, payload)
    await world.presses(ANN, "evening")
    await world.presses(ANN, "not_now")
    assert "That's our plan" in await world.shares(ANN, "+447700900123")


@pytest.mark.parametrize(
    "garble",
    [
        lambda payload: payload[:-1],
        lambda payload: payload + "A",
        lambda payload: payload[:2],
        lambda payload: payload.removeprefix("v-"),
        lambda payload: payload[:10] + "%" + payload[11:],
        lambda payload: payload[:10] + " " + payload[11:],
        lambda payload: payload.swapcase(),
        lambda payload: payload[::-1],
    ],
)
async def test_a_garbled_code_strands_nobody_and_uses_nothing_up(world: DeskWorld, garble: object) -> None:
    assert callable(garble)
    payload = await world.enters_visit()
    for said in (await world.starts(ANN, garble(payload)), await world.says(ANN, f"/start {garble(payload)}")):
        assert said
    assert (await world.person(ANN)).visits == ()
    assert any(getattr(one, "rows", ()) for one in world.sent[ANN]), "there is a way on"
    await enrolled(world, payload)
    assert len((await world.person(ANN)).visits) == 1


async def test_another_clinics_code_is_none_here_and_still_good_there(world: DeskWorld, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = await opened(folder)
    payload = await other.enters_visit()
    assert "don't know that code" in await world.starts(ANN, payload)
    assert (await world.person(ANN)).visits == ()
    await enrolled(other, payload)
    await other.app.close()


async def test_a_visit_that_staff_entered_twice_is_one_with_one_plan(world: DeskWorld) -> None:
    await enrolled(world, await world.enters_visit())
    (first,) = (await world.person(ANN)).visits
    said = await world.starts(ANN, await world.enters_visit())
    (visit,) = (await world.person(ANN)).visits
    assert (visit.id, visit.plan) == (first.id, first.plan)
    assert "our plan stays" in said
    await world.wait(hours=10)
    asked = [one for one in world.sent[ANN] if getattr(one, "occasion", "")]
    assert len(asked) == 1, "one check-in this evening"


async def test_a_place_that_is_no_more_is_the_clinics_first(world: DeskWorld) -> None:
    payload = await world.enters_visit()
    (note,) = await world.app.store.desk_notes(KIND)
    ticket = ticket_of(note.body)
    assert ticket.visit["location"] == "harbour"
    moved = replace(ticket, visit={**ticket.visit, "location": "gone"})
    await world.app.store.commit(Batch(world.now, notes_put=[replace(note, body=moved.as_json())]))
    await enrolled(world, payload)
    said = "\n".join(one.html for one in world.sent[ANN] if hasattr(one, "html"))
    assert "020 7946 0118" in said
    assert "gone" not in said


async def test_a_used_code_enrols_its_own_person_once_and_nobody_else_ever(world: DeskWorld) -> None:
    payload = await world.enters_visit()
    await enrolled(world, payload)
    before = await world.person(ANN)
    assert "used already" not in await world.starts(ANN, payload)
    assert (await world.person(ANN)).visits == before.visits
    await world.restart()
    assert "used already" in await world.starts(BEA, payload)
    assert (await world.person(BEA)).visits == ()
