from __future__ import annotations

import pytest

from bot.errors import OperatorError
from bot.monitoring.server import Listen
from bot.settings import Settings
from bot.telegram_app import where_to_listen

HOOK = {"webhook_url": "https://clinic.example"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"port": 0}, None),
        ({"listen_address": "0.0.0.0"}, None),
        ({"port": 9000}, Listen("127.0.0.1", 9000)),
        ({"port": 9000, "listen_address": "0.0.0.0"}, Listen("0.0.0.0", 9000)),
        (HOOK, Listen("", 8080)),
        ({**HOOK, "port": 9000}, Listen("", 9000)),
        ({**HOOK, "listen_address": "127.0.0.1"}, Listen("127.0.0.1", 8080)),
    ],
)
def test_nothing_is_open_to_the_world_unasked(settings: dict[str, object], expected: Listen | None) -> None:
    assert where_to_listen(Settings.model_validate(settings)) == expected


def test_a_webhook_needs_a_port() -> None:
    with pytest.raises(OperatorError, match="PORT=0"):
        where_to_listen(Settings.model_validate({**HOOK, "port": 0}))
