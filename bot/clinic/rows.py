"""The shape of every row in `data/`: the one declaration that reader, schema and clinic rules share.

A row that says something clinical carries its `source`; where a clinician must confirm it, it also carries
`reviewed_by` and `reviewed_on`, null until somebody has signed it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError


def _as_date(value: object) -> object:
    """Flow and data files hold a date as text (2026-12-24): their reader makes no implicit types."""
    return date.fromisoformat(value) if isinstance(value, str) else value


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
"""As ISO 639-1 has it."""
Text = Annotated[str, Field(min_length=1)]
Short = Annotated[str, Field(min_length=1, max_length=60)]
"""What texts of flows repeat; their length is reckoned with this."""
Day = Annotated[date, BeforeValidator(_as_date)]
Sources = Annotated[list[Text], Field(min_length=1)]
"""Each entry names a source by its short code (see `sources` in treatments.yaml), `base` or `judgement`."""
ActionOnTreatment = Literal["stop", "wait", "tell", "none"]
Route = Literal["microneedling", "mesotherapy", "practitioner_first", "out_of_scope"]
Period = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Level = Literal["green", "amber_soon", "amber_today", "red"]
Family = Literal["ambulance", "skin_colour", "crisis", "clinic"]
PartOfDay = Literal["morning", "evening"]


class Shape(BaseModel):
    """Frozen; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Sourced(Shape):
    """A clinical statement: where it comes from, who has signed it (null: awaits the clinic's clinician)."""

    source: Sources
    reviewed_by: Text | None
    reviewed_on: Day | None


class OptionRow(Sourced):
    """A row that flows show as an answer."""

    id: Id
    label: Text
    also: list[Text] = []
    """Other words that people type for it."""
    name: Text | None = None
    """How a sentence names it ("fine lines"); without it, the label."""


class Concern(OptionRow):
    """What somebody would like to improve, and where it points."""

    screen: Literal["aims", "else", "face", "about_you"]
    points_to: Route
    evidence: Literal["good", "fair", "limited", "general"]
    heads_up: Text | None = None
    """One honest sentence for the card, such as how well this is studied."""
    booking: bool = True
    """False: no booking is offered beside it (a changing mole)."""


class Precaution(OptionRow):
    """What stops, postpones or must be told, per treatment (one field for each)."""

    screen: Literal["age", "face", "about_you", "earlier", "tell"]
    microneedling: ActionOnTreatment
    mesotherapy: ActionOnTreatment
    note: Text | None = None
    """To the person: what the practitioner will want to know, or when to ask again."""
    booking: bool = True
    """False: no booking is offered beside it (under 18)."""


class Timeline(OptionRow):
    """How long until the date that matters. `min_days` and `max_days` are whole days, both included."""

    min_days: Annotated[int, Field(ge=0)] | None
    max_days: Annotated[int, Field(ge=0)] | None


class Topic(Sourced):
    """One text about a treatment; `covers` names the base facts that it carries."""

    text: Text
    covers: list[Annotated[str, Field(pattern=r"^S([1-9]|[1-5]\d|6[01])$")]] = []


class Treatment(Shape):
    """A treatment, or `combined` / `general`: texts by topic, and limits in days before an event."""

    id: Id
    label: Text
    name: Text
    also: list[Text] = []
    topics: dict[Id, Topic]
    last_session_days: Annotated[int, Field(ge=0)] | None = None
    """The last session at least so many days before an event."""
    start_days: Annotated[int, Field(ge=0)] | None = None
    """To see the result by then, start so many days before."""
    source: Sources
    reviewed_by: Text | None
    reviewed_on: Day | None


class Source(Shape):
    """A source that rows name by its code."""

    id: Annotated[str, Field(pattern=r"^([A-Z][0-9]{1,2}[a-z]?|base|judgement)$")]
    title: Text
    address: Text | None = None
    kind: Literal["primary", "secondary", "base", "judgement"]


class DayOfCourse(Sourced):
    """What is usual on a day after a treatment, and the do and don't of that window. `day` counts from 0."""

    id: Id
    treatment: Literal["microneedling", "mesotherapy"]
    from_day: Annotated[int, Field(ge=0)]
    to_day: Annotated[int, Field(ge=0)]
    brief: Text | None = None
    """What is usual in a few words, for the picture; without them all of `usual` stands there."""
    usual: Text
    do: Text
    avoid: Text
    call: Text
    """What from now on would not be usual."""
    heard_usual: list[Text] = []
    """Words, or several that must stand together, by which somebody says what is usual then."""


class Sign(OptionRow):
    """A recovery sign; in this version those of the red list carry the words by which they are heard."""

    family: Family
    red: bool
    red_with: list[Id] = []
    """Not red alone, but together with any of these signs."""
    heard: list[Text] = []
    """Plain words and phrases by which a typed message says it; their few marks stand in recovery.yaml."""
    heard_abroad: dict[Language, list[Text]] = {}
    """The plainest of them in other languages, heard in every chat."""
    heard_today: list[Text] = []
    """Phrases by which a message says it beyond doubt, of a sign that isn't red alone: somebody looks today."""
    unless_beside: list[Text] = []
    """Words: in a sentence with one of them it is not meant."""
    asked_beside: list[Text] = []
    """Words: in a sentence with one of them it is asked about first."""
    ambulance_first: bool = False
    """Of a crisis that has harmed the body already: the ambulance's number stands before the crisis line's."""
    answer: Text | None = None
    """What holds of it in general, for whoever perhaps only asks about it, before the yes or no."""


class OverallAtLeast(Shape):
    """How it goes as a whole, or worse."""

    at_least: Literal["worse"]


class RednessAtLeast(Shape):
    """Redness (or darker, warmer skin) of this degree, or worse."""

    at_least: Literal["fading", "same", "spreading_slowly", "spreading_fast"]


class SwellingAtLeast(Shape):
    """Swelling of this degree, or worse."""

    at_least: Literal["fading", "same", "rising"]


class PainAtLeast(Shape):
    """Pain of this degree, or worse."""

    at_least: Literal["mild", "strong", "severe"]


class Condition(Shape):
    """What a level rule asks of the answers of one check-in; its parts must all hold.

    Nothing here can ask that a sign is absent or an answer is mild: whatever holds goes on holding when an
    answer gets worse, so that a worse answer can never give a lower level. Keep it so.
    """

    any_of: Annotated[list[Condition], Field(min_length=1)] | None = None
    all_of: Annotated[list[Condition], Field(min_length=1)] | None = None
    signs: Annotated[list[Id], Field(min_length=1)] | None = None
    """Any of these."""
    overall: OverallAtLeast | None = None
    redness: RednessAtLeast | None = None
    swelling: SwellingAtLeast | None = None
    pain: PainAtLeast | None = None
    worse_than_last: Literal["redness", "swelling", "pain", "any"] | None = None
    """Compared with the person's own last answer of the same visit."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set or any(getattr(self, name) is None for name in self.model_fields_set):
            # An empty condition always holds, and a key without a value is a condition that somebody forgot.
            raise PydanticCustomError("too_short", "a condition must ask something")
        return self


class LevelRule(Sourced):
    """When the answers of a check-in reach a level. Days count from 0, both included; null: for ever."""

    id: Id
    level: Literal["amber_soon", "amber_today", "red"]
    when: Condition
    treatments: Annotated[list[Literal["microneedling", "mesotherapy"]], Field(min_length=1)] | Literal["any"]
    """`combined` is asked by the rules of both."""
    from_day: Annotated[int, Field(ge=0)]
    to_day: Annotated[int, Field(ge=0)] | None
    family: Family = "clinic"
    """Which words of advice belong to it."""
    say: Text | None = None
    """To staff: the reason, short and plain."""


class PlanRow(Sourced):
    """A check-in that a treatment wants, on a day from 0: at a part of that day, or so many hours after it."""

    id: Id
    treatment: Literal["microneedling", "mesotherapy"]
    day: Annotated[int, Field(ge=0, le=365)]
    hours_after: Annotated[int, Field(ge=1, le=24)] | None = None
    """Whole hours after the treatment; the part of the day does not count then."""
    part_of_day: PartOfDay | None = None
    """Null: when the person likes to be asked."""
    essential: bool
    """It may come in quiet hours, and silence is told to staff."""
    told_after_hours: Annotated[int, Field(ge=1, le=48)] = 12
    """How long an essential one may go unanswered before staff are told."""
    kind: Literal["full", "one_tap_lump"]
    catch_up_hours: Annotated[int, Field(ge=1)]
    """If it could not be asked in time, it still comes within so many hours; later it is marked missed."""


class Answer(Shape):
    """What the clinic answers to a question that people type at any moment."""

    id: Id
    asked: Annotated[list[Text], Field(min_length=1)]
    """Words and phrases of the question."""
    text: Text | None
    """Null until the clinic has written it; `check` warns."""
    sign: Id | None = None
    """A sign that the question is about: after the answer it is asked whether it is there now."""
    source: Sources
    reviewed_by: Text | None = None
    reviewed_on: Day | None = None


class Campaign(Shape):
    """A QR code: where it leads, how it is counted. The payload is the id unless `payload` says otherwise."""

    id: Id
    label: Text
    payload: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] | None = None
    flow: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] | None = None
    location: Id | None = None


class Closed(Shape):
    """Days on which a location is closed, both included."""

    first_on: Day
    last_on: Day
    reason: Text | None = None


class Location(Shape):
    """One address of the clinic."""

    id: Id
    name: Short
    address: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Short
    emergency_line: Short
    hours: dict[Weekday, list[Period]]
    closed_on: list[Closed] = []
    booking_link: Annotated[str, Field(pattern=r"^https://[^\s{}]+$")] | None = None
    staff_chat_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None


class StaffMember(Shape):
    """Somebody of the team, by Telegram id."""

    id: int
    role: Literal["owner", "practitioner", "reception"]


class EmergencyNumbers(Shape):
    """Numbers to ring; what the clinic leaves out comes from its country's row."""

    ambulance: Short | None = None
    urgent: Short | None = None
    """For advice that can't wait, where the clinic is closed."""
    crisis: Short | None = None
    crisis_name: Short | None = None
    text_relay: Text | None = None
    """A sentence: how somebody who can't speak or hear reaches help."""


class CountryNumbers(EmergencyNumbers):
    """The numbers of one country; `null` where there is none for the whole of it."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    source: Annotated[list[Annotated[str, Field(pattern=r"^https://[^\s{}]+$")]], Field(min_length=1)]


class NumbersFile(Shape):
    """`numbers.yaml`."""

    countries: list[CountryNumbers]


class LadderRung(Shape):
    """So many minutes after the alert it rings for these."""

    after_minutes: Annotated[int, Field(ge=0, le=1440)]
    to: Annotated[list[Literal["group", "on_call", "owner"]], Field(min_length=1)]
    only_closed: bool = False
    """Only while the clinic is closed."""


class LevelLadder(Shape):
    """When alerts of a level ring."""

    rungs: Annotated[list[LadderRung], Field(min_length=1)]
    rings: Annotated[int, Field(ge=1, le=9)] = 5
    """In one round; after the last rung each wait is twice the one before."""
    call_within_minutes: Annotated[int, Field(ge=1, le=240)]
    """Whoever has it and has not called by then gives it back."""


class Ladder(Shape):
    """The levels that ring; one that is left out rings as usual."""

    red: LevelLadder | None = None
    amber_today: LevelLadder | None = None


class Clinic(Shape):
    """`clinic.yaml`: who the clinic is and how it wants its bot."""

    name: Short
    mode: Literal["trial", "live"]
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    time_zone: Text
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")] = "en"
    date_order: Literal["dmy", "mdy"] = "dmy"
    levels: Literal["per_patient", "report_only"] = "per_patient"
    on_call: list[int] = []
    """Telegram ids of those whose private chats ring when nobody takes an urgent card."""
    crisis_contact: int | None = None
    """Telegram id of the one person who reads, in private, that somebody speaks of self-harm."""
    ladder: Ladder | None = None
    """When alerts ring, and for whom."""
    staff: list[StaffMember] = []
    """Who may do what. Empty: whoever is in the staff group is a practitioner, its admins are owners."""
    first_appointment_days: Annotated[int, Field(ge=0, le=365)]
    """How many days from now the first free appointment usually is. Only wording uses it."""
    earliest_event_days: Annotated[int, Field(ge=14, le=90)] = 14
    """Closer to an event than this, nothing is matched: a practitioner first."""
    photos: bool = False
    """Whether a check-in may carry photos for staff. Nothing looks at them but people."""
    numbers: EmergencyNumbers = EmergencyNumbers()
    privacy_contact: Short
    keep_days: Annotated[int, Field(ge=1)] = 365
    locations: Annotated[list[Location], Field(min_length=1)]


class TreatmentsFile(Shape):
    """`treatments.yaml`."""

    treatments: list[Treatment]
    sources: list[Source] = []


class ConcernsFile(Shape):
    """`concerns.yaml`."""

    concerns: list[Concern]


class PrecautionsFile(Shape):
    """`precautions.yaml`."""

    precautions: list[Precaution]


class TimelinesFile(Shape):
    """`timelines.yaml`."""

    timelines: list[Timeline]


class RecoveryFile(Shape):
    """`recovery.yaml`."""

    course: list[DayOfCourse]
    words: dict[Id, list[Text]] = {}
    """Lists of words that phrases name with a $."""
    signs: list[Sign]
    levels: list[LevelRule] = []
    plan: list[PlanRow] = []


class AnswersFile(Shape):
    """`answers.yaml`."""

    answers: list[Answer]


class CampaignsFile(Shape):
    """`campaigns.yaml`."""

    campaigns: list[Campaign]
