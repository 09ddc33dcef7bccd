"""A program and everything that it starts, ended together.

Ending only the program leaves behind what it had no time to end itself: on a busy machine Dagster's
code server, which waits for the runs that it executes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

GRACE_S = 20.0  # Dagster ends its own processes in this time
LAST_S = 10.0  # then they are told one by one; a run that is told so cleans up behind itself
LOOK_S = 0.05


def start(
    arguments: Sequence[str], environment: Mapping[str, str], output: IO[str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own: a Ctrl-C of our terminal comes to us alone.

    `output`: where it writes, instead of our own standard output and error.
    """
    return subprocess.Popen(
        arguments, env=dict(environment), start_new_session=True, stdout=output, stderr=output
    )


def end(process: subprocess.Popen[bytes], grace_s: float = GRACE_S, last_s: float = LAST_S) -> None:
    """Let the program end its own processes, then end what is left of them.

    At once where the program has ended by itself. A second Ctrl-C skips the waiting.
    """
    try:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(grace_s)
        _signal(process.pid, signal.SIGTERM)
        _gone(process, last_s)
    except KeyboardInterrupt:
        pass
    finally:
        _signal(process.pid, signal.SIGKILL)
        process.wait()
        _gone(process, last_s)  # killed is not yet ended


def _gone(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until no process is left, for so long at most."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        process.poll()  # a zombie of ours would count as one that is left
        if not _signal(process.pid, 0):
            return
        time.sleep(LOOK_S)


def _signal(group: int, number: int) -> bool:
    """Whether anybody was there to be told."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True
