"""The Telegram channel: polling or a webhook in, sending out, set-up at start."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from bot.channels.telegram.api import BotApi
from bot.channels.telegram.calls import TelegramSender
from bot.channels.telegram.members import admins_of, is_put_out, look_up
from bot.channels.telegram.poll import Poller, Take
from bot.channels.telegram.read_update import Item, read_update
from bot.channels.telegram.setup import Identity, Profile, set_up
from bot.channels.telegram.staff_menus import Menu, StaffMenus
from bot.channels.telegram.webhook import Webhook
from bot.channels.telegram.webhook_setting import WebhookSetting
from bot.desk.roles import Membership
from bot.drawing.drawer import Drawer

__all__ = ["Profile", "TelegramChannel"]

CLOSE_SECONDS = 2.0


class PollingTurn(Protocol):
    """Whose turn it is to poll; one of the two is set."""

    @property
    def on(self) -> asyncio.Event:
        """It is ours."""
        ...

    @property
    def off(self) -> asyncio.Event:
        """It is not."""
        ...


class TelegramChannel:
    """One bot.

        channel = TelegramChannel(token, api_url, pictures=data_dir, staff_chat=staff_chat)
        app = await open_clinic(settings, sender=channel.sender, …)
        await channel.set_up(profile)
        await channel.run(take)      # until `stop`
        await channel.close()        # after the dispatcher's `stop`

    Args:
        token: The bot's token.
        api_url: Scheme, host, port and path before `/bot<token>/`.
        pictures: The folder that the paths of pictures are in.
        drawn: The folder where pictures that were drawn are kept.
        staff_chat: The staff group's id, as far as is known before anybody asks `staff_chat`.
        pays: Check-ins and reminders may cost Stars (`PAID_BROADCASTS`).
    """

    def __init__(
        self,
        token: str,
        api_url: str,
        *,
        pictures: Path,
        drawn: Path | None = None,
        staff_chat: int | None = None,
        pays: bool = False,
    ) -> None:
        self._token = token
        self._api_url = api_url
        self.staff_chat: Callable[[], int | None] = lambda: staff_chat
        """The staff group's present id; whoever learns that it has another one puts this right."""
        self._sending = BotApi(token, api_url)
        # Of its own: a silent poll's connections are dropped, those under way with messages are not.
        self._polling = BotApi(token, api_url)
        self.drawer = Drawer(drawn)
        self.sender = TelegramSender(self._sending, pictures, drawer=self.drawer, drawn=drawn, pays=pays)
        self.webhook: Webhook | None = None
        """Put here before `set_up`, it takes the updates; else they are asked for."""
        self.is_receiver = True
        """False: other processes take the updates, by webhook; this one sends."""
        self._is_waiting = False
        self._setting: WebhookSetting | None = None
        self._poller: Poller | None = None
        self._stopping = asyncio.Event()
        self.username = ""

    async def set_up(self, profile: Profile) -> Identity:
        """Learn who we are and show commands, descriptions and menu; waits until Telegram can be reached.

        Raises:
            TokenRefused: Telegram does not know the token.
        """
        polls = self.webhook is None and self.is_receiver
        identity = await set_up(self._token, self._api_url, profile, staff_chat=self.staff_chat(), polls=polls)
        self.username = self.sender.username = identity.username
        return identity

    async def member(self, group: int, user: int) -> Membership:
        """How somebody stands to a group, as Telegram says it now."""
        return await look_up(self._sending, group, user)

    async def admins(self) -> list[int]:
        """Who the admins of the staff group are, as Telegram says it now."""
        group = self.staff_chat()
        return [] if group is None else await admins_of(self._sending, group)

    async def is_put_out(self, bot: int) -> bool:
        """Whether the bot of this id is no longer in the staff group."""
        group = self.staff_chat()
        return group is not None and await is_put_out(self._sending, group, bot)

    def staff_menus(self, menu_of: Callable[[int], Menu | None]) -> StaffMenus:
        """For the menus of colleagues' private chats."""
        return StaffMenus(self._sending, menu_of)

    async def run(self, take: Take, *, username: str | None = None, turn: PollingTurn | None = None) -> None:
        """Take updates until `stop`.

        Args:
            take: Returns when the turns of these updates are on disk; raises to have them again.
            username: Of the bot, when `set_up` has not learnt it.
            turn: Poll only while it is ours: Telegram serves one of several processes.

        Raises:
            TokenRefused: Telegram does not know the token.
            OperatorError: Telegram takes no webhook at this address.
        """
        if self._stopping.is_set():
            return
        name = username or self.username

        def read(update: object) -> Item:
            return read_update(update, bot_username=name, staff_chat=self.staff_chat())

        if self.webhook is not None:
            self.webhook.open(read, take)
            await self._receive(self.webhook)
            return
        self._is_waiting = turn is not None or not self.is_receiver
        if not self.is_receiver:
            await self._stopping.wait()
        while not self._stopping.is_set():
            if turn is not None:
                self._poller = None
                if not await self._is_our_turn(turn):
                    return
            self._poller = Poller(self._polling, read, take)
            await self._poll(self._poller, None if turn is None else turn.off)

    async def _is_our_turn(self, turn: PollingTurn) -> bool:
        """Wait until it is; False when that is not needed any more."""
        waiting = [asyncio.create_task(event.wait()) for event in (turn.on, self._stopping)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        return not self._stopping.is_set()

    async def _poll(self, poller: Poller, over: asyncio.Event | None) -> None:
        """Until it is stopped, or our turn is over."""
        polling = asyncio.create_task(poller.run(), name="polling")
        waiting = [polling] if over is None else [polling, asyncio.create_task(over.wait())]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            poller.stop()
            await polling
        finally:
            for task in waiting:
                task.cancel()

    async def _receive(self, webhook: Webhook) -> None:
        self._setting = setting = WebhookSetting(self._polling, webhook.hook)

        async def set_and_watch() -> None:
            await setting.set()
            await setting.watch()

        watching = asyncio.create_task(set_and_watch(), name="webhook")
        stopping = asyncio.create_task(self._stopping.wait(), name="stop")
        try:
            await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            webhook.close()
            watching.cancel()
            stopping.cancel()
        await webhook.finished()
        await asyncio.wait({watching, stopping})
        if not watching.cancelled():
            watching.result()

    def stop(self) -> None:
        """Take no more updates; what is being taken is finished."""
        self._stopping.set()
        if self.webhook is not None:
            self.webhook.close()
        if self._poller is not None:
            self._poller.stop()

    async def close(self) -> None:
        """Close all connections, within two seconds."""
        self.stop()
        for api in (self._polling, self._sending):
            try:
                async with asyncio.timeout(CLOSE_SECONDS / 2):
                    await api.close()
            except TimeoutError:
                continue

    @property
    def is_taking(self) -> bool:
        """Whether updates are taken now."""
        if self.webhook is not None:
            return self.webhook.is_open
        return self._poller is not None and not self._stopping.is_set()

    def health(self) -> dict[str, object]:
        """How taking updates goes."""
        if self._setting is not None:
            return {"by": "webhook", **self._setting.health()}
        if self._poller is not None:
            return {"by": "polling", **self._poller.health()}
        if self._is_waiting:
            return {"by": "others", "status": "green", "reasons": []}
        by = "polling" if self.webhook is None else "webhook"
        return {"by": by, "status": "red", "reasons": ["no updates are taken yet"]}
