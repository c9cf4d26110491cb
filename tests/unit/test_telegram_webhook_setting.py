"""What Telegram is told of the webhook, and what the operator is told of Telegram's answers."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

import pytest

from bot.channels.telegram.api import Answer
from bot.channels.telegram.bodies import ApiCall
from bot.channels.telegram.poll import TokenRefused
from bot.channels.telegram.read_update import WANTED
from bot.channels.telegram.webhook import hook_at
from bot.channels.telegram.webhook_setting import FAILING_SECONDS, LOOK_SECONDS, WebhookSetting, read_info
from bot.errors import OperatorError

HOOK = hook_at("https://clinic.example", "s" * 40)
OURS: Mapping[str, object] = {
    "url": HOOK.url,
    "has_custom_certificate": False,
    "pending_update_count": 0,
    "max_connections": 100,
    "allowed_updates": sorted(WANTED),
}
ERROR = "Wrong response from the webhook: 503 Service Unavailable"


def told(result: object) -> Answer:
    return Answer(200, json.dumps({"ok": True, "result": result}).encode())


def refusal(code: int, text: str, **parameters: object) -> Answer:
    body = {"ok": False, "error_code": code, "description": text, "parameters": parameters}
    return Answer(code, json.dumps(body).encode())


class Over(Exception):
    pass


class Telegram:
    """Answers by script, one list a method; a sleep moves the clock, and ends a watch when the script is over."""

    def __init__(
        self, infos: Sequence[Answer | Exception], sets: Sequence[Answer | Exception] = (told(True),)
    ) -> None:
        self.bot_id = "700001"
        self.script = {"getWebhookInfo": list(infos), "setWebhook": list(sets)}
        self.calls: list[ApiCall] = []
        self.now = 1_800_000_000.0
        self.sleeps: list[float] = []
        self.setting = WebhookSetting(self, HOOK, clock=lambda: self.now, sleep=self.sleep, jitter=lambda: 1.0)

    async def call(self, call: ApiCall, *, seconds: float | None = None) -> Answer:
        assert seconds is not None
        self.calls.append(call)
        answer = self.script[call.method].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def sleep(self, seconds: float) -> None:
        if not self.script["getWebhookInfo"]:
            raise Over
        self.sleeps.append(seconds)
        self.now += seconds

    async def watch(self) -> None:
        with pytest.raises(Over):
            await self.setting.watch()

    def info(self, **changes: object) -> Answer:
        return told({**OURS, **changes})

    @property
    def sets(self) -> list[Mapping[str, object]]:
        return [call.params for call in self.calls if call.method == "setWebhook"]


async def test_it_is_set_with_all_that_counts_and_nothing_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    telegram = Telegram([told({"url": "", "pending_update_count": 3}), told({**OURS, "pending_update_count": 3})])
    await telegram.setting.set()
    assert telegram.sets == [
        {
            "url": HOOK.url,
            "secret_token": "s" * 40,
            "max_connections": 100,
            "allowed_updates": list(WANTED),
        }
    ]
    assert "the webhook is set; 3 updates wait at Telegram" in caplog.text
    assert telegram.setting.pending == 3


async def test_telegrams_last_error_is_told_before_setting_it_again_hides_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    at = 1_799_999_000
    before = {**OURS, "pending_update_count": 5, "last_error_date": at, "last_error_message": f"{ERROR}\n\n x"}
    telegram = Telegram([told(before), told({**OURS, "pending_update_count": 5})])
    await telegram.setting.set()
    assert f"2027-01-15T07:43:20+00:00: {ERROR} x; 5 updates wait" in caplog.text
    assert [call.method for call in telegram.calls] == ["getWebhookInfo", "setWebhook", "getWebhookInfo"]


async def test_it_waits_as_long_as_telegram_says_or_can_not_be_reached() -> None:
    telegram = Telegram(
        [OSError(), OSError()],
        [
            refusal(429, "Too Many Requests: retry after 7", retry_after=7),
            TimeoutError(),
            Answer(502, b"<html>"),
            told(True),
        ],
    )
    telegram.script["getWebhookInfo"].append(told(OURS))  # a last look that never comes keeps the sleeps going
    await telegram.setting.set()
    assert telegram.sleeps == [7, 2, 4]


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (refusal(401, "Unauthorized"), TokenRefused, "BOT_TOKEN"),
        (refusal(400, "Bad Request: bad webhook: Failed to resolve host"), OperatorError, "Failed to resolve"),
        (refusal(400, "Bad Request: bad webhook: HTTPS url must be provided"), OperatorError, "WEBHOOK_URL"),
    ],
)
async def test_what_waiting_does_not_mend_ends_the_start(
    answer: Answer, error: type[Exception], word: str
) -> None:
    telegram = Telegram([told(OURS)], [answer])
    with pytest.raises(error, match=word) as caught:
        await telegram.setting.set()
    assert HOOK.url not in str(caught.value)


async def test_each_change_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    telegram = Telegram([])
    at = int(telegram.now)
    failed = {"last_error_date": at, "last_error_message": ERROR}
    telegram.script["getWebhookInfo"] = [
        telegram.info(),
        telegram.info(pending_update_count=2),
        telegram.info(pending_update_count=2),
        telegram.info(pending_update_count=4, **failed),
        telegram.info(pending_update_count=4, **failed),
        telegram.info(**failed),
        OSError(),
        refusal(500, "Internal Server Error: restart"),
    ]
    await telegram.watch()
    assert telegram.sleeps == [LOOK_SECONDS] * 8
    assert telegram.sets == []
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "2 updates wait at Telegram"),
        (
            "WARNING",
            f"Telegram's last error with the webhook, at 2027-01-15T08:00:00+00:00: {ERROR}; 4 updates wait",
        ),
        ("INFO", "0 updates wait at Telegram"),
        ("INFO", "the webhook could not be looked up: OSError"),
        ("INFO", "the webhook could not be looked up: Telegram answers 500"),
    ]


async def test_errors_are_yellow_red_when_they_last_and_green_once_nothing_waits() -> None:
    telegram = Telegram([])
    seen: list[str] = []

    async def look(**changes: object) -> None:
        telegram.script["getWebhookInfo"] = [telegram.info(**changes)]
        await telegram.watch()
        seen.append(str(telegram.setting.health()["status"]))

    while len(seen) < FAILING_SECONDS / LOOK_SECONDS + 1:
        error = {"last_error_date": int(telegram.now), "last_error_message": ERROR}
        await look(pending_update_count=2, **error)
    assert seen == ["yellow"] * 10 + ["red"]
    health = telegram.setting.health()
    assert health["reasons"] == [f"Telegram can't deliver updates: {ERROR}"]
    assert health["pending_at_telegram"] == 2
    assert health["last_error"] == ERROR
    await look(pending_update_count=0, **error)
    assert seen[-1] == "green"
    # What has failed once, an hour ago, is over though something waits just now.
    await look(pending_update_count=1, last_error_date=int(telegram.now) - 3600, last_error_message=ERROR)
    assert seen[-1] == "green"


@pytest.mark.parametrize(
    "changed",
    [{"url": ""}, {"url": "https://other.example/x"}, {"max_connections": 40}, {"allowed_updates": ["message"]}],
)
async def test_a_webhook_that_is_no_longer_ours_is_set_again(
    changed: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    telegram = Telegram([])
    telegram.script["getWebhookInfo"] = [telegram.info(), telegram.info(**changed), telegram.info()]
    await telegram.watch()
    assert len(telegram.sets) == 1
    assert "no longer ours" in caplog.text
    assert HOOK.url not in caplog.text


async def test_while_watching_only_a_refused_token_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    telegram = Telegram([told({"url": ""})] * 2, [refusal(400, "Bad Request: bad webhook"), refusal(429, "slow")])
    await telegram.watch()
    assert "the webhook could not be set" in caplog.text
    telegram = Telegram([refusal(401, "Unauthorized")])
    with pytest.raises(TokenRefused):
        await telegram.setting.watch()


@pytest.mark.parametrize(
    "odd",
    [None, [], {}, {"url": 5, "pending_update_count": True, "last_error_message": 3, "allowed_updates": "x"}],
)
def test_an_answer_that_says_nothing_is_read_as_such(odd: object) -> None:
    info = read_info(odd)
    assert (info.url, info.pending, info.error_at, info.error) == ("", 0, 0, "")
