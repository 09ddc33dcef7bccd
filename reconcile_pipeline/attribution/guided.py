"""Guided replay: replay only what production has, judge again, until nothing explains it better.

A new choice is kept only if its own replay leaves less unexplained, so that one wrong guess
cannot pull its neighbours along.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconcile_pipeline.attribution import cost, timeline
from reconcile_pipeline.attribution.explain import Choice, File, RowFacts, explain
from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.timeline import Position, Timeline
from reconcile_pipeline.attribution.unexplained import find
from reconcile_pipeline.catalog.model import ObjectId, Snapshot
from reconcile_pipeline.shadow.model import Replay

MOST_REPLAYS = 12

Replayer = Callable[[Mapping[Position, bool]], Replay]
RowReader = Callable[[Replay], RowFacts]


@dataclass(frozen=True, slots=True)
class Guided:
    """One choice of statements, its own replay, and what it leaves unexplained.

    `better`: what the search makes of that replay; equal to `ran` once nothing is better.
    """

    ran: Mapping[Position, bool]
    better: Choice
    replay: Replay
    timeline: Timeline
    rows: RowFacts
    unexplained: tuple[Unexplained, ...]
    score: float
    replays: int


def search(
    run: Replayer,
    production: Snapshot,
    files: Sequence[File],
    read_rows: RowReader,
    base: frozenset[ObjectId],
    seconds: float = 45.0,
) -> Guided:
    """Find the choice whose replay leaves the least to be assumed. `seconds` bounds new replays."""
    began = time.monotonic()
    ran: dict[Position, bool] = {p: True for f in files for p in f.positions}
    best = _judge(run(ran), ran, production, files, read_rows, base, 1)
    count = 1
    tried = {_key(ran)}
    waiting = [best.better.ran]
    while waiting and count < MOST_REPLAYS and time.monotonic() - began < seconds:
        proposal = waiting.pop(0)
        if _key(proposal) in tried:
            continue
        tried.add(_key(proposal))
        count += 1
        judged = _judge(run(proposal), proposal, production, files, read_rows, base, count)
        if judged.score < best.score - 1e-9:
            best = judged
            waiting = [best.better.ran]
        elif not waiting:
            waiting = _smaller(best, proposal, files)
    return best


def _judge(
    replay: Replay,
    ran: Mapping[Position, bool],
    production: Snapshot,
    files: Sequence[File],
    read_rows: RowReader,
    base: frozenset[ObjectId],
    count: int,
) -> Guided:
    seen = timeline.build(replay, production)
    rows = read_rows(replay)
    unexplained = find(replay.end, production, seen.by_object.keys(), base)
    choice = explain(seen, files, rows, ran)
    score = sum(_price(entry) for entry in unexplained)
    for file in files:
        checkable = [p for p in file.positions if seen.by_statement.get(p) or rows.get(p)]
        if checkable:
            score += cost.file_cost([ran[p] for p in checkable], file.recorded)
        score += sum(cost.rows_cost(rows.get(p, ()), ran[p]) for p in file.positions)
    return Guided(dict(ran), choice, replay, seen, rows, unexplained, score, count)


def _price(entry: Unexplained) -> float:
    if entry.change is HandChange.CHANGED and {"acl", "owner"}.issuperset(entry.facets):
        return cost.HAND * cost.SOFT_KIND
    return cost.HAND


def _smaller(
    best: Guided, refused: Mapping[Position, bool], files: Sequence[File]
) -> list[dict[Position, bool]]:
    """After a refusal: the same change for one file at a time."""
    proposals = []
    for file in files:
        if any(refused[p] != best.ran[p] for p in file.positions):
            proposals.append({**best.ran, **{p: refused[p] for p in file.positions}})
    return proposals if len(proposals) > 1 else []


def _key(ran: Mapping[Position, bool]) -> tuple[Position, ...]:
    return tuple(sorted(p for p, kept in ran.items() if not kept))
