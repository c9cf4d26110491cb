"""The state that is kept: a person and their sessions. Frozen; every type survives JSON (`store` holds that)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from bot.ids import AlertId, ContactId, LeadId, SessionId, VisitId

FORMAT = 1
"""Of a session as JSON. A reader refuses higher numbers and converts lower ones."""

ContextValue: TypeAlias = "str | int | bool | None"


class Status(StrEnum):
    """Of a session."""

    WAITING = "waiting"  # a question is open
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: ids of options, or one of the typed kinds; `expired` when nobody answered in time."""

    options: tuple[str, ...] = ()
    text: str | None = None
    number: float | None = None
    on: date | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """An answer with its instant (aware UTC), the clinic's local day then, and its order among the answers."""

    answer: Answer
    at: datetime
    on: date
    order: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The message that shows the open question: what to edit when it is answered. `html` is as it was sent.

    `row` is the number under which it was shown last: that of an edit where it took a message over. `stays`: the
    message says more than the question, and is never taken over by the next one.
    """

    message: int
    html: str
    key: str
    row: int = 0
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation. `answers` by call path and state; `done` the standing effects in force, key → content.

    `turn` counts answers (marks of a choose-many don't); every button carries the turn it was shown in.
    `reopened` is the question that `/answers` has opened again. `is_detour`: a global command on top of another
    session, dropped with its answers when it ends.
    """

    id: SessionId
    flow: str
    started_at: datetime
    started_on: date
    touched_at: datetime
    status: Status = Status.WAITING
    context: Mapping[str, ContextValue] = field(default_factory=lambda: MappingProxyType({}))
    answers: Mapping[str, Given] = field(default_factory=lambda: MappingProxyType({}))
    done: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    marks: tuple[str, ...] = ()
    turn: int = 0
    misses: int = 0
    book: int = 0
    shown: Shown | None = None
    at_key: str = ""
    heard: tuple[str, ...] = ()
    reopened: str | None = None
    is_detour: bool = False
    format: int = FORMAT

    @property
    def is_judged(self) -> bool:
        """Whether the answers of a check-in in it have come to a level."""
        return any(name.startswith("course/") for name in self.done)


@dataclass(frozen=True, slots=True)
class Consent:
    """To which words (`version` is a hash of the text shown) and when."""

    version: str
    given_at: datetime
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody who wants to be seen or rung. `kind`: booking, ring_me, human, consultation.

    `card` is the message number of the staff card, once one was sent. Status: open → taken → called → closed,
    or withdrawn.
    """

    id: LeadId
    kind: str
    status: str
    opened_at: datetime
    notes: tuple[str, ...] = ()
    phone: str | None = None
    taken_by: int | None = None
    taken_name: str | None = None
    card: int | None = None
    session: SessionId | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """Something done about an alert: `what` in a word, `by` the Telegram id of whoever did it (None: the clock).

    `note` is a reason or a remark of staff, never what the person wrote.
    """

    what: str
    at: datetime
    by: int | None = None
    name: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that staff must look at.

    `level`: red, amber_today, amber_soon. `words` is what the person wrote. Status: raised → acknowledged →
    called or no_answer → closed, or changed, or withdrawn. `log` is what was done about it, oldest first.
    `answers_now` and `level_now`: what they answer since a red, and what that alone comes to; the red stands.
    """

    id: AlertId
    level: str
    reason: str
    signs: tuple[str, ...]
    status: str
    raised_at: datetime
    words: str = ""
    step: int = 0
    taken_by: int | None = None
    taken_name: str | None = None
    card: int | None = None
    session: SessionId | None = None
    key: str = ""
    visit: VisitId | None = None
    day: int | None = None
    called_at: datetime | None = None
    log: tuple[Noted, ...] = ()
    level_now: str = ""
    answers_now: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedCheckIn:
    """A check-in still wanted: `occasion` names it within its visit for ever (`day_3`, `hours_3`).

    `kind`: full or one_tap_lump. `essential` may come in quiet hours, and its silence is told to staff.
    """

    occasion: str
    day: int
    due_at: datetime
    essential: bool
    kind: str
    catch_up_seconds: int
    told_after: timedelta = timedelta(hours=12)
    """Essential and unanswered for so long, it is told to staff."""
    moved: int = 0
    """0 at the instant of the first plan, else a number of its own for each instant it was moved to."""


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """An answered check-in: `answers` by question (`redness` → (`fading`,), `signs` → (…)), and its level.

    `is_typed`: words of the person's own instead, typed when no check-in asked; with what was heard in them.
    `level_now`: of the answers as they are now, where they were red before and `level` stays so.
    """

    day: int
    at: datetime
    level: str
    answers: Mapping[str, tuple[str, ...]]
    session: SessionId
    is_typed: bool = False
    level_now: str = ""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that the person sent in a check-in: Telegram's id of the file, and nothing of the picture."""

    file_id: str
    at: datetime
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A treatment done. `entered_by`: self or staff. Status: unconfirmed → ours | not_ours; open → ended.

    `plan` holds the check-ins still to come (empty without consent to them), `course` those answered, oldest
    first; `photos` those sent meanwhile.
    `unanswered` counts the days in a row on which nobody answered, `unanswered_day` is the last of them.
    `was_planned`: it has had a plan. `asked`: the occasions that have come. `decided_at`: when staff said that it
    isn't theirs; its plan is kept, in case that is taken back.
    """

    id: VisitId
    treatment: str
    treated_at: datetime
    entered_by: str
    status: str
    opened_at: datetime
    part_of_day: str = "evening"
    name: str = ""
    device: str = ""
    note: str = ""
    practitioner: str = ""
    location: str = ""
    plan: tuple[PlannedCheckIn, ...] = ()
    course: tuple[CheckedIn, ...] = ()
    unanswered: int = 0
    card: int | None = None
    session: SessionId | None = None
    decided_at: datetime | None = None
    unanswered_day: int | None = None
    was_planned: bool = False
    asked: tuple[str, ...] = ()
    photos: tuple[Photo, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """A campaign that brought the person."""

    campaign: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contact:
    """Who writes, and the facts about them that outlast sessions.

    `chat` is Telegram's id of the private chat. `minor_at`: said to be under 18; only staff or /delete lift it.
    `stopped_at`: nothing unprompted any more. `blocked_at`: Telegram refuses what we send. `time_zone`: an IANA
    name, when it isn't the clinic's. `pinned`: the number of the
    message that is kept on top of the chat. `album`: Telegram's id of the album of which something came last.
    """

    id: ContactId
    chat: int
    created_at: datetime
    first_name: str = ""
    language: str | None = None
    phone: str | None = None
    minor_at: datetime | None = None
    stopped_at: datetime | None = None
    blocked_at: datetime | None = None
    consent: Consent | None = None
    first_touch: Touch | None = None
    last_touch: Touch | None = None
    sessions: int = 0
    messages: int = 0
    standing: int = 0
    time_zone: str | None = None
    pinned: int | None = None
    album: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with all that is theirs. `front` is the session whose question was shown last."""

    contact: Contact
    sessions: tuple[Session, ...] = ()
    leads: tuple[Lead, ...] = ()
    alerts: tuple[Alert, ...] = ()
    visits: tuple[Visit, ...] = ()
    front: SessionId | None = None
    version: int = 0

    def session(self, wanted: SessionId | None) -> Session | None:
        """The session of that id, if it is this person's."""
        return next((session for session in self.sessions if session.id == wanted), None)
