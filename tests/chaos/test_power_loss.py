"""The power fails: the disk has what was synced, and any part of what was written since, whole or torn."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.engine.session import Answer, Given
from bot.store.connection import Connection
from bot.store.opening import open_sqlite
from bot.store.protocol import Batch
from tests.store.people import DATA_KEY, NOW, TODAY, a_person, a_row

TURNS = 6
CHATS = (1, 2)
CUTS = 5
"""Of what was written after each sync."""
PAGE = 4096
WAL = "clinic.db-wal"


async def write_turns(folder: Path, shots: Path) -> None:
    """Some turns by the bot's own store, fsynced, and a copy of all files as they are after each."""
    store = await open_sqlite(folder / "clinic.db", data_key=DATA_KEY)
    try:
        for chat in CHATS:
            await store.commit(Batch(NOW, persons=[a_person(await store.new_contact(chat, NOW))]))
        shoot(folder, shots / "0")
        for update in range(1, TURNS + 1):
            batch = Batch(NOW, update_ids=[update])
            for chat, person in (await store.persons_of_chats(CHATS)).items():
                session = person.sessions[0]
                given = {**session.answers, f"update.{update}": Given(Answer(("x" * 900,)), NOW, TODAY, update)}
                batch.persons.append(replace(person, sessions=(replace(session, answers=given),)))
                batch.rows.append(a_row(person.contact.id, update + 10, chat, f"to update {update}"))
            await store.commit(batch)
            shoot(folder, shots / str(update))
    finally:
        await store.close()


def shoot(folder: Path, shot: Path) -> None:
    shutil.copytree(folder, shot, ignore=shutil.ignore_patterns("*-shm", "*-lock"))


async def hold(folder: Path, confirmed: int) -> int:
    """The database opens, is whole, and has every confirmed turn; how many turns it has."""
    store = await open_sqlite(folder / "clinic.db", data_key=DATA_KEY)
    try:
        seen = await store.seen(range(1, TURNS + 1))
        persons = await store.persons_of_chats(CHATS)
        rows = await store.waiting_rows()
    finally:
        await store.close()
    answers = {len(person.sessions[0].answers) - 1 for person in persons.values()}
    assert len(answers) == 1, "a turn is there in part"
    found = answers.pop()
    assert found >= confirmed, f"{confirmed} turns were confirmed, {found} are there"
    assert seen == set(range(1, found + 1))
    assert len(rows) == found * len(CHATS)
    connection = sqlite3.connect(folder / "clinic.db")
    try:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()
    return found


def images(before: Path, after: Path, rng: random.Random) -> Iterator[bytes]:
    """The log as a cut may leave it, between the sync of one turn and that of the next."""
    synced, written = (before / WAL).read_bytes(), (after / WAL).read_bytes()
    assert written.startswith(synced)
    yield synced
    yield written
    for _ in range(CUTS):
        cut = rng.randint(len(synced), len(written))
        torn = bytearray(written[:cut])
        kind = rng.randrange(3)
        if kind == 1:  # its length is on the disk, its last pages are not
            torn += bytes(len(written) - cut)
        elif kind == 2:  # a page came before another that was written earlier
            hole = rng.randint(len(synced), max(len(synced), cut - 1))
            torn[hole : hole + PAGE] = rng.randbytes(len(torn[hole : hole + PAGE]))
        yield bytes(torn)


async def test_confirmed_turns_survive_a_cut_at_any_sync_point(tmp_path: Path) -> None:
    rng, place, found = random.Random(46), 0, set()
    (tmp_path / "live").mkdir()
    await write_turns(tmp_path / "live", tmp_path)
    for update in range(TURNS):
        for log in images(tmp_path / str(update), tmp_path / str(update + 1), rng):
            place += 1
            disk = tmp_path / f"disk{place}"
            shutil.copytree(tmp_path / str(update), disk)
            (disk / WAL).write_bytes(log)
            found.add(await hold(disk, update) - update)
    assert found == {0, 1}, "a turn that was not confirmed is there whole, or not at all"


async def test_confirmed_turns_survive_a_cut_while_the_log_is_moved_into_the_file(tmp_path: Path) -> None:
    rng = random.Random(46)
    (tmp_path / "live").mkdir()
    await write_turns(tmp_path / "live", tmp_path)
    last = tmp_path / str(TURNS)
    old, log = (last / "clinic.db").read_bytes(), (last / WAL).read_bytes()
    shutil.copytree(last, tmp_path / "moved")
    connection = await Connection.open(tmp_path / "moved" / "clinic.db")
    await connection.checkpoint()
    new = (tmp_path / "moved" / "clinic.db").read_bytes()
    await connection.close()
    assert len(new) > len(old) or new != old
    for place in range(CUTS):
        disk = tmp_path / f"disk{place}"
        shutil.copytree(last, disk)
        padded = old.ljust(len(new), b"\0") if place % 2 else old
        pages = [(new if rng.random() < 0.5 else padded)[at : at + PAGE] for at in range(0, len(padded), PAGE)]
        (disk / "clinic.db").write_bytes(b"".join(pages))
        (disk / WAL).write_bytes(log)
        assert await hold(disk, TURNS) == TURNS


async def test_without_what_was_synced_the_loss_is_seen(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    await write_turns(tmp_path / "live", tmp_path)
    disk = tmp_path / "disk"
    shutil.copytree(tmp_path / "3", disk)
    log = (disk / WAL).read_bytes()
    (disk / WAL).write_bytes(log[: len(log) - PAGE])
    with pytest.raises(AssertionError, match="3 turns were confirmed, 2 are there"):
        await hold(disk, 3)


_CALL = re.compile(
    r"(?P<name>f(?:data)?sync|pwrite64|write)"
    r"\((?P<fd>\d+)<(?P<path>[^>]*)>(?:, \"(?P<said>\d+)\\n\")?"
)


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace to see what is synced")
def test_a_turn_is_confirmed_only_when_its_log_is_synced(tmp_path: Path) -> None:
    log, path = tmp_path / "calls", tmp_path / "clinic.db"
    strace = ["strace", "-f", "-y", "-s", "16", "-e", "trace=fdatasync,fsync,pwrite64,write", "-o", str(log)]
    program = [sys.executable, "-m", "tests.store.writer", str(path)]
    with subprocess.Popen(
        [*strace, *program], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        try:
            said = [next(process.stdout).strip() for _ in range(TURNS)]
        finally:
            os.killpg(process.pid, signal.SIGKILL)
    unsynced = confirmed = 0
    for line in log.read_text(errors="replace").splitlines():
        call = _CALL.search(line)
        if call is None:
            continue
        if call["path"].endswith(WAL):
            unsynced = 0 if call["name"].endswith("sync") else unsynced + 1
        elif call["fd"] == "1" and call["said"]:
            confirmed += 1
            assert not unsynced, f"update {call['said']} was confirmed before its log was synced"
    assert confirmed >= len(said) - 1
