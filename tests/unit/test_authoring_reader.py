"""The part of YAML that is taken, the places of its nodes, and that nothing at all makes reading fail."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions.registry import make_actions
from bot.authoring.book import read_book
from bot.authoring.issue import Issues, did_you_mean, nearest
from bot.authoring.node import Node, Plain
from bot.authoring.reader import read_yaml


def parse(text: str | bytes) -> tuple[Node | None, list[tuple[int, int, str]]]:
    issues = Issues()
    content = text.encode() if isinstance(text, str) else text
    node = read_yaml(content, "f.yaml", issues)
    return node, [(issue.line, issue.column, issue.code) for issue in issues.sorted()]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("hello", "hello"),
        ("2026-12-24", "2026-12-24"),
        ("116 123", "116 123"),
        ("09:00-18:00", "09:00-18:00"),
        ("nobody", "nobody"),
        ("yesterday", "yesterday"),
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("1.50", 1.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ('"yes"', "yes"),
        ("'0123'", "0123"),
        ('"12:30"', "12:30"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_plain_values(written: str, value: Plain) -> None:
    node, found = parse(f"a: {written}")
    assert found == []
    assert node is not None
    assert node.plain() == {"a": value}
    assert type(node.entries["a"].scalar) is type(value)


@pytest.mark.parametrize(
    "written",
    [
        "yes", "Yes", "NO", "on", "Off", "True", "FALSE", "Null", "NULL", "~", "12:30", "1:30:15",
        "0123", "0x1F", "0b101", "0o17", "1_000", ".inf", "-.INF", ".nan", "1e3", "1.5e3", "+5", "5.", ".5",
        "-0", "9" * 30, "9" * 6000,
    ],
)  # fmt: skip
def test_words_that_yaml_reads_as_something_else_are_refused(written: str) -> None:
    node, found = parse(f"a: x\nb: {written}\nc: z\n")
    assert found == [(2, 4, "yaml:implicit_type")]
    assert node is not None
    assert node.entries["b"].refused
    assert node.entries["c"].scalar == "z"


def test_places_count_from_one() -> None:
    node, _ = parse("a:\n  b: [1, {c: d}]\n")
    assert node is not None
    assert node.at() == (1, 1)
    assert node.key("a", "b") == (2, 3)
    assert node.at("a", "b") == (2, 6)
    assert node.at("a", "b", 1, "c") == (2, 14)
    assert node.at("a", "nothing") == (2, 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a: 1\na: 2\n", [(2, 1, "yaml:duplicate_key")]),
        ("a: &x 1\nb: *x\n", [(1, 4, "yaml:anchor"), (2, 4, "yaml:alias")]),
        ("a: !!str 1\n", [(1, 4, "yaml:tag")]),
        ("? [a]\n: b\n", [(1, 3, "yaml:key_not_text")]),
        ("a:\n  <<: {b: c}\n", [(2, 3, "yaml:merge_key")]),
        ("a: 1\n---\nb: 2\n", [(2, 1, "yaml:several_documents")]),
        ("", [(1, 1, "yaml:empty")]),
        ("# only this\n", [(1, 1, "yaml:empty")]),
        ("a: b: c\n", [(1, 5, "yaml:syntax")]),
        ("a: 1\n\tb: 2\n", [(2, 1, "yaml:syntax")]),
        ('a: "b\nc: d\n', [(1, 4, "yaml:unclosed"), (2, 1, "yaml:syntax")]),
        ("a: b\x00c\nd: yes\n", [(1, 5, "yaml:unprintable"), (2, 4, "yaml:implicit_type")]),
        (b"a: b\nc: \xff\n", [(2, 4, "yaml:not_utf8")]),
        ("a: b".encode("utf-16"), [(1, 1, "yaml:not_utf8")]),
        ("[" * 5000, [(1, 31, "yaml:too_deep")]),
        ("a: " + "{b: " * 5000, [(1, 120, "yaml:too_deep")]),
    ],
)
def test_what_is_refused_and_where(text: str | bytes, found: list[tuple[int, int, str]]) -> None:
    assert parse(text)[1] == found


def test_a_byte_order_mark_is_no_mistake() -> None:
    node, found = parse(b"\xef\xbb\xbfa: 1\n")
    assert found == []
    assert node is not None
    assert node.plain() == {"a": 1}


def test_a_deep_file_is_refused_quickly() -> None:
    before = time.process_time()
    parse("[" * 900_000)
    assert time.process_time() - before < 2


def test_did_you_mean() -> None:
    assert nearest("nxet", ["next", "say", "ask"]) == "next"
    assert nearest("aks", ["as", "ask"]) == "ask"
    assert nearest("completely_else", ["next", "say"]) is None
    assert did_you_mean("zzz", ["next"], "see the list") == "see the list"


PIECES = [*"abn{}[]:-,|>&*!?#'\"% \n\t~0159.", "say", "ask", "states:", "\n  ", "next", "é", "\x00"]
YAMLISH = st.lists(st.sampled_from(PIECES), max_size=300).map("".join)
KEYS = st.sampled_from(
    [
        "flow", "flows", "title", "start", "states", "say", "ask", "do", "call", "end", "next", "to",
        "when", "options", "id", "label", "from", "where", "none", "not_sure", "choose", "add", "save",
        "never", "always", "reach", "any_of", "not", "has_any", "at_least", "is", "hi", "done", "remind",
        "expire", "after", "picture", "links", "was", "yes", "9",
    ]
)  # fmt: skip
VALUES = st.recursive(
    KEYS
    | st.integers(-9, 99).map(str)
    | st.sampled_from(['"{first_name}"', "null", "true", "7d", "many", "{", '""']),
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(KEYS, inner), max_size=5).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=25,
)


@given(st.binary(max_size=400))
def test_no_bytes_make_reading_fail(content: bytes) -> None:
    node, found = parse(content)
    assert node is not None or found


@given(YAMLISH)
def test_no_text_makes_reading_fail(text: str) -> None:
    node, found = parse(text)
    assert node is not None or found
    lines = len(text.splitlines()) + 1
    assert all(1 <= line <= lines and column >= 1 for line, column, _ in found)


def read_folder(folder: Path, flow: str, data: str) -> None:
    (folder / "flows").mkdir(exist_ok=True)
    (folder / "data").mkdir(exist_ok=True)
    (folder / "flows" / "a.yaml").write_text(flow)
    for name in (
        "clinic",
        "concerns",
        "precautions",
        "treatments",
        "recovery",
        "answers",
        "timelines",
        "campaigns",
    ):
        (folder / "data" / f"{name}.yaml").write_text(data)
    reading = read_book(folder / "flows", folder / "data", make_actions, environ={}, prove=True)
    assert reading.book is None
    assert reading.errors


@settings(max_examples=15)
@given(flow=VALUES, data=VALUES)
def test_no_file_makes_checking_fail(flow: str, data: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    read_folder(tmp_path_factory.mktemp("fuzz"), flow, data)


STATES = st.dictionaries(st.sampled_from(["hi", "two", "three", "done"]), VALUES, max_size=4)


@settings(max_examples=30)
@given(states=STATES, extra=VALUES)
def test_no_states_make_checking_fail(
    states: dict[str, str], extra: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    body = "".join(f"  {name}: {value}\n" for name, value in states.items()) or "  hi: {}\n"
    flow = f"flow: a\ntitle: A\nstart: hi\nstates:\n{body}  last: {{say: Hi, next: nowhere}}\nnever: {extra}\n"
    read_folder(tmp_path_factory.mktemp("fuzz"), flow, "a: 1\n")


def test_numbers_are_finite() -> None:
    node, _ = parse("a: 999999999999999.999999\n")
    assert node is not None
    value = node.entries["a"].scalar
    assert isinstance(value, float)
    assert math.isfinite(value)
