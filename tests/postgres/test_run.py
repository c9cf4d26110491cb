"""The real `clinicbot run` on PostgreSQL, against the stand-in for Telegram."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import run_command
from tests.e2e.bot_process import ROOT, BotProcess, environment
from tests.e2e.conftest import make_bot, telegram
from tests.e2e.patient import AGE, AIMS, CONSENT, Patient
from tests.fake_bot_api.client import FakeTelegram
from tests.postgres.clinic import all_sent
from tests.postgres.cluster import Cluster
from tests.postgres.database import execute

__all__ = ["make_bot", "telegram"]

KEY = "0f" * 32
CUT = """
select pg_terminate_backend(pid) from pg_stat_activity
where datname = '{}' and application_name = 'skin-clinic-bot'
"""


@pytest.fixture
def settings(bare_postgres: str, tmp_path: Path) -> dict[str, str]:
    return {"DATABASE_URL": bare_postgres, "DATA_KEY": KEY, "XDG_CACHE_HOME": str(tmp_path)}


def command(folder: Path, word: str, settings: dict[str, str]) -> tuple[int, str, str]:
    code, said, errors = run_command(folder, [word], environment(folder, **settings), seconds=60)
    return code, said.decode(), errors


async def test_a_conversation_outlives_the_process_and_the_connection(
    telegram: FakeTelegram,
    make_bot: Callable[..., BotProcess],
    settings: dict[str, str],
    cluster: Cluster,
    tmp_path: Path,
) -> None:
    telegram_settings = {"BOT_TOKEN": telegram.token, "BOT_API_URL": telegram.root, **settings}
    code, _, errors = await asyncio.to_thread(command, tmp_path, "run", telegram_settings)
    assert (code, errors.count("\n")) == (1, 1)
    assert "Run: python -m bot migrate" in errors
    code, said, errors = await asyncio.to_thread(command, tmp_path, "migrate", settings)
    assert (code, errors) == (0, "")
    assert said.endswith("is up to date; the present flows and data are book 1\n")
    assert "postgres@" not in said
    bot = make_bot(telegram.root, telegram.token, **settings).start_polling()
    patient = Patient(telegram.person(6_900_000_001, "Ana"))
    await patient.start()
    await all_sent(settings["DATABASE_URL"])
    bot.kill()
    patient.person.press("Yes, 18 or over")
    bot.start_polling()
    await patient.sees(CONSENT)
    database = settings["DATABASE_URL"].rpartition("/")[2]
    execute(cluster.url("postgres"), CUT.format(database))
    await patient.presses("I agree, use my answers", AIMS)
    texts = [message.text for message in patient.messages()]
    assert sum(CONSENT in text for text in texts) == 1
    assert sum(AGE in text for text in texts) == 1
    assert await asyncio.to_thread(bot.terminate) == 0
    bot.hold_log("6900000001", "Ana ", KEY)


async def test_whoever_is_forgotten_from_outside_is_told_by_the_process_that_runs(
    telegram: FakeTelegram, make_bot: Callable[..., BotProcess], settings: dict[str, str], tmp_path: Path
) -> None:
    await asyncio.to_thread(command, tmp_path, "migrate", settings)
    bot = make_bot(telegram.root, telegram.token, **settings).start_polling()
    patient = Patient(telegram.person(6_920_000_001, "Ana"))
    await patient.start()
    await patient.presses("Yes, 18 or over", CONSENT)
    words = ["forget", "--chat", str(patient.id), "--yes"]
    code, _, errors = await asyncio.to_thread(run_command, tmp_path, words, environment(tmp_path, **settings))
    assert code == 0, errors
    await patient.sees("everything I held about you is erased")
    await patient.start(expect=AGE)  # as somebody new
    assert await asyncio.to_thread(bot.terminate) == 0
    bot.hold_log(str(patient.id), "Ana ", KEY)


async def test_an_old_process_never_advances_a_session_of_a_newer_book(
    telegram: FakeTelegram, make_bot: Callable[..., BotProcess], settings: dict[str, str], tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(ROOT / "data", newer)
    clinic = newer / "clinic.yaml"
    clinic.write_text(f"{clinic.read_text(encoding='utf-8')}\nphotos: true\n", encoding="utf-8")
    new_settings = {**settings, "DATA_DIR": str(newer)}
    telegram_settings = {"BOT_TOKEN": telegram.token, "BOT_API_URL": telegram.root}
    await asyncio.to_thread(command, tmp_path, "migrate", settings)
    code, _, errors = await asyncio.to_thread(command, tmp_path, "run", {**telegram_settings, **new_settings})
    assert code == 1
    assert "have changed since the last migrate. Run: python -m bot migrate" in errors
    _, said, _ = await asyncio.to_thread(command, tmp_path, "migrate", new_settings)
    assert said.endswith("book 2\n")
    new = make_bot(telegram.root, telegram.token, **new_settings).start_polling()
    patient = Patient(telegram.person(6_910_000_001, "Ana"))
    await patient.start()
    assert await asyncio.to_thread(new.terminate) == 0
    old = make_bot(telegram.root, telegram.token, **settings).start_polling()
    patient.person.press("Yes, 18 or over")
    assert await asyncio.to_thread(old.wait, 20) == 1
    assert any("newer flows and data (book 2)" in line for line in old.lines)
    assert CONSENT not in patient.messages()[-1].text
    new.start_polling()
    await patient.sees(CONSENT)
    assert await asyncio.to_thread(new.terminate) == 0
