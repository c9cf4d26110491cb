from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest

from bot.errors import KeyMissing, OperatorError
from bot.store.data_key import DataKey, find_data_key, key_file, parse_data_key

KEY = bytes(range(200, 232))  # its base64 holds + and /


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper(),
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode(),
        f"  {KEY.hex()}\n",
    ],
)
def test_hex_and_base64_are_read(text: str, tmp_path: Path) -> None:
    assert parse_data_key(text, "DATA_KEY") == KEY
    environ = {"HOME": str(tmp_path)}
    assert find_data_key(text, environ, database=tmp_path / "clinic.db") == DataKey(KEY)
    assert not key_file(environ).exists()


@pytest.mark.parametrize(
    "text", ["secret", KEY.hex()[:-1], "g" * 64, base64.b64encode(KEY + b"x").decode(), "ü" * 64]
)
def test_a_malformed_key_is_told_without_repeating_it(text: str) -> None:
    with pytest.raises(OperatorError, match="DATA_KEY must hold 32 bytes") as caught:
        parse_data_key(text, "DATA_KEY")
    assert text not in str(caught.value)


def test_the_config_folder_is_the_users(tmp_path: Path) -> None:
    assert key_file({"XDG_CONFIG_HOME": "/x", "HOME": "/h"}) == Path("/x/skin-clinic-bot/data.key")
    assert key_file({"HOME": "/h"}) == Path("/h/.config/skin-clinic-bot/data.key")
    assert key_file({}).is_absolute()


@pytest.mark.parametrize("given", [None, "", "  "])
def test_one_is_made_for_a_new_database_and_found_again(given: str | None, tmp_path: Path) -> None:
    environ, database = {"XDG_CONFIG_HOME": str(tmp_path / "config")}, tmp_path / "clinic.db"
    made = find_data_key(given, environ, database=database)
    assert made.is_new
    assert made.place == key_file(environ)
    assert stat.S_IMODE(made.place.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.place.parent.stat().st_mode) == 0o700
    database.write_text("something")
    assert find_data_key(given, environ, database=database) == DataKey(made.value, made.place)
    assert made.value.hex() not in repr(made)
    assert repr(made.value) not in repr(made)


def test_none_is_made_for_a_database_that_has_one(tmp_path: Path) -> None:
    environ, database = {"HOME": str(tmp_path)}, tmp_path / "clinic.db"
    database.write_text("something")
    with pytest.raises(KeyMissing, match="DATA_KEY is not set"):
        find_data_key(None, environ, database=database)
    assert not key_file(environ).exists()


def test_a_key_file_that_can_not_be_used_is_told(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path)}
    place = key_file(environ)
    place.parent.mkdir(parents=True)
    place.write_text("nonsense")
    with pytest.raises(OperatorError, match=r"data\.key must hold"):
        find_data_key(None, environ, database=tmp_path / "clinic.db")
    place.write_bytes(b"\xff\xfe")
    with pytest.raises(OperatorError, match=r"data\.key must hold"):
        find_data_key(None, environ, database=tmp_path / "clinic.db")
    place.unlink()
    place.mkdir()
    with pytest.raises(OperatorError, match="can't be used"):
        find_data_key(None, environ, database=tmp_path / "clinic.db")
