"""The lease that makes one of several processes the keeper, and what processes tell each other."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from bot.limits import LEASE_SECONDS
from bot.store.postgres_connection import PostgresConnection

_MICROS: Final = 1_000_000


class PostgresLease:
    """Held for five seconds by the server's clock, so that nobody's own clock matters.

    It has a connection of its own: neither a long read nor a commit that waits keeps it from being renewed. Every
    method may raise `DatabaseAway`.

    Args:
        url: Of the database.
        heard: Told the words of other processes; '' when some may have been missed.
    """

    def __init__(self, url: str, heard: Callable[[str], None]) -> None:
        self._connection = PostgresConnection(url, heard=heard)

    async def take(self, holder: str, *, even_if_silent: bool = True) -> int | None:
        """Become the keeper; the new epoch, or None while there is another one.

        Args:
            holder: Who we are, for whoever looks into the database.
            even_if_silent: Also in the place of one who has not handed over and was not heard of in time.
        """
        rows = await self._connection.read("take_lease", (holder, int(LEASE_SECONDS * _MICROS), even_if_silent))
        return rows[0][0] if rows else None

    async def renew(self, epoch: int) -> bool:
        """Go on, also after it has run out, as long as nobody has taken it; False when somebody has."""
        return bool(await self._connection.read("renew_lease", (epoch, int(LEASE_SECONDS * _MICROS))))

    async def hand_over(self, epoch: int) -> None:
        """Let the next one begin at once."""
        await self._connection.write("end_lease", (epoch,))

    async def seconds_left(self) -> float:
        """For how long there is a keeper; below 0: there has been none for so long."""
        ((micros,),) = await self._connection.read("lease")
        return float(micros) / _MICROS

    async def tell(self, words: Collection[str]) -> None:
        """Tell all other processes.

        By itself, never in a commit's transaction: there it would put all commits of the database in one line.
        """
        await self._connection.read("tell", (sorted(words),))

    async def close(self) -> None:
        """Close the connection; the lease runs out by itself."""
        await self._connection.close()
