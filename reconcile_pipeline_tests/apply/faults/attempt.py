"""One attempt to apply, in a process of its own, with or without a fault; and how it ended."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from reconcile_pipeline.apply.run import apply_plan
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.plan.codec import plan_from_json
from reconcile_pipeline_tests.apply.faults.kinds import Fault, Kind, Scene, act_of
from reconcile_pipeline_tests.apply.faults.points import Point, Points
from reconcile_pipeline_tests.apply.world import request

LONGEST_S = 120
#: A server of processes that have imported everything: each attempt is forked from it.
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["reconcile_pipeline_tests.apply.faults.attempt", "pglast", "reconcile_pipeline_tests.conftest"]
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended: `how` is finished, refused, killed, crashed or hung.

    `message` is the whole text of a refusal, `changed` the part about what was changed; or a
    traceback. `fired`: the fault's point was reached. The rest is of a finished one.
    """

    how: str
    message: str = ""
    changed: str = ""
    fired: bool = True
    points: tuple[Point, ...] = ()
    outcomes: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    expected: bool = True
    watched: bool = True
    longest_ms: int = 0
    seconds: float = 0.0


def attempt(
    dsn: str, root: Path, data: Path, fault: Fault | None = None, begin: Any = None
) -> Ending:
    """Apply the plan that lies in `root`; `data` is the server's folder.

    `begin`: a barrier to wait at before it.
    """
    ours, theirs = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_child, args=(dsn, root, data, fault, begin, theirs))
    started = time.monotonic()
    process.start()
    theirs.close()
    ending = None
    if ours.poll(LONGEST_S):
        with suppress(EOFError):
            ending = ours.recv()
    elif process.is_alive():
        process.kill()
        ending = Ending("hung", f"after {LONGEST_S} s")
    process.join()
    if ending is None:
        how = "killed" if process.exitcode == -signal.SIGKILL else "crashed"
        ending = Ending(how, f"exit code {process.exitcode}")
    return replace(ending, seconds=time.monotonic() - started)


def attempt_with_clock(dsn: str, root: Path, data: Path, fault: Fault) -> Ending:
    """The same under libfaketime, whose clock the fault turns back; needs `faketime()`."""
    (root / "clock").write_text("+0d\n")
    environment = {
        **os.environ,
        "LD_PRELOAD": faketime() or "",
        "FAKETIME_TIMESTAMP_FILE": str(root / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    given = pickle.dumps((dsn, root, data, fault))
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", f"from {__name__} import main; main()"],
        input=given, capture_output=True, env=environment, check=False, timeout=LONGEST_S,
    )  # fmt: skip
    try:
        ending = pickle.loads(done.stdout)
        assert isinstance(ending, Ending)
    except Exception:
        ending = Ending("crashed", done.stderr.decode())
    return replace(ending, seconds=time.monotonic() - started)


def faketime() -> str | None:
    """The library that turns a process's clock, where this machine has it."""
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
    return str(found[0]) if found else None


class _Out:
    """Takes the ending as a pipe would, and writes it to standard output."""

    def send(self, ending: Ending) -> None:
        sys.stdout.buffer.write(pickle.dumps(ending))
        sys.stdout.buffer.flush()

    def close(self) -> None:
        """Nothing to close."""


def _child(
    dsn: str, root: Path, data: Path, fault: Fault | None, begin: Any, answer: Connection | _Out
) -> None:
    points = Points()
    asked = request(dsn, root, plan_from_json((root / "plan.json").read_text()))
    if fault is not None:
        points.number = fault.point
        points.act = (
            (lambda _: _second(dsn, root, answer))
            if fault.kind is Kind.TWO
            else act_of(fault, Scene(dsn, data, root, root / "run"))
        )
    if begin is not None:
        begin.wait(20)
    points.install()
    try:
        result = apply_plan(replace(asked, progress=points.follow))
        verification = result.verification
        ending = Ending(
            "finished",
            fired=points.fired,
            points=tuple(points.seen),
            outcomes={each.step: each.outcome.value for each in result.steps},
            rows=dict(verification.rows),
            expected=verification.fingerprint_expected,
            watched=verification.waiting.complete,
            longest_ms=verification.waiting.longest_ms,
            message=verification.waiting.reason,
        )
    except ReconcileError as error:
        ending = Ending("refused", str(error), error.changed, points.fired)
    except BaseException:
        ending = Ending("crashed", traceback.format_exc(), fired=points.fired)
    points.number = 0
    answer.send(ending)
    answer.close()
    os._exit(0)


def _second(dsn: str, root: Path, answer: Connection | _Out) -> None:
    """A second process begins while the first is at work. It must be refused; else say so."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        apply_plan(request(dsn, root, plan_from_json((root / "plan.json").read_text())))
        answer.send(Ending("crashed", "a second apply was let in beside the first"))
    except ReconcileError as error:
        if "Another apply" not in str(error) and "Another process" not in str(error):
            answer.send(Ending("crashed", f"the second apply was told: {error}"))
    except BaseException:
        answer.send(Ending("crashed", traceback.format_exc()))
    os._exit(0)


def main() -> None:
    """One attempt as standard input describes it; its ending goes to standard output."""
    dsn, root, data, fault = pickle.loads(sys.stdin.buffer.read())
    _child(dsn, root, data, fault, None, _Out())
