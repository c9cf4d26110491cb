"""What happened, in order: commits, calls of Telegram's methods, and what the bot logged."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from bot.store.protocol import Batch, Mark, OutboxRow, RowStatus


@dataclass(slots=True)
class Call:
    """One call that reached the server, or would have."""

    seq: int
    at: float
    life: int
    method: str
    chat: int | None
    text: str
    row: OutboxRow | None
    press: str = ""
    taken: bool = False
    """It had its effect: the message is in the chat."""
    known: bool = False
    """The process heard so."""
    status: int = 0
    held: float = 0.0
    """Seconds for which the answer asks to wait."""
    heard_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Commit:
    """One batch that is on disk, and the rows it made."""

    seq: int
    at: float
    life: int
    batch: Batch
    rows: list[OutboxRow]


class Lines(logging.Handler):
    """Everything logged, as text with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass(slots=True)
class Log:
    """Outlives every process."""

    calls: list[Call] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    marks: dict[int, tuple[int, Mark]] = field(default_factory=dict)
    """The final mark of each row, with when it was on disk."""
    made: dict[int, tuple[int, OutboxRow]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    """How often each fault, by its name in docs/faults.md, was really injected."""
    forgotten: set[int] = field(default_factory=set)
    """Contacts whose keys were about to go: where the process died with them, no batch says that they are gone."""
    told: Lines = field(default_factory=Lines)
    _seq: count[int] = field(default_factory=lambda: count(1))

    def next(self) -> int:
        return next(self._seq)

    def committed(self, at: float, life: int, batch: Batch, rows: list[OutboxRow]) -> None:
        """A batch is on disk."""
        seq = self.next()
        self.commits.append(Commit(seq, at, life, batch, rows))
        for row in rows:
            self.made[row.id] = seq, row
        for mark in batch.marks:
            if mark.status is not RowStatus.WAITING:
                self.marks[mark.row] = seq, mark

    def injected(self, name: str) -> None:
        """A fault has struck."""
        self.faults[name] += 1
