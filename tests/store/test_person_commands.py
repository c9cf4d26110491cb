"""`export` and `forget` as an operator types them, on both databases."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.conversation.gather import DESK_CHAT
from bot.engine.effect import SendMessage
from bot.engine.session import Person
from bot.ids import contact_code
from bot.store.opening import open_sqlite
from bot.store.postgres_opening import open_postgres
from bot.store.protocol import Batch, DeadLetter, OutboxRow, Store
from tests.command import run_command
from tests.e2e.bot_process import environment
from tests.postgres.database import apart
from tests.store.people import DATA_KEY, NOW, a_row, a_timer, put_person, put_rows

ZOE, OLIVE = 6_500_000_001, 6_500_000_002


@dataclass(frozen=True, slots=True)
class Place:
    """A database that `clinicbot` is run on."""

    folder: Path
    url: str

    @property
    def environ(self) -> dict[str, str]:
        return environment(self.folder, DATABASE_URL=self.url, DATA_KEY=DATA_KEY.hex())

    def run(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr, which tell nothing of anybody."""
        code, out, errors = run_command(self.folder, arguments, {**self.environ, **settings})
        for said in (out.decode(), errors):
            assert "Traceback" not in said, said
            for word in ("Zo\u00eb", "900123", str(ZOE), DATA_KEY.hex()):
                assert word not in said
        return code, out.decode(), errors

    async def open(self) -> Store:
        if self.url.startswith("sqlite"):
            return await open_sqlite(self.url.removeprefix("sqlite:///"), data_key=DATA_KEY)
        return await open_postgres(self.url, data_key=DATA_KEY)

    async def fill(self) -> tuple[Person, Person]:
        """Zoe, with all that a person can have, and the desk; Olive is there as well."""
        store = await self.open()
        desk = await put_person(store, DESK_CHAT)
        zoe, olive = await put_person(store, ZOE), await put_person(store, OLIVE)
        for person in (zoe, olive):
            contact, chat = person.contact.id, person.contact.chat
            await put_rows(store, a_row(contact, 1, chat, "waits"), a_row(contact, 2, -100, "a card"))
            batch = Batch(NOW, timers_set=[a_timer(contact, "remind/1")])
            batch.dead_letters = [DeadLetter(contact, NOW, "broken", "{}")]
            await store.commit(batch)
        await store.close()
        return zoe, desk

    async def now_held(self) -> tuple[set[int], list[OutboxRow]]:
        """Whose chats are known, and what is unsent."""
        store = await self.open()
        try:
            return set(await store.persons_of_chats([ZOE, OLIVE])), await store.waiting_rows()
        finally:
            await store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgres":
        return Place(tmp_path, request.getfixturevalue("empty_postgres"))
    return Place(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}")


def test_an_export_is_what_the_bot_itself_sends(place: Place) -> None:
    zoe, desk = apart(place.fill())
    code = contact_code(zoe.contact.id)
    file = place.folder / "zoe.json"
    assert place.run("export", "--code", code.lower(), "--out", str(file)) == (
        0,
        f"{file}: everything that is held on {code}\n",
        "",
    )
    held = json.loads(file.read_text(encoding="utf-8"))
    assert held["contact"]["first_name"] == "Zo\u00eb Canaryname"
    assert held["alerts"][0]["words"] == "canarywords"
    assert {len(held[part]) for part in ("sessions", "visits", "leads", "consents", "timers")} == {1}
    assert len(held["messages"]) == 2
    assert held["failed_updates"][0]["error"] == "broken"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    again = place.run("export", "--chat", str(ZOE), "--out", str(file))
    assert again[0] == 1
    assert "is there already" in again[2]
    assert file.read_bytes() == before
    other = place.folder / "other.json"
    assert place.run("export", "--chat", str(ZOE), "--out", str(other))[0] == 0
    assert other.read_bytes() == before
    for number, words in ((desk.contact.id, "nobody's"), (zoe.contact.id + 5000, "Nobody with that code")):
        wrong = contact_code(type(zoe.contact.id)(number))
        _hold_refused(place.run("export", "--code", wrong, "--out", "none.json"), words)
    assert not (place.folder / "none.json").exists()


def test_whoever_is_forgotten_is_gone_and_told(place: Place) -> None:
    zoe, _ = apart(place.fill())
    code = contact_code(zoe.contact.id)
    done, out, errors = place.run("forget", "--chat", str(ZOE), "--yes")
    assert (done, out) == (0, f"{code} is forgotten\n")
    assert errors.startswith(f"{code}: here since 2026-07-01, 1 visit, 1 open conversation, 1 open alert\n")
    assert "clinicbot backup" in errors
    chats, rows = apart(place.now_held())
    assert chats == {OLIVE}
    (farewell,) = [row for row in rows if row.chat == ZOE]
    assert farewell.contact == 0
    assert isinstance(farewell.effect, SendMessage)
    assert "everything I held about you is erased" in farewell.effect.html
    assert len(rows) == 3
    _hold_refused(place.run("forget", "--code", code, "--yes"), "forgotten already")
    _hold_refused(place.run("export", "--code", code, "--out", "none.json"), "forgotten already")


def test_nothing_is_said_in_a_chat_that_isnt_theirs_any_more(place: Place) -> None:
    apart(place.fill())
    assert place.run("forget", "--chat", str(ZOE), "--yes", "--silent")[0] == 0
    chats, rows = apart(place.now_held())
    assert chats == {OLIVE}
    assert {row.chat for row in rows} == {OLIVE, -100}


def test_the_desk_is_nobody_to_be_forgotten(place: Place) -> None:
    _, desk = apart(place.fill())
    _hold_refused(place.run("forget", "--code", contact_code(desk.contact.id), "--yes"), "nobody's")
    _hold_refused(place.run("forget", "--chat", str(DESK_CHAT), "--yes"), "nobody's")


@pytest.mark.parametrize("word", ["y", "n"])
def test_somebody_at_a_terminal_is_asked(tmp_path: Path, word: str) -> None:
    place = Place(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}")
    zoe, _ = apart(place.fill())
    code = contact_code(zoe.contact.id)
    _hold_refused(place.run("forget", "--code", code), "--yes")
    ours, theirs = pty.openpty()
    os.write(ours, f"{word}\n".encode())
    done = subprocess.run(
        [sys.executable, "-m", "bot", "forget", "--code", code],
        cwd=tmp_path,
        env=place.environ,
        stdin=theirs,
        capture_output=True,
        text=True,
        check=False,
    )
    for end in (ours, theirs):
        os.close(end)
    assert "1 visit, 1 open conversation, 1 open alert\nErase all of it for good? [y/N]:" in done.stderr
    assert done.returncode == (word != "y")
    assert ("Nothing was changed" in done.stderr) == (word != "y")
    assert apart(place.now_held())[0] == ({OLIVE} if word == "y" else {ZOE, OLIVE})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["forget", "--yes"], "Say who it is"),
        (["export", "--code", "K7QF", "--chat", "5", "--out", "x.json"], "in one way"),
        (["export", "--code", "K0", "--out", "x.json"], "K0 is no code"),
        (["export", "--code", "K7QF", "--out", "x.json"], "There is no database at"),
        (["forget", "--code", "K7QF", "--yes"], "There is no database at"),
    ],
)
def test_a_mistake_is_one_sentence_and_makes_nothing(tmp_path: Path, arguments: list[str], words: str) -> None:
    place = Place(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}")
    before = set(tmp_path.iterdir())
    _hold_refused(place.run(*arguments), words)
    assert set(tmp_path.iterdir()) == before


def test_a_file_that_cant_be_written_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}")
    apart(place.fill())
    out = str(tmp_path / "nowhere" / "zoe.json")
    _hold_refused(place.run("export", "--chat", str(ZOE), "--out", out), "Check that it is there")


def test_beside_a_running_bot_sqlite_is_read_and_not_written(tmp_path: Path) -> None:
    place = Place(tmp_path, f"sqlite:///{tmp_path / 'clinic.db'}")
    apart(place.fill())
    store = apart(place.open())
    try:
        assert place.run("export", "--chat", str(ZOE), "--out", "zoe.json")[0] == 0
        _hold_refused(place.run("forget", "--chat", str(ZOE), "--yes"), "is in use by process")
    finally:
        apart(store.close())
    assert apart(place.now_held())[0] == {ZOE, OLIVE}


def _hold_refused(found: tuple[int, str, str], words: str) -> None:
    code, out, errors = found
    assert (code, out) == (1, ""), errors
    assert words in errors
    assert errors.count("\n") == 1, errors
