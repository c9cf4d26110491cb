"""What all stores share of writing a batch: whom it concerns, and the rows that come of it, encrypted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.engine.changed import changed
from bot.engine.effect import SendMessage
from bot.engine.session import Person
from bot.errors import EngineError
from bot.ids import ContactId
from bot.store import codec
from bot.store.encryption import Cipher, new_key
from bot.store.keyring import STORE_KEY
from bot.store.places import moved_place, read_row_body, row_place, write_row_body
from bot.store.protocol import Batch, DeadLetter, Lost, NewRow, OutboxRow, RowStatus
from bot.store.reader import StoreReader
from bot.store.writes import Writes

UPDATE_IDS_KEPT: Final = timedelta(hours=48)  # Telegram keeps an unconfirmed update for 24 h
ENDED_ROWS_KEPT: Final = timedelta(days=90)  # a card for staff is still edited weeks after it was sent
DEAD_LETTERS_KEPT: Final = timedelta(days=90)
FAREWELL_KEPT: Final = timedelta(hours=24)
NOBODY: Final = ContactId(STORE_KEY)
"""The contact of rows that are nobody's: a line to a group, the farewell of somebody erased."""


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom a batch concerns: nothing is written of those whom it erases.

    `farewells`: by contact, the chat to which the last message goes.
    """

    erased: Mapping[ContactId, str]
    persons: Mapping[ContactId, Person]
    rows: Sequence[NewRow]
    letters: Sequence[DeadLetter]
    farewells: Mapping[ContactId, int]

    @property
    def row_count(self) -> int:
        """How many outbox rows it makes."""
        return len(self.rows) + len(self.farewells)


@dataclass(frozen=True, slots=True)
class Written:
    """What writing a batch comes to. `one_off`: the keys of farewells, by row."""

    writes: Writes
    rows: Sequence[OutboxRow]
    changed: frozenset[ContactId]
    one_off: Mapping[int, bytes]

    def to_send(self, batch: Batch) -> list[OutboxRow]:
        """The rows that the batch itself does not cancel."""
        cancelled = set(batch.cancel_rows)
        return [row for row in self.rows if (row.contact, row.number) not in cancelled]


class StoreWriter(StoreReader):
    """The writing half that does not depend on the database."""

    async def _concern(self, batch: Batch) -> Concern:
        erased = dict(batch.erase)
        leaving = [contact for contact, words in erased.items() if words]
        return Concern(
            erased=erased,
            persons={person.contact.id: person for person in batch.persons if person.contact.id not in erased},
            rows=[row for row in batch.rows if row.contact not in erased],
            letters=[letter for letter in batch.dead_letters if letter.contact not in erased],
            farewells=await self._chats_of(leaving) if leaving else {},
        )

    async def _changed_notes(self, batch: Batch) -> Lost | None:
        """The notes that are to be written and have changed since they were read."""
        written = {*((note.kind, note.key) for note in batch.notes_put), *batch.notes_dropped}
        changed = set()
        for (kind, key), was in batch.notes_read.items():
            if (kind, key) in written and await self.desk_notes(kind, key) != ([] if was is None else [was]):
                changed.add((kind, key))
        return Lost(notes=frozenset(changed)) if changed else None

    async def _written(
        self,
        batch: Batch,
        concern: Concern,
        before: Mapping[ContactId, Person],
        row_ids: Sequence[int],
        letter_ids: Sequence[int],
    ) -> Written:
        """All of the batch, ready to be written.

        Args:
            batch: What the round wants.
            concern: Whom it concerns.
            before: What the database holds of the persons.
            row_ids: New ids, upwards, for `concern.row_count` outbox rows.
            letter_ids: New ids for the dead letters.
        """
        erased = concern.erased
        moved = dict(batch.chats_moved)
        rows = [_numbered(row, number, moved) for row, number in zip(concern.rows, row_ids, strict=False)]
        owners = [letter.contact or STORE_KEY for letter in concern.letters]
        ciphers = await self._all_ciphers([*concern.persons, *(row.contact for row in rows), *owners])
        writes = Writes(batch.now)
        for update_id in batch.update_ids:
            writes.add("insert_update", update_id, writes.now)
        for contact in erased:
            writes.erase(contact)
        changed = set()
        for contact, person in concern.persons.items():
            chat_hash = self._master.hash_chat(person.contact.chat)
            if writes.add_person(before.get(contact), person, ciphers[contact], chat_hash):
                changed.add(contact)
        await self._add_moves(writes, moved)
        for row in rows:
            writes.add_row(row, ciphers[row.contact], self._master.hash_chat(row.chat))
        writes.add_rest(batch, erased)
        for note in batch.notes_put:
            writes.add_note(note, await self._keys.own())
        for number, letter, owner in zip(letter_ids, concern.letters, owners, strict=True):
            writes.add_dead_letter(number, letter, ciphers[owner])
        farewells = [
            _farewell(number, chat, erased[contact], batch.now)
            for number, (contact, chat) in zip(row_ids[len(rows) :], concern.farewells.items(), strict=True)
        ]
        one_off = {row.id: new_key() for row in farewells}
        for row in farewells:
            writes.add_row(row, Cipher(one_off[row.id]), "")
        return Written(writes, [*rows, *farewells], frozenset(changed), one_off)

    async def _chats_of(self, contacts: Sequence[ContactId]) -> dict[ContactId, int]:
        found = await self.persons(contacts)
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


def ended_rows(batch: Batch) -> list[int]:
    """The rows that its marks give a final status."""
    return [mark.row for mark in batch.marks if mark.status is not RowStatus.WAITING]


def next_version(person: Person) -> Person:
    """The person, as they are once this change is on disk."""
    return changed(person, version=person.version + 1)


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
