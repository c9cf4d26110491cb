"""`restore` and `import`: a backup, or another database's files, become the database of the settings.

Files are prepared in a folder beside the database: migrated, without the forgotten, verified. Only then they take
its place, the data first.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.databases import SQLITE_SCHEME, database_path, is_postgres
from bot.errors import DatabaseBroken, OperatorError
from bot.operations.places import in_words, keys_beside, stamp
from bot.settings import Settings
from bot.store.data_key import find_data_key
from bot.store.database_file import KEYS_APPLICATION_ID, is_new, keys_path
from bot.store.encryption import Cipher
from bot.store.file_copy import copy_file, sync
from bot.store.instant import to_micros
from bot.store.lock_file import LockFile
from bot.store.migrations import KEY_FOLDER
from bot.store.opening import open_sqlite
from bot.store.places import row_place
from bot.store.protocol import DatabaseAway
from bot.store.tables import (
    COPY_QUERIES,
    KeySet,
    Progress,
    make_file,
    opened,
    people,
    quiet,
    read_keys,
    write_keys,
)
from bot.store.verify import Verified, own_cipher, verify

_PREPARED = ".restoring-"


@dataclass(frozen=True, slots=True)
class Restored:
    """What is there now. `aside`: where what was there before is kept, in words; None: nothing was there."""

    where: str
    verified: Verified
    aside: str | None


async def restore(
    settings: Settings,
    environ: Mapping[str, str],
    data: Path,
    now: datetime,
    *,
    keys: Path | None = None,
    replace: bool = False,
    progress: Progress = quiet,
) -> Restored:
    """Put a backup in the place of the settings' database.

    Args:
        settings: Name the database and perhaps its key.
        environ: Where the config folder is.
        data: A backup of the data, also an older one.
        now: Aware UTC.
        keys: The newest copy of the keys; by default the one beside `data`.
        replace: Also when the database holds people; it is kept aside.
        progress: Told how far it is.

    Raises:
        OperatorError: A file can't be used, the bot runs, or the database holds people; nothing was changed.
    """
    keys = keys or keys_beside(data)
    for file in (data, keys):
        if not file.is_file() or is_new(file):
            raise OperatorError(f"There is no backup at {file}. Name the file" + _how(file is keys))
    path = database_path(settings.database_url)
    given = settings.data_key.get_secret_value() if settings.data_key is not None else None
    key = find_data_key(given, environ, database=data).value
    if path is None:
        with in_words(Path(tempfile.gettempdir())), _folder(Path(tempfile.gettempdir())) as folder:
            from bot.store.postgres_copy import keys_in_postgres

            present = await keys_in_postgres(settings.database_url)
            staged = await _staged(folder, data, keys, present, key, now, progress)
            return await _into_postgres(settings.database_url, staged, key, now, replace, progress)
    with in_words(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = LockFile(path)
        try:
            number = 0 if is_new(path) else _people(path)
            if number and not replace:
                raise OperatorError(
                    f"{path} holds {people(number)}; nothing was changed. With --replace it is kept aside, and"
                    " the backup takes its place."
                )
            _drop_left_over(path.parent)
            with _folder(path.parent) as folder:
                staged = await _staged(folder, data, keys, _present_keys(path), key, now, progress)
                aside = _put(staged, path, now)
        finally:
            lock.release()
    return Restored(str(path), staged.verified, aside)


@dataclass(frozen=True, slots=True)
class _Staged:
    data: Path
    keys: Path
    verified: Verified
    is_same: bool
    """Whether the keys that were there are of the same database."""


async def _staged(
    folder: Path, data: Path, keys: Path, present: KeySet | None, key: bytes, now: datetime, progress: Progress
) -> _Staged:
    """Both files in `folder`: of this version, verified, with nobody who was forgotten."""
    try:
        before = await verify(data, keys, key, progress)
    except DatabaseBroken as error:
        raise DatabaseBroken(
            f"{data} can't be used: one of its files is damaged or not ours, and nothing was changed. Name another"
            f" backup. ({error})"
        ) from error
    staged = folder / "clinic.db"
    copy_file(data, staged, progress)
    held = read_keys(keys)
    is_same = present is not None and held.is_of(present)
    if present is not None and is_same:
        held = held.without_forgotten_of(present)
    await make_file(keys_path(staged), KEYS_APPLICATION_ID, KEY_FOLDER, to_micros(now))
    write_keys(keys_path(staged), held)
    store = await open_sqlite(staged, data_key=key, now=now)  # migrates, and clears away whoever has no key
    await store.close()
    _drop_unreadable(staged, held, key, now)
    for file in (staged, keys_path(staged)):
        with opened(file, read_only=False) as connection:
            connection.execute("pragma journal_mode = delete")  # one file, with no log beside it
        sync(file)
    after = await verify(staged, keys_path(staged), key, progress)
    verified = Verified(after.people, before.people + before.forgotten - after.people, after.newest)
    return _Staged(staged, keys_path(staged), verified, is_same)


def _drop_unreadable(data: Path, keys: KeySet, key: bytes, now: datetime) -> None:
    """Withdraw farewells whose own key is gone: they have been sent since, or were in vain."""
    own = own_cipher(keys, key)
    with opened(data, read_only=False) as connection:
        for row, body in connection.execute(COPY_QUERIES["unsent_of_nobody"]).fetchall():
            if row not in keys.rows and not _opens(own, body, row_place(row)):
                connection.execute(COPY_QUERIES["drop_unreadable"], (to_micros(now), row))


def _opens(cipher: Cipher | None, body: bytes, place: str) -> bool:
    if cipher is None:
        return False
    try:
        cipher.open(body, place)
    except DatabaseBroken:
        return False
    return True


def _put(staged: _Staged, path: Path, now: datetime) -> str | None:
    """Let the prepared files take the place of those that are there, which are kept."""
    aside = None
    if not is_new(path):
        while (kept := path.with_name(f"{path.stem}-before-{stamp(now)}{path.suffix}")).exists():
            now += timedelta(seconds=1)
        _keep(path, kept)
        aside = str(kept)
        if not staged.is_same and not is_new(keys_path(path)):
            _keep(keys_path(path), keys_path(kept))
    staged.data.replace(path)
    if not is_new(keys_path(path)):
        _settle(keys_path(path))
    for suffix in ("-wal", "-shm"):
        Path(f"{keys_path(path)}{suffix}").unlink(missing_ok=True)
    staged.keys.replace(keys_path(path))
    sync(path.parent)
    return aside


def _keep(path: Path, kept: Path) -> None:
    """Give a database a second name, its log with it; the first name is never without a file."""
    _settle(path)
    for suffix in ("-wal", "-shm"):  # still there: it is damaged, and they belong to it
        log = Path(f"{path}{suffix}")
        if log.exists():
            log.rename(f"{kept}{suffix}")
    os.link(path, kept)


def _settle(path: Path) -> None:
    """Move what is in the log into the file, if it can still be read."""
    with suppress(DatabaseAway, DatabaseBroken), opened(path, read_only=False) as connection:
        connection.execute("pragma journal_mode = delete")


def _people(path: Path) -> int:
    """How many people a database holds; 1 when it can't be read: then nobody knows."""
    try:
        with opened(path) as connection:
            return int(connection.execute(COPY_QUERIES["people_of"]).fetchone()[0])
    except Exception:
        return 1


def _present_keys(path: Path) -> KeySet | None:
    """The keys that are there; None when there are none, or they can't be read."""
    if is_new(keys_path(path)):
        return None
    try:
        return read_keys(keys_path(path))
    except Exception:
        return None


@contextmanager
def _folder(parent: Path) -> Iterator[Path]:
    """A folder for this user only, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=_PREPARED, dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _drop_left_over(parent: Path) -> None:
    """What a killed one has prepared; we hold the lock, so nobody else prepares anything here."""
    for left_over in parent.glob(f"{_PREPARED}*"):
        shutil.rmtree(left_over, ignore_errors=True)


def _how(is_keys: bool) -> str:
    return (
        " of the newest keys with --keys." if is_keys else ", such as var/backups/clinic-2026-12-01T09-30-00Z.db."
    )


async def _into_postgres(
    url: str, staged: _Staged, key: bytes, now: datetime, replace: bool, progress: Progress
) -> Restored:
    from bot.store.postgres_connection import place_of
    from bot.store.postgres_copy import fill_postgres
    from bot.store.postgres_opening import open_postgres

    aside = f"skin_clinic_before_{now:%Y%m%dt%H%M%Sz}" if replace else None
    was_kept = await fill_postgres(url, staged.data, staged.keys, now=now, replace_as=aside, progress=progress)
    store = await open_postgres(url, data_key=key, wait_seconds=0)  # as `run` will
    await store.close()
    return Restored(place_of(url), staged.verified, f"the schema {aside}" if was_kept else None)


async def import_database(
    settings: Settings, environ: Mapping[str, str], source: str, now: datetime, *, progress: Progress = quiet
) -> Restored:
    """Put a SQLite database into the PostgreSQL of the settings, in one transaction: all of it, or nothing.

    Args:
        settings: Name PostgreSQL, and perhaps the key, which both have in common.
        environ: Where the config folder is.
        source: The SQLite file, or its URL. It stays as it is.
        now: Aware UTC.
        progress: Told how far it is.

    Raises:
        OperatorError: The bot runs, a database can't be used, or PostgreSQL holds people; nothing was changed.
    """
    if not is_postgres(settings.database_url):
        raise OperatorError("DATABASE_URL must name PostgreSQL: postgresql://user:password@host/name.")
    path = Path(source.removeprefix(SQLITE_SCHEME))
    if is_new(path):
        raise OperatorError(f"There is no database at {path}.")
    given = settings.data_key.get_secret_value() if settings.data_key is not None else None
    key = find_data_key(given, environ, database=path).value
    with in_words(path.parent):
        lock = LockFile(path)
        try:
            _drop_left_over(path.parent)
            with _folder(path.parent) as folder:
                staged = await _staged(folder, path, keys_path(path), None, key, now, progress)
                return await _into_postgres(settings.database_url, staged, key, now, False, progress)
        finally:
            lock.release()
