"""The wrapped keys in a schema of their own, shared by all processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.store.database import Database
from bot.store.encryption import Cipher
from bot.store.keyring import Keys


class PostgresKeyring(Keys):
    """Any process reads and writes; what it keeps in memory are ciphers, which never change."""

    async def of_rows(self, rows: Sequence[int]) -> Mapping[int, Cipher]:
        """See `Keys.of_rows`."""
        if not rows:
            return {}
        found = await self._database.read("keys_of_rows", (list(rows),))
        return {row: self._row_cipher(row, wrapped) for row, wrapped in found}

    async def erase(self, writer: Database, contacts: Sequence[int], row_keys: Mapping[int, bytes]) -> None:
        """Within the writer's transaction: forget these contacts' keys for good, and keep `row_keys`."""
        self.forget(contacts)
        await writer.write_many("insert_row_key", self._wrapped_rows(row_keys))
        await writer.write_many("delete_key", [(contact,) for contact in contacts])

    async def _next_numbers(self, count: int) -> list[int]:
        return [row[0] for row in await self._database.read("next_contacts", (count,))]
