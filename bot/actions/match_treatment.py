"""`match_treatment`: the answer of a consultation, with everything its card says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from bot.actions.card_dates import date_lines
from bot.actions.standing import ids, standing, text
from bot.actions.texts import general, label, name_of, note_of, topic
from bot.clinic.catalogue import NOT_SURE, TREATMENTS, Catalogue
from bot.clinic.matching import Match, match
from bot.engine.model import Action, Outcome
from bot.engine.value import Phrase, Value, Values

READS = ("concerns", "precautions", "when", "when_on", "today_on")
OUTCOMES = frozenset({"microneedling", "mesotherapy", "combined", "practitioner_first"})
TOPICS = ("how", "results", "downtime", "can_happen", "during", "sessions", "day_by_day", "about", "good_to_know")
GENERAL = ("compare", "what_for", "both_together", "practitioner", "evidence", "sources_note")
TEXTS = ("label", "aims", "dates", "heads_up", "because", "notes_said", "see_gp", "add_ons", *TOPICS, *GENERAL)

NAMED_CHARACTERS = 60
"""So much of the card goes to naming what the person would like to improve; the rest is "and more"."""
CARD_CHARACTERS = 900
CARD_FRAME_CHARACTERS = 106
"""What the card's own words take in flows/consult.yaml, beside the rows' texts."""
_PLACES = re.compile(r"\{[^{}]*\}")
NOTES_SAID = 4
"""So many reasons are explained when a practitioner comes first; all of them are named."""


def match_treatment(catalogue: Catalogue) -> Action:
    """The action over one clinic's rows.

    Sets `match.found` (false while something is missing, and then nothing else), `match.outcome`, `match.kind`
    (what a referral is about), `match.booking`, and the texts of the card.
    Wants the result as soon as there is an outcome.
    """
    same_for_all: dict[str, Value] = {f"match.{name}": general(catalogue, name) for name in GENERAL}

    def run(values: Values) -> Outcome:
        concerns = ids(values, "concerns") & catalogue.concerns.keys()
        precautions = ids(values, "precautions") & {*catalogue.precautions, NOT_SURE}
        when = text(values, "when")
        event_on, today = _day(values, "when_on"), _day(values, "today_on")
        found = match(
            concerns,
            precautions,
            when if when in catalogue.timelines else None,
            catalogue,
            event_on=event_on,
            today=today,
        )
        if found.outcome is None:
            return Outcome({"match.found": False})
        said: dict[str, Value] = {**same_for_all, "match.found": True}
        said["match.outcome"] = found.outcome
        said["match.booking"] = found.booking
        if found.outcome == "practitioner_first":
            said |= _referral(found, concerns, catalogue)
        else:
            said |= _card(found, when, event_on, today, catalogue)
        result = standing(
            "result",
            "match",
            action="match",
            outcome=found.outcome,
            reasons=[f"{'when' if kind == 'timeline' else kind}={answer}" for kind, answer in found.reasons],
            notes=[*found.notes, *found.timing_notes],
            treatment=None if found.outcome == "practitioner_first" else found.outcome,
        )
        return Outcome({name: value for name, value in said.items() if value is not None}, (result,))

    sets: dict[str, frozenset[str] | None] = {f"match.{name}": None for name in TEXTS}
    sets["match.outcome"] = OUTCOMES
    sets["match.kind"] = frozenset({"distress", "mole", "out_of_scope", "practitioner"})
    sets["match.found"] = sets["match.booking"] = frozenset({"true", "false"})
    return Action("match_treatment", READS, sets, frozenset({"result"}), run)


def _card(
    found: Match, when: str | None, event_on: date | None, today: date | None, catalogue: Catalogue
) -> dict[str, Value]:
    outcome = str(found.outcome)
    said: dict[str, Value] = {f"match.{name}": topic(catalogue, outcome, name) for name in TOPICS}
    said["match.label"] = label(catalogue, outcome)
    said["match.add_ons"] = topic(catalogue, "combined", "add_ons")
    aims = [answer for kind, answer in found.reasons if kind == "concerns"]
    known = (each for each in found.notes if catalogue.precautions[each].screen != "tell")
    note = next(filter(None, (note_of(catalogue, "precautions", each) for each in known)), None)
    said["match.aims"] = _named(aims, catalogue, NAMED_CHARACTERS - _length(note))
    said["match.dates"] = date_lines(found, when, event_on, today, catalogue)
    fixed = ("label", "aims", "dates", "how", "results", "downtime", "can_happen")
    room = CARD_CHARACTERS - CARD_FRAME_CHARACTERS - sum(_length(said[f"match.{name}"]) for name in fixed)
    weakest = sorted(aims, key=lambda aim: catalogue.concerns[aim].evidence != "limited")
    heads_up = (note, *(note_of(catalogue, "concerns", aim) for aim in weakest))
    said["match.heads_up"] = next((line for line in heads_up if line and len(line.text) <= room), None)
    return said


def _referral(found: Match, concerns: frozenset[str], catalogue: Catalogue) -> dict[str, Value]:
    """What a practitioner will look at; what the person would like to improve is no reason to be told."""
    kind = "distress" if "distress" in concerns else "practitioner" if found.booking else "mole"
    if found.rule == 2 and {catalogue.concerns[each].points_to for each in concerns} == {"out_of_scope"}:
        kind = "out_of_scope"
    reasons = [
        (of, answer)
        for of, answer in found.reasons
        if of != "concerns" or catalogue.concerns[answer].points_to not in TREATMENTS
    ]
    names = [
        general(catalogue, "too_soon_name") if of == "timeline" else name_of(catalogue, of, answer)
        for of, answer in reasons
    ]
    notes = [
        general(catalogue, "too_soon") if of == "timeline" else note_of(catalogue, of, answer)
        for of, answer in reasons
    ]
    return {
        "match.kind": kind,
        "match.because": _phrases(names),
        "match.notes_said": _phrases(notes)[:NOTES_SAID],
        "match.see_gp": None if found.booking else note_of(catalogue, "concerns", "changing_mole"),
    }


def _named(aims: list[str], catalogue: Catalogue, room: int) -> tuple[Phrase, ...]:
    """The aims' names as far as there is room; the first one always."""
    names = _phrases(name_of(catalogue, "concerns", aim) for aim in aims)
    kept = list(names)
    more = general(catalogue, "and_more")
    while len(kept) > 1 and sum(len(name.text) + 2 for name in kept) > room:
        kept.pop()
    return names if len(kept) == len(names) or more is None else (*kept, more)


def _phrases(found: Iterable[Phrase | None]) -> tuple[Phrase, ...]:
    return tuple({phrase.place: phrase for phrase in found if phrase is not None}.values())


def _length(value: Value) -> int:
    """Characters of a text in the source language; dates are reckoned at their longest."""
    if isinstance(value, tuple):
        return sum(_length(each) + 3 for each in value)
    if isinstance(value, Phrase):
        return len(_PLACES.sub("", value.text)) + sum(_length(each) for each in value.args.values())
    return len("Wednesday 30 September 2026") if isinstance(value, date) else 0


def _day(values: Values, name: str) -> date | None:
    found = values.get(name)
    return found if isinstance(found, date) else None
