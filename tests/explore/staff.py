"""Simulated staff: one colleague takes what comes to the group, others enter visits in chats of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.engine.effect import SendMessage
from bot.engine.event import StaffPressed

MEMBER = 77
DESKS = 1_000_000
"""Whoever enters the visit of a patient writes from that patient's chat and so much."""
MOST_PRESSES = 2
"""Of one colleague on one button of one card: each press may bring the card anew."""
Press = tuple[datetime, tuple[StaffPressed, ...]]


@dataclass(slots=True)
class Staff:
    """What they have done so far."""

    _pressed: Counter[tuple[str, str]] = field(default_factory=Counter)

    def reads(self, at: datetime, card: SendMessage) -> Iterator[Press]:
        """One colleague takes what comes within minutes, rings, and closes it."""
        by_id = _by_id(card)
        for minutes, verb in ((2, "ours"), (4, "have_it"), (9, "called"), (30, "closed")):
            if verb not in by_id:
                continue
            target = by_id[verb].split(":", 2)[2]
            self._pressed[verb, target] += 1
            if self._pressed[verb, target] <= MOST_PRESSES:
                pressed = StaffPressed(verb, target, MEMBER, "Sam", f"s{verb}")
                yield at + timedelta(minutes=minutes), (pressed,)

    def enters(self, at: datetime, desk: int, screen: SendMessage, treatment: str, when: str) -> Iterator[Press]:
        """The next step of a visit being entered, a minute later."""
        by_id = _by_id(screen)
        wanted = (treatment, "needles", when, "place_a", "show")
        verb = next((f"v_{each}" for each in wanted if f"v_{each}" in by_id), None)
        if verb is not None:
            pressed = StaffPressed(verb, by_id[verb].split(":", 2)[2], desk, "Kim", f"s{verb}")
            yield at + timedelta(minutes=1), (pressed,)


def _by_id(card: SendMessage) -> Mapping[str, str]:
    return {spec.id: spec.data for row in card.rows for spec in row if spec.data}
