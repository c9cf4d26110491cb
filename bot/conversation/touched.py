"""What stays out of a round's commit: whatever hangs on somebody with whom another process was faster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bot.conversation.plan import Plan
from bot.engine.model import Book
from bot.engine.session import Person
from bot.errors import BookTooOld
from bot.ids import ContactId
from bot.store.protocol import Lost


class Touched:
    """Whom each part of a round has touched, in the order in which they were taken."""

    def __init__(self) -> None:
        self._parts: list[tuple[object, set[ContactId]]] = []

    @contextmanager
    def by(self, part: object, plan: Plan) -> Iterator[None]:
        """Within the block, `part` puts its turns into `plan`."""
        before = len(plan.turns)
        yield
        self._parts.append((part, {contact for contact, _ in plan.turns[before:]}))

    def must_wait(self, lost: Lost) -> set[int]:
        """The parts that have to wait, by `id`: those that touch somebody lost, and what comes after them in line.

        A part that waits takes along later parts which touch anybody it touches: otherwise they would overtake it.
        """
        people = set(lost.contacts)
        waits = set()
        for part, contacts in self._parts:
            is_done = getattr(part, "update_id", None) in lost.updates
            if is_done or not people.isdisjoint(contacts):
                people |= contacts
                waits.add(id(part))
        return waits


def hold_book(book: Book, persons: Iterable[Person]) -> None:
    """Go no further when somebody's session was advanced with a newer book than this process has.

    Raises:
        BookTooOld: It was.
    """
    newest = max((session.book for person in persons for session in person.sessions), default=0)
    if newest > book.number:
        raise BookTooOld(
            f"Conversations have gone on with newer flows and data (book {newest}) than this process has (book"
            f" {book.number}): it ends, and nothing is lost. Start it again with the new files."
        )
