"""Kinds of history: which faults each is full of. A history of any kind may also be killed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

URGENT_WORDS, STOP = "urgent words", "/stop"
"""Habits that are no faults."""
ACTIVE_SECONDS = 150.0
"""Faults begin within so long; afterwards all is well, and everything must come to its end."""

KILLS: Mapping[str, str] = MappingProxyType(
    {
        "seen before": "killed between receiving and the turn",
        "commit before with updates": "killed in the turn, before its commit",
        "commit after with updates": "killed after the commit, before confirming",
        "confirm before": "killed after the commit, before confirming",
        "send before": "killed before the call",
        "send after": "killed after Telegram took a message, before its mark",
        "answer before": "killed after the commit, before confirming",
    }
)
"""By the seam: the fault's name in docs/faults.md."""
MARKS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("commit before with marks", "commit after with marks"), "killed while several marks are written"
    )
)
"""Marks gather while the database is away."""
ERASURE: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(("erase before", "erase after"), "killed in an erasure, between its two files")
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind.

    Args:
        calls: Faults on the way to Telegram, by name.
        habits: Of people (`crowd`).
        events: Of the world (`history`).
        kills: How many at most.
        seams: Where.
        polls: By polling, by webhook, or (None) either.
        down: For how many seconds the bot may stay down after a kill.
        chance: Of a call to be struck, while the weather is bad.
    """

    name: str
    calls: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    kills: int = 1
    seams: Mapping[str, str] = field(default_factory=lambda: KILLS)
    polls: bool | None = None
    down: tuple[float, ...] = (0.0, 0.0, 0.5, 3.0)
    chance: float = 0.3

    @property
    def faults(self) -> frozenset[str]:
        """The names of all that it injects, as docs/faults.md has them; kills apart."""
        return frozenset({*self.calls, *self.habits, *self.events} - {URGENT_WORDS, STOP})


KINDS = (
    Kind("kills", habits=("a button pressed twice",), kills=6),
    Kind("lost answers", ("taken, and no answer in time", "an answer that is cut, or not Telegram's"), kills=2),
    Kind(
        "held",
        ("429 for one chat", "429 for minutes or an hour", "429 that names no time"),
        ("urgent words",),
    ),
    Kind("away", ("no connection", "5xx for minutes"), ("urgent words",), kills=2, chance=0.7),
    Kind(
        "refusing",
        habits=(
            "a block told by an update",
            "a block found out by sending",
            "a chat that can't be written to",
            "a button pressed twice",
        ),
        kills=2,
    ),
    Kind(
        "odd refusals",
        (
            "markup refused",
            "a text that is too long",
            "an edit that changes nothing or has lost its message",
            "a call that is our own mistake",
            "a press too old to be answered",
        ),
        kills=2,
        chance=0.4,
    ),
    Kind(
        "staff group",
        habits=("urgent words",),
        events=("the staff group moves", "the bot is put out of the staff group"),
        kills=2,
    ),
    Kind(
        "database",
        habits=(
            "a button pressed twice",
            "urgent words",
            "a block told by an update",
            "/stop",
            "forgotten while messages are on their way",
        ),
        events=("the database is away", "a commit whose answer is lost"),
        kills=2,
        seams=MARKS,
    ),
    Kind(
        "webhook",
        habits=(
            "presses and messages overtake each other",
            "an update nobody can read",
            "a button pressed twice",
        ),
        events=("the same update on two sockets", "update numbers begin anew"),
        polls=False,
    ),
    Kind(
        "polling",
        ("another poller", "a poll that falls silent", "an answer that is cut, or not Telegram's"),
        ("an update nobody can read",),
        ("update numbers begin anew",),
        polls=True,
    ),
    Kind(
        "people",
        habits=(
            "a button pressed twice",
            "an old screen's button",
            "a forged button",
            "somebody else's button",
            "one person floods",
            "an update nobody can read",
        ),
    ),
    Kind(
        "leaving",
        habits=("/stop", "forgotten while messages are on their way", "a block told by an update"),
        kills=3,
        seams=MappingProxyType({**KILLS, **ERASURE}),
    ),
    Kind("erasing", habits=("forgotten while messages are on their way",), kills=2, seams=ERASURE),
    Kind(
        "outages",
        habits=("an old screen's button",),
        events=("the clock jumps",),
        kills=2,
        down=(0.0, 200.0, 4000.0, 90_000.0),
    ),
    Kind(
        "ends",
        habits=("a button pressed twice",),
        events=("an orderly end under load", "the token is refused"),
    ),
    Kind(
        "changed flows",
        habits=("an old screen's button",),
        events=("the flows change in mid conversation",),
        kills=2,
    ),
    Kind(
        "everything",
        (
            "no connection",
            "taken, and no answer in time",
            "an answer that is cut, or not Telegram's",
            "429 for one chat",
            "5xx for minutes",
            "markup refused",
            "an edit that changes nothing or has lost its message",
        ),
        (
            "a button pressed twice",
            "an old screen's button",
            "urgent words",
            "presses and messages overtake each other",
            "a block told by an update",
            "/stop",
            "an update nobody can read",
        ),
        ("the database is away", "an orderly end under load", "the staff group moves"),
        kills=4,
        seams=MappingProxyType({**KILLS, **MARKS, **ERASURE}),
        down=(0.0, 3.0, 200.0),
        chance=0.2,
    ),
)


def some(rng: random.Random, of: tuple[str, ...], least: int = 1) -> list[str]:
    """A choice of them, at least so many (all, where there are fewer)."""
    return rng.sample(of, rng.randint(min(least, len(of)), len(of)))
