"""Nothing is lost under any fault: each ends finished, or refused with the truth, and is rerun.

`make soak` runs all of them and prints a line each; a few of them run in `make test`.
"""

from __future__ import annotations

import collections
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reconcile_pipeline.shadow.servers.server import Server, temporary
from reconcile_pipeline_tests.apply.faults.attempt import Ending, attempt, faketime
from reconcile_pipeline_tests.apply.faults.choosing import choose
from reconcile_pipeline_tests.apply.faults.ground import Look, ground
from reconcile_pipeline_tests.apply.faults.judging import judge_attempt, judge_rerun
from reconcile_pipeline_tests.apply.faults.kinds import Fault, Kind
from reconcile_pipeline_tests.apply.faults.running import DISKS, can_mount, run, unharmed

LEAST = 200  # fault runs in all


class Soil:
    """One server for all fault runs, what an apply without a fault does there, and the count."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.plain, self.gold = unharmed(server)
        assert self.plain.how == "finished", self.plain.message
        self.counts: collections.Counter[str] = collections.Counter()


@pytest.fixture(scope="module")
def soil() -> Iterator[Soil]:
    """A server of its own: these tests kill it."""
    with temporary(settings={"max_connections": "60"}) as server:
        yield Soil(server)


def held(soil: Soil, fault: Fault) -> list[str]:
    """Run it, print its line, and say what was wrong."""
    result = run(soil.server, fault, soil.gold)
    soil.counts[f"{result.first.how}, {'wrong' if result.wrong else 'then finished'}"] += 1
    print(f"{sum(soil.counts.values()):4} {result}", flush=True)
    return [f"{fault}: {wrong}" for wrong in result.wrong]


@pytest.mark.parametrize(
    ("kind", "step", "what"),
    [
        (Kind.KILL, "fill", "commit"),
        (Kind.AFTER_COMMIT, "trigger", "commit"),
        (Kind.TERMINATE, "index", "command"),
        (Kind.BIG_FILE, "history", "write"),
    ],
)
def test_a_fault_ends_in_the_truth_and_a_rerun_finishes(
    soil: Soil, kind: Kind, step: str, what: str
) -> None:
    points = [each for each in soil.plain.points if (each.step, each.what) == (step, what)]
    point = points[len(points) // 2]
    assert held(soil, Fault(kind, point.number, step, what)) == []


@pytest.mark.soak
@pytest.mark.parametrize("kind", list(Kind))
def test_every_fault_of_this_kind(soil: Soil, kind: Kind) -> None:
    if kind is Kind.CLOCK and faketime() is None:
        pytest.skip("libfaketime is not installed (Debian: libfaketime)")
    if kind in DISKS and not can_mount():
        pytest.skip("this user may not mount a small disk; the file size limit stands in for it")
    wrong = [each for fault in choose(kind, soil.plain.points) for each in held(soil, fault)]
    assert wrong == []


@pytest.mark.soak
@pytest.mark.parametrize("number", range(8))
def test_two_that_begin_at_the_same_moment(soil: Soil, number: int, tmp_path: Path) -> None:
    barrier = multiprocessing.get_context("forkserver").Barrier(2)
    wrong: list[str] = []
    fault = Fault(Kind.TWO, 0, "opening", "both at once")
    with ground(soil.server, f"two{number}", tmp_path / "project") as at:
        before: Look = at.look()
        with ThreadPoolExecutor(2) as both:
            endings: list[Ending] = list(
                both.map(
                    lambda _: attempt(at.dsn, at.root, soil.server.data, begin=barrier), range(2)
                )
            )
        for ending in endings:
            if ending.how == "refused":
                wrong += [] if "Another" in ending.message else [ending.message]
            else:
                wrong += judge_attempt(at, before, ending)
        rerun = attempt(at.dsn, at.root, soil.server.data)
        wrong += judge_rerun(at, fault, before, rerun, soil.gold)
    hows = ", ".join(sorted(ending.how for ending in endings))
    soil.counts[f"{hows}, {'wrong' if wrong else 'then finished'}"] += 1
    print(f"{sum(soil.counts.values()):4} {'two at the same moment':<64} {hows}", flush=True)
    assert "finished" in hows
    assert wrong == []


@pytest.mark.soak
def test_the_sum_of_it(soil: Soil) -> None:
    """The last line: how many runs there were, and how they ended."""
    total = sum(soil.counts.values())
    each = "; ".join(f"{count} {how}" for how, count in sorted(soil.counts.items()))
    print(f"\n{total} fault runs: {each}.", flush=True)
    assert total >= LEAST
    assert not any("wrong" in how for how in soil.counts)
