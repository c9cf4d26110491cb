"""Which transitions of the flows were passed, by name."""

from __future__ import annotations

from collections.abc import Iterator

from bot.engine.effect import Turn
from bot.engine.model import Ask, Book, Call, Do, End, Flow, Say
from bot.ids import ContactId

Edge = tuple[str, str, str]
"""Flow, state, the state after it."""
MOST_NAMED = 12


class Coverage:
    """Collects the ways of turns.

    Args:
        book: Its flows' transitions are what can be covered.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._ways = {flow.id: frozenset(_edges(flow)) for flow in book.flows.values()}
        self._passed: set[Edge] = set()
        self._visited: set[str] = set()
        self._last: dict[str, str] = {}

    def begin(self) -> None:
        """A new conversation begins."""
        self._last = {}

    def turned(self, contact: ContactId, turn: Turn) -> None:
        """Take the way of one turn."""
        _ = contact
        for number, (key, _way) in enumerate(turn.trace):
            path, flow, state = self._read(key)
            before = self._last.get(path)
            if number and before is not None:
                self._passed.add((flow, before, state))
            self._last[path] = state
            self._visited.add(flow)

    def lines(self) -> Iterator[str]:
        """One line for each flow, and what no transcript has passed."""
        for flow, ways in self._ways.items():
            if not ways:
                continue
            passed = ways & self._passed
            yield f"{flow}: {len(passed)} of {len(ways)} transitions"
            missing = [f"{state} → {target}" for _, state, target in sorted(ways - passed)]
            if flow not in self._visited:
                yield f"  warning: no transcript comes through {flow}"
            elif missing:
                more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
                yield f"  never: {', '.join(missing[:MOST_NAMED])}{more}"

    def _read(self, key: str) -> tuple[str, str, str]:
        """A trace's key as call path, flow and state: `consult.recall/recovery.signs.now`."""
        before, slash, here = key.rpartition("/")
        flow, _, state = here.rpartition(".")
        return f"{before}{slash}{flow}", flow, state


def _edges(flow: Flow) -> Iterator[Edge]:
    for state in flow.states.values():
        match state:
            case Ask():
                targets = [way.to for way in state.next]
                targets += [option.to for option in state.options if option.to is not None]
                targets += [state.expire.to] if state.expire is not None else []
            case Say() | Do() | Call():
                targets = [way.to for way in state.next]
            case End():
                targets = []
        for target in targets:
            yield flow.id, state.id, target
