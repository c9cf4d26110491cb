"""Nobody is kept longer than the clinic promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from bot.app import open_clinic
from bot.conversation.incoming import Incoming
from bot.delivery.limits import NO_LIMITS
from bot.delivery.sender import Kind, SendOutcome
from bot.engine.event import Started
from bot.settings import Settings
from bot.store.protocol import Batch, OutboxRow
from bot.store.sqlite import SQLiteStore
from tests.store.people import NOW, a_person


class Nowhere:
    async def send(self, row: OutboxRow, *, target: int | None, plain: bool = False) -> SendOutcome:
        return SendOutcome(Kind.SENT, row.id)

    async def answer_press(self, press_id: str, note: str) -> None:
        raise AssertionError("nothing was pressed")


async def test_the_longest_untouched_come_first(store: SQLiteStore) -> None:
    first = a_person(await store.new_contact(11, NOW))
    second = a_person(await store.new_contact(12, NOW))
    await store.commit(Batch(NOW + timedelta(days=2), persons=[first]))
    await store.commit(Batch(NOW + timedelta(days=1), persons=[second]))
    late = NOW + timedelta(days=3)
    assert await store.untouched_since(late, 10) == [second.contact.id, first.contact.id]
    assert await store.untouched_since(late, 1) == [second.contact.id]
    assert await store.untouched_since(NOW + timedelta(days=2), 10) == [second.contact.id]
    assert await store.untouched_since(NOW, 10) == []


async def test_whoever_is_not_heard_of_for_the_promised_days_is_erased() -> None:
    at: list[datetime] = [NOW]
    settings = Settings(flows_dir=Path("flows"), data_dir=Path("data"))
    app = await open_clinic(settings, sender=Nowhere(), now=lambda: at[0], in_memory=True, limits=NO_LIMITS)
    days = app.book.clinic["clinic.keep_days"]
    assert isinstance(days, int)
    await app.take(Incoming(7, Started()))
    at[0] = NOW + timedelta(days=days - 1)
    await app.loop.forget_old(at[0])
    assert await app.store.persons_of_chats([7])
    at[0] = NOW + timedelta(days=days + 1)
    await app.loop.forget_old(at[0])
    assert not await app.store.persons_of_chats([7])
    await app.close()
