"""All clinic data of one book, frozen, with the look-ups that the clinic's rules need."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol, TypeVar

from bot.clinic.rows import (
    ActionOnTreatment,
    Answer,
    AnswersFile,
    Campaign,
    CampaignsFile,
    Clinic,
    Concern,
    ConcernsFile,
    CountryNumbers,
    DayOfCourse,
    LevelRule,
    NumbersFile,
    PlanRow,
    Precaution,
    PrecautionsFile,
    RecoveryFile,
    Sign,
    Source,
    Timeline,
    TimelinesFile,
    Treatment,
    TreatmentsFile,
)

TreatmentId = Literal["microneedling", "mesotherapy"]
TREATMENTS: tuple[TreatmentId, ...] = ("microneedling", "mesotherapy")
NOT_SURE = "not_sure"
"""An answer on every screen of precautions; no row, and a stop for every treatment."""
BLOCKING: frozenset[ActionOnTreatment] = frozenset({"stop", "wait"})


class _Row(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Row)


def _by_id(rows: Iterable[R]) -> Mapping[str, R]:
    """In file order; of two rows with one id the first counts (the reader refuses such files)."""
    found: dict[str, R] = {}
    for row in rows:
        found.setdefault(row.id, row)
    return MappingProxyType(found)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Rows by id, in file order. Made by `build_catalogue`."""

    clinic: Clinic | None
    treatments: Mapping[str, Treatment]
    sources: Mapping[str, Source]
    concerns: Mapping[str, Concern]
    precautions: Mapping[str, Precaution]
    timelines: Mapping[str, Timeline]
    signs: Mapping[str, Sign]
    answers: Mapping[str, Answer]
    campaigns: Mapping[str, Campaign]
    course: tuple[DayOfCourse, ...]
    levels: tuple[LevelRule, ...] = ()
    plan: tuple[PlanRow, ...] = ()
    countries: Mapping[str, CountryNumbers] = field(default_factory=lambda: MappingProxyType({}))
    words: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def meant_by(self, concerns: Collection[str]) -> tuple[TreatmentId, ...]:
        """The treatments that these concerns point to.

        Raises:
            KeyError: An id is no concern.
        """
        routes = {self.concerns[concern].points_to for concern in concerns}
        return tuple(treatment for treatment in TREATMENTS if treatment in routes)

    def action(self, precaution: str, treatment: TreatmentId) -> ActionOnTreatment:
        """What a precaution does to a treatment; `not_sure` stops every one.

        Raises:
            KeyError: The id is no precaution.
        """
        if precaution == NOT_SURE:
            return "stop"
        row = self.precautions[precaution]
        return row.microneedling if treatment == "microneedling" else row.mesotherapy

    def blocked_by(self, precaution: str) -> tuple[TreatmentId, ...]:
        """The treatments that a precaution stops or postpones.

        Raises:
            KeyError: The id is no precaution.
        """
        return tuple(each for each in TREATMENTS if self.action(precaution, each) in BLOCKING)

    def day_of_course(self, treatment: str, day: int) -> DayOfCourse | None:
        """What is usual on a day (from 0) after a treatment; None where nothing is written."""
        for row in self.course:
            if row.treatment == treatment and row.from_day <= day <= row.to_day:
                return row
        return None

    @property
    def earliest_event_days(self) -> int:
        """Closer to an event than so many days, nothing is matched.

        Source: data/clinic.yaml; 14 days where there is none (a design judgement from the downtime rows).
        """
        return 14 if self.clinic is None else self.clinic.earliest_event_days


def build_catalogue(
    *,
    clinic: Clinic | None = None,
    treatments: TreatmentsFile | None = None,
    concerns: ConcernsFile | None = None,
    precautions: PrecautionsFile | None = None,
    timelines: TimelinesFile | None = None,
    recovery: RecoveryFile | None = None,
    answers: AnswersFile | None = None,
    campaigns: CampaignsFile | None = None,
    numbers: NumbersFile | None = None,
) -> Catalogue:
    """Join the files of a data folder; one that is not there is empty."""
    return Catalogue(
        clinic=clinic,
        treatments=_by_id(treatments.treatments if treatments else ()),
        sources=_by_id(treatments.sources if treatments else ()),
        concerns=_by_id(concerns.concerns if concerns else ()),
        precautions=_by_id(precautions.precautions if precautions else ()),
        timelines=_by_id(timelines.timelines if timelines else ()),
        signs=_by_id(recovery.signs if recovery else ()),
        answers=_by_id(answers.answers if answers else ()),
        campaigns=_by_id(campaigns.campaigns if campaigns else ()),
        course=tuple(recovery.course) if recovery else (),
        levels=tuple(recovery.levels) if recovery else (),
        plan=tuple(recovery.plan) if recovery else (),
        countries=_by_id(numbers.countries if numbers else ()),
        words=MappingProxyType(recovery.words if recovery else {}),
    )
