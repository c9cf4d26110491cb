"""Where a session stands, computed from its answers alone.

Rules:
1. The walk begins at the flow's start. A question with a usable answer is passed; `say` and `do` are passed; a
   `call` goes into its flow and comes back at that flow's end.
2. It stops at the first question without a usable answer, at a question that was opened again, on coming to the
   same question a second time (a menu), and at the first flow's end.
3. An answer is usable when its question still takes it: the option exists (by its id or a former one), the kind
   fits. Others are set aside: nobody sees them.
4. Actions are computed anew each time. So nothing is remembered but answers: changing one reaches everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from bot.engine.guard import holds
from bot.engine.model import (
    Action,
    Ask,
    Book,
    Call,
    Choose,
    Do,
    Flow,
    Option,
    Outcome,
    Say,
    Standing,
    State,
    Transition,
)
from bot.engine.session import Answer, Given, Session, Status
from bot.engine.value import Value, Values
from bot.limits import CALL_DEPTH, STATES_WITHOUT_QUESTION

HEARD_SIGNS = "heard.signs"
"""In a session's context: signs that were typed at some other question; they count as chosen ones do."""
TOLD_AT = "told.at"
"""In a session's context: the instant at which something was last typed to it beside its questions."""


class Passed(NamedTuple):
    """A state that the walk went through. `way` is the option's id, or the number of the transition taken."""

    key: str
    flow: str
    state: State
    prefix: str
    way: str
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where the walk stopped.

    `ask` is the open question (status `waiting`), `key` its key. `again` is True when the walk has come to a
    question for the second time. `values` holds everything that guards and texts can see; `reason` says why a
    walk failed, as a code.
    """

    status: Status
    key: str
    flow: str
    ask: Ask | None
    prefix: str
    values: Mapping[str, Value]
    wanted: tuple[Standing, ...]
    passed: tuple[Passed, ...]
    again: bool = False
    reason: str = ""

    def lookup(self, name: str) -> Value:
        """A name's value as the open state's flow sees it."""
        return _look(self.values, self.prefix, name)


@dataclass(frozen=True, slots=True)
class _Frame:
    """A flow under way: `path` begins the keys of its states, `prefix` the names it sets."""

    flow: Flow
    path: str
    prefix: str
    call: Call | None = None


def derive(book: Book, session: Session, facts: Values) -> Position:
    """Walk `session`'s flow from its start.

    Pure. Equal answers in an equal context give an equal position, whatever the way they came about.

    Args:
        book: Flows and data; the session's flow may be gone from it.
        session: Its answers and context; nothing else of it is read but `reopened`.
        facts: Names that hold for the person as a whole (`contact.minor`…), below the session's context.
    """
    kept = _walks.get(id(session.answers))
    if kept is not None and kept.is_of(book, session, facts):
        return kept.position
    position = _Walk(book, session, facts).run()
    while len(_walks) >= WALKS_KEPT:
        _walks.pop(next(iter(_walks)), None)
    _walks[id(session.answers)] = _Kept(book, session, facts, position)
    return position


WALKS_KEPT = 256
"""So many walks are remembered: a turn begins where the turn before has ended."""


class _Kept(NamedTuple):
    """A walk and all that it came of. It holds the answers, so that no others can have their identity."""

    book: Book
    session: Session
    facts: Values
    position: Position

    def is_of(self, book: Book, session: Session, facts: Values) -> bool:
        mine = self.session
        return (
            self.book is book
            and mine.answers is session.answers
            and mine.context is session.context
            and mine.flow == session.flow
            and mine.reopened == session.reopened
            and mine.started_at == session.started_at
            and mine.started_on == session.started_on
            and self.facts == facts
        )


_walks: dict[int, _Kept] = {}


def forget_walks() -> None:
    """Somebody is to be forgotten: none of their answers stay here."""
    _walks.clear()


def run_action(action: Action, given: tuple[Value, ...]) -> Outcome:
    """What `action` computes from the values of its `reads`; equal values are computed once."""
    try:
        return _run_once(action, given)
    except TypeError:  # a Phrase with arguments can't be a key
        return action.run(dict(zip(action.reads, given, strict=True)))


@lru_cache(maxsize=2048)
def _run_once(action: Action, given: tuple[Value, ...]) -> Outcome:
    return action.run(dict(zip(action.reads, given, strict=True)))


class _Walk:
    def __init__(self, book: Book, session: Session, facts: Values) -> None:
        self.book = book
        self.session = session
        self.values: dict[str, Value] = {**facts, **session.context, "today_on": session.started_on}
        self.values["last_given_at"] = session.context.get(TOLD_AT)
        self.answered_at = session.started_at
        self.last_given_at: datetime | None = None
        self.today = session.started_on
        heard = session.context.get(HEARD_SIGNS)
        if isinstance(heard, str):
            self.values["signs"] = frozenset(heard.split(","))
        self.wanted: list[Standing] = []
        self.passed: list[Passed] = []
        self.asked: set[str] = set()
        self.frames: list[_Frame] = []

    def run(self) -> Position:
        flow = self.book.flows.get(self.session.flow)
        if flow is None:
            return self._stop(Status.FAILED, "", None, reason="flow:gone")
        self.frames.append(_Frame(flow, f"{flow.id}.", ""))
        at = flow.start
        quiet = 0
        while quiet <= STATES_WITHOUT_QUESTION:
            frame = self.frames[-1]
            state = frame.flow.states[at]
            key = frame.path + at
            quiet += 1
            match state:
                case Ask():
                    if key in self.asked:
                        return self._stop(Status.WAITING, key, state, again=True)
                    usable = None if key == self.session.reopened else self._usable(frame, state, key)
                    if usable is None:
                        return self._stop(Status.WAITING, key, state)
                    self.asked.add(key)
                    at = self._pass_question(frame, state, key, *usable)
                    quiet = 0
                case Say():
                    at = self._go(frame, state, key, state.next)
                case Do():
                    self._act(frame, state)
                    at = self._go(frame, state, key, state.next)
                case Call():
                    if len(self.frames) > CALL_DEPTH:
                        return self._stop(Status.FAILED, key, None, reason="flow:circle")
                    self.passed.append(Passed(key, frame.flow.id, state, frame.prefix, ""))
                    called = self.book.flows[state.flow]
                    prefix = f"{frame.prefix}{state.as_name}." if state.as_name else frame.prefix
                    self.frames.append(_Frame(called, f"{key}/{called.id}.", prefix, state))
                    at = called.start
                case _:
                    self.passed.append(Passed(key, frame.flow.id, state, frame.prefix, ""))
                    if frame.call is None:
                        return self._stop(Status(state.status), key, None)
                    self.frames.pop()
                    back = self.frames[-1]
                    at = self._next(back, frame.call.next)[0]
        return self._stop(Status.FAILED, key, None, reason="flow:loop")

    def _stop(
        self, status: Status, key: str, ask: Ask | None, *, again: bool = False, reason: str = ""
    ) -> Position:
        frame = self.frames[-1] if self.frames else None
        self._tell_time()
        return Position(
            status=status,
            key=key,
            flow=frame.flow.id if frame else self.session.flow,
            ask=ask,
            prefix=frame.prefix if frame else "",
            values=self.values,
            wanted=tuple(self.wanted),
            passed=tuple(self.passed),
            again=again,
            reason=reason,
        )

    def _go(self, frame: _Frame, state: State, key: str, ways: tuple[Transition, ...]) -> str:
        target, way = self._next(frame, ways)
        self.passed.append(Passed(key, frame.flow.id, state, frame.prefix, way))
        return target

    def _tell_time(self) -> None:
        """When the last question was answered, and something last said, for whoever looks now."""
        self.values["answered_at"] = self.answered_at.isoformat()
        if self.last_given_at is not None:
            told = str(self.session.context.get(TOLD_AT) or "")
            self.values["last_given_at"] = max(told, self.last_given_at.isoformat())

    def _next(self, frame: _Frame, ways: tuple[Transition, ...]) -> tuple[str, str]:
        if ways[0].when is None:
            return ways[0].to, "0"
        self._tell_time()

        def lookup(name: str) -> Value:
            found = _look(self.values, frame.prefix, name)
            return self.book.clinic.get(name) if found is None else found

        number = next(i for i, way in enumerate(ways) if way.when is None or holds(way.when, lookup))
        return ways[number].to, str(number)

    def _usable(self, frame: _Frame, ask: Ask, key: str) -> tuple[Given, list[Option]] | None:
        """The answer to a question, with the options that it names, if the question takes it."""
        given = self.session.answers.get(key)
        if given is None and ask.was:
            former = (self.session.answers.get(frame.path + name) for name in ask.was)
            given = next((found for found in former if found is not None), None)
        if given is None:
            return None
        chosen = usable_options(ask, given.answer)
        if chosen is None:
            return None
        day = given.answer.on
        if day is not None and ask.dates is not None and self._row_of(ask.dates, day, given) is None:
            return None
        return given, chosen

    def _row_of(self, table: str, day: date, given: Given) -> str | None:
        return row_of_days(self.book, table, (day - given.on).days)

    def _pass_question(self, frame: _Frame, ask: Ask, key: str, given: Given, chosen: list[Option]) -> str:
        answer = given.answer
        if given.on > self.today:
            self.today = self.values["today_on"] = given.on
        self.answered_at = max(self.answered_at, given.at)
        if answer.expired:  # nobody has given it: `last_given_at` is of somebody's own answers
            assert ask.expire is not None
            self.passed.append(Passed(key, frame.flow.id, ask, frame.prefix, "expired", given))
            return ask.expire.to
        self.last_given_at = given.at if self.last_given_at is None else max(self.last_given_at, given.at)
        for name in ask.adds:
            before = self.values.get(frame.prefix + name)
            added = frozenset(option.id for option in chosen if option.adds == name)
            self.values[frame.prefix + name] = (before if isinstance(before, frozenset) else frozenset()) | added
        if ask.save is not None:
            self._save(frame.prefix + ask.save, ask, given, chosen)
        target = None
        for option in chosen:
            if option.to is not None:
                target = option.to
                break
        if target is None:
            target, way = self._next(frame, ask.next)
        way = chosen[0].id if len(chosen) == 1 else "typed" if not chosen else "several"
        self.passed.append(Passed(key, frame.flow.id, ask, frame.prefix, way, given))
        return target

    def _save(self, name: str, ask: Ask, given: Given, chosen: list[Option]) -> None:
        answer = given.answer
        if ask.choose is Choose.MANY:
            self.values[name] = frozenset(option.id for option in chosen if option.id != "none")
        elif chosen:
            self.values[name] = chosen[0].id
        elif answer.on is not None and ask.dates is not None:
            self.values[name] = self._row_of(ask.dates, answer.on, given)
            self.values[f"{name}_on"] = answer.on
        else:
            typed = (answer.text, answer.number, answer.on)
            self.values[name] = next((value for value in typed if value is not None), None)

    def _act(self, frame: _Frame, state: Do) -> None:
        action = self.book.actions[state.action]
        self._tell_time()
        outcome = run_action(action, tuple(self._read(frame, name) for name in action.reads))
        for name in action.sets:  # what it set when the walk came by before, and doesn't now
            self.values.pop(frame.prefix + name, None)
        for name, value in outcome.values.items():
            self.values[frame.prefix + name] = value
        self.wanted.extend(outcome.wanted)

    def _read(self, frame: _Frame, name: str) -> Value:
        found = _look(self.values, frame.prefix, name)
        return self.book.clinic.get(name) if found is None else found


def _look(values: Mapping[str, Value], prefix: str, name: str) -> Value:
    if prefix:
        found = values.get(prefix + name)
        if found is not None:
            return found
    return values.get(name)


def find_option(ask: Ask, wanted: str) -> Option | None:
    """The option of that id, or the one that once had it."""
    for option in ask.options:
        if option.id == wanted:
            return option
    for option in ask.options:
        if wanted in option.was:
            return option
    return None


def usable_options(ask: Ask, answer: Answer) -> list[Option] | None:
    """The options of `ask`, as it is now, that `answer` names (none where it is typed); None: it is not taken."""
    if answer.expired:
        return None if ask.expire is None else []
    if not answer.options:
        return [] if _takes_typed(ask, answer) else None
    if len(answer.options) > 1 and ask.choose is not Choose.MANY:
        return None
    chosen = []
    for wanted in answer.options:
        option = find_option(ask, wanted)
        if option is None:
            return None
        chosen.append(option)
    return chosen


def _takes_typed(ask: Ask, answer: Answer) -> bool:
    match ask.choose:
        case Choose.ONE:
            return answer.on is not None and ask.dates is not None
        case Choose.MANY:
            return False
        case Choose.NUMBER:
            return answer.number is not None and in_bounds(ask, answer.number)
        case Choose.DATE:
            return answer.on is not None
        case _:
            return answer.text is not None


def in_bounds(ask: Ask, number: float) -> bool:
    """Whether a number question takes `number`."""
    return (ask.at_least is None or number >= ask.at_least) and (ask.at_most is None or number <= ask.at_most)


def row_of_days(book: Book, table: str, days: int) -> str | None:
    """The row of `table` whose `min_days`…`max_days` hold `days` (both included), or None (a past day)."""
    for row in book.tables[table].values():
        low, high = row.properties.get("min_days"), row.properties.get("max_days")
        if isinstance(low, int) and low <= days and (not isinstance(high, int) or days <= high):
            return row.id
    return None
