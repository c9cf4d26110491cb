"""The same examples in every run; `HYPOTHESIS_PROFILE=explore` looks for new ones."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres.cluster import Cluster, shared_cluster, why_not
from tests.postgres.database import dropped, emptied, made

settings.register_profile(
    "suite", derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Programs that tests start find what is compiled already, whatever the environment says: a quarter second each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests live until the end: the collector need not look through them again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Whatever fails is reported with what the bots that run beside it said last."""
    report = yield
    if report.failed and (loaded := sys.modules.get("tests.e2e.bot_process")) is not None:
        report.sections += loaded.last_words()
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Dots hide what was skipped."""
    if why := why_not():
        terminalreporter.write_line(f"NOT TESTED: PostgreSQL ({why})", red=True, bold=True)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """A running PostgreSQL, shared by all workers."""
    if why := why_not():
        pytest.skip(why)
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        return shared_cluster(folder.parent, os.getppid())
    return shared_cluster(folder, os.getpid())


@pytest.fixture(scope="session")
def migrated_postgres(cluster: Cluster) -> str:
    """A database of this worker, with our schema."""
    return made(cluster, f"worker_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}", migrate=True)


@pytest.fixture
def empty_postgres(migrated_postgres: str) -> str:
    """A database with our schema, and nobody in it."""
    emptied(migrated_postgres)
    return migrated_postgres


@pytest.fixture
def bare_postgres(cluster: Cluster) -> Iterator[str]:
    """A database with nothing in it at all."""
    name = f"bare_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    yield made(cluster, name)
    dropped(cluster, name)
