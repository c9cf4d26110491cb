"""Encryption at rest: AES-256-GCM under a key per person, and keyed hashes to find a chat by.

Every ciphertext is bound to its place (table, column, row id), so that none can be moved to another row.
From DATA_KEY, which is never used itself, HKDF-SHA256 derives one key for each purpose.

Source: NIST SP 800-38D (GCM; 96-bit random nonces, far below 2**32 uses of one key), RFC 5869 (HKDF).
"""

from __future__ import annotations

import hmac
import os
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import DatabaseBroken

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"\x01"  # of the layout: version, nonce, ciphertext with its tag
_HASHES_KEPT = 4096  # in memory, so that a chat that writes again costs nothing
_HASH_CHARACTERS = 32  # 128 bits: no two chats meet, and nothing can be counted back without the key


class Cipher:
    """Seals and opens with one key."""

    __slots__ = ("_aes",)

    def __init__(self, key: bytes) -> None:
        self._aes = AESGCM(key)

    def seal(self, data: bytes, place: str) -> bytes:
        """`data` encrypted, readable only at `place` (`table|column|row id`)."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._aes.encrypt(nonce, data, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """What `seal` was given.

        Raises:
            DatabaseBroken: It was changed, belongs to another place, or is of another key.
        """
        body = 1 + _NONCE_BYTES
        try:
            if sealed[:1] != _VERSION:
                raise InvalidTag
            return self._aes.decrypt(sealed[1:body], sealed[body:], place.encode())
        except (InvalidTag, ValueError) as error:
            table = place.partition("|")[0]
            raise DatabaseBroken(
                f"A row of {table} can't be decrypted: it was changed outside this program."
                " Restore the newest backup."
            ) from error


class MasterKey:
    """What is derived from DATA_KEY.

    Args:
        data_key: 32 bytes.

    Attributes:
        wrapping: Wraps the keys of persons.
        check: Tells this DATA_KEY from another; it may stand in clear.
    """

    def __init__(self, data_key: bytes) -> None:
        if len(data_key) != KEY_BYTES:
            raise ValueError("data_key must be 32 bytes")
        self.wrapping = Cipher(_derive(data_key, b"wrap keys"))
        self.check = _derive(data_key, b"check value")[:16].hex()
        self._hash_key = _derive(data_key, b"find chats")
        self._hashes: dict[int, str] = {}

    def hash_chat(self, chat: int) -> str:
        """The keyed hash that a chat is found by, 32 hex digits."""
        found = self._hashes.get(chat)
        if found is None:
            if len(self._hashes) >= _HASHES_KEPT:
                self._hashes.clear()
            found = hmac.digest(self._hash_key, str(chat).encode(), sha256).hex()[:_HASH_CHARACTERS]
            self._hashes[chat] = found
        return found


def new_key() -> bytes:
    """A fresh random key."""
    return os.urandom(KEY_BYTES)


def _derive(data_key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"skin-clinic-bot " + purpose).derive(data_key)
