"""Patients who know only what they want and what applies to them, and press what is theirs on each screen.

What they must come to is worked out here, from a table of its own; nothing of the bot's matching is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain, combinations

from tests.e2e.test_json_chat import Chat, Turn, of

NOW = "2026-11-23T10:00:00+00:00"

MICRONEEDLING = ("acne_scars", "fine_lines", "wrinkles", "texture", "enlarged_pores", "stretch_marks")
MESOTHERAPY = ("dullness", "dehydration", "event_glow", "uneven_tone")
BEHIND_ELSE = ("sagging", "dark_circles", "other_scars", "out_of_scope")
PRACTITIONER = (
    *("active_acne", "melasma", "rosacea", "skin_condition", "raised_scars", "other_scars", "sagging"),
    *("dark_circles", "changing_mole", "distress"),
)
CONCERNS = (*MICRONEEDLING, *MESOTHERAPY, *PRACTITIONER, "out_of_scope")

# Where each answer is asked for. `not_sure` stands on the last three screens before the answer.
SCREENS = {
    "aims": (*MICRONEEDLING, *MESOTHERAPY),
    "else_aims": BEHIND_ELSE,
    "when": ("within_2_weeks", "weeks_2_to_4", "months_1_to_3", "over_3_months", "no_date"),
    "face": (
        *("active_acne", "cold_sore_now", "active_infection", "sunburn", "skin_condition", "melasma", "rosacea"),
        *("raised_scars", "changing_mole"),
    ),
    "about_you": (
        *("pregnant", "breastfeeding", "isotretinoin", "anticoagulant", "bleeding_disorder", "weak_immunity"),
        *("diabetes_uncontrolled", "cancer_treatment", "anaesthetic_allergy", "ingredient_allergy"),
        *("metal_allergy", "keloid_tendency", "distress"),
    ),
    "earlier": ("recent_laser_or_peel", "recent_filler", "unknown_product"),
    "tell": (
        *("age_18_to_21", "cold_sore_history", "bruising_supplements", "diabetes_controlled", "retinoids"),
        *("darker_skin", "dental_or_vaccine", "needle_fear", "numbing_at_home"),
    ),
}
STOPS_ALL = {*SCREENS["face"], *SCREENS["about_you"], *SCREENS["earlier"], "not_sure"} - {"metal_allergy"}
TIMELINES = SCREENS["when"]
TREATMENTS = {"microneedling", "mesotherapy", "combined"}
NO_BOOKING = re.compile(r"https?://|\bbook (a|it|online|now|one)\b|your consultation|appointment", re.IGNORECASE)


def expected(answers: frozenset[str]) -> str | None:
    """What a careful practitioner expects of these answers; None while one more question is needed."""
    needling, injecting = answers & set(MICRONEEDLING), answers & set(MESOTHERAPY)
    if answers & STOPS_ALL or answers & set(PRACTITIONER):
        return "practitioner_first"
    if not (needling or injecting):
        return "practitioner_first" if "out_of_scope" in answers else None
    if needling and "metal_allergy" in answers:
        return "practitioner_first"
    when = answers & set(TIMELINES)
    if when == {"within_2_weeks"}:
        return "practitioner_first"
    if not when:
        return None
    return "combined" if needling and injecting else "microneedling" if needling else "mesotherapy"


def deciding(answers: frozenset[str]) -> frozenset[str]:
    """The answers in at least one smallest set that, held, keeps the outcome whatever becomes of the others."""
    outcome = expected(answers)

    def holds(kept: frozenset[str]) -> bool:
        rest = sorted(answers - kept - set(TIMELINES))
        times = (answers & set(TIMELINES),) if kept & set(TIMELINES) else tuple(frozenset({t}) for t in TIMELINES)
        others = chain.from_iterable(combinations(rest, size) for size in range(len(rest) + 1))
        return all(expected(kept | time | set(other)) == outcome for other in others for time in times)

    found: list[frozenset[str]] = []
    for size in range(len(answers) + 1):
        for chosen in map(frozenset, combinations(sorted(answers), size)):
            if not any(smaller <= chosen for smaller in found) and holds(chosen):
                found.append(chosen)
    return frozenset().union(*found)


@dataclass
class Visit:
    """One patient's conversation, kept whole."""

    chat: Chat
    turns: list[Turn] = field(default_factory=list)
    presses: int = 0

    @property
    def everything(self) -> Turn:
        return [found for turn in self.turns for found in turn]

    @property
    def said(self) -> Turn:
        """The patient's messages, edits apart."""
        return [one for one in of(self.everything, "message") if one["to"] == "patient" and "edits" not in one]

    @property
    def results(self) -> Turn:
        return of(self.everything, "result")

    @property
    def screen(self) -> dict[str, object]:
        """The open question."""
        return next(one for one in reversed(self.said) if one.get("choose"))

    @property
    def state(self) -> str:
        return str(self.screen["state"])

    def labels(self, message: dict[str, object] | None = None) -> dict[str, str]:
        """The answers on the screen, id by label."""
        options = (message or self.screen)["options"]
        assert isinstance(options, list)
        return {option["label"]: option["id"] for option in options}

    def press(self, *ids: str) -> Turn:
        """One button; several or a choose-many's: exactly these, and Done."""
        many = self.screen["choose"] == "many" and ids[0] not in ("none", "not_sure", "back")
        self.presses += len(ids) + many
        turn = self.chat.do(press=list(ids)) if many else self.chat.do(press=ids[0])
        assert not of(turn, "error"), of(turn, "error")
        self.turns.append(turn)
        return turn

    def type(self, text: str) -> Turn:
        self.turns.append(self.chat.do(say=text))
        return self.turns[-1]

    def answer(self, *mine: str, when: str = "over_3_months", until: str | None = None) -> None:
        """Answer each screen with what is mine on it, else with none, until an answer or a referral stands."""
        for _ in range(12):
            state, shown = self.state, set(self.labels().values())
            if state not in (*SCREENS, "welcome", "consent") or state in ("tell", until):
                return
            if state == "when" and when not in shown:
                self.type(when)
                continue
            wanted = {"adult", "agree", when, *mine} & shown
            if state == "aims" and (set(mine) & set(BEHIND_ELSE) or not wanted):
                wanted |= {"something_else"}
            self.press(*(sorted(wanted) or ["none"]))
        raise AssertionError(f"no answer after twelve screens: {self.state}")


def hold_answer(visit: Visit, answers: frozenset[str], *, results: int = 1) -> dict[str, object]:
    """Hold the newest result against the table; the message that came with it."""
    assert len(visit.results) == results
    result, outcome = visit.results[-1], expected(answers)
    assert result["action"] == "match"
    assert result["outcome"] == outcome, answers
    assert {reason["answer"] for reason in result["reasons"]} == deciding(answers)
    for reason in result["reasons"]:
        assert reason["answer"] in (*SCREENS.get(reason["state"], ()), "not_sure") or reason["state"] == "closer"
    assert result["treatment"] == (outcome if outcome in TREATMENTS else None)
    message = visit.said[-1]
    assert len(str(message["text"])) <= 900
    if outcome in TREATMENTS:
        assert message["state"] == "card"
        assert "book" in visit.labels(message).values()
    else:
        assert str(message["state"]).startswith("refer")
    return message
