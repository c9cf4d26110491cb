"""When somebody is asked: the part of the day, and whose clock counts.

Source: the hours are those of bot.clinic.plan (a judgement).
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions.staff_hours import instant_of, zone_of
from bot.actions.standing import standing, text
from bot.clinic.catalogue import Catalogue
from bot.clinic.zones import find_zone, place_of
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

CLINIC = "clinic"
"""The answer of somebody whose clock is the clinic's."""
PARTS = frozenset({"morning", "evening"})
MORNING = Phrase("times.morning", "in the morning, at 9:00")
EVENING = Phrase("times.evening", "in the evening, at 19:00")


def times(catalogue: Catalogue) -> tuple[Action, ...]:
    """How it is now, what a typed place or clock means, and two that set what was chosen."""

    def look(values: Values) -> Outcome:
        part = text(values, "visit.part_of_day")
        if part is None:
            return Outcome({"times.asks": False})
        zone = text(values, "contact.time_zone") or zone_of(catalogue).key
        said: dict[str, Value] = {"times.asks": True, "times.part": MORNING if part == "morning" else EVENING}
        return Outcome({**said, **_clock(zone, values)})

    def find(values: Values) -> Outcome:
        typed, now = text(values, "place"), instant_of(values.get("answered_at"))
        zone = None
        if typed == CLINIC:
            zone = zone_of(catalogue).key
        elif typed is not None and now is not None:
            zone = find_zone(typed, now, zone_of(catalogue))
        if zone is None:
            return Outcome({"zone.found": False})
        return Outcome({"zone.found": True, "zone.name": zone, **_clock(zone, values)})

    def set_part(values: Values) -> Outcome:
        part = text(values, "asking_time")
        return Outcome({}, (standing("fact", "part_of_day", part_of_day=part),) if part in PARTS else ())

    def set_zone(values: Values) -> Outcome:
        zone = text(values, "zone.name")
        return Outcome({}, (standing("fact", "time_zone", time_zone=zone),) if zone else ())

    clock: dict[str, frozenset[str] | None] = {"times.clock": None, "times.place": None}
    found: dict[str, frozenset[str] | None] = {"zone.found": frozenset({"true", "false"}), "zone.name": None}
    asks = {**clock, "times.part": None, "times.asks": frozenset({"true", "false"})}
    reads = ("contact.time_zone", "visit.part_of_day", "answered_at")
    fact = frozenset({"fact"})
    return (
        Action("look_at_times", reads, asks, frozenset(), look),
        Action("find_zone", ("place", "answered_at"), {**found, **clock}, frozenset(), find),
        Action("set_asking_time", ("asking_time",), {}, fact, set_part),
        Action("set_time_zone", ("zone.name",), {}, fact, set_zone),
    )


def _clock(zone: str, values: Values) -> dict[str, Value]:
    now: datetime | None = instant_of(values.get("answered_at"))
    shown: dict[str, Value] = {"times.place": place_of(zone)}
    if now is not None:
        shown["times.clock"] = f"{now.astimezone(ZoneInfo(zone)):%H:%M}"
    return shown
