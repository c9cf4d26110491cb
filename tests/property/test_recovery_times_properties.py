"""Asked once, on its day, never at night, in order: in any zone, over changes of the clocks and of one's mind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Self
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.clinic.plan import ASKED_AT, next_allowed
from bot.clinic.zones import find_zone, place_of
from bot.engine.asking import TOGETHER
from bot.engine.effect import CancelTimer, MissTimer, SendMessage, SetTimer
from bot.engine.event import Event
from bot.engine.session import PlannedCheckIn, Visit
from bot.quiet_hours import QUIET_FROM, QUIET_UNTIL
from tests.engine_books import Patient
from tests.recovery_patient import LONDON, committed_book

ZONES = (
    *("Europe/London", "Europe/Athens", "America/New_York", "America/Los_Angeles", "Pacific/Honolulu"),
    *("Asia/Kolkata", "Asia/Dubai", "Australia/Sydney", "Pacific/Auckland", "Africa/Casablanca"),
)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINUTES = 90 * 24 * 60


@dataclass(frozen=True)
class Asked:
    """A check-in that came: when, on which day after the treatment by the person's clock, and in which zone."""

    item: PlannedCheckIn
    at: datetime
    zone: ZoneInfo
    day: int


class Traveller(Patient):
    """Answers a while after each question that all is fine; timers fire by themselves, as the store has them."""

    def __init__(self, treatment: str, treated_at: datetime, part: str, answers_after: timedelta) -> None:
        super().__init__(committed_book())
        self.now = treated_at
        self.timers: dict[str, SetTimer] = {}
        self.spent: set[str] = set()
        self.asked: list[Asked] = []
        self.answers_at: datetime | None = None
        self.answers_after = answers_after
        self.start("aftercare").press(treatment)
        if treatment != "mesotherapy":
            self.press("needles_only")
        self.press("just_now").press("agree").say("Ann").press("not_now").press(part).press("enough")

    @property
    def visit(self) -> Visit:
        return self.person.visits[0]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.person.contact.time_zone or LONDON.key)

    def take(self, event: Event) -> Self:
        super().take(event)
        for effect in self.effects:
            if isinstance(effect, SetTimer):
                assert effect.key not in self.spent, "a key that was set before sets nothing"
                self.spent.add(effect.key)
                self.timers[effect.key] = effect
            elif isinstance(effect, CancelTimer | MissTimer):
                self.timers.pop(effect.key, None)
            elif isinstance(effect, SendMessage) and effect.occasion:
                self._is_asked(effect.occasion.split("/")[2])
        return self

    def _is_asked(self, occasion: str) -> None:
        item = next(item for item in self.visit.plan if item.occasion == occasion)
        treated_on = self.visit.treated_at.astimezone(self.zone).date()
        day = (self.now.astimezone(self.zone).date() - treated_on).days
        self.asked.append(Asked(item, self.now, self.zone, day))
        assert self.session.context["visit.day"] == day
        assert self.session.context["visit.kind"] == item.kind
        self.answers_at = self.now + self.answers_after

    def until(self, moment: datetime) -> None:
        while True:
            timers = sorted(self.timers.values(), key=lambda each: (each.fire_at, each.key))[:1]
            first = min([*(timer.fire_at for timer in timers), self.answers_at or moment, moment])
            if first >= moment:
                break
            self.now = max(self.now, first)
            if timers and timers[0].fire_at == first:
                del self.timers[timers[0].key]
                self.fire(timers[0].key)
            else:
                self._answer()
        self.now = moment

    def _answer(self) -> None:
        self.answers_at = None
        if self.at.endswith("overall"):
            self.press("better").press("like_today").choose("none")
        elif self.at.endswith("lump"):
            self.press("none")

    def change(self, wish: str) -> None:
        """By the buttons of /times: another part of the day, or a place."""
        before = [item for item in self.visit.plan if item.due_at > self.now]
        self.say("/times")
        if self.at.endswith("nothing") or not self.visit.plan:
            return
        if wish in ASKED_AT:
            self.press(wish)
            assert self.visit.part_of_day == wish
        else:
            self.press("zone").say(place_of(wish)).press("yes")
            assert self.zone.key == wish
        after = {item.occasion: item for item in self.visit.plan}
        for item in before:
            if item.occasion not in after:  # one with its neighbour, and no later than it could have come
                allowed = next_allowed(item.due_at, self.zone, essential=item.essential) + TOGETHER
                assert any(item.day <= each.day and self.now < each.due_at <= allowed for each in after.values())


CHANGES = st.lists(
    st.tuples(st.integers(1, MINUTES), st.sampled_from((*ASKED_AT, *ZONES))),
    max_size=4,
    unique_by=lambda change: change[0],
).map(sorted)
# Most of what can go wrong happens in the first days.
EARLY = st.lists(
    st.tuples(st.integers(1, 5 * 24 * 60), st.sampled_from((*ASKED_AT, *ZONES))),
    max_size=4,
    unique_by=lambda change: change[0],
).map(sorted)


@settings(max_examples=settings().max_examples // 3)
@given(
    treatment=st.sampled_from(("microneedling", "mesotherapy", "combined")),
    minute=st.integers(0, 365 * 24 * 60),
    part=st.sampled_from(tuple(ASKED_AT)),
    changes=CHANGES | EARLY,
    answers_after=st.integers(1, 600),
)
@example(
    "mesotherapy", 213 * 24 * 60 + 13 * 60, "evening", [(180, "Pacific/Auckland"), (300, "Pacific/Honolulu")], 30
)
@example("combined", 295 * 24 * 60 + 9 * 60, "morning", [(4 * 1440, "evening"), (5 * 1440, "morning")], 30)
def test_every_check_in_comes_once_on_its_day_by_day_and_in_order(
    treatment: str, minute: int, part: str, changes: list[tuple[int, str]], answers_after: int
) -> None:
    treated_at = YEAR + timedelta(minutes=minute)
    patient = Traveller(treatment, treated_at, part, timedelta(minutes=answers_after))
    planned = {item.occasion for item in patient.visit.plan}
    last_change, moved_zone = treated_at, datetime.max.replace(tzinfo=UTC)
    for after, wish in changes:
        patient.until(treated_at + timedelta(minutes=after))
        patient.change(wish)
        last_change = patient.now
        moved_zone = min(moved_zone, patient.now) if wish in ZONES else moved_zone
    patient.until(treated_at + timedelta(days=90))
    asked = patient.asked
    occasions = [each.item.occasion for each in asked]
    assert len(set(occasions)) == len(occasions), "once"
    assert {item.occasion for item in patient.visit.plan} <= set(occasions), "all of them"
    assert set(occasions) <= planned | {"hours_3"}, "and nothing else"
    assert all(earlier.item.day <= later.item.day for earlier, later in pairwise(asked))
    for each in asked:
        local = each.at.astimezone(each.zone)
        assert each.item.essential or QUIET_UNTIL <= local.time() < QUIET_FROM
        assert each.item.due_at <= each.at <= each.item.due_at + timedelta(seconds=each.item.catch_up_seconds)
        # After a treatment late in the evening the first one comes in the morning; who flies east loses hours.
        most = 2 if each.at > moved_zone else 1 if each.item.day == 0 else 0
        assert each.item.day <= each.day <= each.item.day + most
        if each.item.day > 0 and each.at > last_change + timedelta(days=2):
            assert local.time() == ASKED_AT["morning" if patient.visit.part_of_day == "morning" else "evening"]


@given(zone=st.sampled_from(ZONES), minute=st.integers(0, 365 * 24 * 60))
def test_a_clock_is_understood_as_a_zone_that_shows_the_same(zone: str, minute: int) -> None:
    now = YEAR + timedelta(minutes=minute)
    local = now.astimezone(ZoneInfo(zone))
    found = find_zone(f"it's {local:%H:%M} here now", now, ZoneInfo(zone))
    assert found == zone
    far = find_zone(f"{local:%I:%M %p}", now, LONDON)
    assert far is not None
    assert now.astimezone(ZoneInfo(far)).utcoffset() == local.utcoffset()
