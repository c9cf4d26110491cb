"""Everything the store can tell. It writes nothing, so that reports may use it beside the process that does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from bot.engine.effect import Lane
from bot.engine.session import Alert, Lead, Person, Visit
from bot.errors import DatabaseBroken
from bot.ids import ContactId
from bot.store import codec
from bot.store.codec import Facts, LetterBody
from bot.store.database import Database
from bot.store.encryption import Cipher, MasterKey
from bot.store.export import export_rows
from bot.store.instant import from_micros, to_micros
from bot.store.keyring import STORE_KEY, Keys
from bot.store.places import (
    facts_place,
    letter_place,
    moved_place,
    note_place,
    part_place,
    read_row_body,
    row_place,
)
from bot.store.protocol import Counted, DeadLetter, DeskNote, OutboxRow, Timer


class StoreReader:
    """The reading half of the store. Persons without a key are erased ones: as if they were not there."""

    def __init__(self, main: Database, keys: Keys, master: MasterKey) -> None:
        self._main = main
        self._keys = keys
        self._master = master

    async def seen(self, update_ids: Sequence[int]) -> set[int]:
        """See `Store.seen`."""
        if not update_ids:
            return set()
        rows = await self._main.read("seen_updates", (list(update_ids),))
        return {row[0] for row in rows}

    async def persons_of_chats(self, chats: Sequence[int]) -> Mapping[int, Person]:
        """See `Store.persons_of_chats`."""
        hashes = {self._master.hash_chat(chat): chat for chat in chats}
        rows = await self._main.read("contacts_of_chats", (list(hashes),))
        found = await self.persons([ContactId(contact) for contact, _ in rows])
        return {hashes[chat_hash]: found[contact] for contact, chat_hash in rows if contact in found}

    async def persons(self, contacts: Sequence[ContactId]) -> Mapping[ContactId, Person]:
        """See `Store.persons`."""
        return await self._read_persons(contacts)

    async def waiting_rows(self, limit: int = 10_000, after: int = 0) -> list[OutboxRow]:
        """See `Store.waiting_rows`."""
        return await self._outbox_rows(await self._main.read("waiting_rows", (after, limit)))

    async def _outbox_rows(self, rows: Sequence[Any]) -> list[OutboxRow]:
        ciphers = await self._ciphers({row[1] for row in rows})
        one_off = await self._keys.of_rows([row[0] for row in rows if row[1] == STORE_KEY])
        found = []
        for row, contact, number, kind, lane, created, due, attempts, unknown, message_id, body in rows:
            cipher = one_off.get(row) or ciphers.get(contact)
            if cipher is None:
                continue
            chat, effect = read_row_body(kind, cipher.open(body, row_place(row)))
            found.append(
                OutboxRow(
                    id=row,
                    contact=ContactId(contact),
                    number=number,
                    chat=chat,
                    lane=Lane(lane),
                    effect=effect,
                    created_at=from_micros(created),
                    due_at=from_micros(due),
                    attempts=attempts,
                    unknown=unknown,
                    message_id=message_id,
                )
            )
        return found

    async def sent_message(self, contact: ContactId, number: int) -> int | None:
        """See `Store.sent_message`."""
        rows = await self._main.read("sent_message", (contact, number))
        return rows[0][0] if rows else None

    async def present_chat(self, chat: int) -> int:
        """See `Store.present_chat`."""
        chat_hash = self._master.hash_chat(chat)
        rows = await self._main.read("moved_chat", (chat_hash,))
        return int((await self._keys.own()).open(rows[0][0], moved_place(chat_hash))) if rows else chat

    async def due_timers(self, now: datetime, limit: int) -> list[Timer]:
        """See `Store.due_timers`."""
        rows = await self._main.read("due_timers", (to_micros(now), limit))
        return [
            Timer(ContactId(contact), key, kind, from_micros(fire_at), catch_up)
            for contact, key, kind, fire_at, catch_up in rows
        ]

    async def next_timer_at(self) -> datetime | None:
        """See `Store.next_timer_at`."""
        ((micros,),) = await self._main.read("next_timer")
        return None if micros is None else from_micros(micros)

    async def timers_between(self, kind: str, since: datetime, until: datetime, limit: int) -> list[Timer]:
        """See `Store.timers_between`."""
        rows = await self._main.read("timers_between", (kind, to_micros(since), to_micros(until), limit))
        return [
            Timer(ContactId(contact), key, kind, from_micros(fire_at), catch_up)
            for contact, key, kind, fire_at, catch_up in rows
        ]

    async def open_alerts(self, limit: int) -> list[ContactId]:
        """See `Store.open_alerts`."""
        rows = await self._main.read("open_alerts", (limit,))
        return list(dict.fromkeys(ContactId(row[0]) for row in rows))

    async def desk_notes(self, kind: str, key: str | None = None) -> list[DeskNote]:
        """See `Store.desk_notes`."""
        if key is None:
            rows = await self._main.read("desk_notes", (kind,))
        else:
            rows = await self._main.read("desk_note", (kind, key))
        if not rows:
            return []
        cipher = await self._keys.own()
        return [
            DeskNote(
                kind,
                name,
                cipher.open(body, note_place(kind, name)).decode(),
                None if until is None else from_micros(until),
            )
            for name, until, body in rows
        ]

    async def untouched_since(self, before: datetime, limit: int) -> list[ContactId]:
        """See `Store.untouched_since`."""
        rows = await self._main.read("untouched_contacts", (to_micros(before), limit))
        return [ContactId(row[0]) for row in rows]

    async def number_of_book(self, digest: str) -> int | None:
        """See `Store.number_of_book`."""
        ((number,),) = await self._main.read("book_of_digest", (digest,))
        return None if number is None else int(number)

    async def newest_book(self) -> int:
        """See `Store.newest_book`."""
        rows = await self._main.read("newest_book")
        return rows[0][0] if rows else 0

    async def counters(self, since: date, until: date) -> list[Counted]:
        """See `Store.counters`."""
        rows = await self._main.read("counters", (since.isoformat(), until.isoformat()))
        return [Counted(date.fromisoformat(on), name, campaign, count) for on, name, campaign, count in rows]

    async def dead_letters(self, limit: int = 100) -> list[DeadLetter]:
        """See `Store.dead_letters`."""
        rows = await self._main.read("dead_letters", (limit,))
        ciphers = await self._ciphers({row[1] or STORE_KEY for row in rows})
        found = []
        for letter, contact, at, body in rows:
            if cipher := ciphers.get(contact or STORE_KEY):
                parts = codec.load(LetterBody, cipher.open(body, letter_place(letter)))
                owner = None if contact is None else ContactId(contact)
                found.append(DeadLetter(owner, from_micros(at), parts.error, parts.update))
        return found

    async def export(self, contact: ContactId) -> Mapping[str, object]:
        """See `Store.export`. Empty when nothing is held."""
        person = (await self._read_persons([contact])).get(contact)
        if person is None:
            return {}
        cipher = (await self._keys.ciphers([contact]))[contact]
        return {
            "contact": codec.plain(person.contact),
            "in_front": person.front,
            "sessions": [codec.plain(session) for session in person.sessions],
            "leads": [codec.plain(lead) for lead in person.leads],
            "alerts": [codec.plain(alert) for alert in person.alerts],
            "visits": [codec.plain(visit) for visit in person.visits],
            **await export_rows(self._main, contact, cipher),
        }

    async def close(self) -> None:
        """Close the files."""
        await self._main.close()
        await self._keys.close()

    async def _read_persons(self, contacts: Iterable[int]) -> dict[ContactId, Person]:
        """As `persons`, in one query: a writer beside us can't change anything in between."""
        wanted = list(contacts)
        if not wanted:
            return {}
        rows = await self._main.read("persons", (wanted,))
        ciphers = await self._keys.ciphers({row[1] for row in rows})
        facts: dict[int, tuple[Facts, int]] = {}
        parts: dict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
        for table, contact, name, body in rows:
            if (cipher := ciphers.get(contact)) is None:
                continue
            if table == "contacts":
                data = cipher.open(body, facts_place(contact))
                facts[contact] = codec.load(Facts, data), int(name)
            else:
                data = cipher.open(body, part_place(table, contact, name))
                parts[table, contact][name] = _PARTS[table](data)
        return {
            held.contact.id: Person(
                contact=held.contact,
                sessions=_in_order(parts["sessions", contact], held.sessions),
                leads=_in_order(parts["leads", contact], held.leads),
                alerts=_in_order(parts["alerts", contact], held.alerts),
                visits=_in_order(parts["visits", contact], held.visits),
                front=held.front,
                version=version,
            )
            for contact, (held, version) in facts.items()
        }

    async def _ciphers(self, contacts: set[int]) -> dict[int, Cipher]:
        found = await self._keys.ciphers(contacts)
        if STORE_KEY in contacts:
            found[STORE_KEY] = await self._keys.own()
        return found


def _load_lead(data: bytes) -> Lead:
    return codec.load(Lead, data)


def _load_alert(data: bytes) -> Alert:
    return codec.load(Alert, data)


def _load_visit(data: bytes) -> Visit:
    return codec.load(Visit, data)


_PARTS: Mapping[str, Any] = {
    "sessions": codec.load_session,
    "leads": _load_lead,
    "alerts": _load_alert,
    "visits": _load_visit,
}


def _in_order(parts: Mapping[str, Any], names: Sequence[str]) -> tuple[Any, ...]:
    if len(parts) != len(names) or any(name not in parts for name in names):
        raise DatabaseBroken("Rows of a person are missing in the database. Restore the newest backup.")
    return tuple(parts[name] for name in names)
