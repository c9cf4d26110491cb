"""The house's floors: who may import whom, what a command may load, how long a file may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOT = ROOT / "bot"
FLOORS: dict[str, int] = {
    "errors": 0,
    "limits": 0,
    "ids": 0,
    "json_bytes": 0,
    "qr": 0,
    "quiet_hours": 0,
    "engine": 1,
    "clinic": 1,
    "actions": 2,
    "authoring": 2,
    "store": 2,
    "delivery": 3,
    "desk": 3,
    "drawing": 3,
    "conversation": 4,
    "channels": 5,
    "monitoring": 5,
    "cli": 6,
    "settings": 6,
    "app": 6,
    "databases": 6,
    "reading": 6,
    "intake": 6,
    "keeper": 6,
    "log_format": 6,
    "operations": 6,
    "practice": 6,
    "practice_run": 6,
    "telegram_app": 6,
    "__main__": 6,
    "": 0,
}
PURE = ("engine", "clinic")
IMPURE = {
    "aiohttp", "aiosqlite", "asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "sys", "telegram", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
FORBIDDEN_STEMS = {"utils", "util", "helpers", "helper", "manager", "managers", "misc"}
LONGEST_FILE = 500
SOURCES = sorted(BOT.rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in SOURCES}


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, wherever in it: under TYPE_CHECKING and inside functions too."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write imports in full"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield (name if name in MODULES else str(node.module)), node.lineno


def test_a_module_imports_only_from_below_or_its_own_room() -> None:
    assert {room(module) for module in MODULES} <= FLOORS.keys(), "give each a floor to stand on"
    assert [words for path in SOURCES for words in from_above(path)] == []


def from_above(path: Path) -> Iterator[str]:
    here = room(module_of(path))
    for name, line in imported(path):
        if name.split(".")[0] != "bot":
            continue
        there = room(name)
        own_room = there == here and FLOORS[here] < 6
        top = FLOORS[here] == FLOORS[there] == 6
        if not (own_room or top or FLOORS[there] < FLOORS[here]):
            yield f"{path}:{line}: {here} imports {there}"


def test_no_module_imports_itself_through_others() -> None:
    graph = {
        module: {name for name, _ in imported(path) if name in MODULES and name != module}
        for module, path in MODULES.items()
    }
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join([*way[way.index(module) :], module])
        if module in done:
            return
        for name in sorted(graph[module]):
            visit(name, (*way, module))
        done.add(module)

    for module in sorted(graph):
        visit(module, ())


def test_the_pure_rooms_touch_no_clock_no_chance_and_no_outside() -> None:
    pure = [path for path in SOURCES if room(module_of(path)) in PURE]
    assert len(pure) > 50
    assert [words for path in pure for words in impurities(path)] == []


def impurities(path: Path) -> Iterator[str]:
    for name, line in imported(path):
        if name.split(".")[0] in IMPURE:
            yield f"{path}:{line}: imports {name}"
    for node in nodes(path):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"now", "utcnow", "today"}
            and isinstance(node.value, ast.Name)
            and node.value.id in {"datetime", "date"}
        ):
            yield f"{path}:{node.lineno}: reads the clock"
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name) and called.id in {"open", "print", "input", "eval", "exec"}:
            yield f"{path}:{called.lineno}: calls {called.id}"


def everything_written_here() -> list[Path]:
    folders = [BOT, ROOT / "tests", ROOT / "benchmarks"]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def test_a_file_is_short_and_named_for_what_it_is() -> None:
    files = everything_written_here()
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}
    assert [path for path in files if path.stem in FORBIDDEN_STEMS] == []


HEAVY = ("telegram", "aiohttp", "segno", "httpx", "uvloop", "cv2", "prometheus_client", "asyncpg")
COMMANDS = {
    "--help": (*HEAVY, "pydantic", "yaml", "babel", "cryptography", "aiosqlite", "prompt_toolkit", "bot.app"),
    "chat --help": (*HEAVY, "yaml", "babel", "cryptography", "aiosqlite", "prompt_toolkit", "bot.app"),
    "check": (*HEAVY, "prompt_toolkit"),
    "chat --json": (*HEAVY, "prompt_toolkit", "rich"),
    "chat": HEAVY,
    "graph consult": (*HEAVY, "prompt_toolkit"),
    "qr poster --out -": tuple(set(HEAVY) - {"segno"}),
}
PROBE = """
import sys
from bot.cli import main
sys.argv = ["clinicbot", *sys.argv[1:]]
code = 0
try:
    main()
except SystemExit as ended:
    code = ended.code
sys.stderr.write("\\nLOADED " + " ".join(sorted(sys.modules)) + "\\n")
sys.exit(code)
"""


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_loads_only_what_it_uses(command: str, clean_environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *command.split()],
        cwd=ROOT,
        env={**clean_environment, "BOT_USERNAME": "harbour_bot"},
        input=b"",
        capture_output=True,
        check=False,
    )
    errors = done.stderr.decode()
    assert done.returncode == 0, errors
    (loaded,) = [line.split()[1:] for line in errors.splitlines() if line.startswith("LOADED ")]
    assert set(COMMANDS[command]) & set(loaded) == set()


def test_every_module_can_be_imported_without_a_warning() -> None:
    code = "import importlib, sys; [importlib.import_module(name) for name in sys.argv[1:]]"
    names = [name for name in sorted(MODULES) if name != "bot.__main__"]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *names], cwd=ROOT, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
