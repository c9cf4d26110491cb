"""The menu of commands in each colleague's private chat: those that their role may use, whenever that is learnt.

A menu is only shown; every command is checked when it is used. So nothing here stops or delays anything else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.members import Calls
from bot.conversation.incoming import MemberChanged
from bot.delivery.outcome import outcome_of_answer
from bot.delivery.sender import Kind
from bot.desk.roles import Membership

log = logging.getLogger(__name__)

CALL_SECONDS = 10.0
MOST_KNOWN = 10_000

Menu: TypeAlias = Sequence[tuple[str, str]]
"""Commands and what they do."""


class StaffMenus:
    """Sets and takes back menus, one call after another.

    Args:
        api: The bot's calls.
        menu_of: What somebody's menu is to hold now; empty: no more than everybody's. None: it can't be told.
    """

    def __init__(self, api: Calls, menu_of: Callable[[int], Menu | None]) -> None:
        self._api = api
        self._menu_of = menu_of
        self._shown: OrderedDict[int, Menu] = OrderedDict()
        self._waiting: dict[int, None] = {}
        self._wake = asyncio.Event()

    def look(self, user: int) -> None:
        """Something has been learnt of somebody."""
        menu = self._menu_of(user)
        if menu is not None and menu != self._shown.get(user):
            self._waiting[user] = None
            self._wake.set()

    async def run(self) -> None:
        """Work for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.settle()

    async def settle(self) -> None:
        """Show what waits to be shown."""
        while self._waiting:
            user = next(iter(self._waiting))
            del self._waiting[user]
            menu = self._menu_of(user)
            if menu is not None and await self._show(user, menu):
                self._shown[user] = menu
                self._shown.move_to_end(user)
                if len(self._shown) > MOST_KNOWN:
                    self._shown.popitem(last=False)

    async def _show(self, user: int, menu: Menu) -> bool:
        scope = {"type": "chat", "chat_id": user}
        commands = [{"command": name, "description": does} for name, does in menu]
        call = ApiCall("setMyCommands", {"commands": commands, "scope": scope})
        if not menu:
            call = ApiCall("deleteMyCommands", {"scope": scope})
        try:
            answer = await self._api.call(call, seconds=CALL_SECONDS)
        except Exception as error:
            log.warning("the menu of a colleague could not be set: %s", type(error).__name__)
            return False
        outcome = outcome_of_answer(answer.status, answer.body, answer.retry_after)
        if (
            outcome.kind is not Kind.SENT
        ):  # most often they have never pressed Start: looked at again when they write
            log.info("the menu of a colleague could not be set: %s", outcome.reason)
        return outcome.kind is Kind.SENT


async def look_up_staff(
    named: Iterable[int],
    *,
    admins: Callable[[], Awaitable[Sequence[int]]],
    find: Callable[[int], Awaitable[Membership]],
    put: Callable[[MemberChanged], Awaitable[None]],
) -> None:
    """Learn at start how staff stand to their group; the loop notes it, as if they had just been looked up.

    Args:
        named: Whom clinic.yaml names.
        admins: The admins of the group, where being one gives a role; else nobody.
        find: Looks one up.
        put: Done when it is on disk.
    """
    found = list(await admins())
    for user in found:
        await put(MemberChanged(user, Membership.ADMIN))
    for user in named:
        if user not in found:
            await put(MemberChanged(user, await find(user)))
