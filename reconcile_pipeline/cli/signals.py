"""What ends us from outside ends as Ctrl-C does: servers stopped, locks let go, folders deleted.

By default SIGTERM (systemd, Kubernetes, a CI job that is cancelled) and SIGHUP (a connection to the
terminal that is lost) end Python at once: a throwaway server would go on running.
"""

from __future__ import annotations

import signal
from types import FrameType

_ENDING = ("SIGTERM", "SIGHUP")  # by name, since Windows has no SIGHUP


class Ended(KeyboardInterrupt):
    """One of these signals came; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def end_as_interrupted() -> None:
    """From now on the first of these signals raises Ended in the main thread.

    One that somebody has set to be ignored, as `nohup` does, stays ignored.
    """
    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    signal.signal(number, lambda *_: None)  # a second one would cut the cleaning short
    raise Ended(number)
