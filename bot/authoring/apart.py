"""Work in a process of its own beside this one, where the system can fork: two cores do it in the time of one."""

from __future__ import annotations

import os
import pickle
import signal
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Apart(Generic[Result]):
    """Pure work that has begun, for a `with` at whose end it is dropped if nobody asked for its `result`.

    Args:
        work: Gives something that can be pickled. Without a fork, or where it fails there, it is done here, when
            its result is asked for.
    """

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._child: tuple[int, int] | None = None
        if hasattr(os, "fork") and (os.cpu_count() or 1) > 1 and threading.active_count() == 1:
            self._child = _fork(work)

    def __enter__(self) -> Apart[Result]:
        return self

    def result(self) -> Result:
        """Wait for it.

        Raises:
            Exception: What the work raises.
        """
        if self._child is None:
            return self._work()
        child, pipe = self._child
        self._child = None
        with os.fdopen(pipe, "rb") as reader:
            found = reader.read()
        _, status = os.waitpid(child, 0)
        if status != 0:
            return self._work()
        result: Result = pickle.loads(found)  # noqa: S301 - written by our own fork
        return result

    def __exit__(self, *error: object) -> None:
        if self._child is not None:
            child, pipe = self._child
            self._child = None
            os.close(pipe)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _fork(work: Callable[[], object]) -> tuple[int, int]:
    """The child, and the pipe that its result comes from."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    status = 1
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as out:
            out.write(pickle.dumps(work()))
        status = 0
    finally:
        os._exit(status)  # nothing that this process holds open or would say at its end is the child's
