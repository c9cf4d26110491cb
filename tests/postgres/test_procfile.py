"""The Procfile as a whole, as a host runs it: the release command first, then its processes, by honcho."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.bot_process import ROOT, environment
from tests.e2e.conftest import telegram
from tests.e2e.patient import AIMS, CONSENT, Patient
from tests.e2e.test_webhook import free_port
from tests.fake_bot_api.client import FakeTelegram
from tests.postgres.clinic import KEY

pytestmark = pytest.mark.skipif(
    "SEVERAL" not in os.environ, reason="many processes on two cores take minutes: `make chaos` sets SEVERAL"
)

__all__ = ["telegram"]


@pytest.fixture
def variables(telegram: FakeTelegram, bare_postgres: str, tmp_path: Path) -> dict[str, str]:
    port = str(free_port())
    own = {
        "DATABASE_URL": bare_postgres,
        "DATA_KEY": KEY,
        "BOT_TOKEN": telegram.token,
        "BOT_API_URL": telegram.root,
        "PORT": port,  # honcho gives the first web process this one, and the worker 100 more
        "LISTEN_ADDRESS": "127.0.0.1",
        "WEBHOOK_URL": f"http://127.0.0.1:{port}",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LOG_LEVEL": "info",
    }
    return environment(tmp_path, **own)


@pytest.fixture
def host(variables: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text("utf-8").splitlines())
    assert set(lines) == {"release", "web", "worker"}
    subprocess.run(shlex.split(lines["release"]), cwd=ROOT, env=variables, check=True, capture_output=True)
    command = [sys.executable, "-m", "honcho", "-f", str(ROOT / "Procfile"), "-d", str(tmp_path), "--no-colour"]
    with (tmp_path / "log").open("w") as log:
        started = subprocess.Popen(
            [*command, "start", "web", "worker"],
            cwd=tmp_path,
            env=variables,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        yield started
        if started.poll() is None:
            started.terminate()
            started.wait(20)


async def test_release_web_and_worker(host: subprocess.Popen[str], telegram: FakeTelegram, tmp_path: Path) -> None:
    patient = Patient(telegram.person(6_940_000_001, "Ana"))
    await telegram.until(lambda: telegram.calls("setWebhook"), 60)
    await patient.start()
    await patient.presses("Yes, 18 or over", CONSENT)
    await patient.presses("I agree, use my answers", AIMS)
    assert telegram.calls("getUpdates") == telegram.calls("deleteWebhook") == []
    host.send_signal(signal.SIGTERM)
    await asyncio.to_thread(host.wait, 20)
    log = (tmp_path / "log").read_text("utf-8")
    assert "worker.1 | " in log
    assert "this process is the keeper now" in log
    assert "taking updates by webhook" in log
    assert "handed over" in log
    assert "Traceback" not in log
    for unspoken in (KEY, telegram.token, "6940000001"):
        assert unspoken not in log
    assert AIMS in patient.messages()[-1].text
