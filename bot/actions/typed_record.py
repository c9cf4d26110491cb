"""Typed words as an entry in the course of their visit, where no check-in keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from bot.actions.standing import standing
from bot.actions.treated import Treated
from bot.clinic.catalogue import Catalogue
from bot.clinic.recovery import SCALES, Scale
from bot.clinic.rows import Level
from bot.engine.model import Standing

ASKED_IN_STEPS: tuple[Scale, ...] = ("redness", "swelling", "pain")


def typed_record(
    found: Treated, level: Level, signs: Sequence[str], words: str | None, catalogue: Catalogue
) -> Standing:
    """The entry: its day and level, what was heard, and the words themselves.

    A clinic with `levels: report_only` gives no verdict here either.
    """
    answers: dict[str, list[str]] = {"signs": []}
    for sign in signs:
        scale = next((scale for scale in ASKED_IN_STEPS if sign in SCALES[scale]), "signs")
        answers.setdefault(scale, []).append(sign)
    if words:
        answers["words"] = [words]
    is_unjudged = catalogue.clinic is not None and catalogue.clinic.levels == "report_only"
    said = "report" if is_unjudged else level
    return standing("course", "typed", day=found.day, level=said, answers=answers, is_typed=True)
