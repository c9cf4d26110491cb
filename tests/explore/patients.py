"""Simulated patients: each reads what comes, and answers it in a way of their own, or doesn't.

What one does depends on seed, person and question alone, never on chance that a kill could shift.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.engine.effect import Lane, SendMessage
from bot.engine.event import Blocked, Event, PhotoSent, Pressed, Said, Started, Unblocked, read_button

TREATMENTS: Final = ("microneedling", "mesotherapy", "combined")
PATTERNS: Final = (
    "fine", "amber", "red", "urgent", "late", "silent", "changing", "stopping", "starting_again", "blocked",
    "blocked_silently", "again", "asking", "forgotten", "patchy", "moving",
)  # fmt: skip
Action = tuple[datetime, tuple[Event, ...]]
"""When, and what they do then."""

RESUMES: Final = "resumes"
_CALM: Final = ("better", "like_today", "all_well", "go_on", "none", "no", "enough", "yes")
_PREFERRED: Final = {
    "amber": ("same", "more_than_this", "fading", "mild", "person", *_CALM),
    "red": ("worse", "more_than_this", "same", "strong", *_CALM),
    "urgent": ("urgent", *_CALM),
}
_SIGNS: Final = {"amber": ("bumps", "spots", "itch_or_rash"), "red": ("fever", "hot_skin", "white_or_net_skin")}
_SAYS_RED: Final = frozenset({"purgent", *(f"p{sign}" for sign in _SIGNS["red"])})
_TIMES: Final = ("just_now", "earlier_today", "yesterday")
HOMES: Final = ("Auckland", "Dubai", "Kathmandu", "Sao Paulo", "Los Angeles", "Honolulu")
"""Where those live who go by another clock than the clinic's, as they type it."""
_DETAILS: Final = frozenset({"redness", "swelling", "pain"})
_GO_AWAY: Final = frozenset({"late", "changing", "patchy", "amber"})
"""Patterns of people who leave a check-in at one of these questions now and then, at whatever hour it is."""
PATIENCE: Final = 3
"""So often somebody says that nobody has reached them, and presses urgent: more says nothing new."""
_SHOWN: Final = frozenset({"overall", "picture", "signs", "redness"})
"""Questions of a check-in at which a photo is sent."""


@dataclass(slots=True)
class Patient:
    """One person's phone and mind.

    Args:
        chat: Telegram's id.
        treatment: What they have had.
        pattern: One of `PATTERNS`.
        enrols_at: When they scan the code on the aftercare card; aware UTC.
        seed: Of what they choose.
        has_ticket: Staff enter the visit at `enrols_at`, and they scan the code of that.
        home: Where they live, if by another clock than the clinic's: one of `HOMES`, which they say with /times.
        shows: They send photos now and then, whether the clinic takes any or not.
    """

    chat: int
    treatment: str
    pattern: str
    enrols_at: datetime
    seed: int
    has_ticket: bool = False
    home: str = ""
    shows: bool = False
    asked: int = 0
    """Check-ins that came."""
    stopped: list[datetime] = field(default_factory=list)
    resumed: list[datetime] = field(default_factory=list)
    refuses: bool = False
    says_red: bool = False
    """A red sign, or that it feels urgent, has reached the bot, whichever question stood open by then."""
    shown: list[str] = field(default_factory=list)
    """The photos that have reached the bot."""
    owed: set[str] = field(default_factory=set)
    """Those of them that came while a check-in was open."""
    _answered: set[tuple[str, int]] = field(default_factory=set)
    _sessions: set[str] = field(default_factory=set)
    _backs: int = 0
    _impatient: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        """How the checker speaks of them."""
        return f"{self.chat} ({self.treatment}, {self.pattern})"

    @property
    def treated(self) -> str:
        """When that was, as staff enter it."""
        return self._rng("treated").choice(_TIMES)

    def is_stopped(self, at: datetime) -> bool:
        """Whether they had asked for silence by then."""
        last = max((each for each in self.stopped if each <= at), default=None)
        return last is not None and not any(last < each <= at for each in self.resumed)

    def begins(self) -> Iterator[Action]:
        """What they do by themselves, whatever comes."""
        if not self.has_ticket:
            yield self.enrols_at, (Started("aftercare"),)
        if self.home:
            yield self.enrols_at + timedelta(minutes=40), (Said("/times"),)
        rng = self._rng("alone")
        if self.pattern == "again":
            yield (
                self.enrols_at + timedelta(days=rng.randint(2, 20), minutes=rng.randint(0, 300)),
                (Started("aftercare"),),
            )
        if self.pattern == "asking":
            for _ in range(4):
                at = self.enrols_at + timedelta(days=rng.randint(0, 30), minutes=rng.randint(30, 1400))
                yield at, (Said(rng.choice(["is this normal?", "how long does it take", "my face is red"])),)
        if self.pattern == "moving":
            for _ in range(6):
                yield self.enrols_at + timedelta(minutes=rng.randint(20, 12 * 1440)), (Said("/times"),)
        if self.pattern in {"blocked", "blocked_silently"}:
            at = self.enrols_at + timedelta(days=rng.randint(1, 6), minutes=rng.randint(0, 600))
            back = at + timedelta(days=rng.randint(1, 20), minutes=7)
            told = self.pattern == "blocked"
            yield at, (Blocked(),) if told else (Said("hello"),)
            yield back, (Unblocked(), Started()) if told else (Said("hello again"),)

    def scans(self, at: datetime, payload: str) -> list[Action]:
        """The code of their visit is shown to them; some scan it only when it has run out."""
        minutes = 26 * 60 if self._rng("scans").random() < 0.1 else 2
        return [(at + timedelta(minutes=minutes), (Started(payload),))]

    def reads(self, at: datetime, message: SendMessage) -> list[Action]:
        """A message has come; what they will do about it."""
        data = next((each for each in _pressable(message) if each), None)
        button = read_button(data) if data else None
        if button is None or (button.session, button.turn) in self._answered:
            return []
        key = (button.session, button.turn)
        if message.lane is Lane.CHECK_IN and button.session not in self._sessions:
            self._sessions.add(button.session)
            self.asked += 1
        self._answered.add(key)
        rng = self._rng(f"{message.flow}/{message.state}/{len(self._answered)}")
        delay = self._delay(message, rng)
        if delay is None:
            return []
        at += delay
        is_asked = message.lane is Lane.CHECK_IN
        may_stop = self.pattern in {"stopping", "starting_again"} and not self.stopped
        if may_stop and is_asked and self.asked > rng.randint(0, 2):
            return [(at, (Said("/stop"),)), *self._starts_again(at, rng)]
        if self.pattern == "forgotten" and is_asked and self.asked == 2:
            return [(at, (Said("/delete"),))]
        return [(at, tuple(self._answers(message, rng)))]

    def does(self, at: datetime, event: Event) -> None:
        """It has reached the bot: from here on it counts."""
        match event:
            case Said("/stop"):
                if not self.is_stopped(at):
                    self.stopped.append(at)
            case Pressed(press_id=pressed) if pressed == RESUMES:
                self.resumed.append(at)
            case Pressed(press_id=pressed) if pressed in _SAYS_RED:
                self.says_red = True
            case Blocked():
                self.refuses = True
            case Said("hello") if self.pattern == "blocked_silently":
                self.refuses = True
            case Unblocked() | Said("hello again"):
                self.refuses = False
            case PhotoSent(file_id):
                self.shown.append(file_id)
            case _:
                pass

    def _starts_again(self, at: datetime, rng: random.Random) -> list[Action]:
        """/stop once more, some days later; the press that undoes it follows when it is asked."""
        if self.pattern != "starting_again":
            return []
        return [(at + timedelta(days=rng.randint(1, 9), minutes=rng.randint(0, 300)), (Said("/stop"),))]

    def _delay(self, message: SendMessage, rng: random.Random) -> timedelta | None:
        """In steps of ten minutes, so that many people's taps fall into one round; None: no answer at all."""
        unasked = message.lane is Lane.CHECK_IN
        if unasked and self.pattern == "silent":
            return None
        if unasked and self.pattern == "patchy" and rng.random() < 0.5:
            return None
        if unasked and (self.pattern == "late" or (self.pattern == "patchy" and rng.random() < 0.5)):
            return timedelta(minutes=10 * rng.randint(3 * 6, 34 * 6))
        if message.state == "keep" and rng.random() < 0.5:
            return None
        if message.state in _DETAILS and self.pattern in _GO_AWAY and rng.random() < 0.3:
            return None
        return timedelta(minutes=10 * rng.randint(1, 3) if unasked else 1)

    def _answers(self, message: SendMessage, rng: random.Random) -> Iterator[Event]:
        by_id = {spec.id: spec.data for row in message.rows for spec in row if spec.data}
        mood = self._mood(rng)
        if self.shows and message.flow == "recovery" and message.state in _SHOWN and rng.random() < 0.2:
            yield PhotoSent(f"photo-{self.chat}-{len(self._answered)}")
        if self.home and message.state == "where":
            yield Said(self.home)
            return
        if message.choose == "many":
            signs = [sign for sign in _SIGNS.get(mood, ()) if sign in by_id][:2]
            if signs:
                yield from (Pressed(by_id[sign] or "", f"p{sign}") for sign in signs)
                yield Pressed(by_id["done"] or "", "pdone")
                return
        if message.choose == "text" and rng.random() < 0.5:
            yield Said("Ann Lee" if message.state == "name" else "It itches a little")
            return
        if message.choose == "contact" and rng.random() < 0.5:
            yield Said("020 7946 0000")
            return
        if self.pattern == "changing" and "back" in by_id and self._backs < 4 and rng.random() < 0.2:
            self._backs += 1
            yield Pressed(by_id["back"] or "", "pback")
            return
        wanted = self._choice(message, mood, list(by_id), rng)
        if wanted is None:
            return
        resumes = self.pattern == "starting_again" and message.flow == "stop" and wanted == "yes"
        yield Pressed(by_id[wanted] or "", RESUMES if resumes else f"p{wanted}")
        if self.pattern == "changing" and rng.random() < 0.1:
            yield Pressed(by_id[wanted] or "", f"again{wanted}")  # a nervous finger

    def _choice(self, message: SendMessage, mood: str, ids: list[str], rng: random.Random) -> str | None:
        """The first that is there of what they would like best."""
        if message.flow == "reached":
            return "no" if self._has_patience("no") else "yes"
        if mood == "urgent" and not ("urgent" in ids and self._has_patience("urgent")):
            mood = "fine"
        if message.flow == "times" and self.home:
            return next((each for each in ("zone", "yes") if each in ids), None)
        if message.flow == "times":
            return rng.choice([each for each in ids if each not in {"go_on", "no", "back", "urgent"}])
        part = rng.choice(["morning", "evening"])
        treatment = self.treatment
        if self.pattern == "again" and self.asked > 1:
            treatment = TREATMENTS[(TREATMENTS.index(treatment) + 1) % 3]
        first = (treatment, "needles_only", rng.choice(_TIMES), "agree", part)
        refusals = ("not_now",) if message.choose in {"text", "contact"} else ()
        wanted = (*first, *refusals, *_PREFERRED.get(mood, ()), *_CALM, "done")
        found = next((each for each in wanted if each in ids), None)
        return found or next((each for each in ids if each not in {"back", "urgent", "person", "stop"}), None)

    def _has_patience(self, option: str) -> bool:
        self._impatient[option] += 1
        return self._impatient[option] <= PATIENCE

    def _mood(self, rng: random.Random) -> str:
        if self.pattern in {"amber", "red", "urgent"}:
            return self.pattern if self.asked == self.seed % 3 + 1 else "fine"
        if self.pattern in {"changing", "patchy", "late"}:
            return rng.choice(["fine", "fine", "fine", "amber"])
        return "fine"

    def _rng(self, about: str) -> random.Random:
        return random.Random(f"{self.seed}/{self.chat}/{about}")


def _pressable(message: SendMessage) -> list[str | None]:
    return [spec.data for row in message.rows for spec in row if spec.kind in {"option", "done"}]
