"""What an answer of Telegram, or its absence, means for the row that was sent: one place, total.

Rules:
- Telegram's texts may change; they are matched as lower-cased parts. Only `parameters` is meant for machines
  (core.telegram.org/bots/api, "Making requests").
- Only Telegram's own JSON speaks for Telegram. A page of HTML is some proxy's: a 4xx of it proves that nothing
  was delivered, a 5xx proves nothing.
- There is no idempotency key on any send method, so "may have been delivered" is an outcome of its own.
- Foreign exceptions are matched by the names of their classes, so that this module needs no HTTP library.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.delivery.sender import Kind, Mend, SendOutcome
from bot.json_bytes import from_json

HOLD_SECONDS = 3.0  # for a 429 that names no time; a repeated one backs off by its attempts
LONGEST_HOLD_SECONDS = 86_400.0
_REASON_CHARACTERS = 200

_DONE = (
    "message is not modified",
    "message to delete not found",
    "message can't be deleted",
    "query is too old",
    "query id is invalid",
)
_MENDS: tuple[tuple[str, Mend], ...] = (
    ("can't parse entities", Mend.PLAIN_TEXT),
    ("can't parse message text", Mend.PLAIN_TEXT),
    ("unsupported start tag", Mend.PLAIN_TEXT),
    ("can't find end", Mend.PLAIN_TEXT),
    ("message is too long", Mend.SPLIT),
    ("message_too_long", Mend.SPLIT),
    ("caption is too long", Mend.SPLIT),
    ("caption_too_long", Mend.SPLIT),
    ("text is too long", Mend.SPLIT),
    ("message to edit not found", Mend.NEW_MESSAGE),
    ("message can't be edited", Mend.NEW_MESSAGE),
    ("message_id_invalid", Mend.NEW_MESSAGE),
    ("message identifier is not specified", Mend.NEW_MESSAGE),
    ("there is no text in the message to edit", Mend.NEW_MESSAGE),
    ("message thread not found", Mend.NO_THREAD),
    ("topic_closed", Mend.NO_THREAD),
    ("topic_deleted", Mend.NO_THREAD),
)
_REFUSED = (
    "chat not found",
    "user not found",
    "can't initiate conversation",
    "user is deactivated",
    "bot was blocked",
    "bot was kicked",
    "bot is not a member",
    "group chat was deleted",
    "group chat was upgraded",
    "chat was deactivated",
    "group is deactivated",
    "not enough rights",
    "have no rights to send",
    "need administrator rights",
    "peer_id_invalid",
    "chat_write_forbidden",
    "chat_restricted",
    "user_is_blocked",
    "input_user_deactivated",
    "bot can't send messages to",
)

# By class name, most telling first in the class's own line of ancestors.
_EXCEPTIONS: Mapping[str, Kind] = {
    # Surely nothing was sent: there was no connection.
    "ClientConnectorError": Kind.AGAIN,
    "ClientConnectorDNSError": Kind.AGAIN,
    "ClientProxyConnectionError": Kind.AGAIN,
    "UnixClientConnectorError": Kind.AGAIN,
    "ClientSSLError": Kind.AGAIN,
    "ClientConnectorSSLError": Kind.AGAIN,
    "ClientConnectorCertificateError": Kind.AGAIN,
    "ServerFingerprintMismatch": Kind.AGAIN,
    "ConnectionTimeoutError": Kind.AGAIN,
    "ClientHttpProxyError": Kind.AGAIN,
    "NotConnected": Kind.AGAIN,
    "ConnectTimedOut": Kind.AGAIN,
    "CertificateRefused": Kind.AGAIN,
    "ConnectionRefusedError": Kind.AGAIN,
    "gaierror": Kind.AGAIN,
    # The call may have gone out.
    "ClientError": Kind.UNKNOWN,
    "ClientConnectionError": Kind.UNKNOWN,
    "ClientConnectionResetError": Kind.UNKNOWN,
    "ClientOSError": Kind.UNKNOWN,
    "ServerConnectionError": Kind.UNKNOWN,
    "ServerDisconnectedError": Kind.UNKNOWN,
    "ServerTimeoutError": Kind.UNKNOWN,
    "SocketTimeoutError": Kind.UNKNOWN,
    "ClientPayloadError": Kind.UNKNOWN,
    "UploadAbortedError": Kind.UNKNOWN,
    "ClientResponseError": Kind.UNKNOWN,
    "ContentTypeError": Kind.UNKNOWN,
    "WSServerHandshakeError": Kind.UNKNOWN,
    "TooManyRedirects": Kind.UNKNOWN,
    "HttpProcessingError": Kind.UNKNOWN,
    "AnswerBroken": Kind.UNKNOWN,
    "AnswerTooLong": Kind.UNKNOWN,
    "ConnectionLost": Kind.UNKNOWN,
    "TimeoutError": Kind.UNKNOWN,
    "ConnectionError": Kind.UNKNOWN,
    "CancelledError": Kind.UNKNOWN,
    # The address itself is wrong, which no repeat of this row mends; a restart with a right one sends it.
    "InvalidURL": Kind.STOPPED,
    "InvalidUrlClientError": Kind.STOPPED,
    "NonHttpUrlClientError": Kind.STOPPED,
    # A redirect was answered instead of Telegram's JSON: nothing was delivered.
    "RedirectClientError": Kind.AGAIN,
    "InvalidUrlRedirectClientError": Kind.AGAIN,
    "NonHttpUrlRedirectClientError": Kind.AGAIN,
    # The machine's, not the network's: a file is missing.
    "FileNotFoundError": Kind.GIVEN_UP,
    "IsADirectoryError": Kind.GIVEN_UP,
    "NotADirectoryError": Kind.GIVEN_UP,
    "OSError": Kind.UNKNOWN,
    # Anything else is a mistake in our own code: repeating it changes nothing.
    "Exception": Kind.GIVEN_UP,
    "BaseException": Kind.UNKNOWN,
}


def mapped_exceptions() -> frozenset[str]:
    """The names of the exception classes that have an outcome of their own."""
    return frozenset(_EXCEPTIONS)


def outcome_of_exception(error: BaseException) -> SendOutcome:
    """The outcome of a call that raised. Total; the reason is the class's name, for texts may hold a token."""
    for kind in type(error).__mro__:
        if (found := _EXCEPTIONS.get(kind.__name__)) is not None:
            return SendOutcome(found, reason=type(error).__name__)
    return SendOutcome(Kind.UNKNOWN, reason=type(error).__name__)


def outcome_of_answer(status: int, body: bytes, retry_after: str | None = None) -> SendOutcome:
    """The outcome of a call that was answered. Total: any status, any bytes.

    Args:
        status: The HTTP status.
        body: The body as it came, perhaps cut off, perhaps a proxy's page.
        retry_after: The `Retry-After` header, in seconds; its date form is not read.
    """
    answer = read_answer(body)
    if answer is None:
        return _not_telegrams(status, retry_after)
    if answer.get("ok") is True:
        return SendOutcome(Kind.SENT, message_id=_message_id(answer.get("result")))
    code = answer.get("error_code")
    if not isinstance(code, int) or isinstance(code, bool):
        code = status
    text = answer.get("description")
    return _refusal(code, text if isinstance(text, str) else "", answer.get("parameters"), retry_after)


def read_answer(body: bytes) -> dict[str, object] | None:
    """Telegram's answer (an object with a boolean `ok`), or None when somebody else wrote it or it was cut off."""
    try:
        answer = from_json(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and isinstance(answer.get("ok"), bool) else None


def _not_telegrams(status: int, retry_after: str | None) -> SendOutcome:
    reason = f"HTTP {status} without Telegram's JSON"
    if status == 429:
        return SendOutcome(Kind.AGAIN, retry_after=_seconds(retry_after, HOLD_SECONDS), reason=reason)
    if status == 401:
        return SendOutcome(Kind.STOPPED, reason=reason)
    if 300 <= status < 500:
        return SendOutcome(Kind.AGAIN, reason=reason)
    return SendOutcome(Kind.UNKNOWN, reason=reason)


def _refusal(code: int, description: str, parameters: object, header: str | None) -> SendOutcome:
    reason = description[:_REASON_CHARACTERS] or f"error {code}"
    text = description.lower()
    named = parameters if isinstance(parameters, dict) else {}
    moved_to = named.get("migrate_to_chat_id")
    if isinstance(moved_to, int) and not isinstance(moved_to, bool):
        return SendOutcome(Kind.MEND, mend=Mend.MOVED, moved_to=moved_to, reason=reason)
    if code == 429:
        wait = _seconds(named.get("retry_after"), _seconds(header, HOLD_SECONDS))
        return SendOutcome(Kind.AGAIN, retry_after=wait, reason=reason)
    if code in (401, 404):
        # 404 in Telegram's JSON: no such method, which is how a token of the wrong form is answered.
        return SendOutcome(Kind.STOPPED, reason=reason)
    if code >= 500 or code < 400 or code in (408, 409, 425):
        return SendOutcome(Kind.AGAIN, reason=reason)
    if any(part in text for part in _DONE):
        return SendOutcome(Kind.SENT, reason=reason)
    for part, mend in _MENDS:
        # "reply markup is too long" is a keyboard, which no split makes shorter.
        if part in text and "reply markup" not in text:
            return SendOutcome(Kind.MEND, mend=mend, reason=reason)
    if code == 403 or any(part in text for part in _REFUSED):
        return SendOutcome(Kind.REFUSED, reason=reason)
    return SendOutcome(Kind.GIVEN_UP, reason=reason)


def _message_id(result: object) -> int | None:
    found = result.get("message_id") if isinstance(result, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _seconds(value: object, otherwise: float) -> float:
    """A waiting time as a number or as digits; anything else is `otherwise`."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 9:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return otherwise
    return min(float(value), LONGEST_HOLD_SECONDS)
