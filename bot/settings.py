"""What an operator sets: environment variables, over `.env`, over the defaults here."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.delivery.limits import OVERALL_PER_SECOND
from bot.errors import OperatorError


class Presentation(StrEnum):
    """How a chat looks: every message stays, or the question is replaced in place."""

    TRANSCRIPT = "transcript"
    IN_PLACE = "in_place"


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _bare_name(value: object) -> object:
    """People copy a username with its @ or as a whole link."""
    if not isinstance(value, str):
        return value
    return value.strip().removeprefix("https://").removeprefix("t.me/").removeprefix("@").rstrip("/")


def _with_slash_removed(value: object) -> object:
    return value.strip().rstrip("/") if isinstance(value, str) else value


Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Settings(BaseSettings):
    """All of it, checked. Read with `read_settings`; secrets never show in its text.

    A variable that is set but empty counts as not set.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        validate_default=False,
        hide_input_in_errors=True,
        str_strip_whitespace=True,
    )

    bot_token: SecretStr | None = Field(None, description="the bot's token, from @BotFather; only `run` needs it")
    bot_username: Annotated[str | None, BeforeValidator(_bare_name)] = Field(
        None,
        pattern=r"^[A-Za-z][A-Za-z0-9_]{3,31}$",
        description="the bot's name without @, for QR codes; `run` asks Telegram itself",
    )
    bot_api_url: Annotated[str, BeforeValidator(_with_slash_removed)] = Field(
        "https://api.telegram.org",
        pattern=r"^https?://[^\s/]+(/\S*)?$",
        description="where the Bot API is: scheme, host, port and path before /bot<token>/",
    )
    database_url: str = Field(
        "sqlite:///var/clinic.db",
        pattern=r"^(sqlite:///.+|postgres(ql)?://.+)$",
        description="sqlite:///path (four slashes for an absolute one) or postgresql://user:password@host/name",
        repr=False,
    )
    data_key: SecretStr | None = Field(
        None,
        description="key of all personal data; made and kept in your config folder when a new database has none",
    )
    flows_dir: Path = Field(Path("flows"), description="folder of the conversations")
    data_dir: Path = Field(Path("data"), description="folder of the clinic's data")
    presentation: Annotated[Presentation, BeforeValidator(_lower)] = Field(
        Presentation.TRANSCRIPT, description="transcript: every message stays; in_place: the question is replaced"
    )
    staff_chat_id: int | None = Field(
        None, description="the staff group's chat id (negative); without it the bot tells people to ring"
    )
    webhook_url: Annotated[str | None, BeforeValidator(_with_slash_removed)] = Field(
        None,
        pattern=r"^(https://[^\s/?#]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[^\s?#]*)?$",
        description="the https address under which Telegram reaches this bot; without it the bot polls",
    )
    webhook_secret: SecretStr | None = Field(
        None,
        description="what Telegram sends along with each webhook call: 1 to 256 of letters, digits, _ and -;"
        " without it one is made from the data key",
    )
    port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="where the web server listens: 8080 with a webhook, else nowhere; 0: nowhere",
    )
    listen_address: str | None = Field(
        None,
        pattern=r"^[0-9A-Za-z.:_-]+$",
        description="the address of this machine to listen on: all with a webhook, else 127.0.0.1",
    )
    limit_bulk_per_second: Limit = Field(
        29, description="check-ins and broadcasts, all chats together; 0: no limit"
    )
    limit_chat_per_second: Limit = Field(
        1,
        description="messages to one chat, after a burst of 3, and what one person may do, after 30 at once;"
        " 0: no limit",
    )
    limit_group_per_minute: Limit = Field(18, description="messages and edits in one group; 0: no limit")
    paid_broadcasts: bool = Field(
        False,
        description="pay Telegram in Stars for check-ins and reminders beyond its free 30 a second; wants a"
        " LIMIT_BULK_PER_SECOND above 30",
    )
    log_level: Annotated[LogLevel, BeforeValidator(_lower)] = Field(
        LogLevel.INFO, description="debug, info, warning or error"
    )
    log_format: Annotated[LogFormat, BeforeValidator(_lower)] = Field(
        LogFormat.TEXT, description="text for people, json for machines"
    )

    @field_validator("webhook_secret")
    @classmethod
    def _fits_a_header(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", secret.get_secret_value()):
            raise PydanticCustomError("webhook_secret", "it does not look right")
        return secret

    @field_validator("paid_broadcasts")
    @classmethod
    def _pays_for_something(cls, pays: bool, info: ValidationInfo) -> bool:
        bulk = info.data.get("limit_bulk_per_second", 0)
        if pays and 0 < bulk <= OVERALL_PER_SECOND:
            raise PydanticCustomError(
                "paid_broadcasts", "it pays for nothing: set LIMIT_BULK_PER_SECOND above 30, to 1000 at most"
            )
        return pays

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, `.env`; no folder of secret files."""
        _ = settings_cls, file_secret_settings
        return init_settings, env_settings, dotenv_settings


def read_settings() -> Settings:
    """The settings of this process, from the environment and the present folder's `.env`.

    Raises:
        OperatorError: A variable can't be used; one sentence names all of them and never shows a value.
    """
    try:
        return Settings()  # type: ignore[call-arg, unused-ignore]
    except ValidationError as error:
        wrong = [
            f"{'.'.join(str(part) for part in found['loc']).upper()}: {_plain(found)}" for found in error.errors()
        ]
        raise OperatorError(
            "Settings can't be used: " + "; ".join(sorted(wrong)) + ". See .env.example."
        ) from None
    except UnicodeDecodeError:
        raise OperatorError("The file .env is not UTF-8 text; save it as UTF-8.") from None


def read_usable_settings() -> tuple[Settings, list[str]]:
    """The settings as far as they can be used, and what can't be: those are at their default."""
    problems: list[str] = []
    sources: dict[str, object] = {}
    try:
        Settings()  # type: ignore[call-arg, unused-ignore]
    except UnicodeDecodeError:
        problems.append("The file .env is not UTF-8 text")
        sources["_env_file"] = None
    except ValidationError:
        pass
    try:
        return Settings(**sources), problems  # type: ignore[arg-type]
    except ValidationError as error:
        for found in error.errors():
            name = str(found["loc"][0])
            problems.append(f"{name.upper()}: {_plain(found)}")
            sources[name] = Settings.model_fields[name].default
    return Settings(**sources), sorted(problems)  # type: ignore[arg-type]


def _plain(found: object) -> str:
    """A pydantic finding in an operator's words; its input is left out, it may be a secret."""
    assert isinstance(found, dict)
    name = str(found["loc"][0])
    info = Settings.model_fields.get(name)
    described = f" ({info.description})" if info is not None and info.description else ""
    message = str(found["msg"])
    if found["type"] == "string_pattern_mismatch":
        message = "it does not look right"
    return message[0].lower() + message[1:] + described
