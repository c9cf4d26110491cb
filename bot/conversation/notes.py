"""The desk's notes within a round: what stands in the store, under what the round itself has changed so far."""

from __future__ import annotations

from bot.store.protocol import Batch, DeskNote, Store


class Notes:
    """Reads through a batch that is not written yet, so that a ticket scanned twice in one round is used once.

    The batch also keeps what was read, so that a ticket scanned in two processes at once is used once.
    """

    def __init__(self, store: Store, batch: Batch) -> None:
        self._store = store
        self._batch = batch

    async def get(self, kind: str, key: str) -> DeskNote | None:
        """The note, as it will be."""
        return next((note for note in await self._all(kind, key) if note.key == key), None)

    async def all(self, kind: str) -> list[DeskNote]:
        """All notes of a kind, as they will be, by their keys."""
        return await self._all(kind, None)

    def put(self, note: DeskNote) -> None:
        """Keep a note, in the place of one with the same key."""
        self._forget(note.kind, note.key)
        self._batch.notes_put.append(note)

    def drop(self, kind: str, key: str) -> None:
        """It holds no longer."""
        self._forget(kind, key)
        self._batch.notes_dropped.append((kind, key))

    async def _all(self, kind: str, key: str | None) -> list[DeskNote]:
        found = {note.key: note for note in await self._store.desk_notes(kind, key)}
        if key is not None:
            self._batch.notes_read.setdefault((kind, key), found.get(key))
        for dropped_kind, dropped in self._batch.notes_dropped:
            if dropped_kind == kind:
                found.pop(dropped, None)
        found.update({note.key: note for note in self._batch.notes_put if note.kind == kind})
        return [found[name] for name in sorted(found)]

    def _forget(self, kind: str, key: str) -> None:
        self._batch.notes_put = [note for note in self._batch.notes_put if (note.kind, note.key) != (kind, key)]
