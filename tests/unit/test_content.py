"""What patients read: the shape of the rows, the base facts, the lengths, and the words that never stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.clinic.rows import AnswersFile, DayOfCourse, RecoveryFile, Topic, TreatmentsFile

DATA = Path(__file__).parents[2] / "data"
FILES = sorted(DATA.glob("*.yaml"))

# Keys whose words are heard or looked up, never said.
HEARD = {"heard", "heard_abroad", "words", "unless_beside", "asked_beside"}
NOT_SAID = {"also", "asked", "id", "address", "source", "booking_link", "payload"} | HEARD

# Each base fact, and the words that at least one text which claims to carry it must hold.
FACTS = {
    1: "popular, highly regarded ways to improve skin health",
    2: "different purposes and use distinct techniques.*helps you choose",
    3: "collagen-stimulating",
    4: "minimally invasive",
    5: "extremely fine, sterile needles",
    6: "precise micro-channels on the surface of your skin",
    7: "start a natural healing response",
    8: "produces more collagen and elastin",
    9: "two key proteins that keep skin firm and youthful",
    10: "wrinkles",
    11: "uneven skin texture",
    12: "acne scars",
    13: "improves the overall look of your skin over time.*smoothness.*radiant glow",
    14: "depending on the clinic.*teosyal skin booster or teosyal redensity",
    15: "lightweight hyaluronic acid formulations",
    16: "deeply hydrate and rejuvenate",
    17: "excellent complement to microneedling",
    18: "facial mesotherapy, also called mesotherapy for the face",
    19: "customised cocktail directly into the middle layer",
    20: "vitamins, amino acids, hyaluronic acid and other nutrients",
    21: "primarily on the skin's own repair, mesotherapy nourishes and hydrates from within",
    22: "injects small amounts into specific areas of the face with a fine needle",
    23: "tailored to your concern.*dullness",
    24: "dehydration",
    25: "uneven skin tone",
    26: "tiny punctures.*targeted injections with fine needles",
    27: "both involve needles, but their goals and methods are distinct",
    28: "boost collagen production",
    29: "improve skin texture, through micro-injuries",
    30: "infuse the skin with essential nutrients for hydration and revitalisation",
    31: "may take time to appear, because (the|your) skin regenerates naturally",
    32: "more quickly than with microneedling",
    33: "immediate hydration and plumpness",
    34: "own benefits, so the choice depends on your own skincare goals",
    35: "choose microneedling for texture",
    36: "minimise scars",
    37: "reduce fine lines and wrinkles",
    38: "fantastic option for stimulating collagen",
    39: "choose mesotherapy for hydration",
    40: "dull skin",
    41: "radiant complexion",
    42: "immediate before-and-after effect is especially appealing.*special event",
    43: "can be combined",
    44: "many clinics offer combined plans for enhanced results",
    45: "prepare the skin to absorb products like teosyal redensity more effectively",
    46: "mesotherapy then provides the hydration and nutrients the skin craves",
    47: "numbing cream is typically applied",
    48: "glides the device across your skin",
    49: "multiple small injections with a fine needle, across the area",
    50: "depending on your pain tolerance, numbing cream may also be applied",
    51: "redness and slight swelling for a day or two",
    52: "mild sunburn",
    53: "discomfort usually subsides within 24 to 48 hours",
    54: "typically minimal downtime",
    55: "some people have mild redness or swelling straight after",
    56: "as with any cosmetic procedure, consult a qualified practitioner",
    57: "medical history and check that the treatment is suitable",
    58: "both treatments are considered safe when performed by trained professionals",
    59: "mild side effects such as redness or bruising can occur",
    60: "effective treatments that can rejuvenate and refresh the skin",
    61: "collagen and scars, microneedling; hydrate and brighten, mesotherapy",
}

FORBIDDEN = (
    r"(?<!considered )\bsafe\b",
    r"\bsafe\b(?! when (done|performed) by trained professionals)",
    r"\b(safer|safest|safely|risk[- ]free|no risks?|no side effects)\b",
    r"\b(painless\w*|pain[- ]free)\b",
    r"\b(guarantee\w*|miracle\w*|cure[sd]?|curing|100 ?%|always works)\b",
    r"\b(hurry up|act now|last chance|don't miss|limited time|special offer|discount\w*|voucher\w*)\b",
    r"[£$€] ?\d|\b\d+ ?(pounds|euros?|dollars)\b",
    r"\b(stop|stopping|quit|come off|skip) (taking|your (tablets|medicines?|medication|pills))\b",
    r"\b(botox|botulinum|dysport|azzalure|bocouture|xeomin|tranexamic|hydroquinone|tretinoin)\b",
    r"\byou (have|suffer from) (melasma|rosacea|acne|eczema|an infection|cancer|body dysmorphi\w*)\b",
    r"(?<!can't )(?<!cannot )\bdiagnos\w+",
    r"<[a-z/]|&[a-z]+;",
)

# What would contradict the base facts, by treatment.
CONTRADICTIONS = {
    "microneedling": r"\b(instant\w*|immediate\w*|at once)\b|downtime .*\bweek|without numbing|inject",
    "mesotherapy": r"does not work|doesn't work|(slower|longer) than (with )?microneedling",
    "combined": r"cannot be combined|can't be combined|not be combined",
    "general": r"cannot be combined|can't be combined|without a consultation",
}

LIMITS = {"meant_for": 110, "how": 200, "results": 130, "downtime": 130, "can_happen": 170, "about": 700}
TOPICS = {*LIMITS, "during", "sessions", "day_by_day", "good_to_know"}
WINDOWS = [(0, 0), (1, 1), (2, 2), (3, 4), (5, 6), (7, 13), (14, 27), (28, 365)]
VARIABLES = {
    *("clinic.name", "clinic.address", "clinic.phone", "clinic.hours", "clinic.booking_link"),
    *("clinic.ambulance", "clinic.abroad"),
}


@cache
def load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def treatments() -> TreatmentsFile:
    return TreatmentsFile.model_validate(load(DATA / "treatments.yaml"))


def course() -> list[DayOfCourse]:
    return RecoveryFile.model_validate(load(DATA / "recovery.yaml")).course


def answers() -> AnswersFile:
    return AnswersFile.model_validate(load(DATA / "answers.yaml"))


def topics() -> Iterator[tuple[str, str, Topic]]:
    for treatment in treatments().treatments:
        for name, topic in treatment.topics.items():
            yield treatment.id, name, topic


def said(node: object, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text that can be shown, with the way to it."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in NOT_SAID:
                yield from said(value, f"{at}.{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            name = value.get("id", number) if isinstance(value, dict) else number
            yield from said(value, f"{at}.{name}")
    elif isinstance(node, str):
        yield at, node


def cited(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "source" and isinstance(value, list):
                yield from value
            else:
                yield from cited(value)
    elif isinstance(node, list):
        for value in node:
            yield from cited(value)


def words(text: str) -> str:
    return f" {re.sub(r'[^a-z0-9]+', ' ', text.lower()).strip()} "


def test_treatments_hold_every_topic() -> None:
    found = {treatment.id: set(treatment.topics) for treatment in treatments().treatments}
    assert list(found) == ["microneedling", "mesotherapy", "combined", "general"]
    for treatment in ("microneedling", "mesotherapy", "combined"):
        assert found[treatment] >= TOPICS, treatment
    assert "add_ons" in found["combined"]
    assert found["general"] >= {
        "compare", "what_for", "both_together", "can_happen",
        "practitioner", "evidence", "sources_note", "heat_devices", "heat_after",
    }  # fmt: skip


def test_limits_before_an_event() -> None:
    days = {t.id: (t.last_session_days, t.start_days) for t in treatments().treatments}
    assert days == {
        "microneedling": (28, 120),
        "mesotherapy": (14, 42),
        "combined": (28, 120),
        "general": (None, None),
    }


@pytest.mark.parametrize("number", range(1, 62))
def test_base_fact_is_said(number: int) -> None:
    texts = [topic.text for _, _, topic in topics() if f"S{number}" in topic.covers]
    assert texts, f"no text covers S{number}"
    assert any(re.search(FACTS[number], text.lower(), re.DOTALL) for text in texts), FACTS[number]


def test_a_text_that_carries_a_base_fact_cites_the_base() -> None:
    assert [(t, n) for t, n, topic in topics() if topic.covers and "base" not in topic.source] == []


def test_topics_keep_their_lengths() -> None:
    too_long = [
        (treatment, name, len(topic.text))
        for treatment, name, topic in topics()
        if len(topic.text) > (1200 if treatment == "general" else LIMITS.get(name, 900))
    ]
    assert too_long == []
    assert min(len(topic.text) for _, name, topic in topics() if name == "about") >= 300


@pytest.mark.parametrize("treatment", sorted(CONTRADICTIONS))
def test_nothing_contradicts_the_base(treatment: str) -> None:
    found = [
        (name, match.group())
        for of, name, topic in topics()
        if of == treatment and (match := re.search(CONTRADICTIONS[treatment], topic.text.lower()))
    ]
    assert found == []


@pytest.mark.parametrize("treatment", ["microneedling", "mesotherapy"])
def test_course_covers_every_day_once(treatment: str) -> None:
    rows = [day for day in course() if day.treatment == treatment]
    assert [(day.from_day, day.to_day) for day in rows] == WINDOWS
    assert all(day.id.startswith(f"{treatment}_day") for day in rows)


def test_course_is_short() -> None:
    too_long = [
        (day.id, name, len(text))
        for day in course()
        for name in ("usual", "do", "avoid", "call")
        if len(text := getattr(day, name)) > 220
    ]
    assert too_long == []


def test_course_names_the_emergency_of_an_injection() -> None:
    """A blocked vessel shows within minutes to days; the first week's rows must name its colours."""
    for day in course():
        if day.treatment == "mesotherapy" and day.from_day < 7:
            assert "white, grey or net-like skin" in day.call.lower(), day.id
            assert "emergency" in day.call.lower(), day.id


def test_course_never_calls_a_late_lump_usual() -> None:
    for day in course():
        if day.from_day >= 14:
            assert "lump" in day.call, day.id
            assert "lump" not in day.usual.replace("no lumps", ""), day.id


def test_answers_have_their_phrases() -> None:
    rows = answers().answers
    assert len(rows) >= 22
    for row in rows:
        assert 4 <= len(row.asked) <= 16, row.id
        assert [phrase for phrase in row.asked if phrase != phrase.lower()] == [], row.id
        assert row.text is None or len(row.text) <= 400, row.id


def test_no_phrase_belongs_to_two_answers() -> None:
    """Nor does one stand inside another row's phrase, but for "how much" and numbers abroad: the longer counts."""
    rows = answers().answers
    shared = [
        (row.id, phrase, other.id, longer)
        for row in rows
        for other in rows
        if other.id not in {row.id, "abroad"}
        for phrase in row.asked
        for longer in other.asked
        if words(phrase) in words(longer) and phrase != "how much"
    ]
    assert shared == []


def test_answers_that_only_the_clinic_can_give_are_left_to_it() -> None:
    assert {row.id for row in answers().answers if row.text is None} == {"price", "parking", "cancelling"}


def test_answers_offer_no_booking_link() -> None:
    """They are the same for everybody, and people under 18 must see no booking by any path."""
    assert [row.id for row in answers().answers if "booking_link" in (row.text or "")] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_forbidden_words(path: Path) -> None:
    found = [
        (at, match.group())
        for at, text in said(load(path))
        for pattern in FORBIDDEN
        if (match := re.search(pattern, text.lower()))
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "It is safe.", "Considered safe.", "A painless visit", "We guarantee it", "It cures scars", "Only £90",
        "Stop taking your tablets", "Botox helps", "You have melasma", "A diagnosis in a minute", "<b>Now</b>",
    ],
)  # fmt: skip
def test_forbidden_words_are_found(text: str) -> None:
    assert any(re.search(pattern, text.lower()) for pattern in FORBIDDEN)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_braces_hold_only_known_names(path: Path) -> None:
    for at, text in said(load(path)):
        rest = re.sub(r"\{([a-z_.]+)(?:\|[^{}]*)?\}", lambda m: "" if m.group(1) in VARIABLES else m.group(), text)
        assert not set(rest) & set("{}"), (at, text)


@pytest.mark.parametrize("name", ["treatments.yaml", "recovery.yaml"])
def test_clinical_texts_hold_no_braces(name: str) -> None:
    data = load(DATA / name)
    for at, text in said(data["course"] if name == "recovery.yaml" else data):
        assert not set(text) & set("{}"), (at, text)


def test_every_cited_source_is_listed_once() -> None:
    listed = [source.id for source in treatments().sources]
    assert len(listed) == len(set(listed))
    missing = {(path.name, code) for path in FILES for code in cited(load(path)) if code not in listed}
    assert missing == set()


def test_sources_say_where_to_look() -> None:
    for source in treatments().sources:
        own = source.kind in {"base", "judgement"}
        assert own == (source.address is None), source.id
        assert own or str(source.address).startswith("https://"), source.id


def test_every_sign_has_a_name_for_the_middle_of_a_sentence() -> None:
    """ "And now I have Cold sore and strong pain" is nothing that anybody says on the telephone."""
    signs = RecoveryFile.model_validate(load(DATA / "recovery.yaml")).signs
    assert [sign.id for sign in signs if not sign.name or sign.name[0] != sign.name[0].lower()] == []
    single = ("a ", "an ")
    assert [
        sign.id
        for sign in signs
        if sign.name
        and re.search(r"(?<!s)( sore| lump| bruise| fit)$", sign.name)
        and not sign.name.startswith(single)
    ] == []
