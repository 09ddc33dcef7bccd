"""One fault run from beginning to end: a fresh world, the fault, the rerun, and one run more."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from psycopg.conninfo import make_conninfo

from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline_tests.apply.faults.attempt import Ending, attempt, attempt_with_clock
from reconcile_pipeline_tests.apply.faults.ground import Ground, Look, ground
from reconcile_pipeline_tests.apply.faults.judging import (
    judge_again,
    judge_attempt,
    judge_rerun,
)  # fmt: skip
from reconcile_pipeline_tests.apply.faults.kinds import DDL, Fault, Kind
from reconcile_pipeline_tests.apply.faults.proxy import cutting
from reconcile_pipeline_tests.apply.making import sql

DISKS = {Kind.DISK: "run", Kind.PROJECT_DISK: "."}
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Run:
    """One fault run. `wrong` is empty where everything held."""

    fault: Fault
    first: Ending
    rerun: Ending
    wrong: tuple[str, ...]
    seconds: float

    @property
    def ended(self) -> str:
        """How, in a few words."""
        first = self.first.how
        if first == "refused":
            nothing = "Nothing was changed." in self.first.changed
            first += ", nothing changed" if nothing else ", says what is kept"
        return f"{first}; rerun {self.rerun.how}" if not self.wrong else f"WRONG: {self.wrong[0]}"

    def __str__(self) -> str:
        return f"{self.fault!s:<64} {self.ended} ({self.seconds:.1f} s)"


def run(server: Server, fault: Fault, gold: Look) -> Run:
    """Bring the fault about, and judge what came of it. `gold`: how it ends without a fault."""
    begun = time.monotonic()
    wrong: list[str] = []
    with _folder() as folder, ExitStack() as stack:
        root = folder / "project"
        if fault.kind is Kind.PROJECT_DISK:
            stack.enter_context(small_disk(root))
        at = stack.enter_context(ground(server, f"f{next(_numbers)}", root))
        if fault.kind is Kind.DISK:
            stack.enter_context(small_disk(root / "run"))
        before = at.look()
        first = _attempt(at, fault, folder)
        server.start()
        if not first.fired:
            wrong.append("its point was not reached")
        if fault.kind is Kind.DDL:
            wrong += _after_ddl(at, fault, before, first)
            before = at.look() if first.how == "finished" else before
        else:
            wrong += judge_attempt(at, before, first)
        for name in ("ballast", "run/ballast"):
            (root / name).unlink(missing_ok=True)
        if fault.kind is Kind.KILL_TWICE:
            attempt(at.dsn, root, server.data, replace(fault, point=fault.point // 2 + 60))
        rerun = attempt(at.dsn, root, server.data)
        wrong += judge_rerun(at, fault, before, rerun, gold)
        seen = at.look()
        again = attempt(at.dsn, root, server.data)
        wrong += judge_again(seen, at.look(), again)
    return Run(fault, first, rerun, tuple(wrong), time.monotonic() - begun)


def unharmed(server: Server) -> tuple[Ending, Look]:
    """An apply without a fault: its points, and what it leaves."""
    with _folder() as folder, ground(server, f"f{next(_numbers)}", folder / "project") as at:
        ending = attempt(at.dsn, at.root, server.data)
        return ending, at.look()


def _attempt(at: Ground, fault: Fault, folder: Path) -> Ending:
    data = at.server.data
    if fault.kind is Kind.CLOCK:
        return attempt_with_clock(at.dsn, at.root, data, fault)
    if fault.kind in (Kind.BEFORE_COMMIT, Kind.AFTER_COMMIT):
        socket = at.server.socket_dir / ".s.PGSQL.5432"
        answered = fault.kind is Kind.AFTER_COMMIT
        with cutting(socket, folder / "s", at.root / "cut", answered=answered) as host:
            return attempt(make_conninfo(at.dsn, host=str(host)), at.root, data, fault)
    return attempt(at.dsn, at.root, data, fault)


def _after_ddl(at: Ground, fault: Fault, before: Look, first: Ending) -> Iterator[str]:
    """It is seen, or it came too late to matter; then it is taken back."""
    yield from (w for w in judge_attempt(at, before, first) if "nothing was changed" not in w)
    if first.how == "finished" and first.expected and fault.step != "verifying":
        yield "it finished and saw nothing of the change"
    sql(at.dsn, DDL[int(fault.detail)][1])


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of one megabyte."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def can_mount() -> bool:
    """True where this user may mount a small disk."""
    with _folder() as folder:
        try:
            with small_disk(folder / "disk"):
                return True
        except (OSError, subprocess.CalledProcessError):
            return False


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="rp-fault-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
