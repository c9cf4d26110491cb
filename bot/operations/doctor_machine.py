"""What `doctor` looks at on this machine: files, database, key, disk, backups."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from bot.databases import database_path, is_postgres
from bot.errors import AuthorError, OperatorError
from bot.operations.finding import Finding, Status, bad, in_thread, ok, warn
from bot.operations.places import backup_folder, backups_in, name_of
from bot.reading import book_of, read_clinic
from bot.settings import Settings
from bot.store.data_key import find_data_key, key_file, require_data_key
from bot.store.database_file import is_new, keys_path
from bot.store.lock_file import holder_of
from bot.store.opening import open_read_only
from bot.store.tables import COPY_QUERIES, Progress, opened, people

LEAST_FREE_BYTES = 100 * 2**20
LITTLE_FREE_BYTES = 2**30
OLD_BACKUP_DAYS = 2
INTEGRITY_SECONDS = 600.0
NEEDED_SQLITE = (3, 37, 0)  # strict tables
_STEPS = 1_000_000  # of SQLite's machine between two looks at the clock


async def check_files(settings: Settings) -> list[Finding]:
    """Flows and data."""

    def read() -> list[Finding]:
        try:
            reading = read_clinic(settings)
            book_of(reading, staff_chat=None)
        except AuthorError as error:
            first = str(error).splitlines()
            return [
                bad("flows, data", f"{len(first) - 1} mistakes, the first: {first[0]}", "Run: clinicbot check")
            ]
        warnings = len(reading.issues) - len(reading.errors)
        return [ok("flows, data", f"no mistakes; {warnings} warnings")]

    return await in_thread(read)


def check_sqlite() -> Finding:
    """The library that Python was built with."""
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info < NEEDED_SQLITE:
        return bad("SQLite", f"version {version}; 3.37 is needed", "Install a newer Python or libsqlite3.")
    if sqlite3.sqlite_version_info < (3, 51, 3):
        return ok("SQLite", f"version {version}; safe with one writer, which the lock file sees to")
    return ok("SQLite", f"version {version}")


def check_key(settings: Settings, environ: Mapping[str, str]) -> Finding:
    """Whether there is a key, and who may read it. None is made."""
    given = settings.data_key.get_secret_value() if settings.data_key is not None else None
    place, path = key_file(environ), database_path(settings.database_url)
    try:
        if not given and not place.exists() and path is not None and is_new(path):
            return ok("key", f"none yet: the first start makes {place}")
        key = require_data_key(given, environ) if path is None else find_data_key(given, environ, database=path)
        if key.place is None:
            return ok("key", "DATA_KEY is set; is a copy kept elsewhere?")
        if stat.S_IMODE(key.place.stat().st_mode) & 0o077:
            return warn("key", f"others may read {key.place}", f"Run: chmod 600 {key.place}")
    except OperatorError as error:
        return Finding("key", Status.BAD, str(error))
    except OSError as error:
        return bad("key", f"{place} can't be used ({error.strerror})", "Make it readable, or set DATA_KEY.")
    return ok("key", f"{key.place}; is a copy kept elsewhere?")


async def check_disk(settings: Settings) -> list[Finding]:
    """Room and rights where the SQLite file is."""
    path = database_path(settings.database_url)
    if path is None:
        return []

    def look() -> list[Finding]:
        folder = next(each for each in path.absolute().parents if each.exists())
        if not os.access(folder, os.W_OK):
            return [bad("disk", f"{folder} can't be written", "Give its rights to the user that runs the bot.")]
        free = shutil.disk_usage(folder).free
        words = f"{free / 2**30:.1f} GiB free at {folder}"
        if free < LEAST_FREE_BYTES:
            return [bad("disk", words, "Make room: when it is full, nothing is confirmed any more.")]
        if free < LITTLE_FREE_BYTES:
            return [warn("disk", words, "Make room soon.")]
        return [ok("disk", words)]

    return await in_thread(look)


async def check_backups(settings: Settings, folder: Path | None, now: datetime) -> list[Finding]:
    """How old the newest backup is."""
    place = folder or backup_folder(settings.database_url)
    found = await in_thread(lambda: backups_in(place, name_of(settings.database_url)))
    if not found:
        return [
            warn(
                "backup", f"none in {place}", "Run clinicbot backup each night, or name its folder with --backups."
            )
        ]
    days = (now.timestamp() - found[0].changed_at) / 86_400
    words = f"the newest of {len(found)} in {place} is {days:.1f} days old"
    if days > OLD_BACKUP_DAYS:
        return [warn("backup", words, "Look why clinicbot backup no longer runs.")]
    return [ok("backup", words)]


async def check_database(settings: Settings, environ: Mapping[str, str], progress: Progress) -> list[Finding]:
    """Whether it opens, whole and with our key; on SQLite every page is read."""
    if is_postgres(settings.database_url):
        return await _check_postgres(settings, environ)
    path = database_path(settings.database_url)
    assert path is not None
    if is_new(path):
        return [ok("database", f"{path} is not there yet: the first start makes it")]
    damage = await in_thread(
        lambda: [_damage(file, progress) for file in (path, keys_path(path)) if file.exists()]
    )
    if found := [each for each in damage if each is not None]:
        return found
    given = settings.data_key.get_secret_value() if settings.data_key is not None else None
    key = find_data_key(given, environ, database=path)
    reader = await open_read_only(path, data_key=key.value)
    await reader.close()
    with opened(path) as connection:
        number = connection.execute(COPY_QUERIES["people_of"]).fetchone()[0]
    held = holder_of(path)
    running = f"in use by {held}" if held else "nobody has it open"
    return [ok("database", f"{path} is whole, {path.stat().st_size / 2**20:.1f} MiB, {people(number)}; {running}")]


def _damage(file: Path, progress: Progress) -> Finding | None:
    """The full check that a start leaves out for large files; it is ended when it takes too long."""
    began = time.monotonic()

    def go_on() -> bool:
        progress(f"reading {file.name}", int(time.monotonic() - began), 0)
        return time.monotonic() - began > INTEGRITY_SECONDS

    restore = "Stop the bot, keep a copy of the file, and restore the newest backup: clinicbot restore --help"
    try:
        with opened(file) as connection:
            connection.set_progress_handler(go_on, _STEPS)
            found = connection.execute("pragma integrity_check(1)").fetchone()[0]
    except sqlite3.OperationalError as error:
        if "interrupted" in str(error):
            return warn("database", f"{file} was not read whole within ten minutes", "Run this on a copy of it.")
        raise
    if found != "ok":
        return bad("database", f"{file} is damaged ({str(found).splitlines()[-1]})", restore)
    return None


async def _check_postgres(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    from bot.store.postgres_connection import place_of
    from bot.store.postgres_opening import open_postgres

    given = settings.data_key.get_secret_value() if settings.data_key is not None else None
    key = require_data_key(given, environ)
    began = time.monotonic()
    store = await open_postgres(settings.database_url, data_key=key.value, wait_seconds=0)
    try:
        await store.next_timer_at()
    finally:
        await store.close()
    spent = time.monotonic() - began
    return [ok("database", f"{place_of(settings.database_url)} opens in {spent:.1f} s, with this key and schema")]
