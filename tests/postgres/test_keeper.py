"""Several real processes on one database: whoever is the keeper stops in every way, and the next goes on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.limits import LEASE_SECONDS
from tests.e2e.conftest import telegram
from tests.e2e.patient import AGE, AIMS, CONSENT, Patient
from tests.e2e.test_webhook import page
from tests.fake_bot_api.client import FakeTelegram
from tests.postgres.clinic import KEEPS, KEY, Clinic, all_sent, said_at, sent_by
from tests.postgres.test_run import command

__all__ = ["telegram"]
START_SECONDS = 40.0
"""Two processes begin at once, beside other tests."""


@pytest.fixture
def clinic(telegram: FakeTelegram, bare_postgres: str, tmp_path: Path) -> Iterator[Clinic]:
    code, _, errors = command(tmp_path, "migrate", {"DATABASE_URL": bare_postgres, "DATA_KEY": KEY})
    assert (code, errors) == (0, "")
    made = Clinic(telegram, tmp_path, bare_postgres)
    yield made
    made.close()


async def test_by_polling_the_next_takes_over_from_one_that_ends_and_from_one_that_is_killed(
    clinic: Clinic, telegram: FakeTelegram
) -> None:
    one, two = (clinic.worker(name).start() for name in ("one", "two"))
    await telegram.until(lambda: telegram.state()["counts"].get("getUpdates"), START_SECONDS)
    patient = Patient(telegram.person(6_920_000_001, "Ana"))
    await patient.start()
    if any(KEEPS in line for line in two.lines):
        one, two = two, one
    names = [process.folder.name for process in (one, two)]
    assert not any(KEEPS in line for line in two.lines)
    two.wait_log("polling as @")
    # Handed over at once, and everything else with it.
    assert await asyncio.to_thread(one.terminate) == 0
    two.wait_log(KEEPS)
    assert said_at(two, KEEPS) - said_at(one, "handed over") < LEASE_SECONDS / 2
    await patient.presses("Yes, 18 or over", CONSENT)
    assert sent_by(telegram, patient.id) == names
    one.start().wait_log("polling as @", since=len(one.lines))
    # Killed: as soon as the lease has run out.
    await all_sent(clinic.settings["DATABASE_URL"])
    began = time.monotonic()
    two.kill()
    patient.person.press("I agree, use my answers")
    await patient.sees(AIMS)
    assert time.monotonic() - began < LEASE_SECONDS + 3
    assert sent_by(telegram, patient.id) == [*names, names[0]]
    for words in (AGE, CONSENT, AIMS):
        assert sum(words in message.text for message in patient.messages()) == 1


async def test_one_that_was_paused_begins_no_call_and_marks_nothing(
    clinic: Clinic, telegram: FakeTelegram
) -> None:
    clinic.with_webhook()
    one, two = (clinic.worker(name, PORT="0") for name in ("one", "two"))
    web = clinic.web("web")
    for process, words in ((one, KEEPS), (two, "sending as @"), (web, "the webhook is set")):
        process.start().wait_log(words)
    assert telegram.calls("deleteWebhook") == telegram.calls("getUpdates") == []
    status, health = await asyncio.to_thread(page, web, "/healthz")
    found = json.loads(health)
    assert (status, found["keeper"]["is_here"], found["updates"]["by"]) == (200, False, "webhook")
    assert "lanes" not in found["outbox"]
    patient = Patient(telegram.person(6_930_000_001, "Ana"))
    await patient.start()
    await all_sent(clinic.settings["DATABASE_URL"])
    # It stands still in the middle of a call that Telegram has taken, with another row waiting behind it.
    telegram.fault("stall", method="sendMessage", accept=True, seconds=60)
    asked = len(telegram.calls("sendMessage"))
    query = patient.person.press("Yes, 18 or over")
    await telegram.until(lambda: len(telegram.calls("sendMessage")) > asked)
    patient.person.press("I agree, use my answers")
    await patient.answered(query)
    one.pause()
    await asyncio.to_thread(two.wait_log, KEEPS)
    await patient.sees(AIMS)
    await all_sent(clinic.settings["DATABASE_URL"])
    since = len(one.lines)
    calls = len(telegram.calls("sendMessage"))
    one.go_on()
    await asyncio.to_thread(one.wait_log, "another process is the keeper", since=since)
    assert len(telegram.calls("sendMessage")) == calls
    assert sent_by(telegram, patient.id) == ["one", "one", "two", "two"]
    texts = [message.text for message in patient.messages()]
    assert [sum(words in text for text in texts) for words in (AGE, CONSENT, AIMS)] == [1, 2, 1]
    await patient.marks("Acne scars")
    assert await asyncio.to_thread(two.terminate) == 0
    await asyncio.to_thread(one.wait_log, KEEPS, since=since)
    assert [await asyncio.to_thread(process.terminate) for process in (web, one)] == [0, 0]
