"""Plans in any zone, over any change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from bot.clinic.plan import ASKED_AT, TOGETHER, next_allowed, plan_check_ins
from bot.clinic.rows import PartOfDay
from bot.quiet_hours import QUIET_FROM, QUIET_UNTIL
from tests.clinic_data import committed

ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Asia/Tehran",
               "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca", "America/St_Johns",
        "Antarctica/Troll", "UTC",
    )
]  # fmt: skip
# Around both changes of each year, in each hemisphere, and a day that Samoa left out.
MOMENTS = st.datetimes(datetime(2011, 9, 1), datetime(2012, 4, 30)) | st.datetimes(  # noqa: DTZ001 - hypothesis wants naive ones
    datetime(2026, 1, 1),  # noqa: DTZ001
    datetime(2027, 12, 31),  # noqa: DTZ001
)
INSTANTS = st.builds(lambda naive: naive.replace(tzinfo=UTC), MOMENTS)
TREATMENTS = st.sampled_from(["microneedling", "mesotherapy", "combined", "not_sure"])
PARTS: st.SearchStrategy[PartOfDay] = st.sampled_from(["morning", "evening"])
DELAYS = st.timedeltas(timedelta(), timedelta(days=90))
FULL = {"microneedling": 6, "mesotherapy": 9}


def is_quiet(at: datetime, zone: ZoneInfo) -> bool:
    return not QUIET_UNTIL <= at.astimezone(zone).time() < QUIET_FROM


@given(at=INSTANTS, zone=st.sampled_from(ZONES))
def test_the_next_allowed_moment_is_the_first(at: datetime, zone: ZoneInfo) -> None:
    allowed = next_allowed(at, zone, essential=False)
    assert not is_quiet(allowed, zone)
    assert at <= allowed <= at + timedelta(hours=13)
    assert (allowed == at) is not is_quiet(at, zone)
    assert next_allowed(allowed, zone, essential=False) == allowed
    step = at
    while step < allowed:
        assert is_quiet(step, zone)
        step += timedelta(minutes=30)
    assert next_allowed(at, zone, essential=True) == at


@given(treatment=TREATMENTS, treated_at=INSTANTS, zone=st.sampled_from(ZONES), part=PARTS)
@example("combined", datetime(2011, 12, 27, 22, tzinfo=UTC), ZoneInfo("Pacific/Apia"), "morning")
@example("microneedling", datetime(2011, 12, 29, 2, tzinfo=UTC), ZoneInfo("Pacific/Apia"), "evening")
def test_a_whole_plan(treatment: str, treated_at: datetime, zone: ZoneInfo, part: PartOfDay) -> None:
    found = plan_check_ins(treatment, treated_at, treated_at, committed(), zone=zone, part_of_day=part)
    injected = treatment != "microneedling"
    # Nothing doubles, nothing is dropped but what is one with its neighbour.
    assert len({each.occasion for each in found}) == len(found)
    assert FULL["mesotherapy" if injected else "microneedling"] - 2 <= len(found)
    days = [each.day for each in found]
    assert set(days) >= {7, 14, 28} | ({56, 84} if injected else set())
    assert {1, 3} & set(days)
    for earlier, later in pairwise(found):
        assert later.due_at - earlier.due_at > TOGETHER
        assert later.day >= earlier.day
    for each in found:
        local = each.due_at.astimezone(zone)
        assert treated_at < each.due_at
        assert each.essential or not is_quiet(each.due_at, zone)
        assert each.essential is (injected and each.day <= 1)
        assert (each.kind == "one_tap_lump") is (each.day >= 56)
        left_out = zone.key == "Pacific/Apia" and local.date() != each.wish_on
        if each.part_of_day is not None and each.day > 0 and not left_out:
            assert (local.date(), local.time()) == (each.wish_on, ASKED_AT[each.part_of_day])
        assert timedelta(hours=1) <= each.catch_up <= timedelta(days=14)


@given(treatment=TREATMENTS, treated_at=INSTANTS, zone=st.sampled_from(ZONES), part=PARTS, delay=DELAYS)
def test_a_late_enrolment_has_the_same_future_and_no_past(
    treatment: str, treated_at: datetime, zone: ZoneInfo, part: PartOfDay, delay: timedelta
) -> None:
    now = treated_at + delay
    whole = plan_check_ins(treatment, treated_at, treated_at, committed(), zone=zone, part_of_day=part)
    late = plan_check_ins(treatment, treated_at, now, committed(), zone=zone, part_of_day=part)
    assert all(each.due_at > now for each in late)
    assert {each.occasion for each in late if each.day > 1} == {
        each.occasion for each in whole if each.day > 1 and each.due_at > now
    }
    assert set(late[2:]) <= set(whole)


def test_the_hours_of_asking_are_not_quiet() -> None:
    assert all(QUIET_UNTIL <= at < QUIET_FROM for at in ASKED_AT.values())
    assert time(8) == QUIET_UNTIL
