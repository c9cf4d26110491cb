"""`never` and `always` over actions, sets, calls and typed answers: proven, or broken by which path."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.actions.registry import make_actions
from bot.authoring.book import read_book

ROOT = Path(__file__).parent.parent.parent
CONSULT = """\
flow: small
title: Small
start: aims
states:
  aims:
    ask: What?
    choose: many
    options: {from: concerns, where: {screen: aims}}
    add: concerns
    next: when
  when: {ask: When?, options: {from: timelines}, save: when, next: health}
  health:
    ask: Any of these?
    choose: many
    options: {from: precautions, where: {screen: about_you}}
    none: None
    not_sure: Not sure
    add: precautions
    next: match
  match:
    do: match_treatment
    next:
%s
      - {to: card}
  card: {say: A card., next: done}
  refer: {say: A practitioner first., next: done}
  done: {end: completed}
never:
  - {reach: card, when: {precautions: {has_any: [pregnant]}}}
  - {reach: card, when: {precautions: {has_any: {microneedling: stop}}, match.outcome: [microneedling, combined]}}
  - {reach: refer, when: {match.outcome: mesotherapy}}
always:
  - {when: {match.outcome: practitioner_first}, pass: refer, before: end}
"""


def messages(tmp_path: Path, flow: str) -> list[str]:
    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "small.yaml").write_text(flow)
    reading = read_book(flows, ROOT / "data", make_actions, environ={}, prove=True)
    return [f"{issue.line}: {issue.message}" for issue in reading.errors if issue.file.endswith("small.yaml")]


def test_rules_over_an_action_are_proven(tmp_path: Path) -> None:
    way = "      - {when: {match.outcome: practitioner_first}, to: refer}"
    assert messages(tmp_path, CONSULT % way) == []


def test_a_forgotten_referral_is_found_with_its_path(tmp_path: Path) -> None:
    way = "      - {when: {match.outcome: combined}, to: refer}"
    found = messages(tmp_path, CONSULT % way)
    assert [line.partition(":")[0] for line in found] == ["29", "33"]
    assert "health=" in found[0]
    assert found[0].endswith("→ match → card")


ABOUT_OUTCOMES = """\
never:
  - {reach: card, when: {match.outcome: practitioner_first}}
  - {reach: card, when: {match.found: false}}
"""


def test_what_holds_whatever_an_action_says_is_proven_over_few_positions(tmp_path: Path) -> None:
    states = (
        CONSULT
        % """\
      - {when: {match.outcome: practitioner_first}, to: refer}
      - {when: {match.found: false}, to: refer}"""
    ).partition("never:")[0]
    positions = []
    for name, more in (
        ("answers", "  - {reach: card, when: {precautions: {has_any: [pregnant]}}}\n"),
        ("outcomes", ""),
    ):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "small.yaml").write_text(states + ABOUT_OUTCOMES + more)
        reading = read_book(folder, ROOT / "data", make_actions, environ={}, prove=True)
        assert [issue for issue in reading.errors if issue.file.endswith("small.yaml")] == []
        assert reading.proof is not None
        positions.append(reading.proof.positions)
    assert positions[1] < positions[0] / 4


def test_what_only_the_action_itself_rules_out_is_walked_with_what_it_says(tmp_path: Path) -> None:
    states = (CONSULT % "      - {when: {match.outcome: practitioner_first}, to: refer}").partition("never:")[0]
    assert messages(tmp_path, states + "never: [{reach: card, when: {match.kind: distress}}]\n") == []


def test_what_an_action_says_and_no_edge_minds_is_found_beside_what_holds(tmp_path: Path) -> None:
    states = (CONSULT % "      - {when: {match.found: false}, to: refer}").partition("never:")[0]
    found = messages(tmp_path, states + ABOUT_OUTCOMES)
    assert [line.partition(":")[0] for line in found] == ["29"]
    assert found[0].endswith("→ match → card")


@pytest.mark.parametrize(
    ("guard", "broken"),
    [("{much: {at_least: 5}}", False), ("{much: {at_least: 4}}", True), ("{not: {much: {at_most: 3}}}", True)],
)
def test_numbers_are_tried_at_their_edges(tmp_path: Path, guard: str, broken: bool) -> None:
    flow = (
        "flow: small\ntitle: Small\nstart: ask\nstates:\n"
        "  ask:\n    ask: How much?\n    choose: number\n    save: much\n    next:\n"
        "      - {when: {much: {at_least: 5}}, to: done}\n      - {to: few}\n"
        "  few: {say: Few., next: done}\n  done: {end: completed}\n"
        f"never:\n  - {{reach: few, when: {guard}}}\n"
    )
    found = messages(tmp_path, flow)
    assert found == (["15: this can happen: ask=typed → few"] if broken else [])


def test_what_a_called_flow_sets_is_followed(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    inner = (
        "flow: inner\ntitle: Inner\nstart: ask\nstates:\n"
        "  ask:\n    ask: Well?\n    options: [{id: good, label: Good}, {id: bad, label: Bad}]\n    save: mood\n"
        "    next: done\n  done: {end: completed}\n"
    )
    outer = (
        "flow: small\ntitle: Small\nstart: run\nstates:\n"
        "  run:\n    call: inner\n    as: first\n    next:\n"
        "      - {when: {first.mood: good}, to: done}\n      - {to: sorry}\n"
        "  sorry: {say: Sorry., next: done}\n  done: {end: completed}\n"
        "never:\n  - {reach: sorry, when: {first.mood: good}}\n  - {reach: sorry, when: {first.mood: bad}}\n"
    )
    (tmp_path / "flows" / "inner.yaml").write_text(inner)
    (tmp_path / "flows" / "small.yaml").write_text(outer)
    reading = read_book(tmp_path / "flows", tmp_path / "data", make_actions, environ={}, prove=True)
    assert [(issue.line, issue.code) for issue in reading.issues] == [(15, "never:violated")]
