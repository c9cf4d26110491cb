from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import OperatorError
from bot.settings import LogLevel, Presentation, Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
NAMES = {name.upper() for name in Settings.model_fields}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.upper() in NAMES:
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_example_lists_exactly_the_variables_each_with_a_line_above() -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    listed = [line.partition("=")[0] for line in lines if re.match(r"[A-Z_]+=", line)]
    assert listed == [name.upper() for name in Settings.model_fields]
    for number, line in enumerate(lines):
        if not line.startswith("#"):
            assert lines[number - 1].startswith("# ")


def test_example_gives_the_defaults() -> None:
    values = dict(
        line.split("=", 1)
        for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
        if "=" in line
    )
    defaults = Settings.model_construct()
    for name in Settings.model_fields:
        default = getattr(defaults, name)
        assert values[name.upper()] == (
            ""
            if default is None
            else str(default).lower()
            if isinstance(default, bool)
            else f"{default:g}"
            if isinstance(default, float | int)
            else str(default)
        )


def test_documents_name_every_variable() -> None:
    words = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")])
    assert {name for name in NAMES if name not in words} == set()


def test_environment_goes_before_the_file_and_the_file_before_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=7000\nLOG_LEVEL=DEBUG\nBOT_USERNAME=@harbour_bot\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "9000")
    settings = read_settings()
    assert settings.port == 9000
    assert settings.log_level is LogLevel.DEBUG
    assert settings.bot_username == "harbour_bot"
    assert settings.presentation is Presentation.TRANSCRIPT


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert read_settings() == Settings.model_construct()


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("PORT", "http", "integer"),
        ("PORT", "70000", "65535"),
        ("STAFF_CHAT_ID", "the group", "integer"),
        ("DATABASE_URL", "mysql://somebody:hunter2@host/x", "sqlite"),
        ("PORT", "-1", "nowhere"),
        ("WEBHOOK_URL", "http://example.org", "https"),
        ("WEBHOOK_URL", "https://example.org/bot?x=1", "https"),
        ("WEBHOOK_SECRET", "no spaces here", "letters, digits"),
        ("LISTEN_ADDRESS", "0.0.0.0/0", "address"),
        ("PRESENTATION", "film", "in_place"),
        ("LIMIT_CHAT_PER_SECOND", "-1", "greater"),
        ("LIMIT_CHAT_PER_SECOND", "inf", "finite"),
        ("BOT_USERNAME", "no spaces here", "without @"),
        ("BOT_API_URL", "api.telegram.org", "scheme"),
    ],
)
def test_a_wrong_variable_is_one_sentence_that_names_it(
    name: str, value: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(OperatorError) as caught:
        read_settings()
    message = str(caught.value)
    assert name in message
    assert word in message
    assert "\n" not in message
    assert value not in message or value in {"film"}


def test_all_wrong_variables_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "x")
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(OperatorError, match=r"LOG_FORMAT.*PORT"):
        read_settings()


def test_secrets_are_in_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, info in Settings.model_fields.items():
        if "SecretStr" in str(info.annotation):
            monkeypatch.setenv(name.upper(), "hunter2")
    monkeypatch.setenv("WEBHOOK_URL", "https://example.org/bots/")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody:hunter2@host/clinic")
    settings = read_settings()
    assert settings.bot_token == SecretStr("hunter2")
    assert settings.webhook_url == "https://example.org/bots"
    for text in (repr(settings), str(settings)):
        assert "hunter2" not in text


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(OperatorError, match="UTF-8"):
        read_settings()


def test_who_pays_must_have_something_to_pay_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAID_BROADCASTS", "true")
    with pytest.raises(OperatorError, match="LIMIT_BULK_PER_SECOND above 30"):
        read_settings()
    for bulk in ("100", "0"):
        monkeypatch.setenv("LIMIT_BULK_PER_SECOND", bulk)
        assert read_settings().paid_broadcasts
