"""When to ask how it is going: the check-ins that a treatment wants, as instants in a person's time zone.

Local wishes become instants by the zone's rules of that day, so that a change of the clocks neither doubles nor
drops a check-in.

Source: data/recovery.yaml, `plan` (reviewed_on inside).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from bot.clinic.catalogue import TREATMENTS, Catalogue
from bot.clinic.rows import PartOfDay, PlanRow
from bot.quiet_hours import after_quiet_hours

ASKED_AT: Mapping[PartOfDay, time] = {"morning": time(9), "evening": time(19)}
"""Local times; a judgement: after breakfast, and early enough to reach somebody the same evening."""
FIRST_EVENING = timedelta(hours=1)
"""On the day itself not sooner after the treatment than this; a judgement."""
TOGETHER = timedelta(hours=1)
"""Check-ins no further apart than this are one; a judgement."""
CheckInKind = Literal["full", "one_tap_lump"]


@dataclass(frozen=True, slots=True)
class CheckIn:
    """One check-in of a plan: the wish, and the instant that it means."""

    occasion: str
    """Names it within its visit for ever: `day_3`, or `hours_3`."""
    day: int
    """The day it is meant for. Quiet hours can move it into the next: its words go by `day_of` when it fires."""
    due_at: datetime
    """Aware UTC, outside quiet hours unless essential."""
    wish_on: date
    """The local day."""
    part_of_day: PartOfDay | None
    """None: so many hours after the treatment."""
    essential: bool
    kind: CheckInKind
    catch_up: timedelta
    """It may still come so long after `due_at`; later it is missed."""
    told_after: timedelta = timedelta(hours=12)
    """An essential one that nobody has answered by then is told to staff."""


def plan_check_ins(
    treatment: str,
    treated_at: datetime,
    now: datetime,
    catalogue: Catalogue,
    *,
    zone: ZoneInfo,
    part_of_day: PartOfDay,
) -> tuple[CheckIn, ...]:
    """The check-ins still to come, by their instant; asked again with another zone or part of day, the same ones.

    Args:
        treatment: `microneedling` or `mesotherapy`; anything else has the plan of both.
        treated_at: Aware instant of the treatment.
        now: Aware instant; what should have been asked by then is not in the plan.
        catalogue: The clinic's rows.
        zone: The person's time zone, or the clinic's.
        part_of_day: When the person likes to be asked.
    """
    treated_on = treated_at.astimezone(zone).date()
    found: list[CheckIn] = []
    for row in _rows(treatment, catalogue.plan):
        if row.hours_after is not None:
            at = treated_at.astimezone(UTC) + timedelta(hours=row.hours_after)
            part = None
        else:
            part = row.part_of_day or part_of_day
            at = instant(treated_on + timedelta(days=row.day), ASKED_AT[part], zone)
            if row.day == 0:
                at = max(at, treated_at.astimezone(UTC) + FIRST_EVENING, *_hours_after(found))
        if at <= now:
            continue
        found.append(
            CheckIn(
                occasion=_occasion(row),
                day=row.day,
                due_at=next_allowed(at, zone, essential=row.essential),
                wish_on=treated_on + timedelta(days=row.day),
                part_of_day=part,
                essential=row.essential,
                kind=row.kind,
                catch_up=timedelta(hours=row.catch_up_hours),
                told_after=timedelta(hours=row.told_after_hours),
            )
        )
    return _joined(found)


def next_allowed(at: datetime, zone: ZoneInfo, *, essential: bool) -> datetime:
    """The first instant from `at` (aware) on, in UTC, at which something may come unprompted."""
    return at.astimezone(UTC) if essential else after_quiet_hours(at.astimezone(UTC), zone)


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time; one that the clocks jump over comes as much later as they jump."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _rows(treatment: str, plan: Iterable[PlanRow]) -> list[PlanRow]:
    """The rows of a treatment in time order; of two for one moment the one that asks more."""
    wanted = (treatment,) if treatment in TREATMENTS else TREATMENTS
    found: dict[str, PlanRow] = {}
    for row in plan:
        if row.treatment not in wanted:
            continue
        twin = found.setdefault(_occasion(row), row)
        found[_occasion(row)] = twin.model_copy(
            update={
                "essential": row.essential or twin.essential,
                "kind": "full" if "full" in (row.kind, twin.kind) else "one_tap_lump",
                "catch_up_hours": max(row.catch_up_hours, twin.catch_up_hours),
                "told_after_hours": min(row.told_after_hours, twin.told_after_hours),
            }
        )
    return sorted(found.values(), key=lambda row: (row.day, row.hours_after is None, row.hours_after or 0))


def _occasion(row: PlanRow) -> str:
    return f"day_{row.day}" if row.hours_after is None else f"hours_{row.hours_after}"


def _hours_after(found: Iterable[CheckIn]) -> list[datetime]:
    """When the day's earlier check-ins come: its evening waits for them, so that one can stand for both."""
    return [each.due_at for each in found if each.part_of_day is None]


def _joined(found: Iterable[CheckIn]) -> tuple[CheckIn, ...]:
    """In order of their instants; of two close together the later one stays, and asks for both."""
    joined: list[CheckIn] = []
    for each in sorted(found, key=lambda check_in: (check_in.due_at, check_in.day)):
        if joined and each.due_at - joined[-1].due_at <= TOGETHER:
            earlier = joined.pop()
            both = {each.kind, earlier.kind}
            joined.append(
                replace(
                    each,
                    essential=each.essential or earlier.essential,
                    kind="full" if "full" in both else "one_tap_lump",
                )
            )
        else:
            joined.append(each)
    return tuple(joined)
