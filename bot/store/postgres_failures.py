"""PostgreSQL's errors as ours, in one place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from bot.errors import DatabaseBroken
from bot.store.protocol import DatabaseAway

AWAY_CLASSES: Final = frozenset({"08", "28", "53", "57", "58"})
"""Connection lost, log-in refused, out of disk, memory or connections, shut down or cancelled, system trouble."""
AWAY: Final = frozenset({"25006", "25P03", "3D000", "40001", "40P01", "55P03"})
"""Read-only (a standby), idle too long, database gone, serialization, deadlock, lock not available."""
BROKEN: Final = frozenset({"XX001", "XX002"})
"""Data or an index is corrupted."""


@contextmanager
def mapped(place: str) -> Iterator[None]:
    """Raises DatabaseAway or DatabaseBroken where PostgreSQL or the network says so; other errors go through.

    The messages hold no values: PostgreSQL may quote these in an error's details, which are left out.
    """
    try:
        yield
    except asyncpg.PostgresError as error:
        code = error.sqlstate or ""
        if code[:2] in AWAY_CLASSES or code in AWAY:
            raise DatabaseAway(f"{place}: {error.args[0]}") from error
        if code in BROKEN:
            raise DatabaseBroken(
                f"The database {place} is damaged ({error.args[0]}). Repair it, or restore the newest backup."
            ) from error
        raise
    except asyncpg.InterfaceError as error:
        if isinstance(error, ValueError):  # a parameter or a setting: ours
            raise
        raise DatabaseAway(f"{place}: {error.args[0]}") from error
    except asyncpg.InternalClientError as error:  # PostgreSQL's farewell came in between
        raise DatabaseAway(f"{place}: the connection is lost") from error
    except TimeoutError as error:
        raise DatabaseAway(f"{place}: no answer in time") from error
    except (OSError, EOFError) as error:
        raise DatabaseAway(f"{place}: {_words(error)}") from error


def _words(error: Exception) -> str:
    """Asyncio joins what several addresses have said into one line, with each address: enough to go by."""
    return str(error) or type(error).__name__
