"""The wrapped keys, in a database of their own, apart from what they open.

A key is on disk before it is first used, and is the first thing that goes when a person is erased.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from bot.errors import KeyMissing
from bot.ids import ContactId
from bot.store.connection import Connection
from bot.store.database import Database
from bot.store.encryption import Cipher, MasterKey, new_key

STORE_KEY = 0
"""The contact number that stands for the store's own key: what is nobody's lies under it."""

_CHECK = "key_check"
_KEPT = 512  # unwrapped keys in memory; each takes nearly 3 KB, most of it the tables of its cipher
_MOST_AT_ONCE = 32  # keys made in one transaction, so that a rush of new people costs few fsyncs


class Keys(ABC):
    """Gives the cipher of a contact or of a single row. What all databases share."""

    def __init__(self, database: Database, master: MasterKey) -> None:
        self._database = database
        self._master = master
        self._kept: OrderedDict[int, Cipher] = OrderedDict()
        self._spare: list[int] = []
        self._made_at_once = 0

    async def check(self) -> bool:
        """Whether this DATA_KEY wrapped these keys; also true when nothing is wrapped yet."""
        found = await self._database.read("key_property", (_CHECK,))
        return not found or found[0][0] == self._master.check

    async def begin(self) -> None:
        """Write down which DATA_KEY this is, and make the store's own key, if that was never done.

        Keys of another DATA_KEY are dropped first: only to be called when nobody needs them.
        """
        if await self.check() and await self._wrapped([STORE_KEY]):
            return
        async with self._database.transaction():
            if not await self.check():
                await self._database.write("delete_key", (STORE_KEY,))
            await self._database.write("set_key_property", (_CHECK, self._master.check))
            await self._insert([STORE_KEY])

    async def has_holders(self) -> bool:
        """Whether any contact has a key."""
        ((number,),) = await self._database.read("highest_holder")
        return number is not None and number != STORE_KEY

    async def last_number(self) -> int:
        """The highest number that ever had a key."""
        rows = await self._database.read("last_key")
        return int(rows[0][0])

    async def new_number(self) -> ContactId:
        """The number of a new contact, whose key is on disk."""
        if not self._spare:
            self._made_at_once = min(self._made_at_once * 2 or 1, _MOST_AT_ONCE)
            numbers = await self._next_numbers(self._made_at_once)
            async with self._database.transaction():
                await self._insert(numbers)
            self._spare = numbers
        return ContactId(self._spare.pop(0))

    async def ciphers(self, contacts: Iterable[int]) -> dict[int, Cipher]:
        """The ciphers of these contacts; those without a key (erased) are left out."""
        found: dict[int, Cipher] = {}
        missing = []
        for contact in contacts:
            if cipher := self._kept.get(contact):
                self._kept.move_to_end(contact)
                found[contact] = cipher
            else:
                missing.append(contact)
        if missing:
            for contact, wrapped in await self._wrapped(missing):
                place = f"contact_keys|wrapped|{contact}"
                found[contact] = self._keep(contact, Cipher(self._master.wrapping.open(wrapped, place)))
        return found

    async def own(self) -> Cipher:
        """The store's own cipher.

        Raises:
            KeyMissing: It was never made.
        """
        found = await self.ciphers([STORE_KEY])
        if STORE_KEY not in found:
            raise KeyMissing(f"{self.place} lacks the store's own key. Restore the keys' newest backup.")
        return found[STORE_KEY]

    @abstractmethod
    async def of_rows(self, rows: Sequence[int]) -> Mapping[int, Cipher]:
        """The ciphers of those of these rows that have a key of their own."""

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    @property
    def place(self) -> str:
        """Where the keys lie."""
        return self._database.place

    def forget(self, contacts: Iterable[int]) -> None:
        """Keep these contacts' keys in memory no longer."""
        for contact in contacts:
            self._kept.pop(contact, None)

    @abstractmethod
    async def _next_numbers(self, count: int) -> list[int]:
        """Numbers that no contact ever had."""

    async def _wrapped(self, contacts: Sequence[int]) -> list[tuple[int, bytes]]:
        return await self._database.read("keys", (list(contacts),))

    async def _insert(self, contacts: Iterable[int]) -> None:
        wrap = self._master.wrapping.seal
        wrapped = [(contact, wrap(new_key(), f"contact_keys|wrapped|{contact}")) for contact in contacts]
        await self._database.write_many("insert_key", wrapped)

    def _wrapped_rows(self, row_keys: Mapping[int, bytes]) -> list[tuple[int, bytes]]:
        return [(row, self._master.wrapping.seal(key, f"row_keys|wrapped|{row}")) for row, key in row_keys.items()]

    def _row_cipher(self, row: int, wrapped: bytes) -> Cipher:
        return Cipher(self._master.wrapping.open(wrapped, f"row_keys|wrapped|{row}"))

    def _keep(self, contact: int, cipher: Cipher) -> Cipher:
        self._kept[contact] = cipher
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return cipher


class Keyring(Keys):
    """The keys in a SQLite file. One task writes; any may read."""

    def __init__(self, connection: Connection, master: MasterKey) -> None:
        super().__init__(connection, master)
        self._connection = connection
        self._rows: dict[int, Cipher] = {}

    async def load(self) -> None:
        """Read the keys of single rows."""
        for row, wrapped in await self._connection.read("row_keys"):
            self._rows[row] = self._row_cipher(row, wrapped)

    async def holders_of(self, contacts: Sequence[int]) -> set[int]:
        """Those of `contacts` that have a key."""
        return {row[0] for row in await self._connection.read("keys_held", (list(contacts),))}

    async def number_from(self, first: int) -> None:
        """Give no number below `first`."""
        async with self._connection.transaction():
            await self._insert([first - 1])
            await self._connection.write("delete_key", (first - 1,))

    async def of_rows(self, rows: Sequence[int]) -> Mapping[int, Cipher]:
        """See `Keys.of_rows`."""
        return {row: self._rows[row] for row in rows if row in self._rows}

    def rows(self) -> list[int]:
        """The rows that have a key of their own."""
        return list(self._rows)

    async def erase(self, contacts: Sequence[int], row_keys: Mapping[int, bytes]) -> None:
        """Forget these contacts' keys for good, and keep `row_keys`; one transaction, no trace left."""
        self.forget(contacts)
        async with self._connection.transaction():
            await self._connection.write_many("insert_row_key", self._wrapped_rows(row_keys))
            await self._connection.write_many("delete_key", [(contact,) for contact in contacts])
        self._rows.update((row, Cipher(key)) for row, key in row_keys.items())
        await self._connection.checkpoint()  # the log would go on holding the wrapped keys

    async def erase_rows(self, rows: Sequence[int]) -> None:
        """Forget the keys of single rows for good."""
        if rows:
            for row in rows:
                self._rows.pop(row, None)
            async with self._connection.transaction():
                await self._connection.write_many("delete_row_key", [(row,) for row in rows])
            await self._connection.checkpoint()

    async def _next_numbers(self, count: int) -> list[int]:
        first = await self.last_number() + 1
        return list(range(first, first + count))
