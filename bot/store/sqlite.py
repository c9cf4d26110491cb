"""The store on SQLite: one process writes, through one connection."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.engine.session import Contact, Person
from bot.ids import ContactId
from bot.store.connection import Connection
from bot.store.encryption import MasterKey
from bot.store.instant import to_micros
from bot.store.keyring import STORE_KEY, Keyring
from bot.store.lock_file import LockFile
from bot.store.protocol import Batch, Lost, OutboxRow, Timer
from bot.store.recent import RecentPersons
from bot.store.writing import (
    DEAD_LETTERS_KEPT,
    ENDED_ROWS_KEPT,
    FAREWELL_KEPT,
    UPDATE_IDS_KEPT,
    StoreWriter,
    Written,
    ended_rows,
    next_version,
)

_NEVER: Final = 2**63
_CONTACTS_AT_ONCE: Final = 2_000  # held in memory at a start, however many there are


class SQLiteStore(StoreWriter):
    """Implements `Store`. Open it with `open_sqlite`."""

    def __init__(self, main: Connection, keys: Keyring, master: MasterKey, lock: LockFile | None) -> None:
        super().__init__(main, keys, master)
        self._main: Connection = main
        self._keys: Keyring = keys
        self._lock = lock
        self._recent = RecentPersons()
        self._writing = asyncio.Lock()
        self._last_ids: tuple[int, int] | None = None  # of outbox rows and dead letters; None: ask the database
        self._unsure: set[int] = set()  # their key may be gone while their rows are not
        # Only this process writes, so it knows what needs no look into the database; None: it has to look.
        self._highest_update: int | None = None
        self._no_timer_before: int | None = None

    async def persons_of_chats(self, chats: Sequence[int]) -> Mapping[int, Person]:
        """See `Store.persons_of_chats`."""
        found = {chat: person for chat in chats if (person := self._recent.of_chat(chat))}
        if missing := [chat for chat in chats if chat not in found]:
            found.update(await super().persons_of_chats(missing))
        return found

    async def persons(self, contacts: Sequence[ContactId]) -> Mapping[ContactId, Person]:
        """See `Store.persons`."""
        found = {contact: person for contact in contacts if (person := self._recent.get(contact))}
        if missing := [contact for contact in contacts if contact not in found]:
            async with self._writing:  # a commit between reading and keeping would leave an old state here
                found.update(await self._load(missing))
        return found

    async def seen(self, update_ids: Sequence[int]) -> set[int]:
        """See `Store.seen`. Telegram's numbers rise: those above all that are on disk are new."""
        if self._highest_update is None:
            async with self._writing:
                ((highest,),) = await self._main.read("last_update")
                self._highest_update = highest
        older = [number for number in update_ids if number <= self._highest_update]
        return await super().seen(older) if older else set()

    async def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        """See `Store.due_timers`."""
        if self._no_timer_before is not None and to_micros(now) < self._no_timer_before:
            return []
        async with self._writing:  # a timer set meanwhile would be missed
            found = await super().due_timers(now, limit)
            if not found:
                at = await super().next_timer_at()
                self._no_timer_before = _NEVER if at is None else to_micros(at)
        return found

    async def next_timer_at(self) -> datetime | None:
        """See `Store.next_timer_at`."""
        return None if self._no_timer_before == _NEVER else await super().next_timer_at()

    async def new_contact(self, chat: int, now: datetime) -> Contact:
        """See `Store.new_contact`."""
        async with self._writing:
            return Contact(id=await self._keys.new_number(), chat=chat, created_at=now)

    async def commit(self, batch: Batch) -> list[OutboxRow] | Lost:
        """See `Store.commit`."""
        async with self._writing:
            try:
                return await self._commit(batch)
            except BaseException:
                self._recent.clear()  # what is on disk is the truth, whatever has happened
                self._last_ids = self._highest_update = self._no_timer_before = None
                raise

    async def book_number(self, digest: str, now: datetime) -> int:
        """See `Store.book_number`."""
        async with self._writing:
            rows = await self._main.read("newest_book")
            if rows and rows[0][1] == digest:
                return int(rows[0][0])
            async with self._main.transaction():
                await self._main.write("insert_book", (digest, to_micros(now)))
            return await self.newest_book()

    async def purge(self, now: datetime) -> None:
        """See `Store.purge`."""
        async with self._writing:
            farewells = self._keys.rows()
            async with self._main.transaction():
                await self._main.write("purge_updates", (to_micros(now - UPDATE_IDS_KEPT),))
                await self._main.write("purge_rows", (to_micros(now - ENDED_ROWS_KEPT),))
                await self._main.write("purge_dead_letters", (to_micros(now - DEAD_LETTERS_KEPT),))
                await self._main.write("purge_desk_notes", (to_micros(now),))
                oldest = to_micros(now - FAREWELL_KEPT)
                await self._main.write("expire_rows", (to_micros(now), oldest, farewells))
            await self._forget_row_keys()

    async def clear_erased(self) -> None:
        """Remove the rows that an erasure left behind when the process died in the middle of it."""
        async with self._writing:
            last = STORE_KEY
            while held := [row[0] for row in await self._main.read("contacts_after", (last, _CONTACTS_AT_ONCE))]:
                last = held[-1]
                if gone := set(held) - await self._keys.holders_of(held):
                    writes = [(contact,) for contact in gone]
                    async with self._main.transaction():
                        for query in ("erase_contact", "erase_rows", "erase_dead_letters"):
                            await self._main.write_many(query, writes)
            await self._forget_row_keys()

    def forget_recent(self) -> None:
        """Read everybody from the database again when they are next asked for (transcripts: at every step)."""
        self._recent.clear()

    async def close(self) -> None:
        """Close the files and let go of the lock."""
        async with self._writing:
            await super().close()
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    async def _commit(self, batch: Batch) -> list[OutboxRow] | Lost:
        concern = await self._concern(batch)
        before = await self._before(concern.persons)
        if isinstance(before, Lost):
            return before
        if batch.notes_read and (lost := await self._changed_notes(batch)) is not None:
            return lost
        last_row, last_letter = self._last_ids or await self._read_last_ids()
        row_ids = range(last_row + 1, last_row + 1 + concern.row_count)
        letter_ids = range(last_letter + 1, last_letter + 1 + len(concern.letters))
        written = await self._written(batch, concern, before, row_ids, letter_ids)
        for contact in await self._half_erased():
            written.writes.erase(contact)
        try:
            await self._write(written, list(concern.erased))
        except sqlite3.IntegrityError:
            if seen := await super().seen(batch.update_ids):
                return Lost(updates=frozenset(seen))
            raise
        self._unsure.clear()
        self._last_ids = last_row + concern.row_count, last_letter + len(concern.letters)
        self._note(batch)
        for contact in concern.erased:
            self._recent.drop(contact)
        for contact in written.changed:
            self._recent.put(next_version(concern.persons[contact]))
        if not set(ended_rows(batch)).isdisjoint(self._keys.rows()):
            await self._forget_row_keys()
        return written.to_send(batch)

    def _note(self, batch: Batch) -> None:
        if self._highest_update is not None:
            self._highest_update = max(self._highest_update, *batch.update_ids, 0)
        if self._no_timer_before is not None and batch.timers_set:
            first = min(to_micros(timer.fire_at) for timer in batch.timers_set)
            self._no_timer_before = min(self._no_timer_before, first)

    async def _write(self, written: Written, erased: Sequence[ContactId]) -> None:
        if not erased:
            await self._main.write_at_once(written.writes.in_order())
            return
        async with self._main.transaction():
            for query, parameters in written.writes.in_order():
                await self._main.write_many(query, parameters)
            self._unsure.update(erased)  # the keys go first, yet not before the rows are known to be able to
            await self._keys.erase(erased, written.one_off)

    async def _before(self, persons: Mapping[ContactId, Person]) -> dict[ContactId, Person] | Lost:
        """What the database holds of them; lost are those that were not advanced from that."""
        found = {contact: kept for contact in persons if (kept := self._recent.get(contact))}
        known = [person.contact.id for person in persons.values() if person.version]
        found.update(await self._load([contact for contact in known if contact not in found]))
        lost = frozenset(
            contact
            for contact, person in persons.items()
            if person.version != (found[contact].version if contact in found else 0)
        )
        return Lost(contacts=lost) if lost else found

    async def _load(self, contacts: Sequence[ContactId]) -> dict[ContactId, Person]:
        found = await self._read_persons(contacts)
        for person in found.values():
            self._recent.put(person)
        return found

    async def _chats_of(self, contacts: Sequence[ContactId]) -> dict[ContactId, int]:
        found = {contact: kept for contact in contacts if (kept := self._recent.get(contact))}
        found.update(await self._load([contact for contact in contacts if contact not in found]))
        return {contact: found[contact].contact.chat for contact in contacts if contact in found}

    async def _half_erased(self) -> list[int]:
        """Those of the unsure whose key is really gone, so that their rows must go too."""
        if not self._unsure:
            return []
        alive = await self._keys.ciphers(self._unsure)
        return [contact for contact in self._unsure if contact not in alive]

    async def _forget_row_keys(self) -> None:
        held = self._keys.rows()
        waiting = {row[0] for row in await self._main.read("still_waiting", (held,))}
        await self._keys.erase_rows([row for row in held if row not in waiting])

    async def _read_last_ids(self) -> tuple[int, int]:
        ((row,),) = await self._main.read("last_row")
        ((letter,),) = await self._main.read("last_dead_letter")
        return row, letter
