"""Pictures are drawn by a child: what it gets and gives, what is kept, and what happens when there is none."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import stat
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channels.terminal_pictures import PictureFiles
from bot.channels.terminal_room import Clock, Message, Picture, Room
from bot.drawing.drawer import Drawer, NotDrawn, cache_folder
from bot.drawing.file_ids import FileIds
from bot.engine.effect import Drawing, Lane, SendPicture
from bot.ids import ContactId
from bot.store.protocol import OutboxRow
from tests.engine_books import NOW

ROOT = Path(__file__).resolve().parents[2]
DRAWING_ROOM = ROOT / "bot" / "drawing"
LOADS_THE_LIBRARY = {"sheet", "course", "chart", "child"}
LIBRARIES = {"matplotlib", "numpy", "PIL"}
COURSE = Drawing(
    "course",
    json.dumps(
        {
            "title": "After it",
            "days": [
                {"days": "Day 0", "usual": "Red.", "asks": "I ask in the evening"},
                {
                    "days": "From day 28",
                    "usual": "Settled.",
                    "asks": "I ask on days 28, 56 and 84, and then no more",
                },
            ],
            "today": "Ring: a new lump.",
            "now": "An emergency: severe pain.",
        }
    ),
)
CHART = Drawing(
    "chart",
    json.dumps(
        {
            "title": "K7QX",
            "last_day": 3,
            "legend": "Days",
            "level_names": [["green", "green"], ["red", "red"]],
            "levels": [{"day": 0, "level": "green"}, {"day": 3, "level": "report"}],
            "scales": [
                {"name": "Pain", "steps": ["none", "mild"], "own": [{"day": 0, "step": 1}], "usual": [1, 1, 0, 0]}
            ],
        }
    ),
    is_personal=True,
)
PNG = "import sys; sys.stdin.read(); sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n' + {})"


def child(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def png(value: str = "b'x'") -> tuple[str, ...]:
    return child(PNG.format(value))


FAILING = child("raise SystemExit(3)")


def test_the_library_is_loaded_by_the_child_alone() -> None:
    for path in (ROOT / "bot").rglob("*.py"):
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add(str(node.module))
        loads = {name for name in names if name.split(".")[0] in LIBRARIES}
        of_child = {name for name in names if name in {f"bot.drawing.{each}" for each in LOADS_THE_LIBRARY}}
        is_childs = path.parent == DRAWING_ROOM and path.stem in LOADS_THE_LIBRARY
        assert is_childs or not (loads | of_child), path


@pytest.mark.slow
def test_the_bot_draws_and_its_own_process_stays_without_the_library(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from pathlib import Path
import bot.telegram_app, bot.cli, bot.channels.terminal
from bot.drawing.drawer import Drawer
from bot.engine.effect import Drawing
drawing = Drawing("course", {COURSE.content!r})
print(asyncio.run(Drawer(Path({str(tmp_path)!r})).kept(drawing)))
print(sorted({{name.split('.')[0] for name in sys.modules}} & {LIBRARIES!r}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    path, loaded = done.stdout.splitlines()
    assert loaded == "[]"
    content = Path(path).read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    assert width == 1080, "three pixels a point on a phone of 360 points"
    assert 0.5 < height / width < 2.5


@pytest.mark.slow
async def test_a_script_without_letters_here_is_not_drawn_as_boxes(tmp_path: Path) -> None:
    title = "После процедуры, Μετά τη θεραπεία, für Größe"
    assert await Drawer(tmp_path).draw(Drawing("course", json.dumps({"title": title, "days": []})))
    with pytest.raises(NotDrawn):
        await Drawer(tmp_path).draw(Drawing("course", json.dumps({"title": "চিকিৎসার পরে", "days": []})))


@pytest.mark.slow
async def test_a_chart_is_drawn_and_never_kept(tmp_path: Path) -> None:
    drawer = Drawer(tmp_path)
    content = await drawer.draw(CHART)
    assert struct.unpack(">I", content[16:20]) == (1080,)
    assert [name for name in os.listdir(tmp_path) if "chart" in name] == []  # noqa: PTH208 (a listing, not waited for)
    with pytest.raises(NotDrawn):
        await drawer.kept(CHART)


async def test_what_is_shown_is_drawn_once_and_kept_by_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    path = await Drawer(folder, command=png("b'one'")).kept(COURSE)
    assert path.parent == folder
    assert path.read_bytes().endswith(b"one")
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, path)] == [0o700, 0o600]
    later = Drawer(folder, command=FAILING)
    assert await later.kept(COURSE) == path
    with pytest.raises(NotDrawn):
        await later.kept(replace(COURSE, content='{"title": "Other words"}'))
    assert [each.name for each in folder.iterdir()] == [path.name], "nothing half-written is left"


async def test_equal_pictures_asked_for_at_once_are_drawn_once(tmp_path: Path) -> None:
    count = tmp_path / "count"
    once = f"(open({str(count)!r}, 'a').write('x') and b'')"
    drawer = Drawer(tmp_path / "kept", command=png(once))
    found = await asyncio.gather(*(drawer.kept(COURSE) for _ in range(5)))
    assert len(set(found)) == 1
    assert count.read_text() == "x"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (FAILING, "ended with 3"),
        (child("import sys; sys.stdin.read(); print('no picture')"), "ended with 0"),
        (child("import time; time.sleep(60)"), "took longer"),
        (("/does/not/exist",), "FileNotFoundError"),
    ],
)
async def test_a_failing_child_is_said_once_without_what_it_was_to_draw(
    command: tuple[str, ...], said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drawer = Drawer(tmp_path, seconds=2.0, command=command)
    for _ in range(2):
        with pytest.raises(NotDrawn):
            await drawer.draw(COURSE)
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 1, "nobody waits again for what failed a moment ago"
    assert said in lines[0]
    assert "After it" not in lines[0]


async def test_the_child_gets_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123:hush-hush")
    monkeypatch.setenv("DATA_KEY", "hush-hush")
    content = await Drawer(tmp_path, command=png("repr(dict(__import__('os').environ)).encode()")).draw(COURSE)
    assert b"hush" not in content
    assert b"MPLCONFIGDIR" in content


async def test_a_folder_that_takes_no_file_means_no_picture(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(NotDrawn):
        await Drawer(tmp_path / "file", command=png()).kept(COURSE)
    with pytest.raises(NotDrawn):
        await Drawer(None, command=png()).kept(COURSE)
    assert (await Drawer(None, command=png()).draw(CHART)).endswith(b"x")


OTHER = replace(COURSE, content='{"title": "Other words"}')
ONLY_FOR_WHO_WAITS = child(
    "import sys; sys.stdin.read()\n"
    "if sys.argv[1] == '19': __import__('time').sleep(600)\n"
    "sys.stdout.buffer.write(b'\\x89PNG\\r\\n\\x1a\\n' + sys.argv[1].encode())"
)
"""A child that is never done when nobody waits for it."""


async def test_ahead_each_is_drawn_once_behind_everything_else(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    one = await Drawer(folder, command=png("b'before'")).kept(COURSE)
    drawer = Drawer(folder, command=png("sys.argv[1].encode()"))
    await drawer.keep_ahead([COURSE, OTHER, OTHER])
    assert one.read_bytes().endswith(b"before")
    other = await Drawer(folder, command=FAILING).kept(OTHER)
    assert other.read_bytes().endswith(b"19"), "with the lowest priority"
    assert len(list(folder.iterdir())) == 2
    assert (await drawer.draw(CHART)).endswith(b"10"), "somebody waits for this one"
    await Drawer(None, command=FAILING).keep_ahead([COURSE])


async def test_what_is_needed_meanwhile_waits_for_nothing_that_is_drawn_ahead(tmp_path: Path) -> None:
    drawer = Drawer(tmp_path, command=ONLY_FOR_WHO_WAITS)
    ahead = asyncio.create_task(drawer.keep_ahead([COURSE]))
    assert (await drawer.kept(OTHER)).read_bytes().endswith(b"10")
    assert (await drawer.kept(COURSE)).read_bytes().endswith(b"10"), "nor for itself"
    ahead.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ahead


@pytest.mark.parametrize("command", [FAILING, ("/does/not/exist",)])
async def test_a_failure_ahead_is_one_line_and_keeps_nobody_waiting(
    command: tuple[str, ...], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drawer = Drawer(tmp_path, command=command)
    await drawer.keep_ahead([COURSE, OTHER])
    (line,) = [record.getMessage() for record in caplog.records]
    assert "After it" not in line
    with pytest.raises(NotDrawn):
        await drawer.kept(COURSE)
    assert len(caplog.records) == 2, "whoever needs it has it tried at once"


def test_the_users_own_folder() -> None:
    assert cache_folder({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/skin-clinic-bot/pictures")
    assert cache_folder({"XDG_CACHE_HOME": "rel", "HOME": "/h"}) == Path("/h/.cache/skin-clinic-bot/pictures")
    assert cache_folder({}) is None


def test_file_ids_outlast_a_start_and_belong_to_one_bot(tmp_path: Path) -> None:
    ids = FileIds(tmp_path / "new")
    assert ids.get("course-1", "42") is None
    ids.put("course-1", "42", "AgAC")
    assert (ids.get("course-1", "42"), ids.get("course-1", "43")) == ("AgAC", None)
    again = FileIds(tmp_path / "new")
    assert again.get("course-1", "42") == "AgAC"
    again.drop("course-1", "42")
    assert FileIds(tmp_path / "new").get("course-1", "42") is None
    (tmp_path / "new" / "course-1.42.id").write_bytes(b"\xff\xfe")
    assert again.get("course-1", "42") is None


def test_file_ids_without_a_folder_or_with_a_broken_one(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    for folder in (None, tmp_path / "file"):
        ids = FileIds(folder)
        ids.put("course-1", "42", "AgAC")
        assert ids.get("course-1", "42") == "AgAC"
        ids.drop("course-1", "42")
        assert ids.get("course-1", "42") is None
    assert "AgAC" not in caplog.text


# In the terminal


def row(effect: SendPicture) -> OutboxRow:
    return OutboxRow(1, ContactId(1), 1, 11, Lane.REPLY, effect, NOW, NOW)


async def shown(effect: SendPicture, pictures: PictureFiles | None) -> Any:
    room = Room(Clock(NOW, is_running=False), pictures=pictures)
    await room.send(row(effect), target=None)
    (entry,) = room.take_entries()
    return entry


async def test_the_terminal_names_the_file(tmp_path: Path) -> None:
    course = SendPicture(1, COURSE.name, "After it: <red>", drawing=COURSE)
    files = PictureFiles(Drawer(tmp_path / "kept", command=png()), tmp_path / "personal")
    entry = await shown(course, files)
    assert isinstance(entry, Picture)
    assert Path(entry.path).parent == tmp_path / "kept"
    chart = await shown(replace(course, drawing=CHART), files)
    assert Path(chart.path).parent == tmp_path / "personal"
    assert stat.S_IMODE(os.stat(chart.path).st_mode) == 0o600  # noqa: PTH116
    from_data = await shown(SendPicture(1, "face.png", "A face"), files)
    assert from_data.path == "face.png"
    undrawn = await shown(course, None)
    assert undrawn.path == COURSE.name


async def test_the_terminal_shows_the_words_where_there_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    course = SendPicture(1, COURSE.name, "After it: <red>", drawing=COURSE)
    for drawing, command in ((COURSE, FAILING), (CHART, png())):
        files = PictureFiles(Drawer(tmp_path / "kept", command=command), tmp_path / "file")
        entry = await shown(replace(course, drawing=drawing), files)
        assert isinstance(entry, Message)
        assert entry.text == "After it: <red>"


def test_drawings_are_named_by_what_they_show() -> None:
    assert COURSE.name == replace(COURSE).name
    assert COURSE.name != replace(COURSE, content="{}").name
    assert os.sep not in COURSE.name
