"""Nobody is called silent who has answered: what was judged, or told to staff, is no silence."""

from __future__ import annotations

import pytest

from bot.engine.silence import SILENT
from tests.recovery_patient import Healing


def asked_hours_after() -> Healing:
    """The first question after an injection, which is told to staff when nobody answers it."""
    patient = Healing().on_day(0, 14, 5)
    assert patient.asked == "overall"
    return patient


def silences(patient: Healing) -> list[str]:
    return [alert.reason for alert in patient.person.alerts if alert.reason == SILENT]


@pytest.mark.parametrize(
    "steps",
    [
        ("better", "like_today", ("breathing",)),
        ("better", "like_today", ("pus_or_crust",), "fading", "none", "none"),
        ("better", "like_today", ("pus_or_crust",)),
        ("worse",),
        ("urgent", "yes"),
    ],
    ids=["red", "anything else", "told early", "left after worse", "urgent"],
)
def test_whoever_has_answered_is_not_silent(steps: tuple[str | tuple[str, ...], ...]) -> None:
    patient = asked_hours_after()
    for step in steps:
        patient.choose(*step) if isinstance(step, tuple) else patient.press(step)
    patient.on_day(0, 18, 30)
    assert patient.open_alerts()
    assert silences(patient) == []
    assert patient.visit.unanswered == 0


def test_whoever_has_not_is() -> None:
    patient = asked_hours_after()
    patient.press("better")
    patient.on_day(0, 18, 30)
    assert silences(patient) == [SILENT]
