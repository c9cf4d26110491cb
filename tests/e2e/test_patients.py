"""Patients who know only what they want and what applies to them, and press what is theirs on each screen.

What they must come to is worked out here, from a table of its own; nothing of the bot's matching is asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, combinations

import pytest

from tests.e2e.test_json_chat import Chat, Turn, of
from tests.unit.test_content import FACTS

NOW = "2026-11-23T10:00:00+00:00"

MICRONEEDLING = ("acne_scars", "fine_lines", "wrinkles", "texture", "enlarged_pores", "stretch_marks")
MESOTHERAPY = ("dullness", "dehydration", "event_glow", "uneven_tone")
BEHIND_ELSE = ("sagging", "dark_circles", "other_scars", "out_of_scope")
PRACTITIONER = (
    *("active_acne", "melasma", "rosacea", "skin_condition", "raised_scars", "other_scars", "sagging"),
    *("dark_circles", "changing_mole", "distress"),
)
CONCERNS = (*MICRONEEDLING, *MESOTHERAPY, *PRACTITIONER, "out_of_scope")

# Where each answer is asked for. `not_sure` stands on the last three screens before the answer.
SCREENS = {
    "aims": (*MICRONEEDLING, *MESOTHERAPY),
    "else_aims": BEHIND_ELSE,
    "when": ("within_2_weeks", "weeks_2_to_4", "months_1_to_3", "over_3_months", "no_date"),
    "face": (
        *("active_acne", "cold_sore_now", "active_infection", "sunburn", "skin_condition", "melasma", "rosacea"),
        *("raised_scars", "changing_mole"),
    ),
    "about_you": (
        *("pregnant", "breastfeeding", "isotretinoin", "anticoagulant", "bleeding_disorder", "weak_immunity"),
        *("diabetes_uncontrolled", "cancer_treatment", "anaesthetic_allergy", "ingredient_allergy"),
        *("metal_allergy", "keloid_tendency", "distress"),
    ),
    "earlier": ("recent_laser_or_peel", "recent_filler", "unknown_product"),
    "tell": (
        *("age_18_to_21", "cold_sore_history", "bruising_supplements", "diabetes_controlled", "retinoids"),
        *("darker_skin", "dental_or_vaccine", "needle_fear", "numbing_at_home"),
    ),
}
STOPS_ALL = {*SCREENS["face"], *SCREENS["about_you"], *SCREENS["earlier"], "not_sure"} - {"metal_allergy"}
TIMELINES = SCREENS["when"]
TREATMENTS = {"microneedling", "mesotherapy", "combined"}
NO_BOOKING = re.compile(r"https?://|\bbook (a|it|online|now|one)\b|your consultation|appointment", re.IGNORECASE)


def expected(answers: frozenset[str]) -> str | None:
    """What a careful practitioner expects of these answers; None while one more question is needed."""
    needling, injecting = answers & set(MICRONEEDLING), answers & set(MESOTHERAPY)
    if answers & STOPS_ALL or answers & set(PRACTITIONER):
        return "practitioner_first"
    if not (needling or injecting):
        return "practitioner_first" if "out_of_scope" in answers else None
    if needling and "metal_allergy" in answers:
        return "practitioner_first"
    when = answers & set(TIMELINES)
    if when == {"within_2_weeks"}:
        return "practitioner_first"
    if not when:
        return None
    return "combined" if needling and injecting else "microneedling" if needling else "mesotherapy"


def deciding(answers: frozenset[str]) -> frozenset[str]:
    """The answers in at least one smallest set that, held, keeps the outcome whatever becomes of the others."""
    outcome = expected(answers)

    def holds(kept: frozenset[str]) -> bool:
        rest = sorted(answers - kept - set(TIMELINES))
        times = (answers & set(TIMELINES),) if kept & set(TIMELINES) else tuple(frozenset({t}) for t in TIMELINES)
        others = chain.from_iterable(combinations(rest, size) for size in range(len(rest) + 1))
        return all(expected(kept | time | set(other)) == outcome for other in others for time in times)

    found: list[frozenset[str]] = []
    for size in range(len(answers) + 1):
        for chosen in map(frozenset, combinations(sorted(answers), size)):
            if not any(smaller <= chosen for smaller in found) and holds(chosen):
                found.append(chosen)
    return frozenset().union(*found)


@dataclass
class Visit:
    """One patient's conversation, kept whole."""

    chat: Chat
    turns: list[Turn] = field(default_factory=list)
    presses: int = 0

    @property
    def everything(self) -> Turn:
        return [found for turn in self.turns for found in turn]

    @property
    def said(self) -> Turn:
        """The patient's messages, edits apart."""
        return [one for one in of(self.everything, "message") if one["to"] == "patient" and "edits" not in one]

    @property
    def results(self) -> Turn:
        return of(self.everything, "result")

    @property
    def screen(self) -> dict[str, object]:
        """The open question."""
        return next(one for one in reversed(self.said) if one.get("choose"))

    @property
    def state(self) -> str:
        return str(self.screen["state"])

    def labels(self, message: dict[str, object] | None = None) -> dict[str, str]:
        """The answers on the screen, id by label."""
        options = (message or self.screen)["options"]
        assert isinstance(options, list)
        return {option["label"]: option["id"] for option in options}

    def press(self, *ids: str) -> Turn:
        """One button; several or a choose-many's: exactly these, and Done."""
        many = self.screen["choose"] == "many" and ids[0] not in ("none", "not_sure", "back")
        self.presses += len(ids) + many
        turn = self.chat.do(press=list(ids)) if many else self.chat.do(press=ids[0])
        assert not of(turn, "error"), of(turn, "error")
        self.turns.append(turn)
        return turn

    def type(self, text: str) -> Turn:
        self.turns.append(self.chat.do(say=text))
        return self.turns[-1]

    def answer(self, *mine: str, when: str = "over_3_months", until: str | None = None) -> None:
        """Answer each screen with what is mine on it, else with none, until an answer or a referral stands."""
        for _ in range(12):
            state, shown = self.state, set(self.labels().values())
            if state not in (*SCREENS, "welcome", "consent") or state in ("tell", until):
                return
            if state == "when" and when not in shown:
                self.type(when)
                continue
            wanted = {"adult", "agree", when, *mine} & shown
            if state == "aims" and (set(mine) & set(BEHIND_ELSE) or not wanted):
                wanted |= {"something_else"}
            self.press(*(sorted(wanted) or ["none"]))
        raise AssertionError(f"no answer after twelve screens: {self.state}")


@pytest.fixture(scope="module")
def shared_chat() -> Iterator[Chat]:
    with Chat("--now", NOW) as chat:
        yield chat


@pytest.fixture
def visit(shared_chat: Chat) -> Visit:
    """Somebody new, at the greeting: whoever was there before is erased."""
    shared_chat.do(say="/delete")
    shared_chat.do(press="yes")
    found = Visit(shared_chat)
    found.type("/start")
    assert found.state == "welcome"
    return found


def hold_answer(visit: Visit, answers: frozenset[str], *, results: int = 1) -> dict[str, object]:
    """Hold the newest result against the table; the message that came with it."""
    assert len(visit.results) == results
    result, outcome = visit.results[-1], expected(answers)
    assert result["action"] == "match"
    assert result["outcome"] == outcome, answers
    assert {reason["answer"] for reason in result["reasons"]} == deciding(answers)
    for reason in result["reasons"]:
        assert reason["answer"] in (*SCREENS.get(reason["state"], ()), "not_sure") or reason["state"] == "closer"
    assert result["treatment"] == (outcome if outcome in TREATMENTS else None)
    message = visit.said[-1]
    assert len(str(message["text"])) <= 900
    if outcome in TREATMENTS:
        assert message["state"] == "card"
        assert "book" in visit.labels(message).values()
    else:
        assert str(message["state"]).startswith("refer")
    return message


def test_every_answer_that_decides_is_a_button_before_the_answer_once(visit: Visit) -> None:
    visit.answer("acne_scars", "sagging")
    shown = [button["id"] for one in visit.said if one["state"] in SCREENS for button in one["options"]]
    for screen, ids in SCREENS.items():
        for each in ids:
            assert shown.count(each) == (0 if screen == "tell" else 1), each
    assert shown.count("not_sure") == 3


@pytest.mark.parametrize("concern", CONCERNS)
def test_a_single_concern(visit: Visit, concern: str) -> None:
    visit.answer(concern)
    when = frozenset({"over_3_months"})
    message = hold_answer(visit, when | {concern})
    assert ("book" in visit.labels(message).values()) is (concern not in ("changing_mole", "distress"))


BLOCKS = (*SCREENS["face"], *SCREENS["about_you"], *SCREENS["earlier"])


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize("aims", [("wrinkles",), ("dehydration",), ("texture", "dullness")], ids="+".join)
def test_what_stops_or_postpones(visit: Visit, block: str, aims: tuple[str, ...]) -> None:
    visit.answer(*aims, block, when="no_date")
    message = hold_answer(visit, frozenset({*aims, block, "no_date"}))
    if block == "metal_allergy" and aims == ("dehydration",):
        assert visit.results[0]["notes"] == ["metal_allergy"]
        assert "Mention your metal allergy" in str(message["text"])


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_what_the_practitioner_must_know_stands_on_the_card(visit: Visit, size: int) -> None:
    aims = MESOTHERAPY[-size:]
    visit.answer(*aims, "metal_allergy", when="30 September 2027")
    message = hold_answer(visit, frozenset({*aims, "metal_allergy", "over_3_months"}))
    assert "Mention your metal allergy" in str(message["text"])


@pytest.mark.parametrize("when", TIMELINES)
@pytest.mark.parametrize("aims", [("acne_scars",), ("event_glow",), ("fine_lines", "uneven_tone")], ids="+".join)
def test_every_timeline(visit: Visit, when: str, aims: tuple[str, ...]) -> None:
    visit.answer(*aims, when=when)
    message = hold_answer(visit, frozenset({*aims, when}))
    late = when == "weeks_2_to_4" and aims != ("event_glow",)
    assert ("result_not_visible_by_then" in visit.results[0]["notes"]) is late
    assert ("won't show by then" in str(message["text"])) is late


PAIRS = [
    ("acne_scars", "dullness", "sagging"),
    ("acne_scars", "out_of_scope"),
    ("dullness", "out_of_scope", "metal_allergy"),
    ("enlarged_pores", "stretch_marks", "texture"),
    ("pregnant", "active_acne", "dullness"),
    ("wrinkles", "distress", "isotretinoin"),
    ("dehydration", "changing_mole", "cold_sore_now"),
    ("distress", "changing_mole"),
    ("melasma", "uneven_tone"),
    ("recent_filler", "recent_laser_or_peel", "fine_lines"),
    ("metal_allergy", "texture", "event_glow"),
    ("sagging", "dark_circles", "other_scars", "out_of_scope"),
    ("anticoagulant", "keloid_tendency", "acne_scars"),
]


@pytest.mark.parametrize("mine", PAIRS, ids="+".join)
@pytest.mark.parametrize("when", ["within_2_weeks", "months_1_to_3"])
def test_several_at_once(visit: Visit, mine: tuple[str, ...], when: str) -> None:
    visit.answer(*mine, when=when)
    message = hold_answer(visit, frozenset({*mine, when}))
    labels = set(visit.labels(message).values())
    assert ("book" in labels) is not bool({"changing_mole", "distress"} & set(mine))
    if "distress" in mine:
        assert not {"compare", "both", "sources"} & labels


@pytest.mark.parametrize("screen", ["face", "about_you", "earlier"])
def test_not_sure_goes_up(visit: Visit, screen: str) -> None:
    visit.answer("acne_scars", until=screen)
    visit.press("not_sure")
    visit.answer("acne_scars")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months", "not_sure"}))
    assert {"state": screen, "answer": "not_sure"} in visit.results[0]["reasons"]


def test_nothing_that_points_anywhere_is_asked_once_more(visit: Visit) -> None:
    visit.answer()
    assert visit.state == "closer"
    assert visit.results == []
    visit.press("dullness")
    hold_answer(visit, frozenset({"dullness", "over_3_months"}))


def test_nothing_that_points_anywhere_may_go_to_a_person(visit: Visit) -> None:
    visit.answer()
    visit.press("person")
    assert visit.state == "number"
    assert visit.results == []


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("26 december", "months_1_to_3"),
        ("in 5 weeks", "months_1_to_3"),
        ("tomorrow", "within_2_weeks"),
        ("3 march 2027", "over_3_months"),
        ("6 December 2026", "within_2_weeks"),  # 13 days
        ("7 December 2026", "weeks_2_to_4"),  # 14
        ("20 December 2026", "weeks_2_to_4"),  # 27
        ("21 December 2026", "months_1_to_3"),  # 28
        ("22 February 2027", "months_1_to_3"),  # 91
        ("23 February 2027", "over_3_months"),  # 92
        ("24/12/2026", "months_1_to_3"),
        ("2026-12-24", "months_1_to_3"),
        ("my wedding is on 5 June", "over_3_months"),
        ("in a month", "months_1_to_3"),
        ("my wedding is in 3 weeks", "weeks_2_to_4"),
        ("in a fortnight", "weeks_2_to_4"),
        ("6 months", "over_3_months"),
        ("no date in mind", "no_date"),
    ],
)
def test_a_typed_date(visit: Visit, typed: str, when: str) -> None:
    visit.answer("acne_scars", "dullness", when=typed)
    message = hold_answer(visit, frozenset({"acne_scars", "dullness", when}))
    if when not in ("within_2_weeks", "no_date"):
        assert "Your date:" in str(message["text"])


@pytest.mark.parametrize(
    "typed",
    [
        "3 march 2020",
        "yesterday",
        "31 february",
        "when it suits you",
        "last week",
        "this month",
        "next month",
        "next year",
        "1-2 weeks",
        "2 or 3 weeks",
        "in december",
    ],
)
def test_a_day_that_cannot_be_is_asked_again(visit: Visit, typed: str) -> None:
    visit.answer("acne_scars", until="when")
    before = len(visit.said)
    visit.type(typed)
    assert visit.state == "when"
    assert len(visit.said) > before


def test_the_way_of_a_healthy_person_is_short(visit: Visit) -> None:
    for when in TIMELINES[2:]:
        visit.answer("wrinkles", when=when)
        visit.press("book")
        assert "Your code is" in str(visit.said[-1]["text"])
        assert visit.presses <= 10
        assert len(visit.said) <= 10
        visit.chat.do(say="/delete")
        visit.chat.do(press="yes")
        visit.turns, visit.presses = [], 0
        visit.type("/start")


def test_typed_answers_lead_to_the_same(visit: Visit) -> None:
    for text in ("yes, 18 or over", "I agree", "Acne scars and dull skin", "done", "in more than 3 months"):
        visit.type(text)
    assert visit.state == "face"
    visit.type("none of these")
    visit.type("14")  # the number that "none of these" has on this screen
    visit.type("None of these")
    hold_answer(visit, frozenset({"acne_scars", "dullness", "over_3_months"}))


def test_typed_conditions_are_heard_and_none_is_never_inferred(visit: Visit) -> None:
    visit.answer("acne_scars", until="face")
    visit.type("no cold sores")
    assert visit.state == "face"
    visit.type("none")
    visit.type("I take blood thinners and I'm pregnant")
    visit.type("done")
    visit.answer()
    hold_answer(visit, frozenset({"acne_scars", "over_3_months", "pregnant", "anticoagulant"}))


def change(visit: Visit, name: str) -> None:
    """Ask for the answers and press the one whose label begins with `name`."""
    visit.type("/answers")
    label = next(label for label in visit.labels() if label.startswith(name))
    visit.press(visit.labels()[label])


def test_a_changed_answer_gives_a_new_result(visit: Visit) -> None:
    visit.answer("acne_scars")
    change(visit, "About you")
    visit.press("pregnant")
    visit.answer("acne_scars")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months", "pregnant"}), results=2)
    change(visit, "About you")
    visit.press("none")
    visit.answer("acne_scars")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months"}), results=3)
    change(visit, "To improve")
    visit.press("dullness")
    visit.answer("dullness")
    hold_answer(visit, frozenset({"dullness", "over_3_months"}), results=4)


def test_back_takes_answers_out(visit: Visit) -> None:
    visit.answer("acne_scars", "metal_allergy")
    for state in ("earlier", "about_you"):
        visit.press("back")
        assert visit.state == state
    visit.press("none")
    visit.press("none")
    hold_answer(visit, frozenset({"acne_scars", "over_3_months"}), results=2)


def test_begun_again_nothing_of_before_is_left(visit: Visit) -> None:
    visit.answer("acne_scars", "pregnant")
    visit.type("/restart")
    visit.press("yes")
    assert visit.state == "welcome"
    visit.answer("dullness")
    assert "consent" not in [one["state"] for one in visit.said[-7:]]
    hold_answer(visit, frozenset({"dullness", "over_3_months"}), results=2)


def test_another_code_in_the_middle_and_back_to_the_question(visit: Visit) -> None:
    visit.answer("acne_scars", until="about_you")
    visit.turns.append(visit.chat.do(start="aftercare"))
    assert visit.said[-1]["flow"] == "aftercare"
    assert visit.results == []
    visit.turns.append(visit.chat.do(start="poster"))
    assert visit.said[-1]["options"]


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
    assert set(visit.labels().values()) == {"urgent", "person"}
    assert visit.results == []


@pytest.mark.parametrize("device", ["with_heat", "not_sure"])
def test_needling_with_heat_gets_no_day_by_day(visit: Visit, device: str) -> None:
    visit.press("had_treatment")
    visit.press("microneedling")
    visit.press(device)
    text = str(visit.said[-1]["text"])
    assert "radiofrequency" in text
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
