"""What each name of a flow can hold: which questions and actions set it, and with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from bot.authoring.declaration import (
    AskDeclared,
    CallDeclared,
    DoDeclared,
    OptionDeclared,
    SourceDeclared,
)
from bot.authoring.folder import FlowSource
from bot.authoring.issue import nearest
from bot.authoring.node import Path
from bot.engine.model import Action, Property, Row

Tables = Mapping[str, Mapping[str, Row]]
MADE_LISTS = ("my_answers", "languages")
"""Sources of options that are no tables."""


class Holds(StrEnum):
    """What kind of value a name holds."""

    ONE = "one"
    SET = "set"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Var:
    """A name. `ids` are all values it can have (None: not a finite set), in the order of the options.

    `tables` are those whose rows it can hold. `always`: it is never unset, whatever was answered.
    """

    holds: Holds
    ids: tuple[str, ...] | None = None
    tables: frozenset[str] = frozenset()
    always: bool = False
    moment: bool = False

    def join(self, other: Var) -> Var:
        """As set by either of two setters."""
        ids = None if self.ids is None or other.ids is None else tuple(dict.fromkeys(self.ids + other.ids))
        holds = self.holds if self.holds == other.holds else Holds.TEXT
        return Var(holds, ids, self.tables | other.tables, self.always and other.always, self.moment)


_TEXT = Var(Holds.TEXT)
_FLAG = Var(Holds.FLAG, ("false", "true"), always=True)
_SURE = Var(Holds.TEXT, always=True)
_MOMENT = Var(Holds.TEXT, always=True, moment=True)
CONTEXT: Mapping[str, Var] = {
    "first_name": _TEXT,
    "language": _SURE,
    "campaign": _TEXT,
    "campaign_label": _TEXT,
    "location": _TEXT,
    "heard": _TEXT,
    "emergency.family": _TEXT,
    "emergency.certain": Var(Holds.FLAG, ("false", "true")),
    "emergency.named": Var(Holds.FLAG, ("false", "true")),
    "emergency.laughed": Var(Holds.FLAG, ("false", "true")),
    "emergency.guessed": Var(Holds.FLAG, ("false", "true")),
    "emergency.unticked": Var(Holds.FLAG, ("false", "true")),
    "emergency.signs": _TEXT,
    "emergency.words": _TEXT,
    "ring.words": _TEXT,
    "today.reason": _TEXT,
    "today.signs": _TEXT,
    "today.words": _TEXT,
    "today.kept": Var(Holds.FLAG, ("false", "true")),
    "today_on": Var(Holds.DATE, always=True),
    "contact.minor": _FLAG,
    "contact.consented": _FLAG,
    "contact.stopped": _FLAG,
    "contact.red_open": _FLAG,
    "contact.today_open": _FLAG,
    "contact.has_phone": _FLAG,
    "visit.open": _FLAG,
    "contact.has_session": _FLAG,
    "contact.code": _SURE,
    "contact.phone": _TEXT,
    "desk.name": _TEXT,
    "desk.crisis": Var(Holds.FLAG, ("false", "true")),
    "desk.harm_done": Var(Holds.FLAG, ("false", "true")),
    "desk.skin_colour": Var(Holds.FLAG, ("false", "true")),
    "clinic.name": _SURE,
    "clinic.phone": _SURE,
    "clinic.address": _SURE,
    "clinic.emergency_line": _SURE,
    "clinic.hours": _SURE,
    "clinic.booking_link": _TEXT,
    "clinic.country": _SURE,
    "clinic.ambulance": _SURE,
    "clinic.urgent": _SURE,
    "clinic.crisis": _SURE,
    "clinic.crisis_name": _SURE,
    "clinic.text_relay": _TEXT,
    "clinic.abroad": _TEXT,
    "clinic.privacy_contact": _SURE,
    "clinic.staffed": _FLAG,
    "clinic.photos": _FLAG,
    "clinic.keep_days": Var(Holds.NUMBER, always=True),
    "clinic.first_appointment_days": Var(Holds.NUMBER, always=True),
    "clinic.open_now": replace(_FLAG, moment=True),
    "clinic.next_open": replace(_MOMENT, always=False),
    "clinic.open_line": _MOMENT,
}
"""Names that no flow sets: facts of the person, the session's context, the clinic, the present moment."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as the engine will show it. `path` is where it stands, inside its state."""

    id: str
    path: Path
    adds: str | None = None
    table: str | None = None
    row: Row | None = None
    declared: OptionDeclared | None = None
    exclusive: bool = False
    label: str = ""
    shown: bool = True


def _sources(ask: AskDeclared) -> Iterator[tuple[Path, SourceDeclared | OptionDeclared]]:
    match ask.options:
        case None:
            return
        case list():
            for number, each in enumerate(ask.options):
                yield ("options", number), each
        case _:
            yield ("options",), ask.options


def rows_of(source: SourceDeclared, tables: Tables) -> list[Row]:
    """The rows that a source picks; none for a table that is not there."""
    rows = tables.get(source.from_, {}).values()
    return [
        row for row in rows if all(_fits(row, column, wanted) for column, wanted in (source.where or {}).items())
    ]


def _fits(row: Row, column: str, wanted: object) -> bool:
    values = wanted if isinstance(wanted, list) else [wanted]
    return has_column(row, column) and same(row_value(row, column), values)


def same(value: Property, wanted: list[object]) -> bool:
    """Whether a row's value is one of those wanted; `true` and 1 differ."""
    return any(type(value) is type(each) and value == each for each in wanted)


def has_column(row: Row, column: str) -> bool:
    return column == "id" or column in row.properties


def row_value(row: Row, column: str) -> Property:
    return row.id if column == "id" else row.properties.get(column)


def precautions_set(ask: AskDeclared) -> str | None:
    """The set that `not_sure` joins: the precautions source's own, else the question's."""
    for _, source in _sources(ask):
        if isinstance(source, SourceDeclared) and source.from_ == "precautions" and source.add:
            return source.add
    return ask.add


def choices_of(ask: AskDeclared, tables: Tables) -> list[Choice]:
    """The options of a question in the order in which they are shown.

    An id in two tables is shown once, from precautions. Repeated ids of inline options are all given.
    """
    found: list[Choice] = []
    for path, each in _sources(ask):
        if isinstance(each, OptionDeclared):
            found.append(Choice(each.id, path, ask.add, declared=each))
            continue
        for row in rows_of(each, tables):
            found.append(
                Choice(row.id, path, each.add or ask.add, each.from_, row, label=row.label, shown=each.shown)
            )
    careful = {choice.id for choice in found if choice.table == "precautions"}
    seen: set[str] = set()
    kept: list[Choice] = []
    for choice in found:
        if choice.table is not None:
            if (choice.id in careful and choice.table != "precautions") or choice.id in seen:
                continue
            seen.add(choice.id)
        kept.append(choice)
    if ask.none is not None:
        kept.append(Choice("none", ("none",), exclusive=True, label=ask.none))
    if ask.not_sure is not None:
        adds = precautions_set(ask)
        kept.append(Choice("not_sure", ("not_sure",), adds, exclusive=True, label=ask.not_sure))
    return kept


def listed_of(ask: AskDeclared) -> str | None:
    """The made list that a question offers, if it does."""
    for _, each in _sources(ask):
        if isinstance(each, SourceDeclared) and each.from_ in MADE_LISTS:
            return each.from_
    return None


def sets_of(ask: AskDeclared, tables: Tables, languages: tuple[str, ...] = ("en",)) -> dict[str, Var]:
    """What answering a question sets."""
    choices = choices_of(ask, tables)
    sources = [
        each for _, each in _sources(ask) if isinstance(each, SourceDeclared) and each.from_ not in MADE_LISTS
    ]
    found: dict[str, Var] = {}
    if ask.save is not None:
        ids: tuple[str, ...] | None = tuple(dict.fromkeys(choice.id for choice in choices))
        if listed_of(ask) == "languages":
            ids = tuple(ids or ()) + languages
        elif listed_of(ask) is not None:
            ids = None
        tables_ = frozenset(source.from_ for source in sources)
        if ask.choose == "many":
            found[ask.save] = Var(Holds.SET, tuple(each for each in ids or () if each != "none"), tables_)
        elif ask.choose == "one":
            found[ask.save] = Var(Holds.ONE, ids, tables_)
            if ask.dates is not None:
                rows = tuple(tables.get(ask.dates.from_, {}))
                joined = tuple(dict.fromkeys((*(ids or ()), *rows)))
                found[ask.save] = Var(Holds.ONE, joined, tables_ | {ask.dates.from_})
                found[f"{ask.save}_on"] = Var(Holds.DATE)
        else:
            kinds = {"number": Holds.NUMBER, "date": Holds.DATE}
            found[ask.save] = Var(kinds.get(ask.choose, Holds.TEXT))
    joined_by = {source.add or ask.add for source in sources} | {choice.adds for choice in choices}
    for name in sorted(each for each in joined_by if each is not None):
        found[name] = Var(
            Holds.SET,
            tuple(dict.fromkeys(choice.id for choice in choices if choice.adds == name)),
            frozenset(source.from_ for source in sources if (source.add or ask.add) == name),
        )
    return found


def always_set_by(ask: AskDeclared, tables: Tables) -> frozenset[str]:
    """What is certainly set once the question is answered: all but the day, which only a typed date gives."""
    return frozenset(name for name in sets_of(ask, tables) if not (ask.dates and name == f"{ask.save}_on"))


def sets_of_action(action: Action) -> dict[str, Var]:
    """What an action sets. A value of its own may stay unset."""
    return {name: Var(Holds.TEXT) if values is None else _var_of(values) for name, values in action.sets.items()}


def _var_of(values: frozenset[str]) -> Var:
    if values <= {"true", "false"}:
        return Var(Holds.FLAG, ("false", "true"))
    return Var(Holds.ONE, tuple(sorted(values)))


def find_flow(written: str, caller: str, known: Mapping[str, object]) -> str:
    """The id that a name of a flow means: as written, one of the caller's file, or the file's flow of its name."""
    file = caller.rpartition(".")[0]
    for wanted in (written, f"{file}.{written}", f"{written}.{written}"):
        if wanted in known:
            return wanted
    return written


@dataclass(slots=True)
class Names:
    """Which names each flow can see, over all flows."""

    sources: Mapping[str, FlowSource]
    tables: Tables
    actions: Mapping[str, Action]
    languages: tuple[str, ...] = ("en",)
    _own: dict[str, dict[str, Var]] = field(default_factory=dict)
    _visible: dict[str, Mapping[str, Var]] = field(default_factory=dict)

    def own(self, flow_id: str, depth: int = 0) -> dict[str, Var]:
        """What the states of a flow set, those of the flows it calls included."""
        if flow_id in self._own:
            return self._own[flow_id]
        found: dict[str, Var] = {}
        source = self.sources.get(flow_id)
        if source is None or depth > 10:
            return found
        for state in source.declared.states.values():
            for name, var in self.set_by(state, flow_id, depth).items():
                found[name] = found[name].join(var) if name in found else var
        if depth == 0:
            self._own[flow_id] = found
        return found

    def set_by(self, state: object, flow_id: str, depth: int = 0) -> dict[str, Var]:
        """What one state sets."""
        match state:
            case AskDeclared():
                return sets_of(state, self.tables, self.languages)
            case DoDeclared():
                # A misspelt action stands for the one that was meant, so that its names are known.
                action = self.actions.get(state.do) or self.actions.get(nearest(state.do, self.actions) or "")
                return sets_of_action(action) if action else {}
            case CallDeclared():
                prefix = f"{state.as_}." if state.as_ else ""
                called = self.called(state.call, flow_id)
                meant = called if called in self.sources else nearest(state.call, self.sources) or called
                return {prefix + name: var for name, var in self.own(meant, depth + 1).items()}
            case _:
                return {}

    def called(self, written: str, caller: str) -> str:
        """The id of a called flow."""
        return find_flow(written, caller, self.sources)

    def callers(self, flow_id: str) -> list[str]:
        """The flows that call a flow."""
        return [
            each.id
            for each in self.sources.values()
            if any(
                isinstance(state, CallDeclared) and state.call == flow_id
                for state in each.declared.states.values()
            )
        ]

    def visible(self, flow_id: str) -> Mapping[str, Var]:
        """Every name that a flow can see at some point: its own, its callers', and those that hold anyway."""
        if flow_id not in self._visible:
            self._visible[flow_id] = self._find_visible(flow_id, frozenset())
        return self._visible[flow_id]

    def _find_visible(self, flow_id: str, seen: frozenset[str]) -> dict[str, Var]:
        found = dict(CONTEXT)
        for caller in self.callers(flow_id):
            if caller not in seen:
                found.update(self._find_visible(caller, seen | {flow_id}))
        found.update(self.own(flow_id))
        return found
