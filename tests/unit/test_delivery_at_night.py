"""Rows that keep quiet at night: whenever their turn comes, they wait for the morning, and hold nothing up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.limits import NO_LIMITS, Limits
from bot.engine.effect import Lane, SendPicture
from bot.store.protocol import OutboxRow, RowStatus
from tests.delivery_world import AGAIN, World

EVENING = datetime(2026, 5, 4, 20, 59, tzinfo=UTC)
NIGHT = EVENING + timedelta(minutes=2)
MORNING = datetime(2026, 5, 5, 8, tzinfo=UTC)


def evening(limits: Limits = NO_LIMITS) -> World:
    world = World(limits)
    world.at = EVENING
    return world


async def at(world: World, moment: datetime, *rows: OutboxRow) -> list[int]:
    """What has been sent by then, with rows that come at that moment."""
    world.at = moment
    await world.send_all(*rows)
    return world.order


async def test_what_an_outage_kept_until_the_night_waits_for_the_morning_across_another_start() -> None:
    world = evening()
    words, reply = world.row(quiet_in="UTC"), world.row()
    assert await at(world, NIGHT, words, reply) == [2], "what was asked for passes it"
    assert world.dispatcher.next_at() == MORNING
    world.dispatcher = world.new_dispatcher()
    assert await at(world, MORNING - timedelta(seconds=1), words) == [2]
    assert await at(world, MORNING) == [2, 1]
    assert world.marks[-1].status is RowStatus.SENT


async def test_by_day_it_goes_at_once_and_in_its_order() -> None:
    world = evening()
    assert await at(world, EVENING, world.row(quiet_in="UTC"), world.row()) == [1, 2]


async def test_its_night_is_that_of_its_zone_and_of_a_picture_too() -> None:
    world = evening()
    picture = world.row(effect=SendPicture(1, "course.png", "a course", quiet_in="Asia/Tokyo"))
    assert await at(world, EVENING, picture, world.row(quiet_in="America/New_York")) == [2]
    assert await at(world, datetime(2026, 5, 4, 23, tzinfo=UTC)) == [2, 1], "8:00 in Tokyo"


async def test_one_that_was_tried_holds_nothing_through_the_night() -> None:
    world = evening()
    words = world.row(quiet_in="UTC", answers=[AGAIN])
    assert await at(world, EVENING, words) == [1]
    assert await at(world, NIGHT, world.row(), world.row(quiet_in="UTC")) == [1, 2]
    assert await at(world, MORNING) == [1, 2, 1, 3]


async def test_every_night_is_waited_out_until_its_window_ends() -> None:
    world = evening()
    words = world.row(quiet_in="UTC", window_seconds=2 * 86_400)
    assert await at(world, NIGHT + timedelta(days=1), words) == []
    assert world.dispatcher.next_at() == MORNING + timedelta(days=1)
    assert await at(world, NIGHT + timedelta(days=2)) == []
    assert world.status(words) == [RowStatus.GIVEN_UP], "past its window it waits for no morning"


async def test_what_changes_it_waits_with_it() -> None:
    world = evening()
    words = world.row(quiet_in="UTC")
    assert await at(world, NIGHT, words, world.row(edits=words.number)) == []
    assert await at(world, MORNING) == [1, 2]


async def test_the_bulk_limit_reaches_into_the_night() -> None:
    """Due before nine, and its turn comes after it: it waits, and the next in line doesn't."""
    world = evening(Limits(bulk_per_second=1))
    rows = [world.row(chat, lane=Lane.CHECK_IN, quiet_in="UTC") for chat in (1, 2)]
    late = world.row(3, lane=Lane.CHECK_IN)
    assert await at(world, EVENING + timedelta(seconds=59), *rows, late) == [1]
    assert await at(world, EVENING + timedelta(seconds=60)) == [1, 3]
    assert await at(world, MORNING) == [1, 3, 2]


@pytest.mark.parametrize(
    ("moment", "status", "late"),
    [(NIGHT, "green", 0), (MORNING - timedelta(minutes=1), "green", 0), (MORNING, "green", 0),
     (MORNING + timedelta(minutes=6), "yellow", 360)],
)  # fmt: skip
async def test_waiting_for_the_morning_is_no_delay(moment: datetime, status: str, late: int) -> None:
    world = evening()
    world.dispatcher.add([world.row(quiet_in="UTC")])
    world.at = moment
    health = world.dispatcher.health()
    assert (health["status"], health["oldest_waiting_seconds"]) == (status, late)
