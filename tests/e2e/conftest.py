"""One bot that all conversations share, and bots of one's own for what ends or starves them."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.bot_process import ROOT, BotProcess
from tests.e2e.oracle import NOW, Visit
from tests.e2e.patient import Patient
from tests.e2e.test_json_chat import Chat
from tests.fake_bot_api.client import FakeGroup, FakePerson, FakeTelegram

STAFF_CHAT = -1_001_000_000_001
OTHER_GROUP = -1_001_000_000_002


class Clinic:
    """The stand-in for Telegram, the bot beside it, and a clinic that takes photos: its group, two colleagues."""

    def __init__(self, telegram: FakeTelegram, folder: Path) -> None:
        self.telegram = telegram
        data = folder / "data"
        shutil.copytree(ROOT / "data", data)
        clinic = data / "clinic.yaml"
        clinic.write_text(f"{clinic.read_text(encoding='utf-8')}\nphotos: true\n", encoding="utf-8")
        settings = {"STAFF_CHAT_ID": str(STAFF_CHAT), "DATA_DIR": str(data)}
        self.bot = BotProcess(folder, telegram.root, telegram.token, settings)
        self._ids = itertools.count(5_100_000_101)
        self.rosa = self.person("Rosa")
        self.tom = self.person("Tom")
        self.group: FakeGroup = telegram.group(STAFF_CHAT, "The team", [self.rosa, self.tom])

    def person(self, name: str) -> FakePerson:
        """Somebody new."""
        return self.telegram.person(next(self._ids), name)

    def patient(self, name: str = "Ana") -> Patient:
        """Somebody new, as a patient."""
        return Patient(self.person(name))


@pytest.fixture(scope="session")
def shared_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with FakeTelegram() as telegram:
        clinic = Clinic(telegram, tmp_path_factory.mktemp("bot"))
        clinic.bot.start_polling()
        try:
            yield clinic
            assert clinic.bot.terminate() == 0
            clinic.bot.hold_log("Zebedee", "5100000101")
        finally:
            clinic.bot.close()


@pytest.fixture
def clinic(shared_clinic: Clinic) -> Iterator[Clinic]:
    """The shared clinic; no test leaves a violation of the Bot API behind."""
    known = len(shared_clinic.telegram.violations())
    yield shared_clinic
    shared_clinic.telegram.clear_faults()
    assert shared_clinic.telegram.violations()[known:] == []
    assert shared_clinic.bot.is_running


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as started:
        yield started
        assert started.violations() == []


@pytest.fixture
def make_bot(tmp_path: Path) -> Iterator[Callable[..., BotProcess]]:
    """Makes bots with this test's folder; all are ended with the test, and their logs held clean."""
    made: list[BotProcess] = []

    def make(api_url: str, token: str, **settings: str) -> BotProcess:
        bot = BotProcess(tmp_path, api_url, token, settings)
        made.append(bot)
        return bot

    yield make
    for bot in made:
        bot.close()
        bot.hold_log()


@pytest.fixture(scope="module")
def shared_chat() -> Iterator[Chat]:
    with Chat("--now", NOW) as chat:
        yield chat


@pytest.fixture
def visit(shared_chat: Chat) -> Visit:
    """Somebody new, at the greeting: whoever was there before is erased."""
    shared_chat.do(say="/delete")
    shared_chat.do(press="yes")
    found = Visit(shared_chat)
    found.type("/start")
    assert found.state == "welcome"
    return found
