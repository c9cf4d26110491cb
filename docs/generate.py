"""Writes the parts of the documents that come from the program: `python docs/generate.py`.

A generated part stands between `<!-- name: made by docs/generate.py -->` and `<!-- /name -->`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bot.authoring.codes import CODES, WARNINGS  # noqa: E402
from bot.authoring.diagram import mermaid  # noqa: E402
from bot.desk.guide import guide  # noqa: E402
from bot.reading import book_of, read_clinic  # noqa: E402 - the folder must be found first
from bot.settings import Settings  # noqa: E402


def codes() -> str:
    """A table of everything that `check` finds."""
    rows = [
        f"| `{code}` | {meaning} |{' warning' if code in WARNINGS else ''} |" for code, meaning in CODES.items()
    ]
    return "\n".join(["| code | means | |", "|---|---|---|", *rows])


def consult() -> str:
    """The consultation as `python -m bot graph consult` prints it."""
    return diagram("consult")


def human() -> str:
    """A small flow, for the README."""
    return diagram("human")


def diagram(flow: str) -> str:
    """A flow as a Mermaid block."""
    settings = Settings(flows_dir=ROOT / "flows", data_dir=ROOT / "data")
    book = book_of(read_clinic(settings), staff_chat=None)
    return f"```mermaid\n{mermaid(book.flows[flow])}```"


def desk() -> str:
    """What staff read."""
    settings = Settings(flows_dir=ROOT / "flows", data_dir=ROOT / "data")
    return guide(book_of(read_clinic(settings), staff_chat=None).clocks)


PARTS = {
    "README.md": ("human", human),
    "docs/authors.md": ("codes", codes),
    "docs/flows.md": ("consult", consult),
    "docs/desk.md": ("desk", desk),
}


def with_part(text: str, name: str, part: str) -> str:
    """`text` with a fresh generated part."""
    begin, end = f"<!-- {name}: made by docs/generate.py -->", f"<!-- /{name} -->"
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    assert found.search(text), f"no place for {name}"
    return found.sub(lambda _: f"{begin}\n\n{part}\n\n{end}", text)


def main() -> None:
    """Bring every document up to date."""
    for path, (name, make) in PARTS.items():
        file = ROOT / path
        file.write_text(with_part(file.read_text(encoding="utf-8"), name, make()), encoding="utf-8")


if __name__ == "__main__":
    main()
