"""A flow as a Mermaid picture."""

from __future__ import annotations

from bot.engine.guard import AllOf, AnyOf, AtLeast, AtMost, Equals, Guard, HasAll, HasAny, HasNone, IsSet, Not
from bot.engine.model import Ask, Call, Do, End, Flow, Say, State

_LABEL_CHARACTERS = 60


def mermaid(flow: Flow) -> str:
    """The flow as a Mermaid flowchart: questions are rounded, actions six-sided, calls doubled, ends circles."""
    lines = ["flowchart TD", f"    start_([start]) --> {_node_id(flow.start)}"]
    for state in flow.states.values():
        lines.append(f"    {_node_id(state.id)}{_shape(state)}")
    for state in flow.states.values():
        lines.extend(f"    {_node_id(state.id)} {arrow} {_node_id(to)}" for arrow, to in _ways(state))
    return "\n".join(lines) + "\n"


def _node_id(state: str) -> str:
    """`end` and the like are words of Mermaid's own."""
    return f"s_{state}"


def _shape(state: State) -> str:
    match state:
        case Ask():
            return f'("{_quoted(state.id)}?")'
        case Do():
            return f'{{{{"{_quoted(state.id)}: {_quoted(state.action)}"}}}}'
        case Call():
            return f'[["{_quoted(state.id)}: {_quoted(state.flow)}"]]'
        case End():
            return f'(("{_quoted(state.status)}"))'
        case Say():
            return f'["{_quoted(state.id)}"]'


def _ways(state: State) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if isinstance(state, Ask):
        found.extend((f'-- "{_quoted(option.id)}" -->', option.to) for option in state.options if option.to)
        if state.expire is not None:
            found.append(('-. "no answer" .->', state.expire.to))
    if isinstance(state, End):
        return found
    for way in state.next:
        arrow = "-->" if way.when is None else f'-- "{_quoted(in_words(way.when))}" -->'
        found.append((arrow, way.to))
    return found


def _quoted(text: str) -> str:
    short = text if len(text) <= _LABEL_CHARACTERS else text[: _LABEL_CHARACTERS - 1] + "…"
    return short.replace('"', "#quot;")


def in_words(guard: Guard) -> str:
    """A guard as one reads it: `match.outcome is practitioner_first`."""
    match guard:
        case Equals(name, values):
            return f"{name} is {' or '.join(sorted(_value(value) for value in values))}"
        case HasAny(name, ids):
            return f"{name} has {' or '.join(sorted(ids))}"
        case HasAll(name, ids):
            return f"{name} has {' and '.join(sorted(ids))}"
        case HasNone(name, ids):
            return f"{name} has no {' or '.join(sorted(ids))}"
        case AtLeast(name, limit, _):
            return f"{name} at least {_value(limit)}"
        case AtMost(name, limit, _):
            return f"{name} at most {_value(limit)}"
        case IsSet(name, expected):
            return f"{name} is {'set' if expected else 'unset'}"
        case AllOf(guards):
            return " and ".join(in_words(part) for part in guards)
        case AnyOf(guards):
            return " or ".join(in_words(part) for part in guards)
        case Not(part):
            return f"not ({in_words(part)})"


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
