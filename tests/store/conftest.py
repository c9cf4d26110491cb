from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.store.opening import open_sqlite
from bot.store.sqlite import SQLiteStore
from tests.store.people import DATA_KEY


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLiteStore]:
    opened = await open_sqlite(path, data_key=DATA_KEY)
    yield opened
    await opened.close()
