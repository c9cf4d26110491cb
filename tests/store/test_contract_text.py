"""What every store keeps to about text from the network: NUL, and halves of surrogate pairs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.engine.effect import Lane
from bot.store.protocol import Batch, DeadLetter, DeskNote, NewRow, Store
from tests.store.people import NOW, a_message, a_person
from tests.store.stores import Opener, lasting, reopened

__all__ = ["lasting", "reopened"]


@pytest.mark.parametrize("odd", ["a\0b", "\ud83d", "\U0001f600"])
async def test_odd_text_breaks_nothing(
    lasting: Opener, reopened: Callable[[Store], Awaitable[Store]], odd: str
) -> None:
    store = await lasting()
    contact = await store.new_contact(5001, NOW)
    await store.commit(
        Batch(
            NOW,
            update_ids=[1],
            persons=[a_person(contact, answer=odd)],
            rows=[NewRow(contact.id, 1, 5001, Lane.REPLY, a_message(1, odd), NOW, NOW)],
            dead_letters=[DeadLetter(contact.id, NOW, odd, odd)],
            notes_put=[DeskNote("ticket", "a", odd)],
        )
    )
    store = await reopened(store)
    read = "\ufffd" if odd == "\ud83d" else odd
    person = (await store.persons([contact.id]))[contact.id]
    assert person.sessions[0].answers["consult.aims"].answer.options == (read,)
    assert (await store.waiting_rows())[0].effect == a_message(1, read)
    assert [letter.update for letter in await store.dead_letters()] == [read]
    assert len(await store.desk_notes("ticket")) == 1
