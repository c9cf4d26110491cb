from __future__ import annotations

import io
import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.redaction import RedactingFilter, RedactingFormatter, install, redact

TOKEN = "7654321:AAGx-0123456789abcdefghijklmnopqrst_"
TOKENS = st.from_regex(r"[0-9]{6,12}:[A-Za-z0-9_-]{30,50}", fullmatch=True)


def made_logger(stream: io.StringIO, formatter: logging.Formatter | None = None) -> logging.Logger:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    handler.addFilter(RedactingFilter())
    handler.setFormatter(RedactingFormatter(handler.formatter))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger


@given(token=TOKENS, before=st.text(max_size=10), after=st.sampled_from(["", "/getMe", " x", "\n"]))
def test_no_token_survives(token: str, before: str, after: str) -> None:
    assert token not in redact(f"{before}bot{token}{after}")


def test_quoted_tokens_and_known_secrets_go_too() -> None:
    assert redact("bot" + TOKEN.replace(":", "%3A")) == "bot<token>"
    assert redact("a 42:short b", ["42:short"]) == "a <token> b"
    assert redact("nothing here 123:abc") == "nothing here 123:abc"


def test_messages_arguments_exceptions_and_causes() -> None:
    stream = io.StringIO()
    logger = made_logger(stream)
    logger.warning("POST https://x/bot%s/getMe", TOKEN)
    logger.warning("args %s", {"url": f"/bot{TOKEN}/"})
    try:
        try:
            raise ValueError(f"inner {TOKEN}")
        except ValueError as error:
            raise RuntimeError(f"outer {TOKEN}") from error
    except RuntimeError:
        logger.exception("failed", stack_info=True)
    text = stream.getvalue()
    assert TOKEN not in text
    assert text.count("<token>") >= 4
    assert "Traceback" in text
    assert "RuntimeError: outer <token>" in text


def test_a_formatter_that_reads_other_fields_is_redacted_too() -> None:
    class JsonFormatter(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            trace = self.formatException(record.exc_info) if record.exc_info else ""
            return json.dumps({"text": record.getMessage(), "extra": getattr(record, "url", ""), "trace": trace})

    stream = io.StringIO()
    try:
        raise ValueError(f"at /bot{TOKEN}/")
    except ValueError:
        made_logger(stream, JsonFormatter()).exception("hello", extra={"url": f"/bot{TOKEN}/x"})
    line = json.loads(stream.getvalue())
    assert (line["text"], line["extra"]) == ("hello", "/bot<token>/x")
    assert line["trace"].endswith("ValueError: at /bot<token>/")


def test_a_wrong_format_string_loses_no_line() -> None:
    stream = io.StringIO()
    made_logger(stream).warning("%d of %d", TOKEN)
    assert stream.getvalue() == "%d of %d\n"


def test_install_quietens_clients_and_covers_uncaught_exceptions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    names = ("httpx", "httpcore", "aiohttp", "telegram", "asyncio")
    levels = {name: logging.getLogger(name).level for name in names}
    try:
        install(["42:short"], [handler])
        assert all(logging.getLogger(name).level == logging.WARNING for name in levels)
        handler.handle(logging.LogRecord("x", logging.INFO, "", 0, "at /bot42:short/", (), None))
        error = RuntimeError(f"bot{TOKEN}")
        sys.excepthook(RuntimeError, error, None)
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    assert stream.getvalue() == "at /bot<token>/\n"
    assert capsys.readouterr().err == "RuntimeError: bot<token>\n"
