"""One random case from beginning to end: draw, build, scan, judge."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.drift.scan import Scan, scan
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline_tests.attribution.drifting import fates, in_the_way
from reconcile_pipeline_tests.attribution.drifting.hand import change
from reconcile_pipeline_tests.attribution.drifting.judge import (
    Outcome,
    assumed,
    explained,
    judge,
)
from reconcile_pipeline_tests.attribution.drifting.production import Truth, build, undisturbed


@dataclass(frozen=True, slots=True)
class Case:
    """What a case came to. `hand`: (kind, SQL) of what was done by hand. `seconds`: the scan's.

    `happened`: how many files were not run whole, and how many objects changed by hand; `assumed`:
    the same by the verdicts. `explains`: the verdicts give production, when they are run.
    """

    truth: Truth
    hand: tuple[tuple[str, str], ...]
    scan: Scan
    outcome: Outcome
    seconds: float
    happened: int
    assumed: int
    explains: bool


def run_case(
    server: Server,
    name: str,
    directory: Path,
    chance: random.Random,
    partly: float = 0.5,
    changes: tuple[int, int] = (3, 8),
    base: Sequence[str] = (),
    in_way: float = 0.0,
) -> Case:
    """Build the database `name` (and `name`_other where needed) at random, and judge its scan.

    `in_way`: the share of files before which something of theirs was made by hand in another shape.
    """
    files = take_inventory(directory).files
    runs = in_the_way.put(files, fates.draw(files, chance, partly), chance, in_way)
    hand: list[tuple[str, str]] = []

    def by_hand(production: Connection[Any]) -> None:
        touched: set[str] = set()
        for _ in range(chance.randint(*changes)):
            if (done := change(production, chance, touched)) is not None:
                hand.append(done)

    def again(production: Connection[Any]) -> None:
        for _, command in hand:
            with contextlib.suppress(psycopg.Error):
                production.execute(command.encode(), prepare=False)

    def rebuild(other: Sequence[fates.Run]) -> Truth:
        return build(server, f"{name}_other", files, other, again, base, watched=False)

    def nothing(_: Connection[Any]) -> None:
        pass

    def clean(other: Sequence[fates.Run], watched: bool) -> Truth:
        return build(server, f"{name}_other", files, other, nothing, base, watched)

    try:
        truth = build(server, name, files, runs, by_hand, base)
        if any(run.before for run in runs):
            truth = undisturbed(truth, clean)
        began = time.perf_counter()
        found = scan(name, server.dsn(name, "postgres"), directory)
        seconds = time.perf_counter() - began
        outcome = judge(found, truth, rebuild)
        happened = sum(run.fate is not fates.Fate.WHOLE for run in runs) + len(truth.by_hand)
        explains = not (outcome.wrong or outcome.missed or outcome.invented) or explained(
            found, truth, rebuild
        )
        return Case(truth, tuple(hand), found, outcome, seconds, happened, assumed(found), explains)
    finally:
        drop_database(server, name)
        drop_database(server, f"{name}_other")
