"""Flows as the engine runs them: frozen, resolved, already checked.

`authoring` builds these from YAML; nothing else does. A reference here always has a target.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol, TypeAlias
from zoneinfo import ZoneInfo

from bot.engine.clocks import DEFAULT_CLOCKS, Clock
from bot.engine.guard import Guard
from bot.engine.session import PlannedCheckIn
from bot.engine.value import Value, Values

Property: TypeAlias = "str | int | float | bool | None"


class Choose(StrEnum):
    """How a question is answered."""

    ONE = "one"
    MANY = "many"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    PHOTO = "photo"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Plural:
    """One text for one, another for other counts (`by` names the number)."""

    by: str
    forms: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in the source language; paragraphs are joined by an empty line.

    `place` is the gettext context (`consult.aims.ask`); `source` names a value whose Phrase is the text.
    """

    place: str
    paragraphs: tuple[str | Plural, ...] = ()
    source: str | None = None

    @property
    def plain_source(self) -> tuple[str, ...]:
        """The words as the author wrote them, for hearing them in every language."""
        return tuple(part for part in self.paragraphs if isinstance(part, str))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a data table as flows see it. `label` and `name` are source-language text."""

    id: str
    label: str
    name: str
    also: tuple[str, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Option:
    """An answer of a closed question.

    `adds` names the set it joins (None: the question saves one value, or the option is a step). `exclusive`
    options (`none`, `not_sure`) stand alone and submit at once; `none` adds nothing. One that is not `shown` is
    heard when it is typed, and is a button only while it is marked.
    """

    id: str
    label: Text
    also: tuple[str, ...] = ()
    to: str | None = None
    was: tuple[str, ...] = ()
    adds: str | None = None
    exclusive: bool = False
    table: str | None = None
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Transition:
    """Where to go on; the last one of a state has no guard."""

    to: str
    when: Guard | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A button that opens an address; `url` is a literal https address or the name of a value."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and the same content in words. `path` is literal, or `source` names the value that holds it."""

    alt: Text
    path: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class PinnedButton:
    """A button that works on any day, whatever is open: `id` is one of `show.PINNED`."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True)
class Remind:
    """Once, when a question has been open for `after`."""

    after: timedelta
    say: Text


@dataclass(frozen=True, slots=True)
class Expire:
    """When a question has been open for `after`, go on at `to` without an answer.

    `sooner`: where the guard holds, after that time instead.
    """

    after: timedelta
    to: str
    sooner: tuple[Guard, timedelta] | None = None


@dataclass(frozen=True, slots=True)
class Say:
    """Something said. With `pins`, its buttons, it is kept on top of the chat."""

    id: str
    text: Text
    next: tuple[Transition, ...]
    picture: Picture | None = None
    links: tuple[Link, ...] = ()
    pins: tuple[PinnedButton, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question.

    `columns`: how many buttons stand in a row. `dates`: the table whose rows a typed date picks (on a choose-one).
    `stays`: the next question never takes its message over.
    `listed`: options that are made when it is asked; `my_answers` is the person's own answers so far.
    `done_after`: marks of a choose-many that are left so long without a further press are the answer.
    `scale`: options that are degrees, from the mildest to the worst; a text is never taken for less than it says.
    """

    id: str
    text: Text
    choose: Choose
    next: tuple[Transition, ...]
    options: tuple[Option, ...] = ()
    save: str | None = None
    adds: frozenset[str] = frozenset()
    short: Text | None = None
    dates: str | None = None
    listed: str | None = None
    columns: int = 1
    stays: bool = False
    scale: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    remind: Remind | None = None
    expire: Expire | None = None
    done_after: timedelta | None = None
    picture: Picture | None = None
    links: tuple[Link, ...] = ()
    was: tuple[str, ...] = ()

    @property
    def is_step(self) -> bool:
        """Answers to it are kept because the walk needs them, but are not shown as the person's answers."""
        return self.save is None and not self.adds


@dataclass(frozen=True, slots=True)
class Do:
    id: str
    action: str
    next: tuple[Transition, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """Runs another flow and returns; its values are seen as `<as_name>.<name>`, or plainly without one."""

    id: str
    flow: str
    next: tuple[Transition, ...]
    as_name: str | None = None


@dataclass(frozen=True, slots=True)
class End:
    id: str
    status: str


State: TypeAlias = "Say | Ask | Do | Call | End"


@dataclass(frozen=True, slots=True)
class Invariant:
    """What no path may do (`never`), or what every path does before it goes on (`always`)."""

    kind: str
    when: Guard
    reach: str | None = None
    must_pass: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    title: str
    start: str
    states: Mapping[str, State]
    invariants: tuple[Invariant, ...] = ()
    file: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that holds as long as the answers say so.

    `kind`: alert, result, lead, consent, visit, plan, fact, erase, export. `content` is JSON text: equal text
    means nothing has changed.
    """

    kind: str
    key: str
    content: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action computed: values under its own names, and the standing effects it wants."""

    values: Mapping[str, Value]
    wanted: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Action:
    """A pure function behind `do:`.

    `reads` names the values it is given (no others) and, behind a dot, which columns of their rows it looks at;
    `sets` gives each value's finite set, or None for text; `may` lists the kinds of standing effects.
    """

    name: str
    reads: tuple[str, ...]
    sets: Mapping[str, frozenset[str] | None]
    may: frozenset[str]
    run: Callable[[Values], Outcome]


class Translator(Protocol):
    """Looks a source text up by its place; gives it back unchanged when there is no translation."""

    def translate(self, language: str, place: str, text: str) -> str: ...

    def translate_plural(self, language: str, place: str, forms: Mapping[str, str], count: int) -> str: ...


@dataclass(frozen=True, slots=True)
class CampaignEntry:
    """A deep link's payload and what it opens."""

    id: str
    payload: str
    flow: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that people type at any moment, and the clinic's answer (None: not written yet).

    `sign`: what it is about; then it is asked whether that is there now.
    """

    id: str
    asked: tuple[str, ...]
    answer: Text | None
    sign: str | None = None


@dataclass(frozen=True, slots=True)
class Emergency:
    """What the emergency listener heard: ids of signs, and whether it is certain.

    `is_guess`: the words are only like those of an emergency; what is understood otherwise goes first, and `signs`
    may be empty. `if_treated`: certain only of somebody who has had a treatment.
    """

    signs: tuple[str, ...]
    family: str
    certain: bool
    is_guess: bool = False
    if_treated: bool = False


@dataclass(frozen=True, slots=True)
class Weighed:
    """Signs that a message says, no emergency alone, and what the rules make of them beside those known before.

    `reasons` are the signs on which the level rests; `family` is empty while it is green.
    """

    signs: tuple[str, ...]
    level: str
    family: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """Flows and data of one moment, with the registries that the engine calls. Never changed.

    `clinic` holds `clinic.*` names that never depend on the moment; `moment(now)` those that do
    (`clinic.open_now`, `clinic.next_open`…), asked by wording only. `hear_emergency` is the clinic's listener.
    `hear_today(text, known, treatment, day)` hears what is none by itself, beside the signs `known` already.
    `weigh_signs(signs, known, treatment, day)` weighs signs that were chosen, beside those `known` already.
    `most_usual(scale, treatment, day)` is the worst answer of a check-in that no rule of levels minds by itself.
    `says_usual(text, treatment, day)`: whether a text says no more than what is usual then.
    `plan_of(treatment, treated_at, zone, part_of_day)` is the whole plan of a treatment, what is past included.
    `number` is the book's number in the database; sessions carry it. `clocks`: by level, when an alert rings.
    """

    flows: Mapping[str, Flow]
    tables: Mapping[str, Mapping[str, Row]]
    actions: Mapping[str, Action]
    clinic: Values
    moment: Callable[[object], Values]
    hear_emergency: Callable[[str], Emergency | None]
    translator: Translator
    questions: tuple[Question, ...] = ()
    campaigns: Mapping[str, CampaignEntry] = field(default_factory=lambda: MappingProxyType({}))
    languages: tuple[str, ...] = ("en",)
    time_zone: str = "UTC"
    date_order: str = "dmy"
    banner: Text | None = None
    in_place: bool = False
    number: int = 0
    hear_today: Callable[[str, frozenset[str], str, int], Weighed | None] = field(
        default=lambda _text, _known, _treatment, _day: None
    )
    weigh_signs: Callable[[tuple[str, ...], frozenset[str], str, int], Weighed] = field(
        default=lambda signs, _known, _treatment, _day: Weighed(signs, "green")
    )
    most_usual: Callable[[str, str, int], str | None] = field(default=lambda _scale, _treatment, _day: None)
    says_usual: Callable[[str, str, int], bool] = field(default=lambda _text, _treatment, _day: False)
    plan_of: Callable[[str, datetime, ZoneInfo, str], Sequence[PlannedCheckIn]] = field(
        default=lambda _treatment, _treated_at, _zone, _part_of_day: ()
    )
    clocks: Mapping[str, Clock] = field(default_factory=lambda: DEFAULT_CLOCKS)
