"""Where a process dies: at a call of the store or of the sender, before it or after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from bot.store.protocol import Batch, OutboxRow, Store


class Killed(BaseException):
    """The process is gone. Nothing of the program may handle it, so it is no `Exception`."""


class Seam:
    """Counts calls, and kills at those that `wanted` names.

    Args:
        wanted: Told the call's place in the life of the process and its name, such as `commit after`.
    """

    def __init__(self, wanted: Callable[[int, str], bool]) -> None:
        self.calls = 0
        self.is_dead = False
        self._wanted = wanted

    def at(self, name: str) -> None:
        """A call begins or has ended.

        Raises:
            Killed: Now, and at every later call of the same life.
        """
        if self.is_dead:
            raise Killed(name)
        self.calls += 1
        if self._wanted(self.calls, name):
            self.is_dead = True
            raise Killed(name)


class SeamStore:
    """A store whose calls pass a seam.

    Args:
        store: The real one.
        seam: Of the present life.
        committed: Told of every batch that is on disk, with its rows.
    """

    def __init__(self, store: Store, seam: Seam, committed: Callable[[Batch, list[OutboxRow]], None]) -> None:
        self._store = store
        self._seam = seam
        self._committed = committed

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._store, name)
        before, after = f"{name} before", f"{name} after"

        async def call(*args: Any, **named: Any) -> Any:
            self._seam.at(before)
            found = await inner(*args, **named)
            if name == "commit":
                self._committed(args[0], found)
            self._seam.at(after)
            return found

        setattr(self, name, call)
        return call


def through(store: Store, seam: Seam, committed: Callable[[Batch, list[OutboxRow]], None]) -> Store:
    """`store`, with a seam before and after every call."""
    return cast("Store", SeamStore(store, seam, committed))
