"""From SQLite to PostgreSQL in the middle of a check-in: the clinic goes on where it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.app import open_clinic
from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import Kind, SendOutcome
from bot.desk.roles import Membership
from bot.engine.effect import SendCode, SendMessage
from bot.operations.restore import import_database
from bot.settings import Settings
from bot.store.protocol import OutboxRow
from tests.committed import committed_reading
from tests.staff_world import ANN, ROSA, STAFF, DeskWorld


class MovingWorld(DeskWorld):
    """Its clinic moves to `url` with the next start; while `is_away`, Telegram takes nothing."""

    url: str | None = None
    is_away = False

    async def open(self) -> DeskWorld:
        if self.url is None:
            return await super().open()
        self.app = await open_clinic(
            Settings(flows_dir=Path("flows"), data_dir=Path("data"), database_url=self.url),
            reading=committed_reading(),
            sender=self,
            now=lambda: self.now,
            staff_chat=STAFF,
            observe=self._observe,
            environ={"XDG_CONFIG_HOME": str(self.folder)},
            limits=NO_LIMITS,
        )
        self.app.loop.members.is_checked = True
        assert self.app.keeper is not None
        self.keeping = asyncio.create_task(self.app.keeper.run())
        await self.app.keeper.on.wait()
        return self

    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        if self.is_away:
            return SendOutcome(Kind.AGAIN, reason="away")
        if not isinstance(row.effect, SendMessage | SendCode):
            return SendOutcome(Kind.SENT, row.id)
        return await super().send(row, target=target, plain=plain)


async def test_a_clinic_that_moves_goes_on_in_the_middle_of_a_check_in(tmp_path: Path, bare_postgres: str) -> None:
    world = MovingWorld(tmp_path)
    await world.open()
    try:
        await world.know(ROSA, Membership.MEMBER)
        await world.starts(ANN, await world.enters_visit())
        await world.presses(ANN, "evening")
        await world.presses(ANN, "not_now")
        await world.shares(ANN, "+447700900123")
        await world.wait(hours=10)  # the check-in of the evening is there
        await world.presses(ANN, "worse")
        await world.presses(ANN, "more_than_this")
        await world.presses(ANN, "blisters")
        world.is_away = True
        await world.presses(ANN, "done")  # an alert is raised, and its card reaches nobody yet
        before = await world.person(ANN)
        (alert,) = before.alerts
        unsent = [row.id for row in await world.app.store.waiting_rows()]
        timers = await world.app.store.due_timers(world.now.replace(year=2027), 100)
        assert unsent
        assert {timer.kind for timer in timers} >= {"checkin", "ladder"}
        await world.app.close()
        settings = Settings(database_url=bare_postgres)
        environ = {"XDG_CONFIG_HOME": str(tmp_path)}
        await import_database(settings, environ, str(tmp_path / "clinic.db"), world.now)
        world.url = bare_postgres
        await world.open()
        assert await world.person(ANN) == before
        assert [row.id for row in await world.app.store.waiting_rows()] == unsent
        assert await world.app.store.due_timers(world.now.replace(year=2027), 100) == timers
        world.is_away = False
        cards = len(world.sent[STAFF])
        await world.wait(minutes=10)
        assert len(world.sent[STAFF]) > cards, "the card goes out, and rings anew"
        await world.know(ROSA, Membership.MEMBER)
        await world.presses(ROSA, "have_it", chat=STAFF)
        (taken,) = (await world.person(ANN)).alerts
        assert (taken.id, taken.taken_by) == (alert.id, ROSA)
        open_question = (await world.person(ANN)).sessions
        await world.wait(hours=24)
        assert len((await world.person(ANN)).sessions) >= len(open_question)
        asked = [one for one in world.sent[ANN] if getattr(one, "occasion", "")]
        assert len(asked) >= 2, "the next check-in comes by its own timer"
    finally:
        await world.app.close()


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
