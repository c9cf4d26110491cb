"""`chat --json` as another program drives it: over pipes, one line in, one turn out."""

from __future__ import annotations

import asyncio
import io
import json
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.app import open_clinic
from bot.channels.json_chat import run_json_chat
from bot.channels.terminal_action import Start
from bot.channels.terminal_room import STAFF_CHAT, Clock, Room
from bot.delivery.limits import NO_LIMITS
from bot.settings import Settings
from tests.command import Program, clean_environ, run_command
from tests.committed import committed_reading
from tests.e2e.chat_schema import hold_turn

ROOT = Path(__file__).resolve().parents[2]
NOW = "2026-06-02T10:00:00+00:00"
Turn = list[dict[str, Any]]


class Chat:
    """The program at the other end of the pipe. Every turn is held against the schema."""

    def __init__(self, *options: str, folder: Path = ROOT, env: dict[str, str] | None = None) -> None:
        environ = {**clean_environ(), **(env or {})}
        self.process = Program(["chat", "--json", *options], folder, environ)
        try:
            self.opening = self.read()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()

    def __enter__(self) -> Chat:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self) -> Turn:
        turn: Turn = []
        while not turn or turn[-1]["type"] not in {"waiting", "end"}:
            line = self.process.stdout.readline()
            if not line:
                raise AssertionError(self.process.communicate()[1].decode())
            turn.append(json.loads(line.decode("utf-8")))
        hold_turn(turn)
        return turn

    def line(self, line: bytes) -> Turn:
        self.process.stdin.write(line + b"\n")
        return self.read()

    def do(self, **action: object) -> Turn:
        return self.line(json.dumps({name.rstrip("_"): value for name, value in action.items()}).encode())

    def end(self) -> int:
        out, errors = self.process.communicate(timeout=20)
        assert out == b""
        assert b"Traceback" not in errors
        return self.process.wait()


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat("--now", NOW) as opened:
        yield opened


def of(turn: Turn, kind: str) -> Turn:
    return [found for found in turn if found["type"] == kind]


def question(turn: Turn) -> dict[str, Any]:
    return [found for found in of(turn, "message") if found["to"] == "patient" and found.get("choose")][-1]


def ids(turn: Turn) -> list[str]:
    return [option["id"] for option in question(turn)["options"]]


def to_the_answer(chat: Chat, aims: list[str], when: str = "over_3_months") -> list[Turn]:
    turns = [chat.do(press="adult"), chat.do(press="agree"), chat.do(press=aims), chat.do(press=when)]
    for _ in range(3):
        turns.append(chat.do(press="none"))
    return turns


def test_a_healthy_patient_gets_the_answer_in_ten_taps_and_ten_messages(chat: Chat) -> None:
    assert {"adult", "under_18", "had_treatment"} <= set(ids(chat.opening))
    turns = to_the_answer(chat, ["fine_lines"])
    (result,) = of(turns[-1], "result")
    assert (result["action"], result["outcome"]) == ("match", "microneedling")
    assert {"state": "aims", "answer": "fine_lines"} in result["reasons"]
    everything = chat.opening + [found for turn in turns for found in turn]
    said = [found for found in of(everything, "message") if found["to"] == "patient" and "edits" not in found]
    assert len(said) <= 10
    assert [found for turn in turns[:-1] for found in of(turn, "result")] == []


def test_the_mark_carries_nothing_to_press_and_done_is_listed_nowhere(chat: Chat) -> None:
    turns = to_the_answer(chat, ["fine_lines", "dullness"])
    marks = [found for turn in turns for found in of(turn, "message") if "edits" in found]
    assert marks
    for mark in marks:
        assert not {"options", "extras", "choose"} & set(mark)
    for found in [found for turn in turns for found in of(turn, "message")]:
        buttons = found.get("options", []) + found.get("extras", [])
        assert "done" not in [button["id"] for button in buttons]


def test_single_presses_and_done_answer_a_choose_many(chat: Chat) -> None:
    chat.do(press="adult")
    chat.do(press="agree")
    marked = chat.do(press="fine_lines")
    (edited,) = of(marked, "message")
    assert edited["edits"] == edited["id"]
    assert edited["choose"] == "many"
    assert question(chat.do(press="done"))["state"] != edited["state"]


def test_text_is_the_html_without_tags_and_entities(chat: Chat) -> None:
    turns = to_the_answer(chat, ["fine_lines"])
    for found in of(chat.opening + turns[-1], "message"):
        assert "<b>" not in found["text"]
        assert "&amp;" not in found["text"]


def test_typed_lines_do_what_presses_do(chat: Chat) -> None:
    typed = question(chat.line(b"Yes, 18 or over"))
    back = question(chat.do(press="back"))
    assert back["state"] == question(chat.opening)["state"]
    for again in (chat.do(say="1"), chat.do(press="back") and chat.do(press="adult")):
        assert question(again)["state"] == typed["state"]


def test_an_unknown_button_names_those_there_are(chat: Chat) -> None:
    turn = chat.do(press="nonsense")
    assert [found["type"] for found in turn] == ["error", "waiting"]
    assert "adult" in turn[0]["text"]
    turn = chat.do(press="adult", on=99)
    assert [found["type"] for found in turn] == ["error", "waiting"]
    turn = chat.do(press=["fine_lines"])
    assert [found["type"] for found in turn] == ["error", "waiting"]


def test_an_old_button_pressed_again_changes_nothing_and_is_not_silent(chat: Chat) -> None:
    first = question(chat.opening)["id"]
    chat.do(press="adult")
    before = question(chat.do(press="agree"))
    turn = chat.do(press="under_18", on=first)
    assert of(turn, "message")
    assert of(turn, "error") == []
    assert question(chat.do(press=["fine_lines"]))["state"] != before["state"]


def test_the_clock_stands_and_moves_only_by_wait(chat: Chat) -> None:
    assert {found["at"] for found in chat.opening} == {NOW}
    chat.do(press="adult")
    assert chat.do(press="agree")[-1]["at"] == NOW
    waited = chat.do(wait="1d")
    assert waited[-1]["at"] == "2026-06-03T10:00:00+00:00"
    reminders = of(waited, "message")
    assert [found["at"] for found in reminders if "edits" not in found] == ["2026-06-03T07:00:00+00:00"]
    assert chat.do(wait="20d")[-1]["at"] == "2026-06-23T10:00:00+00:00"


def test_a_wait_that_is_none_is_told(chat: Chat) -> None:
    for wrong in ("1", "d", "-1d", "1y", "0m", "99999w", "", "١d"):
        turn = chat.do(wait=wrong)
        assert [found["type"] for found in turn] == ["error", "waiting"], wrong
        assert turn[-1]["at"] == NOW


def test_before_consent_nothing_waits_for_ever(chat: Chat) -> None:
    chat.do(press="adult")
    assert chat.do(wait="3d")[-1]["type"] == "end"
    assert chat.do(say="hello")[-1]["type"] in {"waiting", "end"}
    assert chat.do(start=None)[-1]["type"] == "waiting"


def test_a_request_reaches_staff_who_take_it(chat: Chat) -> None:
    to_the_answer(chat, ["fine_lines"])
    turn = chat.do(press="ring_me")
    for _ in range(4):
        if of(turn, "lead"):
            break
        turn = chat.do(contact="+447700900123")
    (lead,) = of(turn, "lead")[-1:]
    cards = [found for found in of(turn, "message") if found["to"] == "staff"]
    assert cards
    assert "fine" not in cards[-1]["text"].lower()
    taken = chat.do(as_="staff", press="have_it", on=lead["id"])
    assert of(taken, "lead")[-1]["status"] == "taken"
    assert "7700900123" in "".join(found["text"].replace(" ", "") for found in of(taken, "message"))
    found = chat.do(as_="staff", say=f"/find {lead['code']}")
    assert [each for each in of(found, "message") if each["to"] == "staff"]
    assert of(chat.do(as_="staff", press="nothing", on=lead["id"]), "error")


def test_an_emergency_is_one_turn_with_its_alert(chat: Chat) -> None:
    turn = chat.line(b"I can't breathe and my lips are swelling")
    (alert,) = of(turn, "alert")
    assert (alert["level"], alert["status"]) == ("red", "raised")
    first = next(found for found in of(turn, "message") if found["to"] == "patient")
    assert "999" in first["text"]


def test_a_start_with_a_payload_opens_its_flow() -> None:
    with Chat("--now", NOW, "--start", "aftercare") as chat:
        assert {"microneedling", "mesotherapy"} <= set(ids(chat.opening))
        assert chat.do(start="poster")[-1]["type"] == "waiting"
        assert chat.do(start="no_such_campaign")[-1]["type"] == "waiting"


def test_a_flow_can_be_opened_by_name() -> None:
    with Chat("--now", NOW, "--flow", "aftercare") as chat:
        assert question(chat.opening)["flow"].startswith("aftercare")


LINES = [
    b"",
    b"   ",
    b"{",
    b"{}",
    b"{]",
    b'{"say": 1}',
    b'{"say": null}',
    b'{"press": {}}',
    b'{"press": [1]}',
    b'{"press": []}',
    b'{"press": ["adult", "agree"]}',
    b'{"press": "adult", "on": "x"}',
    b'{"press": "adult", "on": true}',
    b'{"press": "adult", "on": [1]}',
    b'{"start": [1]}',
    b'{"start": {}}',
    b'{"as": "nobody", "say": "x"}',
    b'{"as": ["staff"], "say": "x"}',
    b'{"as": "staff", "press": "have_it"}',
    b'{"as": "staff", "press": "have_it", "on": "L1-1"}',
    b'{"as": "staff", "press": "have_it", "on": {"a": 1}}',
    b'{"as": "staff", "say": "/find"}',
    b'{"say": "x", "wait": "1d"}',
    b'{"wait": 1e999}',
    b'{"wait": NaN}',
    b'{"say": "\\ud800"}',
    b'{"say": "\\u0000"}',
    b'{"photo": "/etc/passwd"}',
    b'{"contact": "not a number"}',
    b'{"start": "' + b"x" * 5000 + b'"}',
    b'{"say":' + b"[" * 20_000,
    b'{"on":' + b"9" * 5000 + b"}",
    b"\xff\xfe\x00",
    b"x" * 100_000,
    "😀".encode(),
    "\u202eabc".encode(),
    b"/nonsense",
    b"/start",
    b"/help",
    b"[1, 2]",
    b'"quoted"',
    b"null",
]


def test_no_line_whatever_breaks_it(chat: Chat) -> None:
    for line in LINES:
        turn = chat.line(line)
        if len(turn) == 1:
            assert line in {b'{"photo": "/etc/passwd"}'}, (line, turn)
    assert chat.end() == 0


def test_it_ends_with_the_input_also_without_a_last_newline() -> None:
    code, out, errors = run_command(ROOT, ["chat", "--json", "--now", NOW], clean_environ(), b'{"press":"adult"}')
    assert (code, errors) == (0, "")
    kinds = [json.loads(line)["type"] for line in out.splitlines()]
    assert kinds.count("waiting") == 2


def test_it_ends_quietly_on_ctrl_c(chat: Chat) -> None:
    chat.process.send_signal(signal.SIGINT)
    assert chat.end() == 0


def test_nothing_is_written_and_no_database_is_asked(tmp_path: Path) -> None:
    env = {
        "FLOWS_DIR": str(ROOT / "flows"),
        "DATA_DIR": str(ROOT / "data"),
        "DATABASE_URL": f"sqlite:///{tmp_path}/clinic.db",
        "HOME": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with Chat("--now", NOW, folder=tmp_path, env=env) as chat:
        to_the_answer(chat, ["dullness"])
    assert list(tmp_path.rglob("*")) == []


def test_a_database_keeps_the_conversation(tmp_path: Path) -> None:
    env = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    options = ("--now", NOW, "--db", str(tmp_path / "chat.db"))
    with Chat(*options, env=env) as chat:
        chat.do(press="adult")
        asked = question(chat.do(press="agree"))
        code, _, errors = run_command(ROOT, ["chat", "--json", *options], {**clean_environ(), **env})
        assert code == 1
        assert "in use" in errors
        assert "Traceback" not in errors
    with Chat(*options, env=env) as chat:
        known = {option["id"] for found in of(chat.opening, "message") for option in found.get("options", [])}
        assert "adult" not in known
        turn = chat.do(press=question(chat.opening)["options"][0]["id"])
        assert asked["state"] in {found["state"] for found in of(chat.opening + turn, "message")}


WORDS = st.sampled_from(
    [
        "adult",
        "agree",
        "fine_lines",
        "none",
        "not_sure",
        "back",
        "done",
        "ring_me",
        "person",
        "1",
        "1 3",
        "in 5 weeks",
    ]
)
TYPED = (
    WORDS | st.text(max_size=40) | st.sampled_from(["/start", "/back", "/answers", "/delete", "/human", "/stop"])
)
OBJECTS = st.one_of(
    st.fixed_dictionaries({"press": WORDS | st.lists(WORDS, max_size=3)}, optional={"on": st.integers(0, 12)}),
    st.fixed_dictionaries({"say": TYPED}, optional={"as": st.sampled_from(["staff", "patient"])}),
    st.fixed_dictionaries({"wait": st.sampled_from(["1h", "1d", "2w", "x"])}),
    st.fixed_dictionaries({"start": st.none() | st.sampled_from(["poster", "aftercare", "x"])}),
    st.fixed_dictionaries({"photo": TYPED}),
    st.fixed_dictionaries({"contact": TYPED}),
    st.dictionaries(
        st.sampled_from(["say", "press", "wait", "on", "as"]), st.none() | st.booleans() | st.integers()
    ),
)
INPUT = st.one_of(TYPED, OBJECTS.map(json.dumps), st.text().map(lambda text: "{" + text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(INPUT, max_size=12))
def test_any_conversation_keeps_the_protocol(lines: list[str]) -> None:
    turns = asyncio.run(converse(lines))
    assert len(turns) == len(lines) + 1


async def converse(lines: list[str]) -> list[Turn]:
    room = Room(Clock(datetime.fromisoformat(NOW).astimezone(UTC)))
    clinic = await open_clinic(
        Settings(), sender=room, now=room.clock.now, in_memory=True, staff_chat=STAFF_CHAT, observe=room.observe,
        reading=committed_reading(), limits=NO_LIMITS,
    )  # fmt: skip

    async def given_lines() -> AsyncIterator[str]:
        for line in lines:
            yield line

    out = io.BytesIO()
    try:
        await room.act(clinic, Start(None))
        await run_json_chat(room, clinic, given_lines(), out)
        assert await clinic.store.dead_letters() == []
    finally:
        await clinic.close()
    turns: list[Turn] = [[]]
    for line in out.getvalue().splitlines():
        found = json.loads(line)
        turns[-1].append(found)
        if found["type"] in {"waiting", "end"}:
            turns.append([])
    assert turns.pop() == []
    for turn in turns:
        hold_turn(turn)
    return turns
