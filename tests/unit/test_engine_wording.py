"""Texts with their names filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from bot.engine.model import Plural, Row, Text
from bot.engine.value import Phrase, Value
from bot.engine.wording import Wording, clean, parse, plain_text, spoken_date
from tests.engine_books import Untranslated, book, end, flow, table, words

TABLES = {
    "concerns": table(
        Row("scars", "Acne scars", "acne scars"),
        Row("lines", "Fine lines", "fine lines"),
        Row("pores", "Pores & <texture>", "pores & <texture>"),
    ),
    "other": table(Row("scars", "Again", "again"), Row("plain", "Plain", "Plain")),
}
BOOK = replace(book(flow("main", end())), tables=TABLES)


def wording(language: str = "en", /, **values: Value) -> Wording:
    return Wording(BOOK, language, values.get, lambda: {"clinic.open_now": "now", "clinic.name": "shadowed"})


@pytest.mark.parametrize(
    ("template", "value", "expected"),
    [
        ("Hello {x}.", "Ann", "Hello Ann."),
        ("Hello { x }.", "Ann", "Hello Ann."),
        ("Hello {x|there}.", None, "Hello there."),
        ("Hello {x|there}.", "", "Hello there."),
        ("Hello {x|}.", None, "Hello ."),
        ("Hello {x}.", None, "Hello ."),
        ("{x}", "<b>bold</b> & **stars** {y}", "&lt;b&gt;bold&lt;/b&gt; &amp; **stars** {y}"),
        ("{x|<i>}", None, "&lt;i&gt;"),
        ("a < b & c", None, "a &lt; b &amp; c"),
        ("**Results:** {x}", "one", "<b>Results:</b> one"),
        ("**{x}**", "one", "<b>one</b>"),
        ("**two\nlines**", None, "<b>two\nlines</b>"),
        ("{{x}} and }}", "one", "{x} and }"),
        ("{x}", "a\x01b\x02\x00\u202ec\ud800\n", "abc"),
        ("{x}", 3, "3"),
        ("{x}", 3.0, "3"),
        ("{x}", 2.5, "2.5"),
        ("{x}", True, "yes"),
        ("{x}", False, "no"),
        ("{x}", 0, "0"),
        ("{x:date}", date(2026, 12, 26), "Saturday 26 December 2026"),
        ("{x:list}", frozenset(), ""),
        ("{x:list|nothing}", frozenset(), "nothing"),
        ("{x:list}", frozenset({"lines"}), "fine lines"),
        ("{x:list}", frozenset({"lines", "scars"}), "acne scars and fine lines"),
        ("{x}", frozenset({"scars", "lines", "pores"}), "acne scars, fine lines, and pores &amp; &lt;texture&gt;"),
        ("{x:lines}", frozenset({"lines", "scars"}), "• acne scars\n• fine lines"),
        ("{x:list}", "scars", "acne scars"),
        ("{x:list}", "unknown", ""),
        ("{x}", "scars", "scars"),
        ("{x}", Phrase("p", "it is **so**, {y|well}"), "it is <b>so</b>, well"),
        ("{x}", Phrase("p", "by {when:date}", {"when": date(2026, 12, 26)}), "by Saturday 26 December 2026"),
        ("{x:list}", (Phrase("p", "one"), Phrase("p", "two")), "one and two"),
        ("{x:lines}", (Phrase("p", "one"), Phrase("p", "<two>")), "• one\n• &lt;two&gt;"),
        ("{x}", (), ""),
        ("{clinic.name}, {clinic.open_now}", None, "Clear Skin, now"),
        ("  {x}  ", " padded ", "padded"),
    ],
)
def test_a_text_is_filled_in(template: str, value: Value, expected: str) -> None:
    assert wording(x=value).html(words(template)) == expected


def test_what_a_phrase_is_given_stands_before_the_session_and_reaches_phrases_inside() -> None:
    inner = Phrase("inner", "{who} and {what}")
    outer = Phrase("outer", "{inner}!", {"inner": inner, "who": "outer"})
    assert wording(x=outer, who="session", what="session").html(words("{x}")) == "outer and session!"
    own = Phrase("outer", "{inner}", {"inner": replace(inner, args={"who": "own"}), "who": "outer"})
    assert wording(x=own, what="session").html(words("{x}")) == "own and session"


def test_a_text_may_be_a_value() -> None:
    text = Text("p", source="x")
    assert wording(x=Phrase("p", "from **data**")).html(text) == "from <b>data</b>"
    assert wording().html(text) == ""


def test_empty_paragraphs_are_left_out() -> None:
    assert wording(x="x").html(words("one", "{y|}", "{x}")) == "one\n\nx"


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "one: 1"),
        (2, "more: 2"),
        (frozenset({"scars"}), "one: acne scars"),
        (None, "more:"),
        ("text", "more: text"),
    ],
)
def test_plural_forms(count: Value, expected: str) -> None:
    text = Text("p", (Plural("n", {"one": "one: {n}", "other": "more: {n}"}),))
    assert wording(n=count).html(text) == expected


def test_buttons_have_no_markup() -> None:
    assert wording(x="<Ann> & **Co**").plain(words("**Hi** {x}")) == "Hi <Ann> & **Co**"
    assert plain_text("<b>a</b> &lt;b&gt; &amp;lt; <i>c</i> &quot;") == 'a <b> &lt; c "'


class German(Untranslated):
    def translate(self, language: str, place: str, text: str) -> str:
        known = {
            "test": "Hallo {x}",
            "concerns.scars.name": "Aknenarben",
            "other.plain.label": "Schlicht",
            "p": "Satz",
        }
        return known.get(place, text) if language == "de" else text

    def translate_plural(self, language: str, place: str, forms: Mapping[str, str], count: int) -> str:
        return f"{count} auf Deutsch"


def test_everything_is_translated_by_its_place() -> None:
    german = Wording(replace(BOOK, translator=German()), "de", {"x": frozenset({"scars", "plain"})}.get, dict)
    assert german.html(words("Hello {x}")) == "Hallo Aknenarben und Schlicht"
    assert german.format(Phrase("p", "sentence"), "", {}) == "Satz"
    assert german.html(Text("p", (Plural("x", {"one": "", "other": ""}),))) == "2 auf Deutsch"
    assert german.format(date(2026, 12, 26), "date", {}) == "Samstag 26 Dezember 2026"


def test_dates_in_the_clinics_order() -> None:
    assert spoken_date(date(2026, 12, 6), "en", "mdy") == "Sunday, December 6, 2026"


def test_templates_are_read_once_and_never_fail() -> None:
    assert parse("") == ()
    assert parse("{") == ("{",)
    assert parse("{a:b:c} {|} {}") == ("{a:b:c} {|} {}",)


def test_somebody_elses_text_is_cleaned() -> None:
    assert clean("a\tb\nc\r\x7f\u200e\ufeff\u2066d") == "a\tb\ncd"
