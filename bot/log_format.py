"""How log lines look: to stderr, as text for people or as JSON for machines, without tokens."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.channels.telegram import redaction
from bot.settings import LogFormat, Settings

FIELDS = ("contact", "row", "lane", "update")
"""What a line may say beside its words (`extra=`): our own numbers; no id of Telegram's but an update's."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """`at` (UTC), `level`, `from`, `message`, those of `FIELDS` that were given, perhaps `traceback`."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A line for people; what JSON has as fields stands at its end."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (logging's own name)
        """The line, with its fields."""
        given = [f"{name} {value}" for name in FIELDS if (value := getattr(record, name, None)) is not None]
        line = super().formatMessage(record)
        return f"{line} [{', '.join(given)}]" if given else line


def set_up_logging(settings: Settings) -> None:
    """Logs to stderr, at the level and in the form of the settings, without what the settings keep secret."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if settings.log_format is LogFormat.JSON else TextFormatter())
    logging.basicConfig(level=settings.log_level.value.upper(), handlers=[handler], force=True)
    given = (settings.bot_token, settings.data_key, settings.webhook_secret)
    keep_secret(secret.get_secret_value() for secret in given if secret is not None)


def keep_secret(secrets: Iterable[str]) -> None:
    """Let these texts stand in no line from now on."""
    redaction.install(list(secrets))
