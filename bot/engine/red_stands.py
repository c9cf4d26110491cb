"""A red stands: what a check-in judged red is neither lowered nor withdrawn by what its person answers later.

The more serious of two signals wins, and only staff close it. What they answer instead is weighed afresh, kept in
the course, and told to staff beside what they said before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.engine.derive import Position
from bot.engine.model import Standing
from bot.engine.session import ContextValue, Session

RED = "red"
ALERT, RESULT, RECORD = "alert/level", "result/level", "course/check_in"
RED_OPEN = "contact.red_open"
OPEN = (RED_OPEN, "contact.today_open")
"""What of earlier words is still in hand: a check-in's end is told by it."""
DETAILS = ("redness", "swelling", "pain")
NONE = "none"


def with_red(wanted: Mapping[str, Standing], done: Mapping[str, str], *, is_left: bool) -> dict[str, Standing]:
    """What is wanted, where a red of the same check-in is in force already.

    Args:
        wanted: By kind and key, as the answers ask for it now.
        done: The content of what is in force, by kind and key.
        is_left: Nobody has answered anew: they went away in the middle of changing an answer.
    """
    before = _content(done.get(ALERT))
    if before.get("level") != RED:
        return dict(wanted)
    if is_left or RECORD not in wanted:  # an answer taken back, or on the way to another
        return {
            **wanted,
            **{name: _standing(name, done[name]) for name in (ALERT, RESULT, RECORD) if name in done},
        }
    record = _content(wanted[RECORD].content)
    level = str(record["level"])
    if level == RED:
        fresh = _content(wanted[ALERT].content)
        signs = list(dict.fromkeys((*before.get("signs", ()), *fresh.get("signs", ()))))
        return {**wanted, ALERT: _changed(ALERT, {**fresh, "signs": signs})}
    answers: Mapping[str, list[str]] = record["answers"]
    words = {"words": "\n".join(answers["words"])} if answers.get("words") else {}
    results = {RESULT: _changed(RESULT, {**_content(done[RESULT]), "level_now": level})} if RESULT in done else {}
    return {
        **wanted,
        **results,
        ALERT: _changed(ALERT, {**before, **words, "level_now": level, "answers_now": _now(answers)}),
        RECORD: _changed(RECORD, {**record, "level": RED, "level_now": level}),
    }


def was_left(position: Position) -> bool:
    """Whether the last of the answers that the walk has passed is that nobody answered."""
    given = [passed.given for passed in position.passed if passed.given is not None]
    return bool(given) and max(given, key=lambda each: each.order).answer.expired


def hold_open(session: Session, position: Position) -> Session:
    """Where something was open when the answers were judged, what was said and asked after it stays so.

    Else the question that follows would be gone as soon as staff have spoken to them.
    """
    held: dict[str, ContextValue] = {name: True for name in OPEN if position.lookup(name) is True}
    return replace(session, context={**session.context, **held}) if held else session


def let_go(session: Session, position: Position) -> Session:
    """Before answers are judged (anew), it counts again whether something is open by then."""
    if session.context.keys().isdisjoint(OPEN) or _is_judged(position):
        return session
    context = {name: value for name, value in session.context.items() if name not in OPEN}
    return replace(session, context=context)


def _is_judged(position: Position) -> bool:
    return any(standing.kind == "course" for standing in position.wanted)


def _now(answers: Mapping[str, list[str]]) -> list[str]:
    """What they say now: the signs, or that there is none, and how each detail is."""
    details = [f"{name}={answer}" for name in DETAILS for answer in answers.get(name, ())]
    return [*(answers.get("signs") or [NONE]), *details]


def _content(content: str | None) -> dict[str, Any]:
    return json.loads(content) if content is not None else {}


def _changed(name: str, content: Mapping[str, Any]) -> Standing:
    return _standing(name, json.dumps(content, sort_keys=True, ensure_ascii=False))


def _standing(name: str, content: str) -> Standing:
    kind, _, key = name.partition("/")
    return Standing(kind, key, content)
