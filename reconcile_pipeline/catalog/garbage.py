"""No search for unused objects while many are made of which none is.

Python counts the containers that are made and looks, every few hundred, whether some of them hold
only each other. A snapshot is tens of thousands of tuples in which nothing refers back; to look
through them took a twenty-fifth of the processor's time of a process that reads two and compares,
and to do so once at the end, when they are counted as new still, a tenth of it.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside = 0
_was_on = False


@contextmanager
def kept() -> Iterator[None]:
    """Everything is kept that is made inside. Process-wide, so for what takes seconds at most;
    threads may be inside together, and the last one out turns the search on again."""
    global _inside, _was_on
    with _lock:
        if _inside == 0:
            _was_on = gc.isenabled()
            gc.disable()
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0 and _was_on:
                _grow_old()
                gc.enable()


def _grow_old() -> None:
    """Let everything count as old at once, unseen; it is looked through with all that is old."""
    if gc.get_freeze_count() == 0:  # else somebody wants something left alone, which is kept apart
        gc.freeze()
        gc.unfreeze()
