"""The one place that builds things: book, store, turn loop and dispatcher, put together for a channel."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.authoring.book import Reading
from bot.clinic.catalogue import Catalogue
from bot.conversation.hooks import Hooks
from bot.conversation.incoming import ChatMoved, GroupRefused, Incoming
from bot.conversation.turn_loop import TurnLoop
from bot.databases import book_number, is_postgres, open_store
from bot.delivery.dispatcher import Dispatcher
from bot.delivery.limits import Limits
from bot.delivery.sender import Sender
from bot.desk.closed import KIND, as_closed, days_of
from bot.desk.gone import is_alert_card
from bot.desk.roles import Membership
from bot.engine.advance import open_flow
from bot.engine.effect import Effect, Turn
from bot.engine.model import Book
from bot.ids import ContactId
from bot.keeper import Keeper
from bot.reading import book_of, read_clinic, with_closed
from bot.settings import Settings
from bot.store.protocol import Mark, OutboxRow, Store

log = logging.getLogger(__name__)

PICTURES = "pictures"
"""The folder beside the database where drawn pictures are kept; they show nobody's answers."""
_WAITING_PAGE = 10_000

Observe = Callable[[ContactId, Effect], None]
Turned = Callable[[ContactId, Turn], None]
Marked = Callable[[Mark, OutboxRow], None]


def utc_now() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class ClinicApp:
    """Everything of one process, open."""

    book: Book
    catalogue: Catalogue
    store: Store
    loop: TurnLoop
    dispatcher: Dispatcher
    now: Callable[[], datetime]
    keeper: Keeper | None = None
    """Where several processes share the database."""

    async def take(self, incoming: Incoming) -> None:
        """Put one item in, and work until nothing is left to do at this instant."""
        self.loop.put(incoming)
        await self.settle()

    async def settle(self) -> None:
        """Run rounds and sends in turn until both are quiet."""
        await self.loop.settle()
        await self.dispatcher.drain()
        while await self.loop.round():
            await self.loop.settle()
            await self.dispatcher.drain()

    async def open_flow(self, chat: int, flow: str) -> None:
        """Begin `flow` for whoever writes from `chat`."""
        await self.loop.begin(chat, lambda person: open_flow(self.book, person, flow, self.now()))
        await self.settle()

    async def load_waiting(self) -> None:
        """Give the dispatcher what an earlier process has left unsent."""
        after = 0
        while rows := await self.store.waiting_rows(_WAITING_PAGE, after):
            self.dispatcher.add(rows)
            after = rows[-1].id

    def health(self) -> dict[str, object]:
        """How it goes: `status` green, yellow or red, why, and the dispatcher's counts; nothing personal.

        Where another process sends, it has the counts.
        """
        is_here = self.keeper is None or self.keeper.is_held()
        found: dict[str, object] = {"status": "green", "reasons": []}
        if is_here:
            found = self.dispatcher.health()
        if not self.loop.is_away:
            return found
        reasons = found["reasons"]
        assert isinstance(reasons, list)
        return {**found, "status": "red", "reasons": ["the database is away", *reasons]}

    async def close(self) -> None:
        """Close the store; what is unsent stays in it."""
        if self.keeper is not None:
            await self.keeper.close()
        await self.store.close()


async def open_clinic(
    settings: Settings,
    *,
    sender: Sender,
    now: Callable[[], datetime] = utc_now,
    database: Path | None = None,
    in_memory: bool = False,
    staff_chat: int | None = None,
    observe: Observe | None = None,
    turned: Turned | None = None,
    marked: Marked | None = None,
    reading: Reading | None = None,
    environ: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    owners: Sequence[int] = (),
    may_keep: bool = True,
) -> ClinicApp:
    """Put a process together.

    Args:
        settings: Where flows, data and database are.
        sender: The channel's sending side.
        now: The clock; aware UTC.
        database: A SQLite file instead of the settings' DATABASE_URL.
        in_memory: Keep nothing: a database in memory under a throw-away key.
        staff_chat: The staff chat's id; None: there is none, and nobody is promised a call.
        observe: Told of alerts, leads and results, after the commit.
        turned: Told of every turn, after the commit.
        marked: Told what became of a row of the outbox, before it is written down.
        reading: Flows and data that were read already.
        environ: Where to look for the config folder, when a key has to be found or made.
        limits: How fast may be sent; the settings' own when None.
        owners: Who counts as an admin of the staff group without being looked up (in the terminal).
        may_keep: Of several processes on PostgreSQL this one may be the keeper, who sends and fires timers.

    Raises:
        AuthorError: Flows or data are wrong.
        OperatorError: The database can't be opened.
    """
    reading = reading or read_clinic(settings)
    book = book_of(reading, staff_chat=staff_chat)
    store = await open_store(settings, database, in_memory=in_memory, now=now, environ=environ or {})
    is_shared = not in_memory and database is None and is_postgres(settings.database_url)
    try:
        number = await book_number(store, reading.digest, now(), is_shared=is_shared)
        book = replace(book, number=number)
        staff_chat = None if staff_chat is None else await store.present_chat(staff_chat)
        keeper = keeper_of(store, settings.database_url, is_candidate=may_keep) if is_shared else None
        app = assemble(
            *(
                book,
                reading.catalogue,
                store,
                sender,
                now,
                staff_chat,
                observe,
                turned,
                limits or Limits(),
                marked,
            ),
            keeper=keeper,
        )
        if (closed := await store.desk_notes(KIND)) and app.loop.book_with is not None:
            app.loop.use(app.loop.book_with(closed))
        for owner in owners:
            app.loop.members.note(owner, Membership.ADMIN, now())
        if keeper is None:
            await app.load_waiting()
    except BaseException:
        await store.close()
        raise
    return app


def keeper_of(store: Store, url: str, *, is_candidate: bool) -> Keeper:
    """For a process that shares a PostgreSQL database with others."""
    from bot.store.postgres import PostgresStore
    from bot.store.postgres_lease import PostgresLease

    assert isinstance(store, PostgresStore)
    return Keeper(store, lambda heard: PostgresLease(url, heard), is_candidate=is_candidate)


def assemble(
    book: Book,
    catalogue: Catalogue,
    store: Store,
    sender: Sender,
    now: Callable[[], datetime],
    staff_chat: int | None,
    observe: Observe | None,
    turned: Turned | None,
    limits: Limits,
    marked: Marked | None = None,
    *,
    keeper: Keeper | None = None,
    jitter: Callable[[], float] = random.random,
) -> ClinicApp:
    """A process over a store that is open; the caller loads what is waiting, and closes the store."""

    def hand_over(rows: Sequence[OutboxRow]) -> None:
        dispatcher.add(rows)

    def answer(press_id: str, note: str) -> None:
        dispatcher.answer(press_id, note)

    def withdraw(contact: ContactId, everything: bool) -> None:
        dispatcher.cancel(contact, None, everything=everything)

    def hush(contact: ContactId) -> None:
        dispatcher.cancel(contact, None, only_unasked=True)

    def mark(mark: Mark, row: OutboxRow) -> None:
        if marked is not None:
            marked(mark, row)
        loop.put_mark(mark, row)

    hooks = Hooks(
        rows=hand_over,
        answer=answer,
        cancelled=withdraw,
        observe=observe or (lambda _contact, _effect: None),
        turned=turned or (lambda _contact, _turn: None),
        hushed=hush,
        staff_chat=lambda chat, is_open: dispatcher.staff_chat_changed(chat, is_open=is_open),
    )
    loop = TurnLoop(store, book, now, hooks, staff_chat=staff_chat, office=keeper)
    loop.book_with = lambda notes: with_closed(book, catalogue, as_closed(days_of(note.key) for note in notes))
    dispatcher = Dispatcher(
        sender,
        now,
        on_mark=mark,
        find_target=store.sent_message,
        limits=limits,
        on_moved=lambda old, new: _moved(loop, old, new),
        on_staff_refused=lambda row, is_first: _refused(loop, row, is_first),
        may_call=(lambda: True) if keeper is None else keeper.is_held,
        is_unsent=None if keeper is None else keeper.is_unsent,
        jitter=jitter,
    )
    if keeper is not None:
        keeper.loop, keeper.dispatcher = loop, dispatcher
    return ClinicApp(book, catalogue, store, loop, dispatcher, now, keeper)


def _moved(loop: TurnLoop, old: int, new: int) -> None:
    loop.put(ChatMoved(old, new))


def _refused(loop: TurnLoop, row: OutboxRow, is_first: bool) -> None:
    if is_first or is_alert_card(row.effect):
        loop.put(GroupRefused(row, is_first))
