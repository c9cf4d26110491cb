"""The stores that keep the same contract, each empty at the start of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.store.connection import IN_MEMORY
from bot.store.opening import open_sqlite
from bot.store.postgres_opening import open_postgres
from bot.store.protocol import Store
from tests.store.people import DATA_KEY

Opener = Callable[[], Awaitable[Store]]
LASTING = ("sqlite_file", "postgres")


def _opener(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    if kind == "postgres":
        url: str = request.getfixturevalue("empty_postgres")
        return lambda: open_postgres(url, data_key=DATA_KEY)
    path = IN_MEMORY if kind == "sqlite_in_memory" else tmp_path / "contract.db"
    return lambda: open_sqlite(path, data_key=DATA_KEY)


@pytest.fixture(params=["sqlite_in_memory", *LASTING])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return _opener(request.param, request, tmp_path)


@pytest.fixture(params=LASTING)
def lasting(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens one that keeps what was written when it is closed."""
    return _opener(request.param, request, tmp_path)


@pytest.fixture
async def store(opener: Opener) -> AsyncIterator[Store]:
    opened = await opener()
    yield opened
    await opened.close()


@pytest.fixture
async def reopened(lasting: Opener) -> AsyncIterator[Callable[[Store], Awaitable[Store]]]:
    """Closes a store and opens it again: nothing that was only in memory is left."""
    async with AsyncExitStack() as opened:

        async def reopen(store: Store) -> Store:
            await store.close()
            fresh = await lasting()
            opened.push_async_callback(fresh.close)
            return fresh

        yield reopen
