"""The store on PostgreSQL: any number of processes write, each by one connection, and read by another."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.engine.session import Contact, Person
from bot.ids import ContactId
from bot.store.database import Parameters
from bot.store.encryption import MasterKey
from bot.store.instant import to_micros
from bot.store.look import Look
from bot.store.postgres_connection import PostgresConnection
from bot.store.postgres_keyring import PostgresKeyring
from bot.store.protocol import Batch, Lost, OutboxRow
from bot.store.recent import RecentPersons
from bot.store.writing import (
    DEAD_LETTERS_KEPT,
    ENDED_ROWS_KEPT,
    FAREWELL_KEPT,
    UPDATE_IDS_KEPT,
    Concern,
    StoreWriter,
    Written,
    ended_rows,
    next_version,
)


class _LostError(Exception):
    """Leaves the transaction, so that it is rolled back."""

    def __init__(self, lost: Lost) -> None:
        super().__init__()
        self.lost = lost


class PostgresStore(StoreWriter):
    """Implements `Store`. Open it with `open_postgres`.

    Locks are always taken in one order (the keeper's epoch, update ids, contacts, notes, outbox rows, new
    contacts; each upwards), so that batches of different processes can't wait for each other in a circle.
    """

    def __init__(
        self, reader: PostgresConnection, writer: PostgresConnection, keys: PostgresKeyring, master: MasterKey
    ) -> None:
        super().__init__(reader, keys, master)
        self._keys: PostgresKeyring = keys
        self._reader = reader
        self._writer = writer
        self._recent = RecentPersons()
        self._writing = asyncio.Lock()

    async def persons_of_chats(self, chats: Sequence[int]) -> Mapping[int, Person]:
        """See `Store.persons_of_chats`. Whoever is kept in memory is looked up by version only."""
        hashes = {self._master.hash_chat(chat): chat for chat in chats}
        rows = await self._main.read("versions_of_chats", (list(hashes),))
        found = await self._fresh({contact: version for contact, _, version in rows})
        return {hashes[chat_hash]: found[contact] for contact, chat_hash, _ in rows if contact in found}

    async def persons(self, contacts: Sequence[ContactId]) -> Mapping[ContactId, Person]:
        """See `Store.persons`."""
        if not contacts:
            return {}
        return await self._fresh(dict(await self._main.read("versions", (list(contacts),))))

    async def new_contact(self, chat: int, now: datetime) -> Contact:
        """See `Store.new_contact`."""
        async with self._writing:
            return Contact(id=await self._keys.new_number(), chat=chat, created_at=now)

    async def commit(self, batch: Batch) -> list[OutboxRow] | Lost:
        """See `Store.commit`."""
        async with self._writing:
            try:
                return await self._commit(batch)
            except _LostError as error:
                for contact in error.lost.contacts:
                    self._recent.drop(contact)
                return error.lost

    async def new_rows(self, since: Look | None) -> tuple[list[OutboxRow], Look]:
        """Unsent rows, in order, that were not there at the last look (some of those that were may come again).

        Args:
            since: What the last look has given; None: all.

        Returns:
            The rows, and where the next look begins.
        """
        if since is not None:
            rows = await self._reader.read("new_rows", (since.oldest_open,))
            if self._reader.connections == since.connection:
                found = await self._outbox_rows([row[1:] for row in rows if row[1] is not None])
                return found, Look(rows[0][0], since.connection)
        # Before the rows: what is written meanwhile comes again.
        ((oldest_open,),) = await self._reader.read("oldest_open")
        connection = self._reader.connections
        found = []
        while page := await self.waiting_rows(after=found[-1].id if found else 0):
            found += page
        return found, Look(oldest_open, connection)

    async def unsent_rows(self, rows: Sequence[int], epoch: int) -> set[int]:
        """Those of `rows` that nobody has withdrawn, as long as the keeper of `epoch` is the keeper."""
        return {row[0] for row in await self._main.read("unsent_rows", (list(rows), epoch))}

    async def book_number(self, digest: str, now: datetime) -> int:
        """See `Store.book_number`."""
        async with self._writing, self._writer.transaction():
            await self._writer.write("lock_books")
            rows = await self._writer.read("newest_book")
            if rows and rows[0][1] == digest:
                return int(rows[0][0])
            await self._writer.write("insert_book", (digest, to_micros(now)))
            return int((await self._writer.read("newest_book"))[0][0])

    async def purge(self, now: datetime) -> None:
        """See `Store.purge`."""
        async with self._writing, self._writer.transaction():
            await self._writer.write("purge_updates", (to_micros(now - UPDATE_IDS_KEPT),))
            await self._writer.write("purge_rows", (to_micros(now - ENDED_ROWS_KEPT),))
            await self._writer.write("purge_dead_letters", (to_micros(now - DEAD_LETTERS_KEPT),))
            await self._writer.write("purge_desk_notes", (to_micros(now),))
            await self._writer.write("expire_rows", (to_micros(now), to_micros(now - FAREWELL_KEPT)))
            await self._writer.write("purge_row_keys")

    async def clear_erased(self) -> None:
        """Remove everything of people whose key is gone: of a restored copy that is older than their erasure."""
        async with self._writing, self._writer.transaction():
            for query in ("clear_contacts", "clear_rows", "clear_dead_letters", "purge_row_keys"):
                await self._writer.write(query)

    def forget_recent(self) -> None:
        """Read everybody from the database again when they are next asked for."""
        self._recent.clear()

    async def close(self) -> None:
        """Close the connections."""
        async with self._writing:
            await super().close()
            await self._writer.close()

    async def _commit(self, batch: Batch) -> list[OutboxRow] | Lost:
        concern = await self._concern(batch)
        before = await self._before(concern.persons)
        async with self._writer.transaction():
            await self._lock(batch, concern)
            row_ids = await self._next("next_rows", concern.row_count)
            letter_ids = await self._next("next_letters", len(concern.letters))
            written = await self._written(batch, concern, before, row_ids, letter_ids)
            await self._write(written, batch, list(concern.erased))
        for contact in concern.erased:
            self._recent.drop(contact)
        for contact in written.changed:
            self._recent.put(next_version(concern.persons[contact]))
        return written.to_send(batch)

    async def _before(self, persons: Mapping[ContactId, Person]) -> dict[ContactId, Person]:
        """What the database held of them when they were read: the lock will tell whether it still does."""
        before = {}
        for contact, person in persons.items():
            kept = self._recent.get(contact)
            if kept is not None and kept.version == person.version:
                before[contact] = kept
        missing = [contact for contact, person in persons.items() if person.version and contact not in before]
        before.update(await self._read_persons(missing))
        lost = [each for each in missing if each not in before or before[each].version != persons[each].version]
        if lost:
            raise _LostError(Lost(contacts=frozenset(lost)))
        return before

    async def _lock(self, batch: Batch, concern: Concern) -> None:
        """Take the locks that the batch needs, or lose."""
        if batch.epoch is not None and not await self._writer.read("hold_epoch", (batch.epoch,)):
            raise _LostError(Lost(is_deposed=True))
        if batch.update_ids:
            wanted = sorted(set(batch.update_ids))
            rows = await self._writer.read("insert_updates", (wanted, to_micros(batch.now)))
            if seen := set(wanted) - {row[0] for row in rows}:
                raise _LostError(Lost(updates=frozenset(seen)))
        versions = {contact: person.version for contact, person in concern.persons.items() if person.version}
        if versions or concern.erased:
            contacts = [*versions, *concern.erased]
            expected = [*versions.values(), *(None for _ in concern.erased)]
            rows = await self._writer.read("lock_contacts", (contacts, expected))
            if lost := set(versions) - {row[0] for row in rows}:
                raise _LostError(Lost(contacts=frozenset(lost)))
        notes = {*((note.kind, note.key) for note in batch.notes_put), *batch.notes_dropped}
        for kind, key in sorted(notes):
            await self._writer.read("lock_note", (f"{kind}/{key}",))
        if batch.notes_read and (changed := await self._changed_notes(batch)) is not None:
            raise _LostError(changed)
        marked = [mark.row for mark in batch.marks]
        leaving = [contact for contact, _ in batch.cancel_rows]
        leaving += [*batch.cancel_all_rows, *batch.cancel_unasked]
        if marked or leaving or concern.erased:
            await self._writer.read("lock_rows", (marked, leaving, list(concern.erased)))

    async def _write(self, written: Written, batch: Batch, erased: Sequence[ContactId]) -> None:
        for query, rows in written.writes.in_order():
            if query == "insert_contact":
                await self._insert_contacts(rows)
            elif query != "insert_update":  # those were first
                await self._writer.write_many(query, rows)
        if ended := ended_rows(batch):
            await self._writer.write("delete_row_keys", (ended,))
        if erased:
            await self._keys.erase(self._writer, erased, written.one_off)

    async def _insert_contacts(self, rows: Sequence[Parameters]) -> None:
        """New contacts, unless somebody else was faster with one for the same chat."""
        in_order = sorted(rows, key=lambda row: str(row[1]))
        inserted = await self._writer.read(
            "insert_contact", [list(column) for column in zip(*in_order, strict=True)]
        )
        new = {row[0] for row in inserted}
        if lost := [ContactId(contact) for contact, *_ in rows if contact not in new]:  # type: ignore[arg-type]
            raise _LostError(Lost(contacts=frozenset(lost)))

    async def _next(self, query: str, count: int) -> list[int]:
        return [row[0] for row in await self._writer.read(query, (count,))] if count else []

    async def _fresh(self, versions: Mapping[int, int]) -> dict[ContactId, Person]:
        """Everybody of these versions or newer."""
        found = {}
        for contact, version in versions.items():
            kept = self._recent.get(ContactId(contact))
            if kept is not None and kept.version == version:
                found[kept.contact.id] = kept
        loaded = await self._read_persons([contact for contact in versions if contact not in found])
        for person in loaded.values():
            self._recent.put(person)
        return {**found, **loaded}
