"""What every store keeps to when somebody else was faster: nothing is written, and it says who has lost."""

from __future__ import annotations

from dataclasses import replace

from bot.store.protocol import Batch, Counted, DeskNote, Lost, Store
from tests.store.people import NOW, TODAY, a_person, a_row, put_person, written
from tests.store.stores import opener, store

__all__ = ["opener", "store"]


async def test_a_stale_person_loses_and_nothing_is_written(store: Store) -> None:
    person, other = await put_person(store), await put_person(store, 5002)
    newer = replace(person, contact=replace(person.contact, first_name="Ann"))
    await store.commit(Batch(NOW, persons=[newer]))
    lost = Lost(contacts=frozenset([person.contact.id]))
    batch = Batch(
        NOW,
        update_ids=[4],
        persons=[replace(other, front=None), replace(person, front=None)],
        rows=[a_row(other.contact.id, 1, 5002)],
    )
    assert await store.commit(batch) == lost
    assert await store.seen([4]) == set()
    assert await store.waiting_rows() == []
    assert (await store.persons([person.contact.id]))[person.contact.id].contact.first_name == "Ann"
    assert (await store.persons([other.contact.id]))[other.contact.id] == other
    assert await store.commit(Batch(NOW, persons=[replace(person, version=0)])) == lost
    batch.persons = [replace(other, front=None), replace(newer, front=None, version=2)]
    assert [row.number for row in written(await store.commit(batch))] == [1]


async def test_who_was_erased_meanwhile_loses(store: Store) -> None:
    person = await put_person(store)
    await store.commit(Batch(NOW, erase=[(person.contact.id, "")]))
    lost = Lost(contacts=frozenset([person.contact.id]))
    assert await store.commit(Batch(NOW, update_ids=[4], persons=[replace(person, front=None)])) == lost
    assert await store.seen([4]) == set()


async def test_a_note_that_has_changed_since_it_was_read_loses(store: Store) -> None:
    read, used = DeskNote("ticket", "a", "good"), DeskNote("ticket", "a", "used", NOW)
    await store.commit(Batch(NOW, notes_put=[used]))
    key = (used.kind, used.key)
    for was in (read, None):
        batch = Batch(NOW, update_ids=[4], notes_put=[read], notes_read={key: was})
        assert await store.commit(batch) == Lost(notes=frozenset([key]))
        assert await store.commit(replace(batch, notes_put=[], notes_dropped=[key])) == Lost(
            notes=frozenset([key])
        )
    assert await store.desk_notes("ticket") == [used]
    assert await store.seen([4]) == set()
    for batch in (
        Batch(NOW, notes_put=[DeskNote("other", "a", "1")], notes_read={key: read}),  # read only
        Batch(NOW, notes_dropped=[key], notes_read={key: used}),
        Batch(NOW, notes_put=[read], notes_read={key: None}),
    ):
        assert await store.commit(batch) == []
    assert await store.desk_notes("ticket") == [read]


async def test_an_update_is_never_written_twice_and_the_batch_loses_whole(store: Store) -> None:
    await store.commit(Batch(NOW, update_ids=[10]))
    contact = await store.new_contact(5001, NOW)
    batch = Batch(
        NOW,
        update_ids=[11, 10],
        persons=[a_person(contact)],
        rows=[a_row(contact.id, 1, 5001)],
        counts=[Counted(TODAY, "turns", "", 1)],
    )
    assert await store.commit(batch) == Lost(updates=frozenset([10]))
    assert await store.seen([11]) == set()
    assert await store.persons([contact.id]) == {}
    assert await store.waiting_rows() == []
    assert await store.counters(TODAY, TODAY) == []
    await store.commit(Batch(NOW, update_ids=[11], persons=[a_person(contact)]))
    assert contact.id in await store.persons([contact.id])
