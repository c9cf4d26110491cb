"""When the next question comes, as a sentence says it: the day, the part of it, and the time.

Source: none; the instant is that of the person's plan.
"""

from __future__ import annotations

from datetime import datetime, time

from bot.actions.texts import general
from bot.clinic.catalogue import Catalogue
from bot.engine.value import Phrase, Value

_PARTS = (
    (time(5), Phrase("next.at_night", "at night"), Phrase("next.tonight", "tonight")),
    (time(12), Phrase("next.in_the_morning", "in the morning"), Phrase("next.this_morning", "this morning")),
    (
        time(17),
        Phrase("next.in_the_afternoon", "in the afternoon"),
        Phrase("next.this_afternoon", "this afternoon"),
    ),
    (time(22), Phrase("next.in_the_evening", "in the evening"), Phrase("next.this_evening", "this evening")),
)
"""Until when each part of the day lasts, how it is named on another day, and how today."""


def next_asked(at: datetime | None, today: Value, catalogue: Catalogue) -> Phrase | None:
    """The sentence; None where nothing more comes by itself.

    Args:
        at: By the person's own clock.
        today: Their present date.
    """
    heading = general(catalogue, "next_asked")
    if at is None or heading is None:
        return None
    part, today_part = next((names for end, *names in _PARTS if at.time() < end), _PARTS[0][1:])
    args: dict[str, Value] = {"heading": heading, "at": f"{at:%H:%M}"}
    if at.date() == today:
        return Phrase("next.today", "{heading}: {part}, at {at}", {**args, "part": today_part})
    return Phrase("next.dated", "{heading}: {day}, {part}, at {at}", {**args, "day": at.date(), "part": part})
