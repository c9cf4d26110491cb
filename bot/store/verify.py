"""Holds a data file and the keys that belong to it against each other, whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.errors import DatabaseBroken, KeyMissing
from bot.store.database_file import KEYS_APPLICATION_ID, MAIN_APPLICATION_ID, inspect
from bot.store.encryption import Cipher, MasterKey
from bot.store.failures import damaged
from bot.store.instant import from_micros
from bot.store.keyring import STORE_KEY
from bot.store.migrations import KEY_FOLDER, MAIN_FOLDER
from bot.store.places import facts_place
from bot.store.queries import QUERIES
from bot.store.tables import COPY_QUERIES, KeySet, Progress, opened, pages_of, quiet, read_keys

_KEY_CHECK = "key_check"


@dataclass(frozen=True, slots=True)
class Verified:
    """`people` can be read; `forgotten` are in the data, and their key is gone. `newest`: the last change."""

    people: int
    forgotten: int
    newest: datetime | None


async def verify(
    data: Path, keys_file: Path, data_key: bytes, progress: Progress = quiet, *, keys: KeySet | None = None
) -> Verified:
    """Read every page of both files, and open what is known of each person.

    Args:
        data: The file of the data, of this version or an older one.
        keys_file: The file of the wrapped keys.
        data_key: 32 bytes.
        progress: Told how far it is.
        keys: What `keys_file` holds, where it is known already.

    Raises:
        DatabaseBroken: A file is damaged, no database of ours, or of a newer version.
        KeyMissing: DATA_KEY or the keys do not open the data.
        DatabaseAway: A file can't be read.
    """
    await inspect(data, MAIN_APPLICATION_ID, MAIN_FOLDER)
    await inspect(keys_file, KEYS_APPLICATION_ID, KEY_FOLDER)
    for file in (data, keys_file):
        with opened(file) as connection:
            if [row[0] for row in connection.execute("pragma integrity_check(1)")] != ["ok"]:
                raise damaged(file)
    keys = keys or read_keys(keys_file)
    master = MasterKey(data_key)
    with opened(data) as connection:
        last = connection.execute(QUERIES["last_contact"]).fetchone()[0]
        check = connection.execute(QUERIES["property"], (_KEY_CHECK,)).fetchone()
        for place, found in ((data, check and check[0]), (keys_file, keys.properties.get(_KEY_CHECK))):
            if last is not None and found != master.check:
                raise KeyMissing(f"{place} was written with another DATA_KEY. Set DATA_KEY to that one.")
        if last is not None and last > keys.last:
            raise KeyMissing(
                f"{keys_file} is older than {data}: the keys of its newest people are missing. Name the newest"
                " copy of the keys."
            )
        total, newest = connection.execute(COPY_QUERIES["people_of"]).fetchone()
        people = seen = 0
        for page in pages_of(connection, "contacts"):
            for contact, *_, facts in page:
                if (wrapped := keys.contacts.get(contact)) is not None:
                    _open(master, contact, wrapped, facts, data, keys_file)
                    people += 1
            seen += len(page)
            progress("verifying", seen, total)
    return Verified(people, total - people, None if newest is None else from_micros(newest))


def _open(master: MasterKey, contact: int, wrapped: bytes, facts: bytes, data: Path, keys_file: Path) -> None:
    try:
        key = master.wrapping.open(wrapped, f"contact_keys|wrapped|{contact}")
        Cipher(key).open(facts, facts_place(contact))
    except DatabaseBroken:
        raise KeyMissing(
            f"{keys_file} does not open {data}: they are of different databases, or one was changed. Name the keys"
            " that belong to it."
        ) from None


def own_cipher(keys: KeySet, data_key: bytes) -> Cipher | None:
    """The cipher of what is nobody's; None where its key is missing."""
    if keys.own is None:
        return None
    return Cipher(MasterKey(data_key).wrapping.open(keys.own, f"contact_keys|wrapped|{STORE_KEY}"))
