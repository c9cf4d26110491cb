"""What `doctor` has found, and how a check is kept from hanging or from ending the others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.errors import ClinicBotError

CHECK_SECONDS = 20.0
T = TypeVar("T")


class Status(StrEnum):
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do about it. Holds no secret."""

    name: str
    status: Status
    found: str
    do: str = ""

    def words(self) -> str:
        """As a person reads it."""
        return f"{self.found.rstrip('.')}. {self.do}".rstrip() if self.do else self.found.rstrip(".")

    def plain(self) -> dict[str, str]:
        """As a program reads it."""
        return {"check": self.name, "status": self.status.value, "found": self.found, "do": self.do}


def ok(name: str, found: str) -> Finding:
    """All is well."""
    return Finding(name, Status.OK, found)


def warn(name: str, found: str, do: str) -> Finding:
    """It works, and should be looked at."""
    return Finding(name, Status.WARN, found, do)


def bad(name: str, found: str, do: str) -> Finding:
    """Something does not work."""
    return Finding(name, Status.BAD, found, do)


async def checked(
    name: str, check: Awaitable[Sequence[Finding]], *, seconds: float | None = CHECK_SECONDS
) -> list[Finding]:
    """What a check finds, whatever becomes of it."""
    try:
        async with asyncio.timeout(seconds):
            return list(await check)
    except TimeoutError:
        return [bad(name, f"no answer within {seconds:.0f} seconds", "Is the machine or the network overloaded?")]
    except ClinicBotError as error:  # its words say what to do
        return [Finding(name, Status.BAD, str(error))]
    except Exception as error:
        return [bad(name, f"this check failed with {type(error).__name__}", "Please report this.")]


async def in_thread(work: Callable[[], T]) -> T:
    """What may block for ever, a dead network drive say, in a thread that nobody has to wait for at the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            _tell(loop, settle, None, error)
        else:
            _tell(loop, settle, result, None)

    threading.Thread(target=run, daemon=True).start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, settle: Callable[..., None], *result: object) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(settle, *result)
