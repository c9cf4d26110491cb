"""Text of a YAML file → nodes with places, or what is wrong with it.

Only a plain part of YAML is taken: texts, whole and decimal numbers, true, false, null, lists and mappings.
Aliases, tags, merge keys, repeated keys and words that YAML would quietly turn into something else are refused.
It reads events, so that deep nesting ends at a limit and not in the stack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from bot.authoring.issue import Issues
from bot.authoring.node import Kind, Node, Place
from bot.limits import FLOW_FILE_BYTES, FLOW_FILE_DEPTH, FLOW_FILE_NODES

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\Z")
_IMPLICIT = re.compile(
    r"""(?: (?i:yes|no|on|off|true|false|null) | ~
    | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?     # 12:30 is 750 in YAML 1.1
    | [-+]?0b[01_]+ | [-+]?0o?[0-7_]+ | [-+]?0x[0-9a-fA-F_]+ | [-+]?0[0-9_]+
    | [-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?
    | [-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?
    | [-+]?\.(?i:inf) | \.(?i:nan) )\Z""",
    re.VERBOSE,
)
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff|(?m:^ *\xa0+)"
)
"""What can't be shown, what YAML alone takes for a new line, and a no-break space that begins a line."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_NO_COLON, _WRITE_COLON = "this line has no `: `", "write a colon and a space behind the key"
_OPENED = {"a flow sequence": "[", "a flow mapping": "{", "a quoted scalar": "a quotation mark"}


def read_yaml(content: bytes, file: str, issues: Issues) -> Node | None:
    """The file's one document.

    Args:
        content: The file's bytes, UTF-8.
        file: How findings name it.
        issues: Takes every finding; reading goes on after those that allow it.

    Returns:
        The root node, or None when nothing could be made of the file (then there is a finding).
    """
    if len(content) > FLOW_FILE_BYTES:
        mend = f"split it; {FLOW_FILE_BYTES:,} bytes at most"
        issues.add(file, (1, 1), "yaml:too_large", f"the file has {len(content):,} bytes", mend)
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        place = (before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)
        issues.add(file, place, "yaml:not_utf8", "the file is no UTF-8 text from here on", "save it as UTF-8")
        return None
    text = _without_unprintable(text.removeprefix("\ufeff"), file, issues)
    reading = _Reading(file, issues, text.split("\n"))
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if not reading.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        _report_syntax(error, text, file, issues, reading.quoted)
        return None
    except yaml.YAMLError:  # pragma: no cover - what the scan for unprintable characters let through
        issues.add(file, (1, 1), "yaml:syntax", "the file can't be read as YAML")
        return None
    if reading.root is None or (reading.root.kind is Kind.SCALAR and reading.root.scalar is None):
        issues.add(file, (1, 1), "yaml:empty", "the file is empty", "fill it or remove it")
        return None
    return reading.root


def _without_unprintable(text: str, file: str, issues: Issues) -> str:
    """With a space in the place of each unprintable character, so that reading can go on."""
    for found in _UNPRINTABLE.finditer(text):
        start = found.start()
        place = (text.count("\n", 0, start) + 1, start - (text.rfind("\n", 0, start) + 1) + 1)
        code_point = ord(found.group().lstrip(" ")[0])
        message = f"the character U+{code_point:04X} can't stand here"
        issues.add(file, place, "yaml:unprintable", message, "remove it")
    return _UNPRINTABLE.sub(lambda found: " " * len(found.group()), text)


def _report_syntax(
    error: yaml.MarkedYAMLError, text: str, file: str, issues: Issues, quoted: tuple[Place, int] | None
) -> None:
    last = max(1, len(text.splitlines()))
    mark = error.problem_mark or error.context_mark
    if "expected ':'" in (error.problem or "") and error.context_mark:
        mark = error.context_mark  # the word that should have been a key; the reader notices one line later
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    at_end = line > last
    line = min(line, last)
    problem = error.problem or "can't be read"
    mend = ""
    if "'\\t'" in problem or (text.splitlines()[line - 1 : line] and text.splitlines()[line - 1].startswith("\t")):
        problem, mend = "a tab can't indent a line", "use spaces"
    elif "mapping values are not allowed" in problem and (keyless := _line_without_key(text, line)):
        (line, column), problem, mend = keyless, _NO_COLON, _WRITE_COLON
    elif "mapping values are not allowed" in problem:
        problem, mend = "a second `: ` in one line", "put the text in quotes, or indent it"
    elif "expected ':'" in problem:
        problem, mend = _NO_COLON, _WRITE_COLON
    elif at_end or "end of stream" in problem:
        problem = "the file ends in the middle of something"
    else:
        mend = "look at the indentation, the quotes and the brackets before it"
    issues.add(file, (line, column), "yaml:syntax", f"this is no YAML: {problem}", mend)
    if quoted and quoted[0][0] < line == quoted[1]:
        message = "a quotation mark is opened here and closed only in a later line"
        issues.add(file, quoted[0], "yaml:unclosed", message, "close it at the end of the text")
    opened = next((sign for words, sign in _OPENED.items() if words in (error.context or "")), None)
    if opened and error.context_mark and error.context_mark.line + 1 != line:
        place = (error.context_mark.line + 1, error.context_mark.column + 1)
        issues.add(file, place, "yaml:unclosed", f"{opened} is opened here and never closed", "close it")


def _line_without_key(text: str, line: int) -> Place | None:
    """The line before `line`, if it was meant to begin an entry and lacks its colon."""
    lines = text.splitlines()[: line - 1]
    written = [
        number for number, each in enumerate(lines, 1) if each.strip() and not each.lstrip().startswith("#")
    ]
    if len(written) < 2 or lines[written[-1] - 1].count(": ") or lines[written[-1] - 1].rstrip().endswith(":"):
        return None
    before, suspect = lines[written[-2] - 1], lines[written[-1] - 1]
    column = len(suspect) - len(suspect.lstrip()) + 1
    continues = column > len(before) - len(before.lstrip()) + 1 and not before.rstrip().endswith(":")
    return None if continues else (written[-1], column)


@dataclass(slots=True)
class _Open:
    """A list or mapping that is being filled."""

    node: Node
    key: str | None = None
    waits_for_key: bool = True
    skips_value: bool = False


@dataclass(slots=True)
class _Reading:
    """`quoted`: where the last quoted text of several lines began, and the line where it ended."""

    file: str
    issues: Issues
    lines: list[str]
    root: Node | None = None
    stack: list[_Open] = field(default_factory=list)
    nodes: int = 0
    documents: int = 0
    quoted: tuple[Place, int] | None = None

    def take(self, event: yaml.Event) -> bool:
        """Take one event; False when reading can't go on."""
        mark = event.start_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                message = "a second document begins here"
                self._report(place, "yaml:several_documents", message, "one file holds one document; remove ---")
                return self.root is not None
        if self.documents > 1:
            return True
        if isinstance(event, yaml.NodeEvent):
            self.nodes += 1
            if self.nodes > FLOW_FILE_NODES:
                self._report(
                    place, "yaml:too_many_nodes", f"more than {FLOW_FILE_NODES:,} values", "split the file"
                )
                return False
            self._refuse_marks(event, place)
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event, place))
        elif isinstance(event, yaml.AliasEvent):
            self._put(Node(Kind.SCALAR, place, None, refused=True))
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self.stack) >= FLOW_FILE_DEPTH:
                message = f"nested deeper than {FLOW_FILE_DEPTH} levels"
                self._report(place, "yaml:too_deep", message, "write it flatter")
                return False
            kind = Kind.LIST if isinstance(event, yaml.SequenceStartEvent) else Kind.MAPPING
            node = Node(kind, place)
            self._put(node)
            self.stack.append(_Open(node))
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop()
        return True

    def _report(self, place: Place, code: str, message: str, mend: str) -> None:
        self.issues.add(self.file, place, code, message, mend)

    def _refuse_marks(self, event: yaml.NodeEvent, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._report(place, "yaml:alias", f"*{event.anchor} is an alias", "write the value out")
            return
        if event.anchor is not None:
            self._report(place, "yaml:anchor", f"&{event.anchor} is an anchor", "remove it; write values out")
        if getattr(event, "tag", None) is not None:
            self._report(place, "yaml:tag", "tags (!…) are not used here", "remove the tag")

    def _scalar(self, event: yaml.ScalarEvent, place: Place) -> Node:
        written = str(event.value)
        if not event.implicit[0] or event.tag is not None:
            return self._text(event, place, written)
        if written in ("true", "false"):
            return Node(Kind.SCALAR, place, written == "true", written=written)
        if written in ("null", ""):
            return Node(Kind.SCALAR, place, None, written=written)
        number = _NUMBER.match(written)
        if number and written not in ("-0",):
            return Node(Kind.SCALAR, place, float(written) if number[2] else int(written), written=written)
        if _IMPLICIT.match(written):
            message = f"`{written[:40]}` without quotes can be read as something else than text"
            mend = f'put it in quotes: "{written[:40]}"'
            if written.lower() in ("true", "false", "null", "~"):
                mend = f"write {'null' if written == '~' else written.lower()}, or put it in quotes"
            self._report(place, "yaml:implicit_type", message, mend)
            return Node(Kind.SCALAR, place, written, written=written, refused=True)
        return self._text(event, place, written)

    def _text(self, event: yaml.ScalarEvent, place: Place, written: str) -> Node:
        last = event.end_mark.line + (event.end_mark.column > 0) if event.end_mark else place[0]
        if last > place[0] and event.style in ("'", '"'):
            self.quoted = (place, last)
        if event.style == '"' and _CONTROL.search(written):
            message = "this text holds a character that can't be shown"
            self._report(place, "yaml:unprintable", message, "remove the escape that stands for it")
        lines = tuple(self.lines[place[0] - 1 : last]) if last > place[0] else ()
        return Node(Kind.SCALAR, place, written, written=written, lines=lines)

    def _put(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if top.node.kind is Kind.LIST:
            top.node.items.append(node)
        elif top.waits_for_key:
            top.waits_for_key = False
            top.skips_value = not self._begin_entry(top, node)
        else:
            top.waits_for_key = True
            if not top.skips_value and top.key is not None:
                top.node.entries[top.key] = node

    def _begin_entry(self, top: _Open, key: Node) -> bool:
        """Take a key; False when its value is not kept."""
        if key.kind is not Kind.SCALAR or (key.refused and not key.written):
            self._report(key.place, "yaml:key_not_text", "a key must be a text", "write one word before the colon")
            return False
        name = key.written
        if name == "<<":
            self._report(key.place, "yaml:merge_key", "<< merges mappings", "write the entries out")
            return False
        if not isinstance(key.scalar, str):
            mend = f'put it in quotes: "{name}"' if name else "write a word before the colon"
            self._report(key.place, "yaml:key_not_text", f"the key `{name}` is no text", mend)
            return False
        if name in top.node.keys:
            first = top.node.keys[name][0]
            message = f"`{name}` stands twice in one mapping, first in line {first}"
            self._report(key.place, "yaml:duplicate_key", message, "keep one of them")
            return False
        top.key = name
        top.node.keys[name] = key.place
        return True
