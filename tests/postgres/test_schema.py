"""PostgreSQL's SQL files: every query is used and runs, goes by an index, and names are those of SQLite."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from bot.engine.effect import Lane
from bot.engine.session import Status
from bot.store import queries
from bot.store.postgres_connection import POSTGRES_FOLDER, QUERIES
from bot.store.postgres_migrations import MAIN
from bot.store.protocol import RowStatus, TimerEnd
from bot.store.queries import SQL_FOLDER
from tests.store.test_schema import HOT

OWN = (
    *("versions_of_chats", "versions", "lock_contacts", "lock_rows", "insert_updates", "insert_contact"),
    *("keys", "keys_of_rows", "delete_row_keys", "last_contact"),
)


@pytest.fixture
async def raw(migrated_postgres: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(migrated_postgres)
    yield connection
    await connection.close()


async def test_every_query_is_used_and_can_be_prepared(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    code = "".join(file.read_text("utf-8") for file in SQL_FOLDER.parent.glob("*.py"))
    for name, query in QUERIES.items():
        assert f'"{name}"' in code, f"nobody uses {name}"
        if not query.startswith(("create", "lock")):
            await raw.prepare(query)


async def test_whatever_a_batch_writes_takes_the_same_parameters(
    raw: asyncpg.Connection[asyncpg.Record],
) -> None:
    for name in queries.QUERIES.keys() & QUERIES.keys() - {"expire_rows", "record_migration"}:
        of_sqlite = queries.QUERIES[name]
        numbers = re.findall(r"\?(\d)", of_sqlite)
        expected = max(map(int, numbers)) if numbers else of_sqlite.count("?")
        assert len((await raw.prepare(QUERIES[name])).get_parameters()) == expected, name


async def test_hot_queries_go_by_an_index(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    await raw.execute("set enable_seqscan = off; set plan_cache_mode = force_generic_plan")
    for name in [each for each in (*HOT, *OWN) if each not in {"contacts_of_chats", "erase_dead_letters"}]:
        statement = await raw.prepare(QUERIES[name])
        arguments = ", ".join("null" for _ in statement.get_parameters())
        await raw.execute(f"prepare hot as {QUERIES[name]}")
        plan = await raw.fetch(f"explain execute hot({arguments})" if arguments else "explain execute hot")
        await raw.execute("deallocate hot")
        lines = [row[0] for row in plan]
        assert not any("Seq Scan" in line for line in lines), (name, lines)


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("sessions", "status", [item.value for item in Status]),
        ("outbox", "lane", [item.value for item in Lane]),
        ("outbox", "status", [item.value for item in RowStatus]),
        ("timers", "status", ["waiting", *(item.value for item in TimerEnd)]),
    ],
)
def test_checks_list_what_the_enums_do(table: str, column: str, enum: list[str]) -> None:
    text = (MAIN.folder / "0001_first.sql").read_text("utf-8")
    block = re.search(rf"create table skin_clinic\.{table} \((.*?)\n\)", text, re.DOTALL)
    assert block
    listed = re.search(rf"check \({column} in \((.*?)\)\)", block[1])
    assert listed
    assert sorted(re.findall(r"'(\w+)'", listed[1])) == sorted(str(item) for item in enum)


async def test_both_databases_hold_the_same_columns(raw: asyncpg.Connection[asyncpg.Record]) -> None:
    schema = (SQL_FOLDER / "schema.sql").read_text("utf-8")
    tables = re.findall(r"create table (\w+) \((.*?)\n\) strict", schema, re.DOTALL)
    own = {("outbox", "written_in"), ("counters", "process"), ("migrations", "serves_from")}
    own |= {("keeper", column) for column in ("epoch", "holder", "until_at")}
    of_sqlite = {
        (table, name)
        for table, body in tables
        for name in re.findall(r"(?m)^    (\w+) (?:text|integer|blob)", body)
    }
    query = "select table_name, column_name from information_schema.columns where table_schema = 'skin_clinic'"
    assert {tuple(row) for row in await raw.fetch(query)} - own == of_sqlite
    assert (POSTGRES_FOLDER / "queries.sql").exists()
