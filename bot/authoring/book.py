"""A folder of flows and a folder of data → the book that the engine runs, or everything wrong with them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from bot.authoring.apart import Apart
from bot.authoring.build import FlowBuilder
from bot.authoring.checks import check_all
from bot.authoring.checks.invariants import Proof, prove_all, report_invariants
from bot.authoring.checks.translations import check_translations
from bot.authoring.checks.world import World
from bot.authoring.declaration import DoDeclared
from bot.authoring.folder import FlowSource, digest, read_data_folder, read_flow_folder
from bot.authoring.issue import Issue, Issues, nearest
from bot.authoring.listening import hears_emergency, hears_today, weighs_signs
from bot.authoring.names import Names
from bot.authoring.tables import (
    make_campaigns,
    make_catalogue,
    make_clinic,
    make_clocks,
    make_moment,
    make_questions,
    make_tables,
)
from bot.authoring.translation import Catalogs
from bot.clinic.catalogue import Catalogue
from bot.clinic.numbers import numbers_of
from bot.clinic.plan import plan_check_ins
from bot.clinic.recovery import TRENDS
from bot.clinic.rows import PartOfDay
from bot.clinic.usual import most_usual
from bot.clinic.usual_words import says_only_usual
from bot.engine.model import Action, Book, Text, Translator
from bot.engine.session import PlannedCheckIn

MakeActions = Callable[[Catalogue], Mapping[str, Action]]
BANNER = Text(
    "clinic.banner",
    (
        "**Trial:** {clinic.name} is still trying this helper out."
        " Please check with the clinic before you rely on it.",
    ),
)


class Untranslated:
    """The source language alone."""

    def translate(self, language: str, place: str, text: str) -> str:  # noqa: ARG002 - the protocol's shape
        return text

    def translate_plural(self, language: str, place: str, forms: Mapping[str, str], count: int) -> str:  # noqa: ARG002
        return forms["one" if count == 1 else "other"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading. `book`: None when an issue is an error; `catalogue`: whatever data was readable.

    `proof`: how far `never` and `always` were held against all paths; None where they were not.
    """

    book: Book | None
    issues: tuple[Issue, ...]
    catalogue: Catalogue
    digest: str
    sources: Mapping[str, FlowSource] = field(default_factory=lambda: MappingProxyType({}))
    proof: Proof | None = None

    @property
    def errors(self) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if not issue.is_warning)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Reading makes a hundred thousand objects that stay: to search them for garbage takes a fifth of its time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@_uncollected()
def read_book(
    flows: Path,
    data: Path,
    make_actions: MakeActions,
    *,
    environ: Mapping[str, str],
    translator: Translator | None = None,
    languages: tuple[str, ...] | None = None,
    prove: bool = False,
    levels: str | None = None,
    photos: bool | None = None,
) -> Reading:
    """Read and check everything an author wrote.

    Args:
        flows: Folder of flow files; without a common.yaml the package's own stands in.
        data: Folder of data files; those that are not there are empty.
        make_actions: Gives the actions that `do:` can name.
        environ: Environment variables, for `PRESENTATION`.
        translator: Looks up translations; without one the source language is all there is.
        languages: Codes of the languages there are, the source language first.
        prove: Also hold every `never` and `always` against all paths (about a second of CPU); `check` does.
        levels, photos: Stand in for clinic.yaml's settings of these names.

    Returns:
        The book, unless an issue is an error; all issues, sorted. Mistakes of an author never raise.
    """
    issues = Issues()
    flow_folder = read_flow_folder(flows, issues, data)
    data_folder = read_data_folder(data, issues)
    catalogue = make_catalogue(data_folder)
    others = {name: value for name, value in (("levels", levels), ("photos", photos)) if value is not None}
    if others and catalogue.clinic is not None:
        catalogue = replace(catalogue, clinic=catalogue.clinic.model_copy(update=others))
    actions = make_actions(catalogue)
    tables = make_tables(catalogue)
    sources: dict[str, FlowSource] = {}
    for source in flow_folder.sources:
        sources.setdefault(source.id, _spared(source, actions))
    source_language = catalogue.clinic.language if catalogue.clinic else "en"
    known_languages = languages or (source_language,)
    names = Names(sources, tables, actions, known_languages)
    if isinstance(translator, Catalogs):
        for broken in translator.broken:
            issues.add(
                broken.file, (broken.line, 1), "translation:broken", broken.reason, "write it as gettext does"
            )
    world = World(issues, flow_folder, data_folder, catalogue, names)
    if prove:
        with Apart(partial(prove_all, names)) as proving:
            check_all(world)
            proof = report_invariants(world, proving.result()) if world.flows_are_sound() else None
    else:
        check_all(world)
        proof = None
    book = None
    if not issues.has_errors():
        assert catalogue.clinic is not None
        builder, weighing = FlowBuilder(names), weighs_signs(catalogue)
        book = Book(
            flows=MappingProxyType({flow_id: builder.build(source) for flow_id, source in sources.items()}),
            tables=tables,
            actions=actions,
            clinic=make_clinic(catalogue.clinic, numbers_of(catalogue)),
            clocks=make_clocks(catalogue.clinic),
            moment=make_moment(catalogue.clinic),
            hear_emergency=hears_emergency(catalogue),
            hear_today=hears_today(catalogue, weighing),
            weigh_signs=weighing,
            translator=translator or Untranslated(),
            questions=make_questions(catalogue),
            campaigns=make_campaigns(catalogue, sources),
            languages=known_languages,
            time_zone=catalogue.clinic.time_zone,
            date_order=catalogue.clinic.date_order,
            banner=BANNER
            if catalogue.clinic.mode == "trial" and not data_folder.files["clinic"].is_ours
            else None,
            most_usual=_usual(catalogue),
            says_usual=partial(says_only_usual, catalogue=catalogue),
            plan_of=_plan(catalogue),
            in_place=environ.get("PRESENTATION") == "in_place",
        )
        if isinstance(translator, Catalogs):
            check_translations(world, book, translator)
    return Reading(
        book,
        issues.sorted(),
        catalogue,
        digest(flow_folder.contents, data_folder.contents),
        MappingProxyType(sources),
        proof,
    )


def _usual(catalogue: Catalogue) -> Callable[[str, str, int], str | None]:
    def of(scale: str, treatment: str, day: int) -> str | None:
        known = next((trend for trend in TRENDS if trend == scale), None)
        return None if known is None else most_usual(known, treatment, day, catalogue)

    return of


def _plan(catalogue: Catalogue) -> Callable[[str, datetime, ZoneInfo, str], Sequence[PlannedCheckIn]]:
    def of(treatment: str, treated_at: datetime, zone: ZoneInfo, part_of_day: str) -> Sequence[PlannedCheckIn]:
        part: PartOfDay = "morning" if part_of_day == "morning" else "evening"
        whole = plan_check_ins(treatment, treated_at, treated_at, catalogue, zone=zone, part_of_day=part)
        return [
            PlannedCheckIn(
                occasion=each.occasion,
                day=each.day,
                due_at=each.due_at,
                essential=each.essential,
                kind=each.kind,
                catch_up_seconds=int(each.catch_up.total_seconds()),
                told_after=each.told_after,
            )
            for each in whole
        ]

    return of


def _spared(source: FlowSource, actions: Mapping[str, Action]) -> FlowSource:
    """With unknown actions marked, so that nobody complains of each name that they may have set."""
    unknown = {
        name
        for name, state in source.declared.states.items()
        if isinstance(state, DoDeclared) and state.do not in actions and nearest(state.do, actions) is None
    }
    return replace(source, wayless=source.wayless | unknown) if unknown else source
