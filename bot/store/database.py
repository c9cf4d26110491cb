"""What readers, keys and writers ask of a database: queries by name, which each database words for itself."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

Value = str | int | bytes | list[Any] | None
Parameters = Sequence[Value]
"""A list stands for any number of values (`in`)."""


class Database(Protocol):
    """Every method may raise `DatabaseAway`."""

    @property
    def place(self) -> str:
        """Where it is, for an operator; holds no secret."""
        ...

    async def read(self, query: str, parameters: Parameters = ()) -> list[Any]:
        """The rows of a named query, as tuples that also know their columns' names."""
        ...

    async def write(self, query: str, parameters: Parameters = ()) -> None:
        """Run a named query that gives nothing back."""
        ...

    async def write_many(self, query: str, rows: Sequence[Parameters]) -> None:
        """Run a named query once for each of `rows`, in one call; nothing is called for no rows."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[None]:
        """On disk when the block has ended, or nothing of it when it raised."""
        ...

    async def close(self) -> None:
        """A second time does nothing."""
        ...
