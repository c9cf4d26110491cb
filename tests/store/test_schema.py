"""The SQL files: the schema equals its migrations, the checks equal the enums, every query is used and runs."""

from __future__ import annotations

import re
import sqlite3
from enum import StrEnum
from pathlib import Path

import pytest

from bot.engine.effect import Lane
from bot.engine.session import Status
from bot.store.connection import IN_MEMORY, Connection
from bot.store.migrations import (
    KEY_FOLDER,
    MAIN_FOLDER,
    Migration,
    applied_number,
    migrate,
    read_migrations,
)
from bot.store.protocol import RowStatus, TimerEnd
from bot.store.queries import QUERIES, SQL_FOLDER, read_queries, split_statements

FILES = {"main": ("schema.sql", MAIN_FOLDER), "keys": ("key_schema.sql", KEY_FOLDER)}


HOT = (
    *("contacts_of_chats", "persons", "due_timers", "next_timer", "end_timer", "end_consents"),
    *("waiting_rows", "waiting_rows_of_chat", "sent_message", "end_row", "postpone_row", "cancel_row"),
    *("timers_between", "open_alerts"),
    *("cancel_own_rows", "erase_rows", "erase_dead_letters", "export_rows", "purge_rows"),
)


def parameter_count(query: str) -> int:
    numbers = re.findall(r"\?(\d)", query)
    return max(map(int, numbers)) if numbers else query.count("?")


def layout(connection: sqlite3.Connection) -> set[tuple[str, str, str]]:
    """Every table and index, with comments and white space taken out."""
    rows = connection.execute("select type, name, coalesce(sql, '') from sqlite_master").fetchall()
    return {(kind, name, " ".join(re.sub(r"--[^\n]*", "", sql).split())) for kind, name, sql in rows}


@pytest.mark.parametrize("which", FILES)
def test_the_schema_is_what_all_migrations_make(which: str) -> None:
    schema, folder = FILES[which]
    whole, grown = sqlite3.connect(IN_MEMORY), sqlite3.connect(IN_MEMORY)
    whole.executescript((SQL_FOLDER / schema).read_text("utf-8"))
    for migration in read_migrations(folder):
        for statement in migration.statements:
            grown.execute(statement)
    assert layout(whole) == layout(grown)
    assert len(layout(whole)) >= 4
    for kind, name, sql in layout(whole):
        assert kind != "table" or name.startswith("sqlite_") or "strict" in sql.rpartition(")")[2], name
    whole.close()
    grown.close()


def test_bodies_of_kilobytes_take_little_more_room_than_they_have(tmp_path: Path) -> None:
    """Without rowids each overflows, and whole rows stand in inner pages: twice the room, thrice the depth."""
    database = sqlite3.connect(tmp_path / "clinic.db")
    database.executescript((SQL_FOLDER / "schema.sql").read_text("utf-8"))
    ((before,),) = database.execute("pragma page_count")
    rows = [(contact, f"{contact}-1", bytes(1700)) for contact in range(1, 1001)]
    database.executemany("insert into sessions values (?, ?, 'waiting', 1, 0, 0, ?)", rows)
    database.executemany("insert into visits values (?, ?, 'ours', 0, ?)", rows)
    ((after,),) = database.execute("pragma page_count")
    assert after - before < 1.1 * 2000 / 2, "two rows stand in a page"
    database.close()


@pytest.mark.parametrize(
    ("table", "column", "enum"),
    [
        ("sessions", "status", [item.value for item in Status]),
        ("outbox", "lane", [item.value for item in Lane]),
        ("outbox", "status", [item.value for item in RowStatus]),
        ("timers", "status", ["waiting", *(item.value for item in TimerEnd)]),
    ],
)
def test_checks_list_what_the_enums_do(table: str, column: str, enum: list[StrEnum]) -> None:
    text = (SQL_FOLDER / "schema.sql").read_text("utf-8")
    block = re.search(rf"create table {table} \((.*?)\n\) strict", text, re.DOTALL)
    assert block
    listed = re.search(rf"check \({column} in \((.*?)\)\)", block[1])
    assert listed
    assert sorted(re.findall(r"'(\w+)'", listed[1])) == sorted(str(item) for item in enum)


def test_every_query_is_used_and_can_be_prepared() -> None:
    code = "".join(file.read_text("utf-8") for file in SQL_FOLDER.parent.glob("*.py"))
    connection = sqlite3.connect(IN_MEMORY, isolation_level=None)
    tables = "".join((SQL_FOLDER / schema).read_text("utf-8") for schema, _ in FILES.values())
    connection.executescript(tables.replace("create table", "create table if not exists"))
    for name, query in QUERIES.items():
        assert f'"{name}"' in code, f"nobody uses {name}"
        connection.execute(f"explain {query}", [None] * parameter_count(query))
    connection.close()


def test_no_sql_stands_in_python() -> None:
    for file in SQL_FOLDER.parent.glob("*.py"):
        text = file.read_text("utf-8")
        found = re.findall(r"(?i)\"(?:select|insert|update|delete|create|drop|with) [^\"]*\"", text)
        assert not found, (file.name, found)


def test_hot_queries_go_by_an_index() -> None:
    connection = sqlite3.connect(IN_MEMORY, isolation_level=None)
    connection.executescript((SQL_FOLDER / "schema.sql").read_text("utf-8"))
    for name in HOT:
        query = QUERIES[name]
        arguments = [1] * parameter_count(query)
        plan = [row[3] for row in connection.execute(f"explain query plan {query}", arguments)]
        scans = [step for step in plan if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
        assert all("USING" in step for step in scans), (name, plan)
        assert not any("TEMP B-TREE" in step for step in plan if name == "waiting_rows"), plan
    connection.close()


async def test_migrations_are_applied_once_and_written_down(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text((MAIN_FOLDER / "0001_first.sql").read_text("utf-8"))
    connection = await Connection.open(IN_MEMORY)
    assert await applied_number(connection) == 0
    await migrate(connection, tmp_path, 5)
    (tmp_path / "0002_more.sql").write_text("create table more (a integer);\ninsert into more values (1);\n")
    await migrate(connection, tmp_path, 6)
    await migrate(connection, tmp_path, 7)
    rows = await connection.run("select number, name, applied_at from migrations")
    assert [tuple(row) for row in rows] == [(1, "first", 5), (2, "more", 6)]
    assert len(await connection.run("select * from more")) == 1
    (tmp_path / "0003_wrong.sql").write_text("create table half (a integer);\ninsert into nowhere values (1);\n")
    with pytest.raises(sqlite3.OperationalError):
        await migrate(connection, tmp_path, 8)
    assert await applied_number(connection) == 2
    assert await connection.run("select name from sqlite_master where name = 'half'") == []
    await connection.close()


@pytest.mark.parametrize("which", FILES)
async def test_an_empty_database_gets_the_schema_and_all_migrations_are_written_down(which: str) -> None:
    folder = FILES[which][1]
    connection, grown = await Connection.open(IN_MEMORY), await Connection.open(IN_MEMORY)
    await migrate(connection, folder, 5)
    await migrate(connection, folder, 6)
    for migration in read_migrations(folder):
        for statement in migration.statements:
            await grown.run(statement)
    rows = await connection.run("select number, name, applied_at from migrations order by number")
    assert [tuple(row) for row in rows] == [(each.number, each.name, 5) for each in read_migrations(folder)]
    tables = [row[0] for row in await grown.run("select name from sqlite_master where type = 'table'")]
    for table in {*tables} - {"migrations"}:  # what a migration writes by itself would be missing
        assert await grown.run(f"select * from {table}") == [], table
    for each in (connection, grown):
        await each.close()


def test_migrations_have_no_gaps(tmp_path: Path) -> None:
    (tmp_path / "0001_first.sql").write_text("-- first\ncreate table a (b integer);\n")
    assert read_migrations(tmp_path) == (Migration(1, "first", ("create table a (b integer);",)),)
    (tmp_path / "0003_third.sql").write_text("")
    with pytest.raises(ValueError, match="numbered"):
        read_migrations(tmp_path)


def test_queries_are_read_by_name() -> None:
    text = "-- A head.\n\n-- one: The first.\nselect 1\nfrom a;\n\n-- two: The second.\nselect 2;\n"
    assert read_queries(text) == {"one": "select 1 from a", "two": "select 2"}
    for wrong, message in [
        ("select 1;", "no name"),
        ("-- one: A.\nselect 1;\n-- one: B.\nselect 2;", "two queries"),
        ("-- one: A.\n-- two: B.\nselect 2;", "empty"),
    ]:
        with pytest.raises(ValueError, match=message):
            read_queries(wrong)


def test_scripts_are_split_into_statements() -> None:
    trigger = "create trigger t after insert on a begin\n  delete from b;\n  delete from c;\nend;"
    assert split_statements(f"-- head\n\nselect 1;\n-- more\n{trigger}\n") == ["select 1;", trigger]
    with pytest.raises(ValueError, match="no end"):
        split_statements("select 1")
