"""What is usual by day as far as the rules of levels go: the worst answer that alone raises none of them.

Source: data/recovery.yaml, `levels` (reviewed_on inside).
"""

from __future__ import annotations

from typing import Any

from bot.clinic.catalogue import Catalogue
from bot.clinic.levels import levels
from bot.clinic.recovery import SCALES, CheckInAnswers, Trend


def most_usual(scale: Trend, treatment: str, day: int, catalogue: Catalogue) -> str:
    """The worst answer to a question that is still green by itself.

    Args:
        scale: The question.
        treatment: `microneedling` or `mesotherapy`; anything else is asked by the rules of both.
        day: Whole days since the treatment, from 0.
        catalogue: The clinic's rows.
    """
    mildest, *others = SCALES[scale]
    found = mildest
    for answer in others:
        alone: dict[str, Any] = {scale: answer}
        if levels(CheckInAnswers(**alone), treatment, day, catalogue).level != "green":
            break
        found = answer
    return found
