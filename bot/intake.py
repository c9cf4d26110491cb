"""The way of every update into the turn loop, whether it was asked for or came to the webhook."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from bot.app import ClinicApp
from bot.channels.telegram.members import put_checked
from bot.channels.telegram.staff_menus import look_up_staff
from bot.channels.telegram.telegram_channel import TelegramChannel
from bot.conversation.gather import Item
from bot.conversation.hold_back import HoldBack
from bot.conversation.incoming import GroupChanged, HeldBack, Incoming, Unreadable, Unwanted
from bot.desk import roles
from bot.desk.roles import Membership
from bot.engine.event import Blocked, Pressed, Said, StaffPressed, Started, TextEdited, Unblocked
from bot.monitoring.metrics import Metrics
from bot.practice import Practices

ANSWERS_SECONDS = 1.0
"""So long an update is not confirmed for want of the answer to its press; normally that takes one round trip."""


class Intake:
    """Puts updates into the turn loop: of a person at most so many, staff's once it is known who sent them.

    Args:
        app: The clinic.
        channel: Where they come from; asked who is in the staff group.
        practices: Take what belongs to them.
        metrics: Updates are counted there.
        per_second: What one person may do in the long run; 0: anything.
    """

    def __init__(
        self,
        app: ClinicApp,
        channel: TelegramChannel,
        practices: Practices,
        metrics: Metrics,
        *,
        per_second: float,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._channel = channel
        self._practices = practices
        self.last_taken_at: datetime | None = None
        self._hold_back = HoldBack(
            per_second,
            hears_emergency=lambda words: app.loop.book.hear_emergency(words) is not None,
            is_staff=lambda user: app.loop.members.of(user, app.now()) in {Membership.MEMBER, Membership.ADMIN},
        )

    async def take(self, items: Sequence[Item]) -> None:
        """Returns when their turns are on disk: then they may be confirmed."""
        app = self._app
        await put_checked(
            [self._hold_back.look(item, app.now()) if isinstance(item, Incoming) else item for item in items],
            needs_check=lambda user: app.loop.members.needs_check(user, app.now()),
            find=self._find,
            put=self._put,
        )
        # What is confirmed never comes again: a press whose answer was still to be made when we are killed would
        # spin for ever.
        await app.dispatcher.answered(ANSWERS_SECONDS)
        if items:
            self.last_taken_at = app.now()

    async def look_around(self, bot: int) -> None:
        """What has changed in the group while we were away, and of which no update tells any more.

        Args:
            bot: Our own id.
        """
        app, channel = self._app, self._channel
        group = app.loop.staff_chat
        if group is not None and await channel.is_put_out(bot):
            await self._practices.put(GroupChanged(group, can_write=False))

        async def admins() -> Sequence[int]:
            return () if roles.listed(app.loop.book) else await channel.admins()

        await look_up_staff(roles.named(app.loop.book), admins=admins, find=self._find, put=self._practices.put)

    def health(self) -> dict[str, object]:
        """How taking updates goes."""
        taken = self.last_taken_at
        return {**self._channel.health(), "last_taken_at": taken.isoformat() if taken else None}

    async def _put(self, item: Item) -> None:
        began = time.perf_counter()
        await self._practices.put(item)
        self._metrics.taken(kind_of(item), time.perf_counter() - began)

    async def _find(self, user: int) -> Membership:
        group = self._app.loop.staff_chat
        return Membership.OUT if group is None else await self._channel.member(group, user)


def kind_of(item: Item) -> str:
    """What an update is counted as; one of a dozen words."""
    if isinstance(item, HeldBack):
        return "held_back"
    if isinstance(item, Unreadable | Unwanted):
        return "unreadable" if isinstance(item, Unreadable) else "unwanted"
    if not isinstance(item, Incoming):
        return "membership"
    match item.event:
        case Said() | Started():
            return "message"
        case Pressed() | StaffPressed():
            return "press"
        case TextEdited():
            return "edit"
        case Blocked() | Unblocked():
            return "block"
        case _:
            return "other_message"
