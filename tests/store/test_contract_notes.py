"""What every store keeps to about what staff have set."""

from __future__ import annotations

from datetime import timedelta

from bot.store.protocol import Batch, DeskNote, Store
from tests.store.people import NOW
from tests.store.stores import opener, store

__all__ = ["opener", "store"]


async def test_notes_are_put_changed_and_dropped(store: Store) -> None:
    first, second = DeskNote("closed", "b", "{}"), DeskNote("closed", "a", "é", NOW)
    other = DeskNote("ticket", "a", "x", NOW + timedelta(hours=24))
    await store.commit(Batch(NOW, notes_put=[first, second, other]))
    assert await store.desk_notes("closed") == [second, first]
    assert await store.desk_notes("closed", "b") == [first]
    assert await store.desk_notes("closed", "c") == await store.desk_notes("practice") == []
    changed = DeskNote("closed", "b", "changed")
    await store.commit(Batch(NOW, notes_put=[changed], notes_dropped=[("closed", "a"), ("closed", "b")]))
    assert await store.desk_notes("closed") == [changed]
    assert await store.desk_notes("ticket") == [other]


async def test_notes_are_forgotten_when_their_time_is_over(store: Store) -> None:
    kept, old = DeskNote("closed", "a", "1"), DeskNote("ticket", "a", "2", NOW)
    later = DeskNote("ticket", "b", "3", NOW + timedelta(seconds=1))
    await store.commit(Batch(NOW, notes_put=[kept, old, later]))
    await store.purge(NOW)
    assert await store.desk_notes("ticket") == [later]
    assert await store.desk_notes("closed") == [kept]


async def test_a_note_with_a_broken_emoji_is_kept(store: Store) -> None:
    await store.commit(Batch(NOW, notes_put=[DeskNote("ticket", "a", "\ud83d")]))
    assert await store.desk_notes("ticket") == [DeskNote("ticket", "a", "?")]
