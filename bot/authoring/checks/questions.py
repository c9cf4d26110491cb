"""Questions: what kind needs what, where options come from, and by which words they answer."""

from __future__ import annotations

from bot.authoring.checks.world import World
from bot.authoring.declaration import AskDeclared, OptionDeclared, SourceDeclared
from bot.authoring.folder import FlowSource
from bot.authoring.issue import did_you_mean, listing, nearest
from bot.authoring.names import MADE_LISTS, Choice, choices_of, has_column, listed_of, rows_of, same
from bot.authoring.node import Path, Place
from bot.clinic.catalogue import BLOCKING, TREATMENTS
from bot.engine.heard import words_of
from bot.engine.typed import COMMANDS

_ONLY_FOR = {
    "none": ("one", "many"),
    "not_sure": ("one", "many"),
    "add": ("one", "many"),
    "columns": ("one", "many"),
    "done_after": ("many",),
    "dates": ("one",),
    "scale": ("one",),
    "at_least": ("number",),
    "at_most": ("number",),
}
_RESERVED = {"many": {"back", "done"}, "contact": {"back", "share"}}
"""Kind of question → the ids of buttons beside its options that are no answers; of others, `back` alone."""


def check_questions(world: World) -> None:
    """Every question of every flow."""
    for source in world.names.sources.values():
        for name, state in source.declared.states.items():
            if isinstance(state, AskDeclared):
                _Question(world, source, name, state).check()


class _Question:
    def __init__(self, world: World, source: FlowSource, name: str, ask: AskDeclared) -> None:
        self.world = world
        self.source = source
        self.name = name
        self.ask = ask
        self.tables = world.names.tables
        self.choices = choices_of(ask, self.tables)

    def check(self) -> None:
        self._kind()
        self._sources()
        self._ids()
        self._words()
        self._scale()
        if self.ask.dates is not None:
            self._dates(self.ask.dates.from_)
        if self.ask.choose == "many" and self.ask.not_sure is None and self._stops():
            message = "a screen of precautions needs a way to say that one isn't sure"
            self._report((), "ask:not_sure_missing", message, "add not_sure: Not sure")

    def _report(self, path: Path, code: str, message: str, mend: str = "", *, key: bool = False) -> None:
        full = ("states", self.name, *path)
        place = self.source.node.key(*full) if key else self.source.node.at(*full)
        self.world.issues.add(self.source.file, place, code, message, mend)

    def _kind(self) -> None:
        ask = self.ask
        for key, kinds in _ONLY_FOR.items():
            if key in ask.model_fields_set and ask.choose not in kinds:
                message = f"`{key}` has no meaning for `choose: {ask.choose}`"
                self._report((key,), "ask:not_for_this_kind", message, f"it is for {listing(kinds)}", key=True)
        if ask.choose in ("one", "many") and ask.options is None and self.name not in self.source.damaged:
            mend = "add options:, or choose: text, number, date, photo or contact"
            self._report((), "ask:no_options", f"`{self.name}` has nothing to choose from", mend)
        if self.choices and not any(choice.shown for choice in self.choices):
            message = f"`{self.name}` shows nothing to choose from"
            self._report(("options",), "option:none_shown", message, "show one of its sources")
        if ask.at_least is not None and ask.at_most is not None and ask.at_least > ask.at_most:
            self._report(("at_least",), "ask:bounds", "at_least is more than at_most", "swap them")

    def _sources(self) -> None:
        options = self.ask.options
        for number, each in enumerate(options if isinstance(options, list) else [options]):
            if isinstance(each, SourceDeclared):
                self._source(("options", number) if isinstance(options, list) else ("options",), each)

    def _source(self, path: Path, source: SourceDeclared) -> None:
        if source.from_ in MADE_LISTS:
            if not source.shown:
                message = f"`shown` has no meaning for `{source.from_}`"
                self._report((*path, "shown"), "ask:not_for_this_kind", message, "leave it out", key=True)
            return
        if source.from_ not in self.tables:
            known = [*self.tables, *MADE_LISTS]
            mend = did_you_mean(source.from_, known, f"known are {listing(known)}")
            self._report((*path, "from"), "table:unknown", f"there is no table `{source.from_}`", mend)
            return
        is_whole = self.world.is_table_whole(source.from_)
        rows = self.tables[source.from_].values()
        before = len(self.world.issues.found)
        for column, wanted in (source.where or {}).items():
            if rows and not any(has_column(row, column) for row in rows):
                known = sorted({name for row in rows for name in row.properties})
                message = f"`{source.from_}` has no column `{column}`"
                mend = did_you_mean(column, known, f"there is {listing(known)}")
                self._report((*path, "where", column), "table:unknown_column", message, mend, key=True)
                continue
            for number, value in enumerate(wanted if isinstance(wanted, list) else [wanted]):
                if rows and not any(same(row.properties.get(column, row.id), [value]) for row in rows):
                    known = sorted({str(row.properties.get(column, row.id)) for row in rows})
                    if not is_whole and nearest(str(value), known) is None:
                        continue
                    inner: Path = (number,) if isinstance(wanted, list) else ()
                    message = f"no row of `{source.from_}` has {column}: {value}"
                    mend = did_you_mean(str(value), known, f"there is {listing(known)}")
                    self._report((*path, "where", column, *inner), "table:unknown_value", message, mend)
        if is_whole and not rows_of(source, self.tables) and len(self.world.issues.found) == before:
            message = f"`{source.from_}` gives no rows here"
            self._report((*path, "from"), "option:no_rows", message, f"add rows to data/{source.from_}.yaml")

    def _dates(self, table: str) -> None:
        if table not in self.tables:
            mend = did_you_mean(table, self.tables)
            self._report(("dates", "from"), "table:unknown", f"there is no table `{table}`", mend)
        elif self.world.is_table_whole(table) and not any(
            isinstance(row.properties.get("min_days"), int) for row in self.tables[table].values()
        ):
            message = f"no row of `{table}` has days that a date could pick"
            self._report(("dates", "from"), "dates:no_days", message, "timelines has")

    def _scale(self) -> None:
        known = [choice.id for choice in self.choices]
        for number, degree in enumerate(self.ask.scale):
            if degree not in known:
                mend = did_you_mean(degree, known, f"there is {listing(known)}")
                self._report(("scale", number), "option:unknown", f"`{self.name}` has no option `{degree}`", mend)

    def _stops(self) -> bool:
        return any(
            choice.table == "precautions"
            and choice.row is not None
            and any(choice.row.properties.get(treatment) in BLOCKING for treatment in TREATMENTS)
            for choice in self.choices
        )

    def _ids(self) -> None:
        seen: dict[str, Choice] = {}
        former: dict[str, str] = {}
        for choice in self.choices:
            path = (*choice.path, "id") if choice.declared else choice.path
            if choice.id in seen:
                message = f"`{choice.id}` is an option of this question already"
                later = choice if choice.declared or choice.exclusive else seen[choice.id]
                path = (*later.path, "id") if later.declared else later.path
                self._report(path, "option:duplicate_id", message, "give it another id")
            seen.setdefault(choice.id, choice)
            if choice.id in _RESERVED.get(self.ask.choose, {"back"}):
                message = f"`{choice.id}` is the id of a button that is no answer"
                self._report(path, "option:reserved_id", message, "give it another id")
        for choice in self.choices:
            for number, name in enumerate(choice.declared.was if choice.declared else ()):
                taken = "an option of this question" if name in seen else former.get(name)
                if taken:
                    at = (*choice.path, "was", number)
                    self._report(at, "state:was_taken", f"`{name}` is {taken}", "a former id leads to one option")
                former.setdefault(name, f"claimed by `{choice.id}` already")

    def _words(self) -> None:
        if listed_of(self.ask) == "my_answers":
            return
        taken: dict[tuple[str, ...], str] = {}
        for choice in self.choices:
            for word, file, place in self._words_of(choice):
                said = words_of(word)
                owner = taken.get(said)
                if said and owner is not None and owner != choice.id:
                    message = f"`{word}` is a word of `{owner}` already"
                    self.world.issues.add(file, place, "option:word_clash", message, "let one of them go")
                if said:
                    taken.setdefault(said, choice.id)
                if len(said) == 1 and said[0] in COMMANDS:
                    message = f"`{word}` is the command /{said[0]}"
                    self.world.issues.add(file, place, "option:command_clash", message, "choose another word")

    def _words_of(self, choice: Choice) -> list[tuple[str, str, Place]]:
        """The words an option answers to, with the places where they stand."""
        base = ("states", self.name, *choice.path)
        file, node = self.source.file, self.source.node
        if choice.declared is not None:
            own: OptionDeclared = choice.declared
            label = [(own.label, file, node.at(*base, "label"))] if isinstance(own.label, str) else []
            return label + [(word, file, node.at(*base, "also", number)) for number, word in enumerate(own.also)]
        if choice.row is not None and choice.table is not None:
            found = self.world.row_place(choice.table, choice.id)
            if found is None:
                return []
            file, row = found
            words = [(choice.row.label, file, row.at("label"))]
            return words + [(word, file, row.at("also", number)) for number, word in enumerate(choice.row.also)]
        return [(choice.label, file, node.at(*base))]
