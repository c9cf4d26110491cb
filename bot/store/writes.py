"""A batch as lists of parameters, one list for each query, in the order in which they run."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from datetime import datetime
from typing import Final

from bot.engine.session import Person
from bot.store import codec
from bot.store.codec import Facts, LetterBody
from bot.store.database import Parameters
from bot.store.encryption import Cipher
from bot.store.instant import to_micros
from bot.store.places import facts_place, letter_place, note_place, part_place, row_place, write_row_body
from bot.store.protocol import Batch, DeadLetter, DeskNote, Mark, OutboxRow, RowStatus

ORDER: Final = (
    "insert_update",
    "erase_contact",  # before the new contact that may write from the same chat
    "erase_rows",
    "erase_dead_letters",
    "insert_contact",
    "update_contact",
    "delete_session",
    "put_session",
    "delete_lead",
    "put_lead",
    "delete_alert",
    "put_alert",
    "delete_visit",
    "put_visit",
    "end_consents",
    "put_consent",
    "cancel_own_rows",  # before the rows of this batch
    "cancel_unasked_rows",
    "move_row",
    "put_moved_chat",
    "insert_row",
    "postpone_row",
    "end_row",
    "insert_timer",
    "end_timer",
    "cancel_row",
    "insert_dead_letter",
    "add_count",
    "drop_desk_note",
    "put_desk_note",
)


class Writes:
    """Collects what a batch writes; encrypts it on the way."""

    def __init__(self, now: datetime) -> None:
        self.now = to_micros(now)
        self._lists: dict[str, list[Parameters]] = {query: [] for query in ORDER}

    def add(self, query: str, *parameters: str | int | bytes | None) -> None:
        """One more run of a query."""
        self._lists[query].append(parameters)

    def in_order(self) -> Iterable[tuple[str, list[Parameters]]]:
        """The queries that have something to do."""
        return ((query, rows) for query, rows in self._lists.items() if rows)

    def add_person(self, before: Person | None, after: Person, cipher: Cipher, chat_hash: str) -> bool:
        """What changed from `before`, which is what stands in the database; False when nothing did."""
        contact = after.contact.id
        is_changed = False
        if before is None or before.sessions is not after.sessions:
            is_changed |= self._add_sessions(before, after, cipher)
        if before is None or before.leads is not after.leads:
            is_changed |= self._add_leads(before, after, cipher)
        if before is None or before.alerts is not after.alerts:
            is_changed |= self._add_alerts(before, after, cipher)
        if before is None or before.visits is not after.visits:
            is_changed |= self._add_visits(before, after, cipher)
        if before is None or _has_other_facts(before, after):
            sealed = cipher.seal(codec.dump(_facts(after)), facts_place(contact))
            if before is None:
                created = to_micros(after.contact.created_at)
                self.add("insert_contact", contact, chat_hash, created, self.now, sealed)
            else:
                self.add("update_contact", chat_hash, self.now, sealed, contact)
            self._add_consent(before, after)
            is_changed = True
        elif is_changed:
            self.add("update_contact", chat_hash, self.now, None, contact)
        return is_changed

    def add_row(self, row: OutboxRow, cipher: Cipher, chat_hash: str) -> None:
        """A message to be sent."""
        kind, effect = codec.dump_effect(row.effect)
        sealed = cipher.seal(write_row_body(row.chat, effect), row_place(row.id))
        created, due = to_micros(row.created_at), to_micros(row.due_at)
        self.add(
            "insert_row",
            row.id,
            row.contact or None,
            row.number,
            chat_hash,
            kind,
            row.lane.value,
            created,
            due,
            sealed,
        )

    def add_mark(self, mark: Mark) -> None:
        """What became of a row."""
        if mark.status is RowStatus.WAITING:
            due = None if mark.due_at is None else to_micros(mark.due_at)
            self.add("postpone_row", due, mark.attempts, mark.unknown, mark.row)
        else:
            at = to_micros(mark.at)
            self.add("end_row", mark.status.value, at, mark.attempts, mark.unknown, mark.message_id, mark.row)

    def add_dead_letter(self, number: int, letter: DeadLetter, cipher: Cipher) -> None:
        """An update that no turn could be made of."""
        body = codec.dump(LetterBody(letter.error, letter.update))
        sealed = cipher.seal(body, letter_place(number))
        self.add("insert_dead_letter", number, letter.contact, to_micros(letter.at), sealed)

    def add_note(self, note: DeskNote, cipher: Cipher) -> None:
        """Something that staff have set."""
        sealed = cipher.seal(note.body.encode("utf-8", "replace"), note_place(note.kind, note.key))
        until = None if note.until is None else to_micros(note.until)
        self.add("put_desk_note", note.kind, note.key, until, sealed)

    def add_rest(self, batch: Batch, erased: Container[int]) -> None:
        """What needs no encryption: marks, timers, withdrawals, counts, notes that are dropped."""
        for mark in batch.marks:
            self.add_mark(mark)
        for timer in batch.timers_set:
            if timer.contact not in erased:
                fire_at = to_micros(timer.fire_at)
                self.add("insert_timer", timer.contact, timer.key, timer.kind, fire_at, timer.catch_up_seconds)
        for contact, key, end in batch.timers_ended:
            self.add("end_timer", end.value, self.now, contact, key)
        for contact, number in batch.cancel_rows:
            self.add("cancel_row", self.now, contact, number)
        for contact in batch.cancel_all_rows:
            self.add("cancel_own_rows", self.now, contact)
        for contact in batch.cancel_unasked:
            self.add("cancel_unasked_rows", self.now, contact)
        for counted in batch.counts:
            self.add("add_count", counted.on.isoformat(), counted.name, counted.campaign, counted.count)
        for kind, name in batch.notes_dropped:
            self.add("drop_desk_note", kind, name)

    def erase(self, contact: int) -> None:
        """Everything of a contact (what belongs to the contact's row goes with it)."""
        self.add("erase_contact", contact)
        self.add("erase_rows", contact)
        self.add("erase_dead_letters", contact)

    def _add_sessions(self, before: Person | None, after: Person, cipher: Cipher) -> bool:
        contact, count = after.contact.id, len(self._lists["put_session"])
        held = {session.id: session for session in before.sessions} if before else {}
        for session in after.sessions:
            if held.pop(session.id, None) != session:
                sealed = cipher.seal(codec.dump(session), part_place("sessions", contact, session.id))
                started, touched = to_micros(session.started_at), to_micros(session.touched_at)
                self.add(
                    "put_session",
                    contact,
                    session.id,
                    session.status.value,
                    session.book,
                    started,
                    touched,
                    sealed,
                )
        return self._delete("delete_session", contact, held) or len(self._lists["put_session"]) > count

    def _add_leads(self, before: Person | None, after: Person, cipher: Cipher) -> bool:
        contact, count = after.contact.id, len(self._lists["put_lead"])
        held = {lead.id: lead for lead in before.leads} if before else {}
        for lead in after.leads:
            if held.pop(lead.id, None) != lead:
                sealed = cipher.seal(codec.dump(lead), part_place("leads", contact, lead.id))
                self.add("put_lead", contact, lead.id, lead.kind, lead.status, to_micros(lead.opened_at), sealed)
        return self._delete("delete_lead", contact, held) or len(self._lists["put_lead"]) > count

    def _add_alerts(self, before: Person | None, after: Person, cipher: Cipher) -> bool:
        contact, count = after.contact.id, len(self._lists["put_alert"])
        held = {alert.id: alert for alert in before.alerts} if before else {}
        for alert in after.alerts:
            if held.pop(alert.id, None) != alert:
                sealed = cipher.seal(codec.dump(alert), part_place("alerts", contact, alert.id))
                self.add("put_alert", contact, alert.id, alert.status, to_micros(alert.raised_at), sealed)
        return self._delete("delete_alert", contact, held) or len(self._lists["put_alert"]) > count

    def _add_visits(self, before: Person | None, after: Person, cipher: Cipher) -> bool:
        contact, count = after.contact.id, len(self._lists["put_visit"])
        held = {visit.id: visit for visit in before.visits} if before else {}
        for visit in after.visits:
            if held.pop(visit.id, None) != visit:
                sealed = cipher.seal(codec.dump(visit), part_place("visits", contact, visit.id))
                self.add("put_visit", contact, visit.id, visit.status, to_micros(visit.opened_at), sealed)
        return self._delete("delete_visit", contact, held) or len(self._lists["put_visit"]) > count

    def _delete(self, query: str, contact: int, gone: Collection[str]) -> bool:
        for name in gone:
            self.add(query, contact, name)
        return bool(gone)

    def _add_consent(self, before: Person | None, after: Person) -> None:
        held = before.contact.consent if before else None
        consent = after.contact.consent
        if consent == held:
            return
        contact = after.contact.id
        if held is not None and (consent is None or consent.given_at != held.given_at):
            self.add("end_consents", self.now, "withdrawn" if consent is None else "replaced", contact)
        if consent is not None:
            ended = None if consent.withdrawn_at is None else to_micros(consent.withdrawn_at)
            how = None if ended is None else "withdrawn"
            self.add("put_consent", contact, to_micros(consent.given_at), consent.version, ended, how)


def _has_other_facts(before: Person, after: Person) -> bool:
    return (
        before.contact != after.contact
        or before.front != after.front
        or [session.id for session in before.sessions] != [session.id for session in after.sessions]
        or [lead.id for lead in before.leads] != [lead.id for lead in after.leads]
        or [alert.id for alert in before.alerts] != [alert.id for alert in after.alerts]
        or [visit.id for visit in before.visits] != [visit.id for visit in after.visits]
    )


def _facts(person: Person) -> Facts:
    return Facts(
        contact=person.contact,
        front=person.front,
        sessions=tuple(session.id for session in person.sessions),
        leads=tuple(lead.id for lead in person.leads),
        alerts=tuple(alert.id for alert in person.alerts),
        visits=tuple(visit.id for visit in person.visits),
    )
