"""Declared flows → the engine's frozen ones. Only checked ones are built: a wrong reference is a bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeAlias

from bot.authoring.declaration import (
    AlwaysDeclared,
    AskDeclared,
    CallDeclared,
    Conditions,
    DoDeclared,
    EndDeclared,
    ExpireDeclared,
    GuardDeclared,
    LinkDeclared,
    NeverDeclared,
    PictureDeclared,
    PinnedDeclared,
    PluralText,
    RemindDeclared,
    SayDeclared,
    StateDeclared,
    TextOfValue,
    TransitionDeclared,
)
from bot.authoring.declaration import Scalar as ScalarDeclared
from bot.authoring.folder import FlowSource
from bot.authoring.names import (
    Choice,
    Holds,
    Names,
    Tables,
    Var,
    choices_of,
    has_column,
    listed_of,
    row_value,
    same,
)
from bot.clinic.catalogue import NOT_SURE, TREATMENTS
from bot.engine.guard import (
    AllOf,
    AnyOf,
    AtLeast,
    AtMost,
    Equals,
    Guard,
    HasAll,
    HasAny,
    HasNone,
    IsSet,
    Not,
    Scalar,
)
from bot.engine.model import (
    Ask,
    Call,
    Choose,
    Do,
    End,
    Expire,
    Flow,
    Invariant,
    Link,
    Option,
    Picture,
    PinnedButton,
    Plural,
    Remind,
    Say,
    State,
    Text,
    Transition,
)

WantedDeclared: TypeAlias = "ScalarDeclared | list[ScalarDeclared] | Conditions"
_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "en": "English",
        "ar": "العربية",
        "bn": "বাংলা",
        "de": "Deutsch",
        "es": "Español",
        "fr": "Français",
        "it": "Italiano",
        "pl": "Polski",
        "pt": "Português",
        "ro": "Română",
        "tr": "Türkçe",
        "uk": "Українська",
        "ur": "اردو",
    }
)
"""How speakers call their own language; of others the code is shown."""


def duration(written: str) -> timedelta:
    """`30m`, `4h`, `7d`, `2w` as a length of time."""
    return timedelta(seconds=int(written[:-1]) * _SECONDS[written[-1]])


def build_text(declared: object, place: str) -> Text:
    """A declared text as the engine words it; `place` is its gettext context."""
    match declared:
        case str():
            return Text(place, (declared.strip(),))
        case TextOfValue():
            return Text(place, source=declared.from_)
        case PluralText():
            return Text(place, (_plural(declared),))
        case list():
            parts = (part.strip() if isinstance(part, str) else _plural(part) for part in declared)
            return Text(place, tuple(parts))
        case _:
            raise TypeError(f"no text: {declared!r}")


def _plural(declared: PluralText) -> Plural:
    return Plural(declared.by, MappingProxyType({"one": declared.one, "other": declared.other}))


@dataclass(frozen=True, slots=True)
class GuardBuilder:
    """Compiles guards of one flow: properties become ids, and choices know their order."""

    visible: Mapping[str, Var]
    tables: Tables

    def build(self, declared: GuardDeclared) -> Guard:
        """The guard that the engine evaluates; several conditions become `AllOf`."""
        parts: list[Guard] = []
        for name, wanted in declared.wanted.items():
            parts.extend(self.build_wanted(name, wanted))
        if declared.any_of is not None:
            parts.append(AnyOf(tuple(self.build(part) for part in declared.any_of)))
        if declared.all_of is not None:
            parts.append(AllOf(tuple(self.build(part) for part in declared.all_of)))
        if declared.not_ is not None:
            parts.append(Not(self.build(declared.not_)))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def build_wanted(self, name: str, wanted: WantedDeclared) -> list[Guard]:
        """What one entry `{name: …}` demands."""
        if not isinstance(wanted, Conditions):
            values = wanted if isinstance(wanted, list) else [wanted]
            return [Equals(name, frozenset(self._value(name, value) for value in values))]
        parts: list[Guard] = []
        if wanted.has_any is not None:
            parts.append(HasAny(name, self.ids(name, wanted.has_any)))
        if wanted.has_all is not None:
            parts.append(HasAll(name, self.ids(name, wanted.has_all)))
        if wanted.has_none is not None:
            parts.append(HasNone(name, self.ids(name, wanted.has_none)))
        order = self._order(name)
        if wanted.at_least is not None:
            parts.append(AtLeast(name, self._value(name, wanted.at_least), order))
        if wanted.at_most is not None:
            parts.append(AtMost(name, self._value(name, wanted.at_most), order))
        if wanted.is_ is not None:
            parts.append(IsSet(name, wanted.is_ == "set"))
        return parts

    def ids(self, name: str, wanted: object) -> frozenset[str]:
        """The ids that a condition on a set means, properties resolved."""
        match wanted:
            case str():
                return frozenset({wanted})
            case list():
                return frozenset().union(*(self.ids(name, part) for part in wanted))
            case dict():
                found: frozenset[str] | None = None
                for column, values in wanted.items():
                    these = self.with_property(name, column, values if isinstance(values, list) else [values])
                    found = these if found is None else found & these
                return found or frozenset()
            case _:
                raise TypeError(f"no ids: {wanted!r}")

    def with_property(self, name: str, column: str, values: list[object]) -> frozenset[str]:
        """The ids whose rows have one of `values` in `column`; not being sure is a stop for every treatment."""
        found = {
            row.id
            for table in self.tables_of(name)
            for row in self.tables.get(table, {}).values()
            if has_column(row, column) and same(row_value(row, column), values)
        }
        if column in TREATMENTS and "stop" in values:
            found.add(NOT_SURE)
        return frozenset(found)

    def tables_of(self, name: str) -> frozenset[str]:
        """The tables whose rows a name can hold; the table of the same name where no question says so."""
        var = self.visible.get(name)
        if var is not None and var.tables:
            return var.tables
        last = name.rpartition(".")[2]
        return frozenset({last} if last in self.tables else ())

    def _order(self, name: str) -> tuple[str, ...] | None:
        var = self.visible.get(name)
        return var.ids if var is not None and var.holds is Holds.ONE else None

    def _value(self, name: str, value: Scalar) -> Scalar:
        var = self.visible.get(name)
        if var is not None and var.holds is Holds.DATE and isinstance(value, str):
            return date.fromisoformat(value)
        return value


@dataclass(frozen=True, slots=True)
class FlowBuilder:
    """Builds the flows of one book."""

    names: Names

    def build(self, source: FlowSource) -> Flow:
        """The flow of a source that has no mistakes."""
        guards = GuardBuilder(self.names.visible(source.id), self.names.tables)
        states = {
            name: _StateBuilder(self, source.id, name, guards).build(declared)
            for name, declared in source.declared.states.items()
        }
        invariants = (
            *(_never(each, guards) for each in source.declared.never),
            *(_always(each, guards) for each in source.declared.always),
        )
        declared = source.declared
        return Flow(source.id, declared.title, declared.start, MappingProxyType(states), invariants, source.file)


def _never(declared: NeverDeclared, guards: GuardBuilder) -> Invariant:
    return Invariant("never", guards.build(declared.when), reach=declared.reach)


def _always(declared: AlwaysDeclared, guards: GuardBuilder) -> Invariant:
    return Invariant("always", guards.build(declared.when), must_pass=declared.pass_, before=declared.before)


@dataclass(frozen=True, slots=True)
class _StateBuilder:
    flows: FlowBuilder
    flow: str
    id: str
    guards: GuardBuilder

    @property
    def place(self) -> str:
        return f"{self.flow}.{self.id}"

    def build(self, declared: StateDeclared) -> State:
        match declared:
            case SayDeclared():
                return Say(
                    self.id, build_text(declared.say, self.place), self._next(declared.next),
                    self._picture(declared.picture), self._links(declared.links),
                    tuple(self._pinned(each) for each in declared.pin),
                )  # fmt: skip
            case AskDeclared():
                return self._ask(declared)
            case DoDeclared():
                return Do(self.id, declared.do, self._next(declared.next))
            case CallDeclared():
                called = self.flows.names.called(declared.call, self.flow)
                return Call(self.id, called, self._next(declared.next), declared.as_)
            case EndDeclared():
                return End(self.id, declared.end)

    def _ask(self, declared: AskDeclared) -> Ask:
        tables = self.flows.names.tables
        options = [self._option(choice) for choice in choices_of(declared, tables)]
        listed = listed_of(declared)
        if listed == "languages":
            listed = None
            codes = self.flows.names.languages
            made = [Option(code, Text("", (LANGUAGE_NAMES.get(code, code),))) for code in codes]
            options = [*made, *options]
        return Ask(
            id=self.id,
            text=build_text(declared.ask, self.place),
            choose=Choose(declared.choose),
            next=self._next(declared.next),
            options=tuple(options),
            save=declared.save,
            adds=frozenset(option.adds for option in options if option.adds),
            short=Text(f"{self.place}.short", (declared.short,)) if declared.short else None,
            dates=declared.dates.from_ if declared.dates else None,
            listed=listed,
            columns=declared.columns,
            stays=declared.stays,
            scale=tuple(declared.scale),
            at_least=declared.at_least,
            at_most=declared.at_most,
            remind=self._remind(declared.remind),
            expire=self._expire(declared.expire),
            done_after=duration(declared.done_after) if declared.done_after else None,
            picture=self._picture(declared.picture),
            links=self._links(declared.links),
            was=tuple(declared.was),
        )

    def _option(self, choice: Choice) -> Option:
        if choice.declared is not None:
            own = choice.declared
            label = build_text(own.label, f"{self.place}.{own.id}")
            return Option(own.id, label, tuple(own.also), own.to, tuple(own.was), adds=choice.adds)
        if choice.row is not None:
            label = Text(f"{choice.table}.{choice.id}.label", (choice.label,))
            return Option(
                choice.id, label, choice.row.also, adds=choice.adds, table=choice.table, shown=choice.shown
            )
        label = Text(f"{self.place}.{choice.id}", (choice.label,))
        return Option(choice.id, label, adds=choice.adds, exclusive=True)

    def _next(self, declared: str | list[TransitionDeclared] | None) -> tuple[Transition, ...]:
        if declared is None:
            return ()
        if isinstance(declared, str):
            return (Transition(declared),)
        return tuple(Transition(each.to, self.guards.build(each.when) if each.when else None) for each in declared)

    def _remind(self, declared: RemindDeclared | None) -> Remind | None:
        if declared is None:
            return None
        return Remind(duration(declared.after), build_text(declared.say, f"{self.place}.remind"))

    def _expire(self, declared: ExpireDeclared | None) -> Expire | None:
        if declared is None:
            return None
        sooner = declared.sooner
        early = None if sooner is None else (self.guards.build(sooner.when), duration(sooner.after))
        return Expire(duration(declared.after), declared.to, early)

    def _picture(self, declared: PictureDeclared | None) -> Picture | None:
        if declared is None:
            return None
        return Picture(build_text(declared.alt, f"{self.place}.alt"), declared.path, declared.from_)

    def _pinned(self, declared: PinnedDeclared) -> PinnedButton:
        return PinnedButton(declared.id, Text(f"{self.place}.pin_{declared.id}", (declared.label,)))

    def _links(self, declared: list[LinkDeclared]) -> tuple[Link, ...]:
        return tuple(
            Link(Text(f"{self.place}.link{number}", (link.label,)), link.url)
            for number, link in enumerate(declared, 1)
        )
