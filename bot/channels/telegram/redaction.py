"""Keeps the bot's token out of every log line and traceback.

The token stands in the address of each call, so it is in the texts of HTTP clients and of their exceptions; one
host had 93,000 such lines (nbramia/LifeOS#520).
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable
from types import TracebackType

_TOKEN = re.compile(r"\d{6,}(?::|%3[Aa])[A-Za-z0-9_-]{30,}")
_MARK = "<token>"
_TALKATIVE = ("httpx", "httpcore", "aiohttp", "telegram", "asyncio")
_SHORTEST_SECRET = 6


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without tokens.

    Args:
        text: Anything.
        secrets: Exact texts that go as well (a token of another form, a webhook's secret).
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, _MARK)
    return _TOKEN.sub(_MARK, text)


class RedactingFilter(logging.Filter):
    """Redacts a record's message, arguments, exception and stack before any formatter sees them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record passes."""
        try:
            message = record.getMessage()
        except Exception:
            # A wrong format string must not take the line with it, nor show its arguments.
            message = str(record.msg)
        record.msg, record.args = redact(message, self._secrets), ()
        if record.exc_info and record.exc_info[0] is not None:
            lines = record.exc_text or "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
            # Formatters take this text; one that writes the exception anew is redacted by RedactingFormatter.
            record.exc_text = redact(lines, self._secrets)
        elif record.exc_text:
            record.exc_text = redact(record.exc_text, self._secrets)
        if record.stack_info:
            record.stack_info = redact(record.stack_info, self._secrets)
        return True


class RedactingFormatter(logging.Formatter):
    """Redacts what another formatter wrote, whatever fields it took."""

    def __init__(self, inner: logging.Formatter | None, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()
        self._secrets = tuple(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The line, with a traceback where there is one."""
        return redact(self._inner.format(record), self._secrets)


def install(secrets: Iterable[str] = (), handlers: Iterable[logging.Handler] | None = None) -> None:
    """Redact on these handlers (the root's when None) and in tracebacks of uncaught exceptions.

    Call it after the handlers are set up; a second call only adds.
    """
    kept = tuple(secrets)
    for handler in logging.getLogger().handlers if handlers is None else handlers:
        handler.addFilter(RedactingFilter(kept))
        handler.setFormatter(RedactingFormatter(handler.formatter, kept))
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)

    def show(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.stderr.write(redact("".join(traceback.format_exception(kind, error, trace)), kept))

    sys.excepthook = show
