"""What the turn loop asks where several processes share a database: who is the keeper, and what is new.

Any process takes updates; one, the keeper, fires timers and sends. What concerns it, or what others have kept in
memory and must read again, a process tells all others in one word. A word may get lost: each is also found out by
looking now and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from bot.store.protocol import OutboxRow


class Word(StrEnum):
    """What processes tell each other."""

    WORK = "work"  # rows or timers
    DESK = "desk"  # closed days, or the staff group's id
    MEMBERS = "members"  # somebody came into the staff group or left it
    GROUP_OPEN = "group_open"  # the bot may write in the staff group
    GROUP_SHUT = "group_shut"  # it may not
    HANDED_OVER = "handed_over"  # there is no keeper


class Office(Protocol):
    """The keeper's office, held by this process or by another."""

    @property
    def epoch(self) -> int | None:
        """Of this process's last time as the keeper; None before the first, and once another has followed."""
        ...

    def is_held(self) -> bool:
        """Whether this process is the keeper at this moment."""
        ...

    async def new_rows(self) -> Sequence[OutboxRow]:
        """For the keeper: what is unsent and may not have been seen yet; the first time all of it."""
        ...

    def tell(self, word: Word) -> None:
        """Tell all other processes, soon."""
        ...

    def depose(self) -> None:
        """There is another keeper: the store has said so."""
        ...
