"""What must happen, in the imperative. `advance` returns these; the turn loop writes them down in one commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import TypeAlias

from bot.engine.session import Person


class Lane(StrEnum):
    """In order of precedence."""

    ALERT = "alert"
    REPLY = "reply"
    CHECK_IN = "check_in"
    BROADCAST = "broadcast"


class To(StrEnum):
    """Whose chat: the person's, the staff chat, or a staff member's private chat (`staff_chat`)."""

    PATIENT = "patient"
    STAFF = "staff"
    STAFF_MEMBER = "staff_member"


@dataclass(frozen=True, slots=True)
class ButtonSpec:
    """A button: `data` goes back to us, `url` opens an address, `shares_contact` asks Telegram for the number.

    `kind`: option, done, extra, link, contact. Only options are answers.
    """

    id: str
    label: str
    kind: str = "option"
    data: str | None = None
    url: str | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class SendMessage:
    """A message, finished but for the channel's own form.

    `number` is unique for the contact and never used again; `edits` is the number of the message it replaces.
    `html` holds only <b>, <i> and escaped text. `rows` is the keyboard. `replaceable` says that a later question
    of the same person may take its place while it is still unsent. `window_seconds`: how long sending is tried.
    `only_buttons`: an edit of the keyboard alone. `droppable`: an edit that may be left out under load (a mark).
    `occasion`: its timer's key, where it opens a check-in: out of its window it is asked anew, or was missed.
    `unpins`: nothing stays pinned above it. `quiet_in`: a time zone through whose night it waits, however late its
    turn comes; "": it may come at any hour.
    """

    number: int
    html: str
    rows: tuple[tuple[ButtonSpec, ...], ...] = ()
    to: To = To.PATIENT
    staff_chat: int | None = None
    lane: Lane = Lane.REPLY
    edits: int | None = None
    only_buttons: bool = False
    droppable: bool = False
    flow: str = ""
    state: str = ""
    choose: str = ""
    is_question: bool = False
    window_seconds: int | None = 86_400
    placeholder: str = ""
    unpins: bool = False
    occasion: str = ""
    quiet_in: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a picture shows, from which it is drawn when it is sent: `kind` says how, `content` (JSON) what.

    `is_personal`: it shows somebody's own answers, and is never kept.
    """

    kind: str
    content: str
    is_personal: bool = False

    @property
    def name(self) -> str:
        """Names what it shows: equal content has an equal name."""
        return f"{self.kind}-{sha256(self.content.encode('utf-8', 'replace')).hexdigest()[:20]}"


@dataclass(frozen=True, slots=True)
class SendPicture:
    """A picture with its words as caption.

    It lies at `path` in the data folder; one that is drawn has its `drawing`, and `path` is that one's name. One
    that somebody sent has the `file_id` by which the channel knows it. `quiet_in`: as of a message.
    """

    number: int
    path: str
    alt: str
    to: To = To.PATIENT
    lane: Lane = Lane.REPLY
    window_seconds: int | None = 86_400
    drawing: Drawing | None = None
    staff_chat: int | None = None
    file_id: str = ""
    quiet_in: str = ""


@dataclass(frozen=True, slots=True)
class PinMessage:
    """Keep the message numbered `message` on top of the person's chat, silently; with `unpins` no longer.

    Nothing waits for it, and nothing is lost without it.
    """

    number: int
    message: int
    unpins: bool = False
    to: To = To.PATIENT
    lane: Lane = Lane.REPLY
    window_seconds: int | None = 3_600


@dataclass(frozen=True, slots=True)
class SendDocument:
    """A file made for the person (their export)."""

    number: int
    name: str
    media_type: str
    content: str
    caption: str
    to: To = To.PATIENT
    lane: Lane = Lane.REPLY
    window_seconds: int | None = 86_400


@dataclass(frozen=True, slots=True)
class SendCode:
    """A code to scan, which opens the bot with `payload`; the channel draws it and writes the link under it."""

    number: int
    payload: str
    words: str
    staff_chat: int
    to: To = To.STAFF_MEMBER
    lane: Lane = Lane.REPLY
    window_seconds: int | None = 3600


@dataclass(frozen=True, slots=True)
class SendCard:
    """A card for staff about a lead or an alert (`about` is its id); the desk writes its words."""

    number: int
    about: str
    lane: Lane = Lane.REPLY
    edits: int | None = None


@dataclass(frozen=True, slots=True)
class ExportPerson:
    """Send the person all that is held on them: a readable page, and JSON."""

    page_number: int
    json_number: int


@dataclass(frozen=True, slots=True)
class AnswerPress:
    """Stops the button's spinner, with a short note or none. Never queued, never repeated."""

    press_id: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Fires `TimerFired(key)` at `fire_at`. A key names one occasion for ever; it never fires twice.

    `catch_up_seconds`: later than this it is marked missed and does not fire.
    """

    key: str
    fire_at: datetime
    kind: str
    catch_up_seconds: int


@dataclass(frozen=True, slots=True)
class CancelTimer:
    key: str


@dataclass(frozen=True, slots=True)
class MissTimer:
    """The timer that is firing has nothing to do: it counts as missed, not as fired."""

    key: str


@dataclass(frozen=True, slots=True)
class Hush:
    """Withdraw what was to come unasked and is unsent: check-ins and broadcasts to the person's own chat."""


@dataclass(frozen=True, slots=True)
class ReportAlert:
    """An alert changed its status; channels that report (the terminal) and counters see it."""

    id: str
    level: str
    reason: str
    signs: tuple[str, ...]
    step: int
    status: str


@dataclass(frozen=True, slots=True)
class ReportLead:
    id: str
    code: str
    status: str


@dataclass(frozen=True, slots=True)
class Reason:
    """An answer that decided: the state that asked, and the option."""

    state: str
    answer: str


@dataclass(frozen=True, slots=True)
class ReportResult:
    """An answer of ours. `action`: match or level."""

    action: str
    outcome: str
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    treatment: str | None = None
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to a counter of the day (`name` has no personal data in it)."""

    name: str
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Everything about the person goes; with `farewell` the last row, sent under a key of its own."""

    farewell: str = ""


@dataclass(frozen=True, slots=True)
class PausePerson:
    """Telegram refuses us: cancel the person's unsent rows and timers' messages."""


@dataclass(frozen=True, slots=True)
class Practise:
    """A colleague begins to play patient in their private chat, or ends it; whoever runs practices sees to it."""

    staff: int
    role: str
    is_on: bool


Effect: TypeAlias = (
    "SendMessage | SendPicture | PinMessage | SendDocument | SendCode | SendCard | ExportPerson | AnswerPress"
    " | SetTimer"
    " | CancelTimer | ReportAlert | ReportLead | ReportResult | Count | ErasePerson | PausePerson"
    " | MissTimer | Hush | Practise"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What one event did: the person after it, the effects in sending order, and the way the walk went.

    `trace` holds (state key, transition) of everything passed, for coverage and for `why`.
    """

    person: Person
    effects: tuple[Effect, ...] = ()
    trace: tuple[tuple[str, str], ...] = field(default=())
