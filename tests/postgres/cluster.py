"""A throw-away PostgreSQL from the installed binaries, one for all workers of a test run.

Whoever needs it first makes it; it ends by itself once the test run has ended, however that ended.
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

VERSIONS = Path("/usr/lib/postgresql")
SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",  # the program asks for it to be on: only fsync tells what is on disk
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=100",
    "unix_socket_directories=",
    "autovacuum=off",
    "log_min_messages=fatal",
)
_WATCH = """(
while [ -d "/proc/$1" ]; do sleep 0.5; done
"$2/pg_ctl" -D "$3/data" -m immediate stop
rm -rf "$3"
) &"""


def installed() -> Path | None:
    """The newest version's binaries."""
    found = [path for path in VERSIONS.glob("*/bin") if (path / "initdb").exists()]
    return max(found, key=lambda path: int(path.parent.name), default=None)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server on a port of its own."""

    binaries: str
    folder: str
    port: int
    settings: Sequence[str] = SETTINGS

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = " ".join(f"-c {setting}" for setting in (*self.settings, f"port={self.port}"))
        self._control("start", "-w", "-o", options, "-l", f"{self.folder}/log")

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-w", "-m", mode)

    def _control(self, *words: str) -> None:
        run_as_postgres([f"{self.binaries}/pg_ctl", "-D", f"{self.folder}/data", *words])


def make_cluster(binaries: Path, owner: int, settings: Sequence[str] = SETTINGS) -> Cluster:
    """A running one, which ends when the process `owner` has ended."""
    folder = tempfile.mkdtemp(prefix="clinic-postgres-")
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
    made = [f"{binaries}/initdb", "-D", f"{folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    run_as_postgres([*made, "--locale=C", "--no-sync", "--no-instructions"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        cluster = Cluster(str(binaries), folder, free.getsockname()[1], settings)
    cluster.start()
    run_as_postgres(["/bin/sh", "-c", _WATCH, "watch", str(owner), str(binaries), folder])
    return cluster


def shared_cluster(folder: Path, owner: int) -> Cluster:
    """The one whose place is written down in `folder`; made by whoever comes first."""
    place = folder / "postgres.json"
    with (folder / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            binaries = installed()
            assert binaries is not None
            place.write_text(json.dumps(asdict(make_cluster(binaries, owner))))
        return Cluster(**json.loads(place.read_text()))


def run_as_postgres(command: list[str]) -> None:
    """PostgreSQL refuses to run as root."""
    user = "postgres" if os.geteuid() == 0 else None
    subprocess.run(
        command,
        cwd="/",
        user=user,
        group=user,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # ctrl-c ends the tests, and these end it then
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        check=True,
    )


def why_not() -> str:
    """Why there is no PostgreSQL here; empty when there is one."""
    if installed() is None:
        return f"no PostgreSQL in {VERSIONS}: install it (Debian: apt-get install postgresql) to run these tests"
    if os.geteuid() == 0 and not _is_user("postgres"):
        return "PostgreSQL does not run as root, and there is no user postgres"
    return ""


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
