"""The committed clinic data, and rows made for a test."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.clinic import rows
from bot.clinic.catalogue import Catalogue, build_catalogue

DATA = Path(__file__).parent.parent / "data"
UNSIGNED: dict[str, Any] = {"source": ["judgement"], "reviewed_by": None, "reviewed_on": None}


def load(name: str) -> Any:
    return yaml.load((DATA / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def numbers() -> rows.NumbersFile:
    """The numbers of the countries, as the package has them."""
    text = (DATA.parent / "bot/authoring/defaults/numbers.yaml").read_text(encoding="utf-8")
    return rows.NumbersFile.model_validate(yaml.load(text, Loader=yaml.CSafeLoader))


@cache
def committed() -> Catalogue:
    return build_catalogue(
        clinic=rows.Clinic.model_validate(load("clinic")),
        treatments=rows.TreatmentsFile.model_validate(load("treatments")),
        concerns=rows.ConcernsFile.model_validate(load("concerns")),
        precautions=rows.PrecautionsFile.model_validate(load("precautions")),
        timelines=rows.TimelinesFile.model_validate(load("timelines")),
        recovery=rows.RecoveryFile.model_validate(load("recovery")),
        answers=rows.AnswersFile.model_validate(load("answers")),
        campaigns=rows.CampaignsFile.model_validate(load("campaigns")),
        numbers=numbers(),
    )


def concern(row_id: str, points_to: str, **more: Any) -> rows.Concern:
    row = {"id": row_id, "label": row_id, "screen": "aims", "points_to": points_to, "evidence": "fair"}
    return rows.Concern.model_validate({**row, **UNSIGNED, **more})


def precaution(row_id: str, microneedling: str, mesotherapy: str, **more: Any) -> rows.Precaution:
    row = {"id": row_id, "label": row_id, "screen": "about_you"}
    actions = {"microneedling": microneedling, "mesotherapy": mesotherapy}
    return rows.Precaution.model_validate({**row, **actions, **UNSIGNED, **more})


def timeline(row_id: str, min_days: int | None, max_days: int | None) -> rows.Timeline:
    days = {"min_days": min_days, "max_days": max_days}
    return rows.Timeline.model_validate({"id": row_id, "label": row_id, **days, **UNSIGNED})


def sign(row_id: str, *heard: str, red: bool = True, family: str = "ambulance", **more: Any) -> rows.Sign:
    row = {"id": row_id, "label": row_id, "family": family, "red": red, "heard": list(heard)}
    return rows.Sign.model_validate({**row, **UNSIGNED, **more})


def clinic(**more: Any) -> rows.Clinic:
    return rows.Clinic.model_validate({**load("clinic"), **more})


def location(**more: Any) -> rows.Location:
    return rows.Location.model_validate({**load("clinic")["locations"][0], **more})
