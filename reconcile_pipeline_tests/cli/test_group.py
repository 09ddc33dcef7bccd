"""Programs that leave their children behind, or that do not end: real processes, none is left."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from reconcile_pipeline.cli import group

#: Starts a child that is deaf to all but SIGKILL, says so, and then does `then`.
PROGRAM = """
import signal, subprocess, sys, time
deaf = "import signal,time,sys;[signal.signal(s, signal.SIG_IGN) for s in (2, 15)];"
deaf += "print(1, flush=True);time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE)
child.stdout.readline()
open(sys.argv[1], "w").close()
"""
WAITS = "try:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    pass\n"
DEAF = "signal.signal(2, signal.SIG_IGN); time.sleep(600)\n"
ENDS = "pass\n"


@pytest.mark.parametrize("then", [WAITS, DEAF, ENDS], ids=["waits", "deaf", "has ended"])
def test_what_dagster_left_behind_on_a_busy_machine_is_ended(tmp_path: Path, then: str) -> None:
    ready = tmp_path / "ready"
    process = group.start([sys.executable, "-c", PROGRAM + then, str(ready)], os.environ)
    end = time.monotonic() + 60
    while not ready.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert alive(process.pid)
    if then == ENDS:
        process.wait(60)
    group.end(process, grace_s=1, last_s=0.5)
    assert process.returncode is not None
    assert not alive(process.pid)


def alive(session: int) -> bool:
    """Whether a process of this session runs; one that nobody has waited for yet does not."""
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _, _, its_session, *_ = entry.read_text().rpartition(")")[2].split()
            if int(its_session) == session and state != "Z":
                return True
    return False
