"""200 of the histories of which ``make chaos`` lives through thousands; and the checker sees what it should."""

from __future__ import annotations

import copy
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.conversation.turn_loop import TurnLoop
from bot.delivery.lanes import Pending
from bot.engine.effect import Lane
from bot.intake import Intake
from bot.store.protocol import Mark, RowStatus
from tests.chaos.histories import Result, again, one, summary
from tests.chaos.history import History, live
from tests.chaos.invariants import judge
from tests.chaos.kinds import ERASURE, KILLS, KINDS, MARKS, Kind
from tests.chaos.log import Commit
from tests.chaos.weather import TOKEN

EACH = 12
"""Of each kind, so 204 in all."""
SURELY = {"kills": KILLS, "database": MARKS, "erasing": ERASURE}
"""Of these every seam is killed at."""
FIRST = 20_261_000 - 20_261_000 % len(KINDS)


def seeds(kind: Kind, number: int = EACH) -> range:
    first = FIRST + KINDS.index(kind)
    return range(first, first + number * len(KINDS), len(KINDS))


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name.replace(" ", "_"))
def test_nothing_is_lost_repeated_or_out_of_order(kind: Kind) -> None:
    results = [one(seed) for seed in seeds(kind)]
    assert not any(result.wrong for result in results), summary(results, 0)
    injected: Counter[str] = sum((result.faults for result in results), Counter())
    if kind.name != "everything":  # twelve are too few for all of them
        assert not kind.faults - injected.keys(), "a fault that never strikes proves nothing"
    if kind.name in SURELY:
        assert not set(SURELY[kind.name].values()) - injected.keys()


def test_a_seed_is_a_history(tmp_path: Path) -> None:
    def told(folder: str) -> list[tuple[object, ...]]:
        (tmp_path / folder).mkdir()
        history = live(1002, tmp_path / folder)
        return [(call.at, call.method, call.chat, call.text, call.taken) for call in history.log.calls]

    assert told("a") == told("b")


def test_a_failing_history_says_how_to_repeat_it() -> None:
    words = summary([Result(7, "kills", ["[1] update 5 was never taken"])], 0)
    assert again(7) in words
    assert "[1] update 5 was never taken" in words
    assert "1 histories are wrong." in words


# What the checker sees: each invariant is broken by hand in a history that was right.


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> History:
    kind = next(kind for kind in KINDS if kind.name == "held")
    for seed in seeds(kind, 50):
        history = live(seed, tmp_path_factory.mktemp("right"))
        if history.crowd.urgent and history.ledger.ended and history.log.marks:
            assert not judge(history)
            return history
    raise AssertionError("none is rich enough")


@pytest.fixture
def history(right: History) -> History:
    log = copy.copy(right.log)
    log.calls = [copy.copy(call) for call in right.log.calls]
    log.commits, log.marks, log.told = list(right.log.commits), dict(right.log.marks), copy.copy(right.log.told)
    log.told.lines = list(right.log.told.lines)
    ledger = replace(right.ledger, ended=dict(right.ledger.ended), opened=copy.copy(right.ledger.opened))
    return replace(right, log=log, ledger=ledger)


def told(history: History, invariant: int) -> str:
    found = judge(history)
    assert {each.invariant for each in found} >= {invariant}, found
    return "\n".join(map(str, found))


def with_updates(history: History) -> int:
    return next(place for place, commit in enumerate(history.log.commits) if commit.batch.update_ids)


def test_it_sees_a_confirmed_update_without_a_turn(history: History) -> None:
    del history.log.commits[with_updates(history)]
    assert "confirmed and never applied" in told(history, 1)


def test_it_sees_a_turn_applied_twice(history: History) -> None:
    history.log.commits.append(history.log.commits[with_updates(history)])
    assert "applied 2 times" in told(history, 1)


def test_it_sees_a_row_left_over(history: History, tmp_path: Path) -> None:
    history.database = tmp_path / "copy.db"
    with sqlite3.connect(history.database) as connection:
        connection.execute("create table outbox (id integer, status text)")
        connection.execute("insert into outbox values (?, 'waiting')", (next(iter(history.log.made)),))
    connection.close()
    assert "still waits" in told(history, 2)


def test_it_sees_a_row_given_up_for_nothing(history: History) -> None:
    row, (seq, mark) = next(iter(history.log.marks.items()))
    history.log.marks[row] = seq, replace(mark, status=RowStatus.GIVEN_UP, reason="no reason")
    assert "given up: no reason" in told(history, 2)


def test_it_sees_a_message_that_came_twice(history: History) -> None:
    first = next(call for call in history.log.calls if call.row is not None and call.known)
    again = copy.copy(first)
    history.log.calls.insert(history.log.calls.index(first) + 1, again)
    assert "sent twice in one life" in told(history, 3)


def test_it_sees_a_message_that_never_came(history: History) -> None:
    sent = next(row for row, (_, mark) in history.log.marks.items() if not mark.reason)
    history.log.calls = [call for call in history.log.calls if call.row is None or call.row.id != sent]
    assert "was never received" in told(history, 3)


def test_it_sees_messages_out_of_order(history: History) -> None:
    history.log.calls.reverse()
    assert "after row" in told(history, 4)


def test_it_sees_a_check_in_that_never_came(history: History) -> None:
    history.ledger.ended.clear()
    assert "neither came nor was marked" in told(history, 5)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("blocked_at", "who has blocked us"),
        ("erase", "after its contact was erased"),
    ],
)
def test_it_sees_what_comes_after_a_block_or_an_erasure(history: History, change: str, words: str) -> None:
    call = next(
        call for call in history.log.calls if call.row is not None and call.row.contact and call.row.chat > 0
    )
    assert call.row is not None
    person = history.ledger.persons[call.row.chat]
    changed = replace(person, contact=replace(person.contact, blocked_at=history.log.commits[0].batch.now))
    batch = replace(
        history.log.commits[0].batch,
        persons=[changed] if change == "blocked_at" else [],
        erase=[(call.row.contact, "")] if change == "erase" else [],
        update_ids=[],
    )
    place = next(n for n, commit in enumerate(history.log.commits) if commit.seq > call.seq)
    history.log.commits.insert(place, Commit(call.seq - 1, 0, 0, batch, []))
    history.log.commits.sort(key=lambda commit: commit.seq)
    assert words in told(history, 6)


def test_it_sees_an_alert_that_nobody_got(history: History) -> None:
    history.log.calls = [call for call in history.log.calls if call.row is None or call.row.lane is not Lane.ALERT]
    assert "ever reached staff" in told(history, 7)


@pytest.mark.parametrize("word", ["Zuleika", "quibblewort", "7100000001", TOKEN, TOKEN.partition(":")[2]])
def test_it_sees_what_no_log_may_hold(history: History, word: str) -> None:
    history.log.told.lines.append(f"INFO bot.x {word} was here")
    assert "logged" in told(history, 8)


# And what it sees of a bot that is broken in earnest.


def wrong_of(name: str, number: int = 8) -> Iterator[str]:
    """One history after another, for as long as somebody asks."""
    kind = next(kind for kind in KINDS if kind.name == name)
    return (words for seed in seeds(kind, number) for words in one(seed).wrong)


def test_a_bot_that_confirms_before_the_commit_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hasty(self: Intake, items: list[object]) -> None:
        for item in items:
            self._app.loop.put(item)  # type: ignore[arg-type]

    monkeypatch.setattr(Intake, "take", hasty)
    assert any("confirmed and never applied" in words for words in wrong_of("kills"))


def test_a_bot_that_forgets_its_marks_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    put: Callable[..., None] = TurnLoop.put_mark

    def forgets(self: TurnLoop, mark: Mark, row: object) -> None:
        if mark.row % 4:
            put(self, mark, row)

    monkeypatch.setattr(TurnLoop, "put_mark", forgets)
    monkeypatch.setattr("tests.chaos.history.LONGEST_SECONDS", 600.0)
    assert any("still waits" in words for words in wrong_of("kills", 2))


def test_a_bot_without_order_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pending, "sort_key", property(lambda item: (False, False, -item.order)))
    assert any(words.startswith("[4]") for words in wrong_of("lost answers"))
