"""Somebody who heals, over the committed flows and data: answers check-ins on any day, by the clock of a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.engine.effect import CancelTimer, ReportAlert, ReportResult, SendMessage, SetTimer, Turn
from bot.engine.model import Book
from bot.engine.session import Alert, Visit
from tests.committed import committed_reading
from tests.engine_books import Patient

ROOT = Path(__file__).parents[1]
LONDON = ZoneInfo("Europe/London")
TREATED_AT = datetime(2026, 6, 2, 11, 0, tzinfo=LONDON)  # a Tuesday, in opening hours
LEVELS = ("green", "amber_soon", "amber_today", "red")


@cache
def committed_book(levels: str | None = None) -> Book:
    """The flows and data as committed, with a staff chat; `levels` instead of the clinic's own."""
    book = committed_reading(levels).book
    assert book is not None
    return replace(book, clinic={**book.clinic, "clinic.staffed": True})


@dataclass(frozen=True)
class How:
    """The answers of one check-in, by question; what is left out is answered as somebody well would."""

    overall: str = "better"
    short: str = "like_today"
    signs: tuple[str, ...] = ()
    redness: str = "fading"
    swelling: str = "none"
    pain: str = "none"
    clarify: str | None = None
    lump: str = "none"


class Healing(Patient):
    """A patient whose timers fire by themselves. `at` moves the clock and answers; nothing else does."""

    def __init__(
        self,
        treatment: str = "mesotherapy",
        of: Book | None = None,
        part: str = "evening",
        phone: str | None = "07700 900123",
        *,
        is_done: bool = True,
    ) -> None:
        super().__init__(of or committed_book())
        self.treatment = treatment
        self.now = TREATED_AT.astimezone(self.now.tzinfo)
        self.start("aftercare").press(treatment)
        if treatment != "mesotherapy":
            self.press("needles_only")
        self.press("just_now").press("agree").say("Ann Smith")
        if phone is None:
            self.press("not_now")
        else:
            self.say(phone)
        self.press(part)
        if is_done:
            self.press("enough")

    @classmethod
    def at_the_plan(cls, treatment: str = "mesotherapy") -> Healing:
        """Somebody who has just been shown their plan."""
        return cls(treatment, is_done=False)

    @property
    def visit(self) -> Visit:
        return self.person.visits[-1]

    @property
    def asked(self) -> str:
        """The state whose question is in front; empty when none is open."""
        session = self.person.session(self.person.front)
        return session.at_key.rpartition(".")[2] if session is not None else ""

    def waiting_timers(self) -> dict[str, SetTimer]:
        """Timers of the engine that are still to fire."""
        found: dict[str, SetTimer] = {}
        over: set[str] = set(self._fired)
        for turn in self.turns:
            for effect in turn.effects:
                if isinstance(effect, SetTimer) and effect.key not in over | found.keys():
                    found[effect.key] = effect
                elif isinstance(effect, CancelTimer):
                    found.pop(effect.key, None)
                    over.add(effect.key)
        return found

    def waiting_check_ins(self) -> dict[str, datetime]:
        """When the check-ins still to come will be asked, in London, by their occasion."""
        timers = self.waiting_timers()
        found = {key.split("/")[2]: timer.fire_at for key, timer in timers.items() if timer.kind == "checkin"}
        return {occasion: at.astimezone(LONDON) for occasion, at in found.items()}

    @property
    def _fired(self) -> set[str]:
        return self.__dict__.setdefault("_fired_keys", set())  # type: ignore[no-any-return]

    def until(self, moment: datetime) -> Healing:
        """Let everything fire that falls due by then, in order; what is past its catch-up window is missed."""
        while True:
            due = [timer for timer in self.waiting_timers().values() if timer.fire_at <= moment]
            if not due:
                break
            timer = min(due, key=lambda each: (each.fire_at, each.key))
            self._fired.add(timer.key)
            late = (self.now - timer.fire_at).total_seconds()
            self.now = max(self.now, timer.fire_at)
            if late <= timer.catch_up_seconds:
                self.fire(timer.key, max(0.0, late))
        self.now = max(self.now, moment.astimezone(self.now.tzinfo))
        return self

    def on_day(self, day: int, hour: int = 20, minute: int = 0) -> Healing:
        """Let time pass until that hour in London, so many days after the treatment."""
        moment = (TREATED_AT + timedelta(days=day)).replace(hour=hour, minute=minute)
        return self.until(moment)

    def fine_until(self, day: int) -> Healing:
        """Answer every check-in that comes, an hour later, up to the morning of that day."""
        end = (TREATED_AT + timedelta(days=day)).replace(hour=8)
        while self.now < end.astimezone(self.now.tzinfo):
            self.until(min(end.astimezone(self.now.tzinfo), self.now + timedelta(hours=1)))
            if self.asked in {"overall", "lump"}:
                self.check_in(How())
        return self

    def check_in(self, how: How) -> str:
        """Answer the open check-in, or ask for one; the level that came of it."""
        if self.asked not in {"overall", "lump"}:
            self.say("is this normal?")
        before = len(self.turns)
        for _ in range(9):
            match self.asked:
                case "overall" | "redness" | "swelling" | "pain" | "lump" as question:
                    self.press(getattr(how, question))
                case "picture":
                    self.press(how.short)
                case "signs":
                    self.choose(*(how.signs or ("none",)))
                case "clarify" | "clarify_growing":
                    assert how.clarify is not None, "asked once more"
                    self.press(how.clarify)
                case "more":
                    self.press("enough")
                case "ambulance" | "skin_colour":
                    self.press("go_on")
                case _:
                    break
        found = [
            effect.outcome
            for turn in self.turns[before:]
            for effect in turn.effects
            if isinstance(effect, ReportResult)
        ]
        return found[-1] if found else "nothing"

    def texts_of(self, turn: Turn) -> list[str]:
        """What a turn said to the patient, marks on answered questions apart."""
        return [each.html for each in turn.effects if isinstance(each, SendMessage) and each.edits is None]

    def open_alerts(self) -> Sequence[Alert]:
        return [alert for alert in self.person.alerts if alert.status not in {"closed", "withdrawn"}]

    def reports(self) -> list[ReportAlert]:
        """What the last event told of alerts."""
        return [effect for effect in self.effects if isinstance(effect, ReportAlert)]
