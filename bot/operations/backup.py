"""`backup`: the data as one dated file, and the keys as one file that is always replaced.

Whoever was forgotten has no key any more; as only the newest copy of the keys is kept, older files of the data
can't bring them back. The keys are copied after the data, so that nobody in the data lacks theirs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.databases import data_key, database_path, is_postgres
from bot.errors import DatabaseBroken, KeyMissing, OperatorError
from bot.operations.places import PARTIAL, in_words, name_of, stamp
from bot.settings import Settings
from bot.store.database_file import (
    KEYS_APPLICATION_ID,
    MAIN_APPLICATION_ID,
    inspect,
    is_new,
    keys_path,
)
from bot.store.file_copy import copy_file, sync
from bot.store.lock_file import LockFile
from bot.store.migrations import KEY_FOLDER, MAIN_FOLDER
from bot.store.tables import KeySet, Progress, quiet, read_keys
from bot.store.verify import Verified, verify


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What `backup` has written."""

    data: Path
    keys: Path
    verified: Verified


async def back_up(
    settings: Settings,
    environ: Mapping[str, str],
    folder: Path,
    now: datetime,
    *,
    keys_folder: Path | None = None,
    progress: Progress = quiet,
) -> BackedUp:
    """Back the settings' database up into a folder, while the bot runs.

    Both files are written under other names, verified and then renamed, the keys first: whenever this is killed,
    the last good backup is whole.

    Args:
        settings: Name the database and perhaps its key.
        environ: Where the config folder is.
        folder: Where to; it is made when it is missing.
        now: Stands in the file's name.
        keys_folder: Another folder for the keys.
        progress: Told how far it is.

    Raises:
        OperatorError: Something can't be read or written, or another database's keys would be replaced.
    """
    path = database_path(settings.database_url)
    if path is not None and is_new(path):
        raise OperatorError(f"There is no database at {path}. Check DATABASE_URL.")
    key = data_key(settings, environ).value
    name, apart = name_of(settings.database_url), keys_folder or folder
    data, keys = folder / f"{name}-{stamp(now)}.db", keys_path(apart / f"{name}.db")
    with in_words(folder):
        for each in (folder, apart):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = LockFile(folder / "backup")
        partial = [file.with_name(file.name + PARTIAL) for file in (data, keys)]
        try:
            _drop_left_over(folder, apart, name)
            if path is None:
                await _dump(settings, key, partial, now, progress)
            else:
                await _copy(path, partial, progress)
            found = read_keys(partial[1])
            named = (data, keys) if path is None else (path, keys_path(path))
            verified = await _verified(partial, named, key, progress, found)
            await _hold_same_database(keys, found)
            partial[1].replace(keys)
            partial[0].replace(data)
            for each in {folder, apart}:
                sync(each)
        finally:
            _drop_left_over(folder, apart, name)
            lock.release()
    return BackedUp(data, keys, verified)


async def _copy(path: Path, partial: list[Path], progress: Progress) -> None:
    await inspect(path, MAIN_APPLICATION_ID, MAIN_FOLDER)
    if is_new(keys_path(path)):
        raise OperatorError(
            f"The keys' file {keys_path(path)} is missing: nobody in {path} can be read without it."
        )
    await inspect(keys_path(path), KEYS_APPLICATION_ID, KEY_FOLDER)
    copy_file(path, partial[0], progress)
    copy_file(keys_path(path), partial[1], progress)


async def _dump(settings: Settings, key: bytes, partial: list[Path], now: datetime, progress: Progress) -> None:
    assert is_postgres(settings.database_url)
    from bot.store.postgres_copy import dump_postgres

    await dump_postgres(settings.database_url, partial[0], partial[1], data_key=key, now=now, progress=progress)


async def _verified(
    partial: list[Path], named: tuple[Path, Path], key: bytes, progress: Progress, keys: KeySet
) -> Verified:
    """What is wrong with a copy is wrong with what it was made of, and is told of that."""
    try:
        return await verify(partial[0], partial[1], key, progress, keys=keys)
    except (DatabaseBroken, KeyMissing) as error:
        words = str(error)
        for copy, name in zip(partial, named, strict=True):
            words = words.replace(str(copy), str(name))
        raise type(error)(words) from error


async def _hold_same_database(keys: Path, found: KeySet) -> None:
    """A new database under an old name must not replace what opens the old one's backups."""
    if is_new(keys):
        return
    await inspect(keys, KEYS_APPLICATION_ID, KEY_FOLDER)
    if not read_keys(keys).is_of(found):
        raise OperatorError(
            f"{keys} holds the keys of another database, perhaps the only ones that open its backups; nothing was"
            " written. Move them away together, or name another folder."
        )


def _drop_left_over(folder: Path, apart: Path, name: str) -> None:
    """What a failed or killed backup has left; nobody else writes here while we hold the lock."""
    for each in {folder, apart}:
        for file in each.glob(f"{name}*{PARTIAL}*"):
            file.unlink()
