"""`show_treatments`: the texts about both treatments, for whoever only wants to read."""

from __future__ import annotations

from bot.actions.texts import topic
from bot.clinic.catalogue import Catalogue
from bot.engine.model import Action, Outcome
from bot.engine.value import Value, Values

SHOWN = {
    "microneedling": ("about", "during", "sessions", "day_by_day", "good_to_know"),
    "mesotherapy": ("about", "during", "sessions", "day_by_day", "good_to_know"),
    "combined": ("about", "add_ons"),
    "general": ("compare", "what_for", "both_together", "can_happen", "practitioner", "evidence", "sources_note"),
}


def show_texts(catalogue: Catalogue) -> Action:
    """Sets `read.<treatment>_<topic>` for every text that can be read without any answer."""
    names = {f"read.{treatment}_{name}": (treatment, name) for treatment in SHOWN for name in SHOWN[treatment]}

    def run(_values: Values) -> Outcome:
        said: dict[str, Value] = {name: topic(catalogue, *where) for name, where in names.items()}
        return Outcome({name: value for name, value in said.items() if value is not None})

    return Action("show_treatments", (), dict.fromkeys(names), frozenset(), run)
