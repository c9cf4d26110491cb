"""Where DATA_KEY comes from: the environment, else a file in the user's config folder."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.errors import KeyMissing, OperatorError
from bot.store.encryption import KEY_BYTES, new_key

_HOW_TO_MAKE = "Make one with: openssl rand -base64 32"


@dataclass(frozen=True, slots=True)
class DataKey:
    """`place` is the file that it stands in, None when it was given; `is_new`: just made, worth telling."""

    value: bytes = field(repr=False)
    place: Path | None = None
    is_new: bool = False


def key_file(environ: Mapping[str, str]) -> Path:
    """The key's file: `$XDG_CONFIG_HOME/skin-clinic-bot/data.key`, else below `~/.config`."""
    configured = environ.get("XDG_CONFIG_HOME", "")
    home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    folder = Path(configured) if configured else home / ".config"
    return folder / "skin-clinic-bot" / "data.key"


def find_data_key(given: str | None, environ: Mapping[str, str], *, database: Path) -> DataKey:
    """The key for `database`. One is made, and kept for this user only, when none is there and nobody needs it.

    Args:
        given: The value of DATA_KEY, None or empty when it is not set.
        environ: Says where the config folder is.
        database: The SQLite file, which need not exist.

    Raises:
        OperatorError: The key is malformed, or its file can't be read or written.
        KeyMissing: There is no key, and the database was written with one.
    """
    if given and given.strip():
        return DataKey(parse_data_key(given, "DATA_KEY"))
    place = key_file(environ)
    try:
        if place.exists():
            return DataKey(parse_data_key(place.read_text("ascii"), str(place)), place)
        if database.exists() and database.stat().st_size > 0:
            raise KeyMissing(
                f"The database {database} is encrypted, and its key is not here: DATA_KEY is not set, and there"
                f" is no {place}. Set DATA_KEY to the key that the database was made with."
            )
        return DataKey(_made(place), place, is_new=True)
    except UnicodeDecodeError as error:
        raise _malformed(str(place)) from error
    except OSError as error:
        raise OperatorError(
            f"The key file {place} can't be used ({error.strerror}). Set DATA_KEY. {_HOW_TO_MAKE}"
        ) from error


def require_data_key(given: str | None, environ: Mapping[str, str]) -> DataKey:
    """The key for a database that several processes, perhaps on several machines, share: none is made.

    Raises:
        OperatorError: The key is malformed, or its file can't be read.
        KeyMissing: There is none.
    """
    if given and given.strip():
        return DataKey(parse_data_key(given, "DATA_KEY"))
    place = key_file(environ)
    try:
        if place.exists():
            return DataKey(parse_data_key(place.read_text("ascii"), str(place)), place)
    except UnicodeDecodeError as error:
        raise _malformed(str(place)) from error
    except OSError as error:
        raise OperatorError(f"The key file {place} can't be read ({error.strerror}). Set DATA_KEY.") from error
    raise KeyMissing(
        f"PostgreSQL needs a DATA_KEY, the same for all processes, and keeps nothing without it. {_HOW_TO_MAKE}"
    )


def parse_data_key(text: str, where: str) -> bytes:
    """The 32 bytes that `text` (64 hex digits, or base64 with either alphabet) stands for.

    Raises:
        OperatorError: It is neither; the text itself is not repeated.
    """
    text = text.strip()
    try:
        if len(text) == KEY_BYTES * 2:
            return bytes.fromhex(text)
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        raise _malformed(where) from None
    if len(key) != KEY_BYTES:
        raise _malformed(where)
    return key


def _made(place: Path) -> bytes:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = new_key()
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key


def _malformed(where: str) -> OperatorError:
    return OperatorError(f"{where} must hold 32 bytes, as base64 or as 64 hex digits. {_HOW_TO_MAKE}")
