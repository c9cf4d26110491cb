"""A PostgreSQL that keeps what it says it has, and what it uses of the machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.postgres.cluster import Cluster

DURABLE = ("shared_buffers=128MB", "max_connections=100", "unix_socket_directories=", "log_min_messages=fatal")
"""All else as PostgreSQL has it: each commit is on disk when it returns."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Spent:
    """So far: seconds of the processor, bytes of the write-ahead log."""

    seconds: float
    log_bytes: int


def processor_seconds(process: int) -> float:
    """What a process has used of the processor, in all its threads."""
    fields = _stat(process)
    return (int(fields[11]) + int(fields[12])) / _TICKS


def server_seconds(cluster: Cluster) -> float:
    """What a server has used, with all its connections, those that have ended too."""
    master = int(Path(cluster.folder, "data", "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
    ended = _stat(master)[13:15]
    found = sum(map(int, ended)) / _TICKS
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                if int(each.name) == master or int(_stat(int(each.name))[1]) == master:
                    found += processor_seconds(int(each.name))
            except (FileNotFoundError, ProcessLookupError):  # it has ended: its seconds come with the server's own
                continue
    return found


async def spent(cluster: Cluster, url: str) -> Spent:
    """What the server of that URL has used."""
    connection = await asyncpg.connect(url)
    try:
        log_bytes = await connection.fetchval("select pg_current_wal_lsn() - '0/0'")
    finally:
        await connection.close()
    return Spent(server_seconds(cluster), int(log_bytes))


def _stat(process: int) -> list[str]:
    """The fields of /proc/…/stat after the name: from the state on."""
    return Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
