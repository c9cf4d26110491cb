"""`doctor` over broken things: each is found, each says what to do, none hides another, none shows a secret."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.operations.doctor import examine
from bot.operations.doctor_telegram import check_telegram
from bot.operations.finding import Finding, Status, checked, in_thread
from bot.settings import read_usable_settings
from tests.command import clean_environ, run_command
from tests.fake_bot_api.client import FakeTelegram

ROOT = Path(__file__).resolve().parents[2]
GROUP = -1_001_000_000_001
SECRET = "AAFake-Token_for-tests-only"


@pytest.fixture(scope="module")
def shared() -> Iterator[FakeTelegram]:
    with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
def telegram(shared: FakeTelegram, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeTelegram:
    """The stand-in, and a clinic whose settings name it."""
    shared.reset()
    for name in clean_environ().keys() ^ os.environ.keys():
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "BOT_TOKEN": shared.token, "BOT_API_URL": shared.root, "FLOWS_DIR": str(ROOT / "flows"),
        "DATA_DIR": str(ROOT / "data"), "DATABASE_URL": f"sqlite:///{tmp_path / 'clinic.db'}",
        "STAFF_CHAT_ID": str(GROUP),
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    rosa = shared.person(11, "Rosa")
    shared.group(GROUP, "The team", [rosa])
    return shared


async def found(folder: Path) -> dict[str, Finding]:
    return by_name(await examine({"XDG_CONFIG_HOME": str(folder)}))


async def asked(*, off: timedelta = timedelta()) -> dict[str, Finding]:
    """What Telegram alone is asked for."""
    return by_name(await check_telegram(read_usable_settings()[0], lambda: datetime.now(UTC) + off))


def by_name(findings: Sequence[Finding]) -> dict[str, Finding]:
    for each in findings:
        assert SECRET not in each.words()
        assert each.status is Status.OK or each.words()
    return {each.name: each for each in findings}


async def test_telegram_as_it_should_be(telegram: FakeTelegram, tmp_path: Path) -> None:
    seen = await found(tmp_path)
    assert {name: each.status.value for name, each in seen.items()} == {
        "settings": "ok", "flows, data": "ok", "token": "ok", "clock": "ok", "webhook": "ok", "staff group": "ok",
        "key": "ok", "database": "ok", "SQLite": "ok", "disk": "ok", "backup": "warn",
    }  # fmt: skip
    assert f"@{telegram.username}" in seen["token"].found
    assert seen["key"].found.startswith("none yet")
    assert telegram.violations() == []


@pytest.mark.parametrize(("minutes", "status"), [(5, Status.BAD), (-5, Status.BAD), (0.5, Status.WARN)])
async def test_a_clock_that_is_wrong(
    telegram: FakeTelegram, tmp_path: Path, minutes: float, status: Status
) -> None:
    clock = (await asked(off=timedelta(minutes=minutes)))["clock"]
    assert clock.status is status
    assert ("fast" if minutes > 0 else "slow") in clock.found


async def test_a_token_that_is_refused_and_a_server_that_is_away(
    telegram: FakeTelegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram.settings(revoked=True)
    seen = await asked()
    assert (seen["token"].status, seen["clock"].status) == (Status.BAD, Status.OK)
    assert "@BotFather" in seen["token"].do
    assert "webhook" not in seen
    telegram.settings(revoked=False)
    monkeypatch.setenv("BOT_API_URL", "http://127.0.0.1:9")
    assert "can't be reached" in (await asked())["token"].found


async def test_the_rights_in_the_staff_group(
    telegram: FakeTelegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rosa = telegram.person(12, "Tom")
    group = telegram.group(GROUP - 1, "Another", [rosa], bot="member")
    monkeypatch.setenv("STAFF_CHAT_ID", str(group.id))
    seen = (await asked())["staff group"]
    assert (seen.status, "Make it an admin" in seen.do) == (Status.WARN, True)
    group.move_bot(rosa, "kicked")
    assert (await asked())["staff group"].status is Status.BAD
    moved = telegram.group(GROUP - 2, "A third", [rosa], kind="group")
    moved.migrate(rosa, GROUP - 3)
    monkeypatch.setenv("STAFF_CHAT_ID", str(moved.id))
    assert f"STAFF_CHAT_ID={GROUP - 3}" in (await asked())["staff group"].do
    monkeypatch.setenv("STAFF_CHAT_ID", "12")
    assert (await asked())["staff group"].status is Status.BAD
    monkeypatch.delenv("STAFF_CHAT_ID")
    assert (await asked())["staff group"].status is Status.WARN


async def test_settings_that_are_half_broken_hide_nothing_else(
    telegram: FakeTelegram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "banana")
    monkeypatch.setenv("DATA_KEY", "s3cret")
    monkeypatch.setenv("FLOWS_DIR", str(tmp_path))
    seen = await found(tmp_path)
    assert (seen["settings"].status, "PORT" in seen["settings"].found) == (Status.BAD, True)
    assert (seen["key"].status, "openssl rand" in seen["key"].words()) == (Status.BAD, True)
    assert "s3cret" not in "".join(each.words() for each in seen.values())
    assert seen["flows, data"].status is Status.BAD
    assert seen["token"].status is Status.OK
    monkeypatch.delenv("PORT")
    (tmp_path / ".env").write_bytes(b"BOT_USERNAME=\xff\xfe")
    settings, problems = read_usable_settings()
    assert problems == ["The file .env is not UTF-8 text"]
    assert settings.bot_api_url == telegram.root
    monkeypatch.setenv("BOT_API_URL", "nonsense")
    assert (await found(tmp_path))["token"].found == "it can't be asked about while BOT_API_URL is wrong"


def test_the_command_finds_damage_and_says_so_in_its_exit_code(telegram: FakeTelegram, tmp_path: Path) -> None:
    environ = {**clean_environ(), "XDG_CONFIG_HOME": str(tmp_path / "config"), "COLUMNS": "100"}
    environ |= {"BOT_TOKEN": telegram.token, "BOT_API_URL": telegram.root}
    for name in ("flows", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    run_command(tmp_path, ["chat", "--db", "var/clinic.db", "--json"], environ, b"hello\n")
    code, out, errors = run_command(tmp_path, ["backup"], environ)
    assert (code, errors) == (0, errors)
    assert "1 person" in errors
    data, keys = out.decode().split()
    code, out, _ = run_command(tmp_path, ["doctor", "--json"], environ)
    assert code == 0, out
    lines = {each["check"]: each for each in json.loads(out)}
    assert lines["backup"]["status"] == lines["database"]["status"] == "ok"
    connection = sqlite3.connect(tmp_path / "var" / "clinic.db")
    ((page,),) = connection.execute("select rootpage from sqlite_master where name = 'outbox_ended'")
    connection.close()
    content = bytearray((tmp_path / "var" / "clinic.db").read_bytes())
    content[(page - 1) * 4096 : page * 4096] = bytes(4096)
    (tmp_path / "var" / "clinic.db").write_bytes(content)
    code, out, _ = run_command(tmp_path, ["doctor"], environ)
    assert code == 1
    assert "bad   database" in out.decode()
    code, out, errors = run_command(tmp_path, ["restore", data, "--keys", keys, "--replace"], environ)
    assert (code, "1 person" in out.decode()) == (0, True), errors
    assert run_command(tmp_path, ["doctor"], environ)[0] == 0


async def test_a_check_that_hangs_or_fails_is_one_line() -> None:
    async def fails() -> list[Finding]:
        raise RuntimeError(SECRET)

    (failed,) = await checked("disk", fails())
    assert (failed.status, SECRET in failed.words()) == (Status.BAD, False)
    blocked = threading.Event()

    async def hangs() -> list[Finding]:
        await in_thread(blocked.wait)
        return []

    (late,) = await checked("disk", hangs(), seconds=0.01)
    blocked.set()
    assert "no answer within" in late.found
