"""Ways that lead to no booking, to reading, and to the care after a treatment."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.e2e.oracle import (
    NO_BOOKING,
    SCREENS,
    Visit,
)
from tests.e2e.test_json_chat import of
from tests.unit.test_content import FACTS


def buttons_of(message: dict[str, object]) -> Iterator[dict[str, str]]:
    for kind in ("options", "extras"):
        found = message.get(kind, [])
        assert isinstance(found, list)
        yield from found


def hold_no_booking(visit: Visit, since: int) -> None:
    for one in visit.said[since:]:
        for button in buttons_of(one):
            assert not button["id"].startswith(("book", "link", "tell")), (one["state"], button)
        assert not NO_BOOKING.search(str(one["text"])), one["text"]


def test_under_18_never_sees_a_booking_by_any_way(visit: Visit) -> None:
    since = len(visit.said)
    visit.press("under_18")
    assert not visit.results
    seen: set[tuple[str, str]] = set()
    for _ in range(60):
        todo = [each for each in visit.labels().values() if (visit.state, each) not in seen]
        if not todo:
            break
        seen.add((visit.state, todo[0]))
        visit.press(todo[0])
        if visit.turns[-1][-1]["type"] == "end":
            visit.type("hello")
    assert {"treatments", "wrong", "compare"} <= {option for _, option in seen}
    for text in ("/back", "back", "/answers", "can I book?", "book", "1", "/human", "/help", "/start"):
        visit.type(text)
    for text in ("/restart", "/start"):
        visit.type(text)
        answer = "yes" if "yes" in visit.labels().values() else "restart"
        if answer in visit.labels().values():
            visit.press(answer)
    for payload in ("poster", "aftercare", "nothing-known"):
        visit.turns.append(visit.chat.do(start=payload))
        if "restart" in visit.labels().values():
            visit.press("restart")
    visit.chat.do(wait="2d")
    visit.type("hello")
    visit.type("/start")
    hold_no_booking(visit, since)
    assert {"aims", "consent"} & {str(one["state"]) for one in visit.said[since:]} == set()
    assert of(visit.everything, "result") == []
    assert of(visit.everything, "lead") == []


@pytest.mark.parametrize("mine", [("changing_mole",), ("distress",), ("changing_mole", "distress")], ids="+".join)
def test_a_mark_or_distress_sees_no_booking_by_any_way(visit: Visit, mine: tuple[str, ...]) -> None:
    visit.answer("acne_scars", "dullness", *mine)
    since = len(visit.said) - 1
    assert visit.results[0]["outcome"] == "practitioner_first"
    text = str(visit.said[-1]["text"])
    assert "GP" in text
    assert ("116 123" in text) is ("distress" in mine)
    assert not re.search(r"microneedling|mesotherapy|treatment that|glow", text, re.IGNORECASE)
    for typed in ("book", "can I book?", "/human"):
        visit.type(typed)
    visit.press("not_now")
    for option in ("person", "enough"):
        if option in visit.labels().values():
            visit.press(option)
    for one in visit.said[since:]:
        assert not any(button["id"] in ("book", "link1", "compare", "both") for button in buttons_of(one))


def test_browsing_reads_everything_and_keeps_nothing(visit: Visit) -> None:
    visit.press("browse")
    for page in list(visit.labels().values()):
        if page in ("person", "match"):
            continue
        before = len(visit.said)
        visit.press(page)
        assert len(visit.said) >= before + 2
        assert visit.state == "page"
    assert visit.results == []
    assert of(visit.everything, "lead") == []
    visit.press("match")
    assert visit.state == "welcome"


def test_every_base_fact_can_be_read_by_pressing(visit: Visit) -> None:
    visit.press("browse")
    for page in list(visit.labels().values()):
        if page not in ("person", "match"):
            visit.press(page)
    read = " ".join(" ".join(str(one["text"]) for one in visit.said).split()).casefold()
    assert [fact for fact, words in FACTS.items() if not re.search(words, read)] == []


@pytest.mark.parametrize("treatment", ["microneedling", "mesotherapy", "combined", "not_sure"])
@pytest.mark.parametrize("treated", ["just_now", "earlier_today", "yesterday", "another_day"])
def test_after_a_treatment_comes_that_days_care(visit: Visit, treatment: str, treated: str) -> None:
    visit.press("had_treatment")
    visit.press(treatment)
    if treatment == "not_sure":
        assert "020 7946 0118" in str(visit.said[-1]["text"])
        return
    if visit.state == "device":
        visit.press("needles_only")
    visit.press(treated)
    if treated == "another_day":
        visit.type("2 weeks ago")
    text = "\n".join(str(one["text"]) for one in visit.said[-2:])
    for words in ("What is usual now", "When to call", "999", "020 7946 0199"):
        assert words in text
    assert set(visit.labels().values()) == {"agree", "not_now", "urgent", "person"}
    assert visit.results == []


@pytest.mark.parametrize("device", ["with_heat", "not_sure"])
def test_needling_with_heat_gets_no_day_by_day(visit: Visit, device: str) -> None:
    visit.press("had_treatment")
    visit.press("microneedling")
    visit.press(device)
    text = str(visit.said[-1]["text"])
    assert ("radiofrequency" if device == "with_heat" else "whether the device used heat") in text
    assert "999" in text
    assert "What is usual now" not in text


def test_what_is_told_afterwards_changes_no_outcome(visit: Visit) -> None:
    visit.answer("fine_lines")
    visit.press("book")
    visit.press("tell")
    assert set(visit.labels().values()) == {*SCREENS["tell"], "none"}
    visit.press(*SCREENS["tell"])
    assert all(result["outcome"] == "microneedling" for result in visit.results)
    assert "Noted" in "\n".join(str(one["text"]) for one in visit.said[-2:])
    assert visit.turns[-1][-1]["type"] == "end"
