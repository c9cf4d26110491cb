"""What stands on a locked screen: the beginning of a message that comes unasked names no treatment and no sign."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.authoring.checks.world import World
from bot.authoring.declaration import AskDeclared, PluralText, SayDeclared

UNASKED = frozenset({"recovery", "reached", "rung"})
"""Flows that a timer or staff begin; what stands at their start comes unasked."""
SEEN_CHARACTERS = 60
"""So much of a message a lock screen shows."""
TELLING = ("treatment", "signs", "usual", "treated_on")
"""How names end whose values tell what somebody had done."""
_MARK = re.compile(r"\{([^{}|]*)(?:\|([^{}]*))?\}")
_WORDS = re.compile(r"[^\W\d_]+")


def check_unasked(world: World) -> None:
    """Look at what flows begin with, and at every reminder."""
    phrases = sorted({phrase for each in _known(world) if (phrase := _folded(each))})
    for source in world.names.sources.values():
        asked = _at_the_start(source.declared.start, source.declared.states) if source.id in UNASKED else set()
        for name, state in source.declared.states.items():
            paths: list[tuple[tuple[str | int, ...], str]] = []
            if name in asked and isinstance(state, AskDeclared):
                paths += [(("ask",), text) for text in _first(state.ask)]
            if name in asked and isinstance(state, SayDeclared):
                paths += [(("say",), text) for text in _first(state.say)]
            if isinstance(state, AskDeclared) and state.remind is not None:
                paths += [(("remind", "say"), text) for text in _first(state.remind.say)]
            for path, text in paths:
                told = _told(text, phrases)
                if told:
                    node = source.node.nearest("states", name, *path)
                    message = f"the first {SEEN_CHARACTERS} characters come unasked and say `{told}`"
                    mend = "others read lock screens: begin with a greeting, and name it further down"
                    world.issues.add(source.file, node.place, "text:tells_unasked", message, mend)


def _known(world: World) -> Iterator[str]:
    for sign in world.catalogue.signs.values():
        yield from (sign.label, sign.name or "", *sign.also)
    for treatment in world.catalogue.treatments.values():
        if treatment.id != "general":
            yield from (treatment.id, treatment.label, treatment.name, *treatment.also)


def _at_the_start(start: str, states: object) -> set[str]:
    """The questions that can come first, and what is said before them."""
    assert isinstance(states, dict)
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or name not in states:
            continue
        found.add(name)
        if not isinstance(states[name], AskDeclared | SayDeclared):
            ways = getattr(states[name], "next", None) or ()
            waiting.extend([ways] if isinstance(ways, str) else [way.to for way in ways])
    return found


def _first(text: object) -> Iterator[str]:
    """The first paragraph of a text, in each of its forms."""
    if isinstance(text, list):
        yield " ".join(part for part in text if isinstance(part, str))
    elif isinstance(text, str):
        yield text
    elif isinstance(text, PluralText):
        yield from (text.one, text.other)


def _told(text: str, phrases: list[str]) -> str:
    """What the beginning gives away; empty when it is nothing."""
    shown = _MARK.sub(lambda mark: mark[2] or "", text)[:SEEN_CHARACTERS]
    for mark in _MARK.finditer(text):
        if mark.start() < SEEN_CHARACTERS and mark[1].rpartition(".")[2] in TELLING:
            return mark[0]
    said = f" {_folded(shown)} "
    return next((phrase for phrase in phrases if f" {phrase} " in said), "")


def _folded(text: str) -> str:
    return " ".join(_WORDS.findall(text.casefold()))
