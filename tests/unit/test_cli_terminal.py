"""`chat` for people: in a pipe, on a screen of its own (a pseudo-terminal), and its parts."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from bot.app import ClinicApp, open_clinic
from bot.channels.terminal import read_typed
from bot.channels.terminal_action import (
    Press,
    SendContact,
    SendPhoto,
    Start,
    Talk,
    Unreadable,
    Wait,
    read_duration,
    read_line,
)
from bot.channels.terminal_menu import Picked, Typed, ask
from bot.channels.terminal_paint import Painter, extra_keys, styled
from bot.channels.terminal_room import STAFF_CHAT, Clock, NotPossible, Room
from bot.delivery.limits import NO_LIMITS
from bot.engine.effect import ButtonSpec
from bot.settings import Settings
from tests.command import clean_environ, run_command, run_on_terminal
from tests.committed import committed_reading

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 6, 2, 10, 0, tzinfo=UTC)
ANSI = re.compile(rb"\x1b\[")
SCRIPT = "1\n1\nfine lines\nin 20 weeks\nnone of these\nnone of these\nnone of these\n"
OPTIONS = [ButtonSpec(name, name.title(), data=f"1-1:0={name}") for name in ("first", "second", "third")]
BACK = ButtonSpec("back", "‹ Back", "extra", "1-1:0*back")


def environment(**more: str) -> dict[str, str]:
    return {**clean_environ(), "TERM": "xterm-256color", **more}


def piped(script: str, *options: str, **env: str) -> tuple[int, str, str]:
    arguments = ["chat", "--now", NOW.isoformat(), *options]
    code, out, errors = run_command(ROOT, arguments, environment(**env), script.encode())
    assert not ANSI.search(out)
    return code, out.decode(), errors


def test_a_script_reaches_an_explanation() -> None:
    code, out, errors = piped(SCRIPT)
    assert (code, errors) == (0, "")
    assert "Microneedling is meant for" in out
    assert "1) Yes, 18 or over" in out
    assert "> fine lines" in out
    assert "match: microneedling (because" in out


def test_waiting_shows_what_falls_due_and_quit_leaves() -> None:
    code, out, _ = piped("1\n1\n/wait 1d\n/quit\nnever read\n")
    assert code == 0
    assert "it is now Wednesday 03 June 2026, 10:00 UTC" in out
    assert "never read" not in out


def test_both_sides_can_be_played() -> None:
    script = (
        "/human\n+44 7700 900123\n/staff 1 have_it\n/staff 7 have_it\n/staff\n/staff say /help\n/photo cat.jpg\n"
    )
    code, out, errors = piped(script)
    assert (code, errors) == (0, "")
    assert "[staff] Staff chat, card 1:" in out
    assert "[have_it] Take it" in out
    assert "There is no staff card 7" in out
    assert "Write /staff 1 have_it" in out


def test_nothing_that_is_typed_breaks_it() -> None:
    assert piped("")[0] == 0
    script = "\n\n\n\x00\n/wait\n/wait x\n/press\n/press nothing\n" + "é" * 5000 + "\n\u202e\n/contact x\nlast"
    code, out, errors = piped(script)
    assert (code, errors) == (0, "")
    assert "> last" in out


class Screen:
    """The program on a pseudo-terminal."""

    def __init__(self, **env: str) -> None:
        self.fd, theirs = pty.openpty()
        self.process = run_on_terminal(theirs, ROOT, ["chat"], environment(**env))
        os.close(theirs)
        self.seen = b""

    def wait_for(self, words: bytes) -> None:
        limit = time.monotonic() + 30
        while words not in self.seen:
            assert time.monotonic() < limit, self.seen.decode(errors="replace")
            self.read()

    def read(self) -> None:
        if select.select([self.fd], [], [], 0.5)[0]:
            try:
                found = os.read(self.fd, 65536)
            except OSError:
                found = b""
            if b"\x1b[6n" in found:  # where is the cursor?
                self.type(b"\x1b[1;1R")
            self.seen += found

    def type(self, keys: bytes) -> None:
        os.write(self.fd, keys)

    def leave(self) -> int:
        limit = time.monotonic() + 30
        while self.process.exitcode is None:
            assert time.monotonic() < limit
            self.read()
        os.close(self.fd)
        return self.process.exitcode


@pytest.mark.parametrize("keys", [b"\x03", b"\x04", b"/quit\r"])
def test_on_a_screen_arrow_keys_choose_and_every_way_out_is_clean(keys: bytes) -> None:
    screen = Screen(COLUMNS="80", LINES="40")
    screen.wait_for(b"arrows and enter")
    screen.type(b"\r")
    screen.wait_for(b"Before we begin")
    screen.wait_for(b"Read more")
    screen.type(keys)
    assert screen.leave() == 0
    assert b"Traceback" not in screen.seen


def test_no_color_leaves_colour_away() -> None:
    screen = Screen(NO_COLOR="1")
    screen.wait_for(b"arrows and enter")
    screen.type(b"\x04")
    assert screen.leave() == 0
    assert not re.search(rb"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38;5;\d+)m", screen.seen)


def test_ctrl_c_in_a_pipe_leaves_cleanly() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        cwd=ROOT, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    while b"18 or over" not in process.stdout.readline():
        pass
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0
    assert b"Traceback" not in errors


async def chosen(keys: str, *, many: bool = False) -> Typed | Picked | None:
    with create_pipe_input() as given, create_app_session(input=given, output=DummyOutput()):
        given.send_text(keys)
        return await ask(OPTIONS, [BACK], many=many)


DOWN, UP = "\x1b[B", "\x1b[A"


@pytest.mark.parametrize(
    ("keys", "many", "expected"),
    [
        ("\r", False, Picked((OPTIONS[0],))),
        (DOWN + "\r", False, Picked((OPTIONS[1],))),
        (UP + "\r", False, Picked((BACK,))),
        (DOWN * 4 + "\r", False, Picked((OPTIONS[0],))),
        ("hello there\r", False, Typed("hello there")),
        ("2\r", False, Typed("2")),
        (" " + DOWN + DOWN + " \r", True, Picked((OPTIONS[0], OPTIONS[2]), exactly=True)),
        ("  " + DOWN + "\r", True, Picked((OPTIONS[1],), exactly=True)),
        (" " + UP + "\r", True, Picked((BACK,))),
        ("1 3\r", True, Typed("1 3")),
        ("\x03", False, None),
        ("\x04", True, None),
    ],
)
async def test_the_menu(keys: str, many: bool, expected: Typed | Picked | None) -> None:
    assert await chosen(keys, many=many) == expected


@pytest.fixture
async def opened() -> AsyncIterator[tuple[Room, ClinicApp]]:
    room = Room(Clock(NOW))
    clinic = await open_clinic(
        Settings(), sender=room, now=room.clock.now, in_memory=True, staff_chat=STAFF_CHAT, observe=room.observe,
        reading=committed_reading(), limits=NO_LIMITS,
    )  # fmt: skip
    await room.act(clinic, Start(None))
    yield room, clinic
    await clinic.close()


async def test_a_letter_presses_an_extra_and_all_else_is_text(opened: tuple[Room, ClinicApp]) -> None:
    room, clinic = opened
    await room.act(clinic, Press(("adult",)))
    assert extra_keys(room)["b"].id == "back"
    assert read_typed(room, "b") == Press(("back",))
    assert read_typed(room, "back") == Talk("back")
    assert read_typed(room, "/help") == Talk("/help")
    assert read_typed(room, "/wait 1d 2h") == Wait(timedelta(days=1, hours=2))
    assert read_typed(room, "/photo a.jpg") == SendPhoto("a.jpg")
    assert read_line('{"photo": "a.jpg", "caption": "sore", "album": "7"}') == SendPhoto("a.jpg", "sore", "7")
    assert read_typed(room, "/contact +44 1") == SendContact("+44 1")
    with pytest.raises(NotPossible):
        read_typed(room, "/staff 1 have_it")


async def test_bubbles_fit_a_narrow_screen(opened: tuple[Room, ClinicApp]) -> None:
    class NarrowScreen(io.StringIO):
        def isatty(self) -> bool:
            return True

    room, _ = opened
    out = NarrowScreen()
    painter = Painter(room, out, shows_options=True)
    painter.console.width = 30
    painter.entries()
    painter.said("a long line of words that has to be wrapped somewhere in the middle")
    lines = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert max(len(line) for line in lines) <= 30
    assert "╭" in lines[0]


def test_bold_is_bold_and_entities_are_letters() -> None:
    text = styled("a <b>b &lt;c&gt;</b> &amp; d")
    assert text.plain == "a b <c> & d"
    assert [(span.start, span.end) for span in text.spans if span.style == "bold"] == [(2, 7)]


@pytest.mark.parametrize(
    ("written", "seconds"), [("30m", 1800), ("4h", 14_400), ("1d", 86_400), ("2w", 1_209_600), (" 1D 1h", 90_000)]
)
def test_durations(written: str, seconds: int) -> None:
    assert read_duration(written).total_seconds() == seconds


@pytest.mark.parametrize("written", ["", "1", "d", "0d", "-1d", "1 d", "1y", "9999999d", "600w 600w", "½d"])
def test_what_is_no_duration(written: str) -> None:
    with pytest.raises(Unreadable):
        read_duration(written)
