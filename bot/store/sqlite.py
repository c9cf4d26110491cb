"""The store on SQLite: one process writes, through one connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.engine.effect import SendMessage
from bot.engine.session import Contact, Person
from bot.errors import EngineError
from bot.ids import ContactId
from bot.store import codec
from bot.store.connection import Connection
from bot.store.encryption import Cipher, MasterKey, new_key
from bot.store.instant import to_micros
from bot.store.keyring import STORE_KEY, Keyring
from bot.store.lock_file import LockFile
from bot.store.places import moved_place, read_row_body, row_place, write_row_body
from bot.store.protocol import Batch, NewRow, OutboxRow, RowStatus, StaleVersion
from bot.store.reader import SQLiteReader
from bot.store.recent import RecentPersons
from bot.store.writes import Writes

UPDATE_IDS_KEPT: Final = timedelta(hours=48)  # Telegram keeps an unconfirmed update for 24 h
ENDED_ROWS_KEPT: Final = timedelta(days=90)  # a card for staff is still edited weeks after it was sent
DEAD_LETTERS_KEPT: Final = timedelta(days=90)
FAREWELL_KEPT: Final = timedelta(hours=24)
_CONTACTS_AT_ONCE: Final = 2_000  # held in memory at a start, however many there are
NOBODY: Final = ContactId(STORE_KEY)
"""The contact of rows that are nobody's: a line to a group, the farewell of somebody erased."""


class SQLiteStore(SQLiteReader):
    """Implements `Store`. Open it with `open_sqlite`."""

    def __init__(self, main: Connection, keys: Keyring, master: MasterKey, lock: LockFile | None) -> None:
        super().__init__(main, keys, master)
        self._lock = lock
        self._recent = RecentPersons()
        self._writing = asyncio.Lock()
        self._last_ids: tuple[int, int] | None = None  # of outbox rows and dead letters; None: ask the database
        self._unsure: set[int] = set()  # their key may be gone while their rows are not

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

    async def new_contact(self, chat: int, now: datetime) -> Contact:
        """See `Store.new_contact`."""
        async with self._writing:
            return Contact(id=await self._keys.new_number(), chat=chat, created_at=now)

    async def commit(self, batch: Batch) -> list[OutboxRow]:
        """See `Store.commit`."""
        async with self._writing:
            try:
                return await self._commit(batch)
            except BaseException:
                self._recent.clear()  # what is on disk is the truth, whatever has happened
                self._last_ids = None
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
            farewells = json.dumps(self._keys.rows())
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

    async def _commit(self, batch: Batch) -> list[OutboxRow]:
        erased = dict(batch.erase)
        persons = {person.contact.id: person for person in batch.persons if person.contact.id not in erased}
        letters = [letter for letter in batch.dead_letters if letter.contact not in erased]
        before = await self._before(persons)
        last_row, last_letter = self._last_ids or await self._read_last_ids()
        moved = dict(batch.chats_moved)
        new_rows = [row for row in batch.rows if row.contact not in erased]
        rows = [_numbered(row, last_row + place, moved) for place, row in enumerate(new_rows, 1)]
        ciphers = await self._all_ciphers(
            [*persons, *(row.contact for row in rows), *(letter.contact or STORE_KEY for letter in letters)]
        )
        writes = Writes(batch.now)
        for update_id in batch.update_ids:
            writes.add("insert_update", update_id, writes.now)
        for contact in [*erased, *await self._half_erased()]:
            writes.erase(contact)
        changed = set()
        for contact, person in persons.items():
            chat_hash = self._master.hash_chat(person.contact.chat)
            if writes.add_person(before.get(contact), person, ciphers[contact], chat_hash):
                changed.add(contact)
        await self._add_moves(writes, moved)
        for row in rows:
            writes.add_row(row, ciphers[row.contact], self._master.hash_chat(row.chat))
        self._add_rest(writes, batch, erased)
        for kind, key in batch.notes_dropped:
            writes.add("drop_desk_note", kind, key)
        for note in batch.notes_put:
            writes.add_note(note, await self._keys.own())
        for number, letter in enumerate(letters, last_letter + 1):
            writes.add_dead_letter(number, letter, ciphers[letter.contact or STORE_KEY])
        chats = await self._chats_of([contact for contact, farewell in erased.items() if farewell])
        farewells = [
            _farewell(last_row + len(rows) + place, chat, erased[contact], batch.now)
            for place, (contact, chat) in enumerate(chats.items(), 1)
        ]
        one_off = {row.id: new_key() for row in farewells}
        for row in farewells:
            writes.add_row(row, Cipher(one_off[row.id]), "")
        if erased:
            async with self._main.transaction():
                for query, parameters in writes.in_order():
                    await self._main.write_many(query, parameters)
                self._unsure.update(erased)  # the keys go first, yet not before the rows are known to be able to
                await self._keys.erase(list(erased), one_off)
        else:
            await self._main.write_at_once(writes.in_order())
        self._unsure.clear()
        self._last_ids = last_row + len(rows) + len(farewells), last_letter + len(letters)
        for contact in erased:
            self._recent.drop(contact)
        for person in persons.values():
            if person.contact.id in changed:
                self._recent.put(_next_version(person))
        ended = {mark.row for mark in batch.marks if mark.status is not RowStatus.WAITING}
        if not ended.isdisjoint(self._keys.rows()):
            await self._forget_row_keys()
        cancelled = set(batch.cancel_rows)
        return [row for row in rows if (row.contact, row.number) not in cancelled] + farewells

    def _add_rest(self, writes: Writes, batch: Batch, erased: Mapping[ContactId, str]) -> None:
        for mark in batch.marks:
            writes.add_mark(mark)
        for timer in batch.timers_set:
            if timer.contact not in erased:
                fire_at = to_micros(timer.fire_at)
                writes.add("insert_timer", timer.contact, timer.key, timer.kind, fire_at, timer.catch_up_seconds)
        for contact, key, end in batch.timers_ended:
            writes.add("end_timer", end.value, writes.now, contact, key)
        for contact, number in batch.cancel_rows:
            writes.add("cancel_row", writes.now, contact, number)
        for contact in batch.cancel_all_rows:
            writes.add("cancel_own_rows", writes.now, contact)
        for contact in batch.cancel_unasked:
            writes.add("cancel_unasked_rows", writes.now, contact)
        for counted in batch.counts:
            writes.add("add_count", counted.on.isoformat(), counted.name, counted.campaign, counted.count)

    async def _before(self, persons: Mapping[ContactId, Person]) -> dict[ContactId, Person]:
        """What the database holds of them.

        Raises:
            StaleVersion: One of them was not advanced from that.
        """
        found = {contact: kept for contact in persons if (kept := self._recent.get(contact))}
        known = [person.contact.id for person in persons.values() if person.version]
        found.update(await self._load([contact for contact in known if contact not in found]))
        for contact, person in persons.items():
            version = found[contact].version if contact in found else 0
            if person.version != version:
                raise StaleVersion(f"contact {contact}: version {person.version} is not the newest, {version}")
        return found

    async def _load(self, contacts: Sequence[ContactId]) -> dict[ContactId, Person]:
        found = await self._read_persons(contacts)
        for person in found.values():
            self._recent.put(person)
        return found

    async def _chats_of(self, contacts: Sequence[ContactId]) -> dict[ContactId, int]:
        found = {contact: kept for contact in contacts if (kept := self._recent.get(contact))}
        found.update(await self._load([contact for contact in contacts if contact not in found]))
        return {contact: found[contact].contact.chat for contact in contacts if contact in found}

    async def _all_ciphers(self, contacts: Sequence[int]) -> dict[int, Cipher]:
        ciphers = await self._ciphers(set(contacts))
        if missing := set(contacts) - set(ciphers):
            raise EngineError(f"contacts {sorted(missing)} have no key: erased, or not made by new_contact")
        return ciphers

    async def _add_moves(self, writes: Writes, moved: Mapping[int, int]) -> None:
        for old, new in moved.items():
            old_hash, new_hash = self._master.hash_chat(old), self._master.hash_chat(new)
            own = await self._keys.own()
            writes.add("put_moved_chat", old_hash, writes.now, own.seal(str(new).encode(), moved_place(old_hash)))
            waiting = await self._main.read("waiting_rows_of_chat", (old_hash,))
            ciphers = await self._ciphers({row[1] for row in waiting})
            for row, contact, kind, body in waiting:
                if cipher := ciphers.get(contact):
                    _, effect = read_row_body(kind, cipher.open(body, row_place(row)))
                    changed = write_row_body(new, codec.dump_effect(effect)[1])
                    writes.add("move_row", new_hash, cipher.seal(changed, row_place(row)), row)

    async def _half_erased(self) -> list[int]:
        """Those of the unsure whose key is really gone, so that their rows must go too."""
        if not self._unsure:
            return []
        alive = await self._keys.ciphers(self._unsure)
        return [contact for contact in self._unsure if contact not in alive]

    async def _forget_row_keys(self) -> None:
        held = self._keys.rows()
        waiting = {row[0] for row in await self._main.read("still_waiting", (json.dumps(held),))}
        await self._keys.erase_rows([row for row in held if row not in waiting])

    async def _read_last_ids(self) -> tuple[int, int]:
        ((row,),) = await self._main.read("last_row")
        ((letter,),) = await self._main.read("last_dead_letter")
        return row, letter


def _next_version(person: Person) -> Person:
    return Person(
        contact=person.contact,
        sessions=person.sessions,
        leads=person.leads,
        alerts=person.alerts,
        visits=person.visits,
        front=person.front,
        version=person.version + 1,
    )


def _numbered(row: NewRow, number: int, moved: Mapping[int, int]) -> OutboxRow:
    return OutboxRow(
        id=number,
        contact=row.contact,
        number=row.number,
        chat=moved.get(row.chat, row.chat),
        lane=row.lane,
        effect=row.effect,
        created_at=row.created_at,
        due_at=row.due_at,
    )


def _farewell(number: int, chat: int, html: str, now: datetime) -> OutboxRow:
    effect = SendMessage(number=0, html=html, unpins=True)
    return OutboxRow(
        id=number, contact=NOBODY, number=0, chat=chat, lane=effect.lane, effect=effect, created_at=now, due_at=now
    )
