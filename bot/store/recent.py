"""The persons read or written last, so that whoever is writing just now needs no read."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from bot.engine.session import Person
from bot.ids import ContactId

MOST_PERSONS: Final = 512
MOST_BYTES: Final = 16 * 1024 * 1024


def estimated_bytes(person: Person) -> int:
    """Roughly what a person takes in memory: the objects by `sys.getsizeof`, rounded up."""
    size = 2_000 + 1_000 * (len(person.leads) + len(person.alerts))
    for visit in person.visits:
        size += 1_000 + 300 * len(visit.plan) + 700 * len(visit.course)
    for session in person.sessions:
        size += 1_500 + 500 * len(session.answers) + 200 * len(session.done)
        size += 2 * len(session.shown.html) if session.shown else 0
    return size


class RecentPersons:
    """A bounded map of persons, the least recently used go first. Only right while one process writes."""

    def __init__(self, most_persons: int = MOST_PERSONS, most_bytes: int = MOST_BYTES) -> None:
        self._most_persons = most_persons
        self._most_bytes = most_bytes
        self._persons: OrderedDict[ContactId, tuple[Person, int]] = OrderedDict()
        self._contacts: dict[int, ContactId] = {}
        self._bytes = 0

    def get(self, contact: ContactId) -> Person | None:
        """The person of that number, if kept."""
        kept = self._persons.get(contact)
        if kept is None:
            return None
        self._persons.move_to_end(contact)
        return kept[0]

    def of_chat(self, chat: int) -> Person | None:
        """The person who writes from that chat, if kept."""
        contact = self._contacts.get(chat)
        return None if contact is None else self.get(contact)

    def put(self, person: Person) -> None:
        """Keep a person."""
        self.drop(person.contact.id)
        size = estimated_bytes(person)
        self._persons[person.contact.id] = (person, size)
        self._contacts[person.contact.chat] = person.contact.id
        self._bytes += size
        while len(self._persons) > self._most_persons or self._bytes > self._most_bytes:
            self.drop(next(iter(self._persons)))

    def drop(self, contact: ContactId) -> None:
        """Forget one person."""
        kept = self._persons.pop(contact, None)
        if kept is not None:
            self._bytes -= kept[1]
            self._contacts.pop(kept[0].contact.chat, None)

    def clear(self) -> None:
        """Forget everybody."""
        self._persons.clear()
        self._contacts.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._persons)
