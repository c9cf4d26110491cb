from __future__ import annotations

import io
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.authoring.extract import entries_of
from bot.authoring.translation import Catalogs, Entry, template, texts_of
from bot.engine.model import Plural, Text
from bot.engine.value import Phrase

GERMAN = """\
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgctxt "consult.aims.ask"
msgid "What would you like to improve?"
msgstr "Was möchten Sie verbessern?"

msgctxt "menu.open"
msgid "Open"
msgstr "Öffnen"

msgctxt "hours.open"
msgid "Open"
msgstr "Geöffnet"

#, fuzzy
msgctxt "consult.done"
msgid "Done"
msgstr "Vielleicht"

msgctxt "consult.empty"
msgid "Later"
msgstr ""

msgctxt "visits.count"
msgid "{n} visit"
msgid_plural "{n} visits"
msgstr[0] "{n} Besuch"
msgstr[1] "{n} Besuche"
"""
RUSSIAN = """\
msgid ""
msgstr ""
"Language: ru\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 "
"&& (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgctxt "visits.count"
msgid "{n} visit"
msgid_plural "{n} visits"
msgstr[0] "{n} визит"
msgstr[1] "{n} визита"
msgstr[2] "{n} визитов"
"""
FORMS = {"one": "{n} visit", "other": "{n} visits"}


def put(folder: Path, language: str, content: str) -> Path:
    file = folder / language / "LC_MESSAGES" / "clinic.po"
    file.parent.mkdir(parents=True)
    file.write_text(content, encoding="utf-8")
    return file


@pytest.fixture
def catalogs(tmp_path: Path) -> Catalogs:
    put(tmp_path, "de", GERMAN)
    put(tmp_path, "ru", RUSSIAN)
    return Catalogs(tmp_path)


def test_a_text_is_found_by_its_place(catalogs: Catalogs) -> None:
    assert catalogs.languages == ("de", "ru")
    assert catalogs.translate("de", "menu.open", "Open") == "Öffnen"
    assert catalogs.translate("de", "hours.open", "Open") == "Geöffnet"
    assert catalogs.translate("de-AT", "hours.open", "Open") == "Geöffnet"


def test_the_source_language_and_unfinished_translations_come_back_unchanged(catalogs: Catalogs) -> None:
    assert catalogs.translate("en", "menu.open", "Open") == "Open"
    assert catalogs.translate("de", "elsewhere", "Open") == "Open"
    assert catalogs.translate("de", "consult.done", "Done") == "Done"
    assert catalogs.translate("de", "consult.empty", "Later") == "Later"
    assert catalogs.translate("fr", "menu.open", "Open") == "Open"


def test_plurals_follow_the_rules_of_their_language(catalogs: Catalogs) -> None:
    def forms(language: str) -> list[str]:
        return [catalogs.translate_plural(language, "visits.count", FORMS, count) for count in (0, 1, 2, 5, 21)]

    assert forms("en") == ["{n} visits", "{n} visit", "{n} visits", "{n} visits", "{n} visits"]
    assert forms("de") == ["{n} Besuche", "{n} Besuch", "{n} Besuche", "{n} Besuche", "{n} Besuche"]
    assert forms("ru") == ["{n} визитов", "{n} визит", "{n} визита", "{n} визитов", "{n} визит"]
    assert catalogs.translate_plural("de", "elsewhere", FORMS, 2) == "{n} visits"


def test_a_compiled_catalog_serves_where_there_is_no_source(tmp_path: Path) -> None:
    source = put(tmp_path, "de", GERMAN)
    with source.with_suffix(".mo").open("wb") as file:
        write_mo(file, read_po(io.BytesIO(GERMAN.encode()), locale="de"))
    source.unlink()
    catalogs = Catalogs(tmp_path)
    assert catalogs.translate("de", "hours.open", "Open") == "Geöffnet"
    assert catalogs.translate_plural("de", "visits.count", FORMS, 3) == "{n} Besuche"


@pytest.mark.parametrize("content", [b"this is no catalog", b'msgid "a"\nmsgstr "\xff"\n', b'msgid "a"\nx "b"\n'])
@pytest.mark.parametrize("suffix", [".po", ".mo"])
def test_a_broken_catalog_is_the_authors_mistake_and_says_where(
    tmp_path: Path, content: bytes, suffix: str
) -> None:
    file = put(tmp_path, "de", "").rename(tmp_path / "de" / "LC_MESSAGES" / f"clinic{suffix}")
    file.write_bytes(content)
    catalogs = Catalogs(tmp_path)
    assert [(broken.file, broken.line > 0) for broken in catalogs.broken] == [(str(file), True)]
    assert catalogs.languages == ()


def test_no_folder_is_no_language(tmp_path: Path) -> None:
    assert Catalogs(tmp_path / "nowhere").languages == ()


def test_missing_names_what_has_no_finished_translation(catalogs: Catalogs) -> None:
    wanted = [
        Entry("menu.open", "Open"),
        Entry("consult.done", "Done"),
        Entry("visits.count", "{n} visit", "{n} visits"),
    ]
    assert catalogs.missing("de", wanted) == [Entry("consult.done", "Done")]


def test_the_template_can_be_read_back_and_carries_no_time() -> None:
    texts = (
        Text("a.ask", ("First", "Second")),
        Text("a.count", (Plural("n", {"one": "{n} day", "other": "{n} days"}),)),
        {"x": Phrase("b.name", '“quoted” "text"')},
        Text("a.ask", ("First",)),
    )
    entries = list(texts_of(texts))
    assert [entry.place for entry in entries] == ["a.ask", "a.ask", "a.count", "b.name"]
    written = template(entries, "clinic", "1")
    assert b"Date" not in written
    assert written == template(entries, "clinic", "1")
    catalog = read_po(io.BytesIO(written))
    for entry in entries:
        assert catalog.get(entry.text, context=entry.place) is not None


def test_every_text_that_a_book_can_say_is_extracted() -> None:
    from bot.reading import read_clinic
    from bot.settings import Settings

    root = Path(__file__).resolve().parents[2]
    reading = read_clinic(Settings(flows_dir=root / "flows", data_dir=root / "data"))
    assert reading.book is not None
    places = {entry.place for entry in entries_of(reading.book, reading.catalogue)}
    for flow in reading.book.flows.values():
        for state in flow.states.values():
            text = getattr(state, "text", None)
            assert text is None or text.source is not None or text.place in places
    for table, rows in reading.book.tables.items():
        assert {f"{table}.{row}.label" for row in rows} <= places
    assert {"engine.back", "engine.unclear", "card.dated", "care.both"} <= places
