"""`export` and `forget`: one person's data for whoever asks the clinic by letter, and its erasure."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.actions.texts import general
from bot.conversation.export import export_json
from bot.conversation.gather import DESK_CHAT
from bot.databases import data_key, database_path, open_store, reported
from bot.desk.cards import OVER
from bot.engine.session import Person, Status
from bot.errors import OperatorError
from bot.ids import code_contact, contact_code
from bot.operations.places import in_words
from bot.reading import read_clinic
from bot.settings import Settings
from bot.store.database_file import is_new
from bot.store.opening import open_read_only
from bot.store.protocol import Batch
from bot.store.reader import StoreReader


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is meant: by the chat's id at Telegram, or by the code on cards."""

    chat: int | None = None
    code: str | None = None

    def __post_init__(self) -> None:
        if (self.chat is None) == (self.code is None):
            raise OperatorError(
                "Say who it is, in one way: --code, which stands on every card and in what /find sends, or --chat,"
                " Telegram's own number of their chat."
            )
        if self.code is not None and code_contact(self.code) is None:
            raise OperatorError(f"{self.code} is no code: those are four characters, such as K7QF, or more.")

    async def found_in(self, store: StoreReader) -> Person:
        """The person.

        Raises:
            OperatorError: There is nobody, or it is nobody's.
        """
        contact = code_contact(self.code or "")
        if self.chat is not None:
            person = (await store.persons_of_chats([self.chat])).get(self.chat)
        else:
            assert contact is not None
            person = (await store.persons([contact])).get(contact)
        if person is None:
            raise OperatorError(
                f"Nobody with that {'code' if self.chat is None else 'chat'} is in this database: check"
                " DATABASE_URL and the number, or they were forgotten already."
            )
        if person.contact.chat == DESK_CHAT:
            raise OperatorError("Under that code the desk keeps what is nobody's. Check the code.")
        return person


def summary(person: Person) -> str:
    """What there is of a person, in counts: to see that it is the right one."""
    waiting = sum(session.status is Status.WAITING for session in person.sessions)
    alerts = sum(alert.status not in OVER for alert in person.alerts)
    words = [
        f"here since {person.contact.created_at:%Y-%m-%d}",
        _count(len(person.visits), "visit"),
        _count(waiting, "open conversation"),
        _count(alerts, "open alert"),
    ]
    return f"{contact_code(person.contact.id)}: {', '.join(words)}"


async def export_person(settings: Settings, environ: Mapping[str, str], wanted: Wanted, file: Path) -> str:
    """Write everything that is held on a person into a new file that only this user may read; their code.

    Raises:
        OperatorError: There is nobody, or the file is there already or can't be written.
    """
    with reported():
        async with _opened(settings, environ) as store:
            person = await wanted.found_in(store)
            held = await store.export(person.contact.id)
    _write_new(file, export_json(held))
    return contact_code(person.contact.id)


async def forget_person(
    settings: Settings,
    environ: Mapping[str, str],
    wanted: Wanted,
    now: Callable[[], datetime],
    *,
    may: Callable[[Person], bool],
    is_silent: bool = False,
) -> str | None:
    """Erase a person as /delete does: the key first, then every row; the confirmation is the last message.

    Args:
        settings: Name the database and perhaps its key.
        environ: Where the config folder is.
        wanted: Who it is.
        now: Aware UTC clock.
        may: Asked with the person that was found.
        is_silent: Send no confirmation.

    Returns:
        Their code; None when `may` said no, and nothing was changed.

    Raises:
        OperatorError: There is nobody, or the database can't be used.
    """
    _hold_there(settings)
    farewell = None if is_silent else general(read_clinic(settings).catalogue, "farewell")
    with reported():
        store = await open_store(settings, None, in_memory=False, now=now, environ=environ)
        try:
            assert isinstance(store, StoreReader)
            person = await wanted.found_in(store)
            if not may(person):
                return None
            await store.commit(Batch(now(), erase=[(person.contact.id, farewell.text if farewell else "")]))
        finally:
            await store.close()
    return contact_code(person.contact.id)


@asynccontextmanager
async def _opened(settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[StoreReader]:
    """The database for reading, also while the bot runs."""
    _hold_there(settings)
    key = data_key(settings, environ).value
    path = database_path(settings.database_url)
    if path is None:
        from bot.store.postgres_opening import open_postgres

        store: StoreReader = await open_postgres(settings.database_url, data_key=key)
    else:
        store = await open_read_only(path, data_key=key)
    try:
        yield store
    finally:
        await store.close()


def _hold_there(settings: Settings) -> None:
    path = database_path(settings.database_url)
    if path is not None and is_new(path):
        raise OperatorError(f"There is no database at {path}. Check DATABASE_URL.")


def _write_new(file: Path, text: str) -> None:
    """All of it, or no file."""
    with in_words(file.parent):
        try:
            opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise OperatorError(f"{file} is there already, and is left as it is. Name another file.") from None
        try:
            with os.fdopen(opened, "w", encoding="utf-8") as into:
                into.write(text)
        except OSError:
            file.unlink(missing_ok=True)
            raise


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
