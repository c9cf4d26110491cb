"""Texts of data rows as phrases: the place is the gettext context, so that wording can translate them."""

from __future__ import annotations

from bot.clinic.catalogue import NOT_SURE, Catalogue
from bot.engine.value import Phrase


def topic(catalogue: Catalogue, treatment: str, name: str) -> Phrase | None:
    """A treatment's text; None where the clinic has none."""
    row = catalogue.treatments.get(treatment)
    found = row.topics.get(name) if row else None
    return Phrase(f"treatments.{treatment}.{name}", found.text) if found else None


def general(catalogue: Catalogue, name: str) -> Phrase | None:
    """A text about both treatments; None where the clinic has none."""
    return topic(catalogue, "general", name)


def label(catalogue: Catalogue, treatment: str) -> Phrase | None:
    """A treatment's name as a heading."""
    row = catalogue.treatments.get(treatment)
    return Phrase(f"treatments.{treatment}.label", row.label) if row else None


def name_of(catalogue: Catalogue, kind: str, row_id: str) -> Phrase | None:
    """How a sentence names a concern (`kind` concerns) or a precaution (precautions)."""
    if row_id == NOT_SURE:
        return general(catalogue, "unsure_name")
    row = catalogue.concerns.get(row_id) if kind == "concerns" else catalogue.precautions.get(row_id)
    if row is None:
        return None
    if row.name is None:
        return Phrase(f"{kind}.{row_id}.label", row.label)
    return Phrase(f"{kind}.{row_id}.name", row.name)


def note_of(catalogue: Catalogue, kind: str, row_id: str) -> Phrase | None:
    """What is said of an answer that leads to the practitioner; None where nothing is written."""
    if row_id == NOT_SURE:
        return general(catalogue, "unsure_note")
    if kind == "concerns":
        concern = catalogue.concerns.get(row_id)
        said = concern.heads_up if concern else None
        return Phrase(f"concerns.{row_id}.heads_up", said) if said else None
    precaution = catalogue.precautions.get(row_id)
    said = precaution.note if precaution else None
    return Phrase(f"precautions.{row_id}.note", said) if said else None


def name_of_sign(catalogue: Catalogue, sign: str) -> Phrase | None:
    """How a sentence names a recovery sign."""
    row = catalogue.signs.get(sign)
    if row is None:
        return None
    return Phrase(f"signs.{sign}.name" if row.name else f"signs.{sign}.label", row.name or row.label)


def name_of_treatment(catalogue: Catalogue, treatment: str) -> Phrase | None:
    """How a sentence names a treatment."""
    row = catalogue.treatments.get(treatment)
    return Phrase(f"treatments.{treatment}.name", row.name) if row else None
