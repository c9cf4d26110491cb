"""The one exception of the server: an answer that is not ok."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class ApiError(Exception):
    """An answer with ``ok: false``.

    Args:
        code: HTTP status and ``error_code``.
        description: The text, with its prefix ("Bad Request: ...").
        parameters: ``migrate_to_chat_id`` or ``retry_after`` (seconds).
        violation: True where a correct program never gets this answer; it is kept in the state.
    """

    def __init__(
        self, code: int, description: str, parameters: Json | None = None, *, violation: bool = False
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters
        self.violation = violation

    def body(self) -> Json:
        """The JSON body of the answer (API "Making requests")."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad(text: str, *, violation: bool = False) -> ApiError:
    """A 400 with the prefix that every one carries (TBA Client.cpp:150-170)."""
    return ApiError(400, f"Bad Request: {text}", violation=violation)


def forbidden(text: str) -> ApiError:
    """A 403 (TBA Client.cpp:122-127)."""
    return ApiError(403, f"Forbidden: {text}")


def too_many(seconds: int) -> ApiError:
    """A 429; the server adds the Retry-After header (TBA Query.cpp:105-112, HttpConnection.cpp:71)."""
    return ApiError(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})
