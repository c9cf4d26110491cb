"""Menus of colleagues' private chats, against the stand-in for Telegram: it holds calls to the specification."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.channels.telegram.staff_menus import Menu, StaffMenus, look_up_staff
from bot.channels.telegram.telegram_channel import TelegramChannel
from bot.conversation.incoming import MemberChanged
from bot.desk.roles import COMMANDS, Membership, Role, menu
from tests.fake_bot_api.client import FakeTelegram

GROUP, BOSS, ROSA, NEW = -1_001_000_000_001, 1, 2, 3


@pytest.fixture(scope="module")
def server() -> Iterator[FakeTelegram]:
    with FakeTelegram() as telegram:
        yield telegram


@pytest.fixture
def telegram(server: FakeTelegram) -> Iterator[FakeTelegram]:
    server.reset()
    yield server
    assert server.violations() == []


@pytest.fixture
async def channel(telegram: FakeTelegram, tmp_path: Path) -> AsyncIterator[TelegramChannel]:
    channel = TelegramChannel(telegram.token, telegram.root, pictures=tmp_path, staff_chat=GROUP)
    yield channel
    await channel.close()


class Desk:
    """Menus by role, where the test says who has which."""

    def __init__(self, telegram: FakeTelegram, channel: TelegramChannel) -> None:
        self.telegram = telegram
        self.roles: dict[int, Role | None] = {}
        self.menus: StaffMenus = channel.staff_menus(self.menu_of)

    def menu_of(self, user: int) -> Menu | None:
        return menu(self.roles[user]) if user in self.roles else None

    async def learns(self, user: int, role: Role | None) -> list[str] | None:
        """What stands in their menu when everything is done; None: what everybody has."""
        self.roles[user] = role
        self.menus.look(user)
        await self.menus.settle()
        return self.shown(user)

    def shown(self, user: int) -> list[str] | None:
        held = self.telegram.state()["profile"]["commands"]
        key = json.dumps([{"type": "chat", "chat_id": user}, ""], sort_keys=True)
        return [one["command"] for one in held[key]] if key in held else None

    def calls(self) -> int:
        return len(self.telegram.calls("setMyCommands")) + len(self.telegram.calls("deleteMyCommands"))


@pytest.fixture
def desk(telegram: FakeTelegram, channel: TelegramChannel) -> Desk:
    for user in (BOSS, ROSA):
        telegram.person(user, f"Name{user}").start()
    return Desk(telegram, channel)


def test_every_command_fits_a_menu_and_each_role_sees_its_own() -> None:
    assert all(re.fullmatch("[a-z]{1,32}", one.name) and 1 <= len(one.does) <= 100 for one in COMMANDS)
    names = {role: [name for name, _ in menu(role)] for role in Role}
    assert set(names[Role.RECEPTION]) < set(names[Role.PRACTITIONER]) < set(names[Role.OWNER])
    assert names[Role.OWNER] == [one.name for one in COMMANDS]
    assert ("course" in names[Role.RECEPTION], "drill" in names[Role.PRACTITIONER]) == (False, False)
    assert menu(None) == ()
    assert "visit" not in dict(menu(Role.OWNER, in_group=True))


async def test_a_menu_follows_the_role_and_is_set_only_when_it_changes(desk: Desk) -> None:
    owner = await desk.learns(BOSS, Role.OWNER)
    assert owner is not None
    assert owner == [name for name, _ in menu(Role.OWNER)]
    assert (await desk.learns(BOSS, Role.OWNER), desk.calls()) == (owner, 1)
    reception = await desk.learns(BOSS, Role.RECEPTION)
    assert reception is not None
    assert "drill" not in reception
    assert desk.shown(ROSA) is None
    assert await desk.learns(BOSS, None) is None
    assert desk.calls() == 3
    desk.menus.look(NEW)
    await desk.menus.settle()
    assert desk.calls() == 3, "of whom nothing can be told, nothing is changed"


async def test_who_has_not_pressed_start_gets_the_menu_once_they_have(desk: Desk) -> None:
    assert await desk.learns(NEW, Role.OWNER) is None
    desk.telegram.person(NEW, "Nia").start()
    assert await desk.learns(NEW, Role.OWNER) is not None


@pytest.mark.parametrize(
    "fault", [{"status": 429, "parameters": {"retry_after": 9}}, {"status": 502, "html": True}]
)
async def test_a_fault_stops_nothing_and_the_next_look_sets_it(desk: Desk, fault: dict[str, object]) -> None:
    desk.telegram.fault("status", method="setMyCommands", times=1, **fault)
    assert await desk.learns(BOSS, Role.OWNER) is None
    assert await desk.learns(BOSS, Role.OWNER) is not None
    desk.telegram.fault("close", method="setMyCommands", times=1)
    assert await desk.learns(ROSA, Role.OWNER) is None
    assert await desk.learns(ROSA, Role.OWNER) is not None


async def test_at_start_whom_the_file_names_and_the_admins_are_looked_up(
    telegram: FakeTelegram, channel: TelegramChannel
) -> None:
    boss, rosa = telegram.person(BOSS, "Boss"), telegram.person(ROSA, "Rosa")
    telegram.group(GROUP, "Team", [boss, rosa])
    told: list[tuple[int, Membership]] = []

    async def put(item: MemberChanged) -> None:
        told.append((item.user, item.membership))

    async def find(user: int) -> Membership:
        return await channel.member(GROUP, user)

    await look_up_staff((ROSA, BOSS, NEW), admins=channel.admins, find=find, put=put)
    assert told == [(BOSS, Membership.ADMIN), (ROSA, Membership.MEMBER), (NEW, Membership.OUT)]
    telegram.fault("close", method="getChatAdministrators", times=1)
    assert await channel.admins() == []
    telegram.fault("status", method="getChatAdministrators", status=400, description="Bad Request: no", times=1)
    assert await channel.admins() == []
    channel.staff_chat = lambda: None
    assert await channel.admins() == []
