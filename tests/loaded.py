"""Loaded last by the server that forks programs for tests: what any of them does first, it has done once."""

from __future__ import annotations

import gc

from tests.committed import committed_reading

committed_reading()
gc.collect()
gc.freeze()  # so that no collection in a program touches, and thereby copies, what it shares with the others
