"""Databases in the throw-away cluster. For fixtures that are not async: each call has an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg

from bot.store.postgres_opening import migrate_postgres
from tests.postgres.cluster import Cluster
from tests.store.people import DATA_KEY, NOW

T = TypeVar("T")
EMPTYING = """
delete from skin_clinic.contacts;
delete from skin_clinic.seen_updates;
delete from skin_clinic.outbox;
delete from skin_clinic.moved_chats;
delete from skin_clinic.desk_notes;
delete from skin_clinic.counters;
delete from skin_clinic.dead_letters;
delete from skin_clinic.books;
update skin_clinic.keeper set epoch = 0, holder = '', until_at = 0;
delete from skin_clinic_keys.row_keys;
delete from skin_clinic_keys.contact_keys where contact > 0;
select setval('skin_clinic.outbox_ids', 1, false), setval('skin_clinic.dead_letter_ids', 1, false),
setval('skin_clinic_keys.contact_numbers', 1, false);
"""


def made(cluster: Cluster, name: str, *, migrate: bool = False) -> str:
    """The URL of a new database."""
    url = cluster.url(name)
    execute(cluster.url("postgres"), f"create database {name}")
    if migrate:
        apart(migrate_postgres(url, data_key=DATA_KEY, now=NOW))
    return url


def dropped(cluster: Cluster, name: str) -> None:
    execute(cluster.url("postgres"), f"drop database {name} with (force)")


def emptied(url: str) -> None:
    execute(url, EMPTYING)


def execute(url: str, script: str) -> None:
    apart(_execute(url, script))


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run it in a thread, away from the event loop of the test."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def _execute(url: str, script: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(script)
    finally:
        await connection.close()
