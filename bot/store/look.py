"""How far the outbox of PostgreSQL was seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """Up to where the outbox was seen: every transaction before `oldest_open` had ended.

    Good for one connection: a server that has crashed may give numbers out again that it had not written down.
    """

    oldest_open: str
    connection: int
