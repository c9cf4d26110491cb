"""Who is in the staff group, as far as is known: seen there, told by Telegram, or looked up. In memory only.

After a restart nobody is known, and whoever writes in private is looked up before it counts.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.desk.roles import Membership

GOOD_FOR = timedelta(minutes=10)
"""Telegram may not tell us that somebody left (the bot is no admin): after this it is looked up again."""
MOST_KNOWN = 10_000


class Members:
    """What is known of people and the group.

    Args:
        is_checked: Somebody can be looked up (`needs_check`), so knowledge ages. Else whoever is seen in the group
            is taken for one of its admins, as in the terminal.
    """

    def __init__(self, *, is_checked: bool = False) -> None:
        self.is_checked = is_checked
        self.on_note: Callable[[int], None] = lambda _user: None
        """Told of everybody of whom something has been found out."""
        self._known: OrderedDict[int, tuple[Membership, datetime]] = OrderedDict()

    def note(self, user: int, membership: Membership, at: datetime) -> None:
        """What has been found out, at an aware instant."""
        self._known[user] = membership, at
        self._known.move_to_end(user)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        self.on_note(user)

    def forget(self) -> None:
        """Another process has been told of a change: everybody is looked up anew."""
        self._known.clear()

    def in_group(self, user: int, now: datetime) -> Membership:
        """How somebody stands who does something in the group at this instant: they are in it."""
        if not self.is_checked:
            self.note(user, Membership.ADMIN, now)
        known = self.of(user, now)
        return known if known is Membership.ADMIN else Membership.MEMBER

    def of(self, user: int, now: datetime) -> Membership:
        """How somebody stands to the group at an aware instant; what is too long ago counts as unknown."""
        nobody = Membership.UNKNOWN if self.is_checked else Membership.GROUP_GONE
        membership, at = self._known.get(user, (nobody, now))
        is_old = self.is_checked and now - at > GOOD_FOR
        return Membership.UNKNOWN if is_old else membership

    def needs_check(self, user: int, now: datetime) -> bool:
        """Whether to look somebody up before what they do counts."""
        return self.is_checked and self.of(user, now) is Membership.UNKNOWN
