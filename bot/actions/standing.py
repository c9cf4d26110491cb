"""How actions write down what they want to hold."""

from __future__ import annotations

import json

from bot.engine.model import Action, Outcome, Standing
from bot.engine.value import Values


def standing(of: str, key: str, /, **content: object) -> Standing:
    """A standing effect whose content is JSON with sorted keys, so that equal content is equal text."""
    return Standing(of, key, json.dumps(content, sort_keys=True, ensure_ascii=False))


def constant(name: str, *wanted: Standing) -> Action:
    """An action that reads and sets nothing and always wants the same."""

    def run(_values: Values) -> Outcome:
        return Outcome({}, wanted)

    return Action(name, (), {}, frozenset(effect.kind for effect in wanted), run)


def ids(values: Values, name: str) -> frozenset[str]:
    """A set of ids; empty where nothing has been chosen."""
    found = values.get(name)
    return found if isinstance(found, frozenset) else frozenset()


def text(values: Values, name: str) -> str | None:
    """A text or an id; None where there is none."""
    found = values.get(name)
    return found if isinstance(found, str) and found else None
