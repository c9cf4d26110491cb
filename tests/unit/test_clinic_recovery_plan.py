from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clinic.plan import CheckIn, instant, next_allowed, plan_check_ins
from bot.clinic.recovery import CheckInAnswers, asks_further, day_of, is_worse, merge_signals, rank_of
from bot.clinic.rows import PartOfDay
from tests.clinic_data import committed

LONDON = ZoneInfo("Europe/London")
JUST_AFTER = timedelta(minutes=10)


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def plan(
    treatment: str,
    treated: str,
    *,
    now: str | None = None,
    zone: ZoneInfo = LONDON,
    part: PartOfDay = "morning",
) -> tuple[CheckIn, ...]:
    treated_at = at(treated, zone)
    return plan_check_ins(
        treatment,
        treated_at,
        treated_at + JUST_AFTER if now is None else at(now, zone),
        committed(),
        zone=zone,
        part_of_day=part,
    )


def local(check_ins: tuple[CheckIn, ...], zone: ZoneInfo = LONDON) -> list[tuple[str, str]]:
    return [(each.occasion, f"{each.due_at.astimezone(zone):%m-%d %H:%M}") for each in check_ins]


def test_microneedling_is_asked_about_on_six_days() -> None:
    found = plan("microneedling", "2026-05-04 11:00")
    assert local(found) == [
        ("day_0", "05-04 19:00"), ("day_1", "05-05 09:00"), ("day_3", "05-07 09:00"),
        ("day_7", "05-11 09:00"), ("day_14", "05-18 09:00"), ("day_28", "06-01 09:00"),
    ]  # fmt: skip
    assert {each.kind for each in found} == {"full"}
    assert not any(each.essential for each in found)
    assert found[0] == CheckIn(
        occasion="day_0",
        day=0,
        due_at=datetime(2026, 5, 4, 18, tzinfo=UTC),
        wish_on=date(2026, 5, 4),
        part_of_day="evening",
        essential=False,
        kind="full",
        catch_up=timedelta(hours=12),
    )
    assert all(each.due_at.tzinfo is UTC for each in found)


def test_mesotherapy_is_asked_about_within_hours_and_for_lumps_until_week_twelve() -> None:
    found = plan("mesotherapy", "2026-05-04 11:00", part="evening")
    assert local(found) == [
        ("hours_3", "05-04 14:00"), ("day_0", "05-04 19:00"), ("day_1", "05-05 19:00"), ("day_3", "05-07 19:00"),
        ("day_7", "05-11 19:00"), ("day_14", "05-18 19:00"), ("day_28", "06-01 19:00"), ("day_56", "06-29 19:00"),
        ("day_84", "07-27 19:00"),
    ]  # fmt: skip
    assert [each.occasion for each in found if each.essential] == ["hours_3", "day_0", "day_1"]
    assert [each.occasion for each in found if each.kind == "one_tap_lump"] == ["day_56", "day_84"]
    assert (found[0].day, found[0].part_of_day, found[0].wish_on) == (0, None, date(2026, 5, 4))


def test_combined_has_both_plans_once() -> None:
    assert plan("combined", "2026-05-04 11:00") == plan("mesotherapy", "2026-05-04 11:00")
    assert plan("not_sure", "2026-05-04 11:00") == plan("combined", "2026-05-04 11:00")
    base = committed()
    needled_longer = tuple(
        row.model_copy(update={"catch_up_hours": 400} if row.treatment == "microneedling" else {})
        for row in base.plan
    )
    treated_at = at("2026-05-04 11:00")
    found = plan_check_ins(
        "combined",
        treated_at,
        treated_at,
        replace(base, plan=needled_longer),
        zone=LONDON,
        part_of_day="morning",
    )
    hours = {each.occasion: each.catch_up // timedelta(hours=1) for each in found}
    assert (hours["hours_3"], hours["day_0"], hours["day_84"]) == (3, 400, 336)


@pytest.mark.parametrize(
    ("treated", "expected"),
    [
        ("2026-05-04 10:00", [("hours_3", "05-04 13:00"), ("day_0", "05-04 19:00")]),
        ("2026-05-04 14:59", [("hours_3", "05-04 17:59"), ("day_0", "05-04 19:00")]),
        ("2026-05-04 15:00", [("day_0", "05-04 19:00")]),  # 18:00 and 19:00 are one
        ("2026-05-04 16:30", [("day_0", "05-04 19:30")]),
        ("2026-05-04 18:30", [("day_0", "05-04 21:30")]),  # essential: also in quiet hours
        ("2026-05-04 22:00", [("day_0", "05-05 01:00")]),
    ],
)
def test_the_first_hours_after_an_injection(treated: str, expected: list[tuple[str, str]]) -> None:
    found = plan("mesotherapy", treated)
    assert local(found)[: len(expected)] == expected
    assert local(found)[len(expected)] == ("day_1", "05-05 09:00")
    assert all(each.essential for each in found[: len(expected)])


@pytest.mark.parametrize(
    ("treated", "part", "expected"),
    [
        ("2026-05-04 18:30", "morning", [("day_0", "05-04 19:30"), ("day_1", "05-05 09:00")]),
        ("2026-05-04 20:30", "evening", [("day_0", "05-05 08:00"), ("day_1", "05-05 19:00")]),
        ("2026-05-04 20:30", "morning", [("day_1", "05-05 09:00"), ("day_3", "05-07 09:00")]),
        ("2026-05-04 23:30", "evening", [("day_0", "05-05 08:00"), ("day_1", "05-05 19:00")]),
    ],
)
def test_a_late_microneedling_waits_for_the_morning(
    treated: str, part: PartOfDay, expected: list[tuple[str, str]]
) -> None:
    assert local(plan("microneedling", treated, part=part))[:2] == expected


def test_who_enrols_late_has_missed_nothing() -> None:
    treated = "2026-05-04 11:00"
    assert local(plan("mesotherapy", treated, now="2026-05-04 14:00"))[0] == ("day_0", "05-04 19:00")
    assert local(plan("mesotherapy", treated, now="2026-05-07 09:00"))[0] == ("day_7", "05-11 09:00")
    assert (
        local(plan("microneedling", "2026-05-04 20:30", now="2026-05-04 22:00", part="evening"))[0][0] == "day_1"
    )
    assert [each.occasion for each in plan("combined", treated, now="2026-06-02 09:00")] == ["day_56", "day_84"]
    assert plan("microneedling", treated, now="2026-06-02 09:00") == ()


def test_another_zone_or_part_of_day_moves_the_same_occasions() -> None:
    treated_at, now = at("2026-05-04 11:00"), at("2026-05-04 11:10")
    ways = [(LONDON, "morning"), (LONDON, "evening"), (ZoneInfo("America/New_York"), "evening")]
    plans = [
        plan_check_ins("mesotherapy", treated_at, now, committed(), zone=zone, part_of_day=part)  # type: ignore[arg-type]
        for zone, part in ways
    ]
    assert len({tuple(each.occasion for each in made) for made in plans}) == 1
    assert len({made[2].due_at for made in plans}) == 3


@pytest.mark.parametrize("treated", ["2026-03-27 11:00", "2026-10-23 11:00"])
def test_a_change_of_the_clocks_keeps_the_hour(treated: str) -> None:
    found = plan("mesotherapy", treated)
    assert [each.occasion for each in found][:4] == ["hours_3", "day_0", "day_1", "day_3"]
    assert {f"{each.due_at.astimezone(LONDON):%H:%M}" for each in found[2:]} == {"09:00"}
    assert found[3].due_at - found[2].due_at != timedelta(days=2)


@pytest.mark.parametrize(
    ("wish", "allowed"),
    [
        ("2026-05-04 08:00", "2026-05-04 08:00"),
        ("2026-05-04 20:59", "2026-05-04 20:59"),
        ("2026-05-04 21:00", "2026-05-05 08:00"),
        ("2026-05-04 23:59", "2026-05-05 08:00"),
        ("2026-05-05 00:00", "2026-05-05 08:00"),
        ("2026-05-05 07:59", "2026-05-05 08:00"),
        ("2026-10-24 22:00", "2026-10-25 08:00"),
        ("2026-03-28 22:00", "2026-03-29 08:00"),
    ],
)
def test_quiet_hours_move_to_the_morning_unless_essential(wish: str, allowed: str) -> None:
    assert next_allowed(at(wish), LONDON, essential=False) == at(allowed)
    assert next_allowed(at(wish), LONDON, essential=True) == at(wish)
    assert next_allowed(at(wish).astimezone(LONDON), LONDON, essential=True).tzinfo is UTC


def test_a_time_that_the_clocks_jump_over_comes_later() -> None:
    gap = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert instant(date(2026, 3, 29), datetime(2026, 1, 1, 1, 30, tzinfo=UTC).time(), LONDON) == gap


def test_days_count_from_the_treatment() -> None:
    assert [day_of(date(2026, 5, 4), date(2026, 5, day)) for day in (3, 4, 5, 11)] == [0, 0, 1, 7]
    assert day_of(date(2026, 12, 31), date(2027, 1, 28)) == 28


def test_details_are_asked_when_the_short_way_is_not_enough() -> None:
    assert asks_further(CheckInAnswers(short="more_than_this"))
    assert asks_further(CheckInAnswers(overall="worse", short="like_today"))
    assert not asks_further(CheckInAnswers(overall="same", short="like_today"))


def test_words_and_buttons_are_put_together_and_the_worse_counts() -> None:
    both = CheckInAnswers(
        redness="fading", pain="severe", signs=frozenset({"spreading_slowly", "strong", "hives"})
    )
    assert merge_signals(both) == CheckInAnswers(
        redness="spreading_slowly", pain="severe", signs=frozenset({"hives"})
    )
    plain = CheckInAnswers(pain="mild", signs=frozenset({"hives"}))
    assert merge_signals(plain) is plain


def test_worse_than_last_needs_both_answers() -> None:
    mild, strong = CheckInAnswers(pain="mild"), CheckInAnswers(pain="strong")
    assert is_worse("pain", strong, mild)
    assert not is_worse("pain", mild, strong)
    assert not is_worse("pain", strong, None)
    assert not is_worse("pain", strong, CheckInAnswers(redness="none"))
    assert not is_worse("pain", CheckInAnswers(), mild)
    assert rank_of("pain", None) == -1
    with pytest.raises(KeyError):
        rank_of("pain", "awful")
