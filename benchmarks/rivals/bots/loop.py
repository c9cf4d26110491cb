"""Which event loop a bot runs on."""

from __future__ import annotations


def use_loop(name: str) -> None:
    """`uvloop`, or `asyncio`: the one that a framework runs on where nobody says anything."""
    if name == "uvloop":
        import uvloop

        uvloop.install()
