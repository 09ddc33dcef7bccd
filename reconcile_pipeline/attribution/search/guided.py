"""Guided replay: replay only what production has, judge again, until nothing explains it better.

A new choice is kept only if its own replay leaves less unexplained, so that one wrong guess
cannot pull its neighbours along.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.attribution.search import cost
from reconcile_pipeline.attribution.search.bodies import unchecked_cost
from reconcile_pipeline.attribution.search.by_default import defaults_in_doubt
from reconcile_pipeline.attribution.search.explain import explain, price
from reconcile_pipeline.attribution.search.shapes import IN_DOUBT, Choice, Search
from reconcile_pipeline.attribution.search.smaller import smaller
from reconcile_pipeline.attribution.timeline import by_another_name, taken, texts, timeline
from reconcile_pipeline.attribution.timeline.timeline import Position, Timeline
from reconcile_pipeline.attribution.traces import File, RowFacts
from reconcile_pipeline.attribution.unexplained import find
from reconcile_pipeline.catalog.model import ObjectId, Snapshot
from reconcile_pipeline.shadow.model import Replay, Run

MOST_REPLAYS = 12
MOST_STATEMENTS = 20_000  # … after the second one, of all of them together
MOST_DOUBTS = 4
MOST_PARTS = 3
MUCH = 0.35  # how much less what a refused replay makes of itself must promise to be tried
FRAMES = 4  # of Python's, for each thing that another needs (Timeline.predict)
TIED = 0.1  # how near in price two shapes of a file are that only their replays tell apart

Replayer = Callable[[Mapping[Position, bool]], Replay]
RowReader = Callable[[Replay], RowFacts]
#: For each file the earlier ones that it is another version of.
Versions = Callable[[], Mapping[int, Sequence[int]]]


@dataclass(frozen=True, slots=True)
class Guided:
    """One choice of statements, its own replay, and what it leaves unexplained.

    `better`: what the search makes of that replay; equal to `ran` once nothing is better.
    `unforeseen`: objects that some statement touches, of which the choice was to explain what the
    replay of it does not.
    """

    ran: Mapping[Position, bool]
    better: Choice
    replay: Replay
    timeline: Timeline
    rows: RowFacts
    unexplained: tuple[Unexplained, ...]
    score: float
    replays: int
    unforeseen: frozenset[ObjectId] = frozenset()


def search(
    run: Replayer,
    production: Snapshot,
    files: Sequence[File],
    read_rows: RowReader,
    base: frozenset[ObjectId],
    told: texts.Texts,
    seconds: float = 600.0,
    versions: Versions = dict,
) -> Guided:
    """Find the choice whose replay leaves the least to be assumed.

    New replays after the second are bounded by their statements, so that a slow machine comes to
    the same as a quick one; `seconds` only keeps a server that hardly answers from taking hours.
    `told`: what the statements' texts tell. `versions`: asked for only where it may matter.
    """
    began = time.monotonic()
    # What needs what can be as deep as there are statements. A call of Python's takes no stack.
    deep = FRAMES * sum(len(file.positions) for file in files)
    sys.setrecursionlimit(max(sys.getrecursionlimit(), deep))
    known: dict[Position, Run] = {}
    ran: dict[Position, bool] = {p: True for f in files for p in f.positions}
    first = remember(run(ran), known)
    texts.learn(told, first)
    best = _judge(first, ran, production, files, read_rows, base, told, 1)
    count = 1
    tried = {_key(ran)}
    waiting = [best.better.ran]
    parts: list[dict[Position, bool]] = []  # of what was refused, and led on to something else
    doubted = 0  # the replay whose doubts were looked into
    # One more there always is: what the first judgement makes of itself is not proved before that.
    most = min(MOST_REPLAYS, 2 + MOST_STATEMENTS // max(len(ran), 1))
    while count < most and (count == 1 or time.monotonic() - began < seconds):
        if not waiting and parts:
            waiting, parts = parts, []
        if not waiting:
            if doubted == best.replays:
                break
            doubted = best.replays
            waiting = [*_other_versions(best, files, versions), *_doubts(best, files)]
            continue
        proposal = waiting.pop(0)
        if _key(proposal) in tried:
            if proposal is best.better.ran:  # refused, when something else was the best
                waiting += smaller(best.ran, proposal, files)
            continue
        tried.add(_key(proposal))
        count += 1
        seen = len(known)
        replayed = remember(run(proposal), known)
        news = texts.learn(told, replayed)
        judged = _judge(replayed, proposal, production, files, read_rows, base, told, count)
        wrong = judged.score >= best.score - 1e-9 and _was_supposed(best, news)
        if wrong:  # what the best was thought to be but for some statements, it is not
            best = _judge(
                best.replay, best.ran, production, files, read_rows, base, told, best.replays
            )
        ahead = [best.better.ran] if wrong else []
        if judged.better.cost < best.score - (1e-9 if len(known) > seen else MUCH):
            # It shows what statements do, or cannot do, as things are then, which may lead on.
            ahead.insert(0, judged.better.ran)
        if judged.score < best.score - 1e-9:
            best = judged
            waiting = [best.better.ran]
        elif ahead:
            waiting = [*ahead, *waiting]
            parts = parts or smaller(best.ran, proposal, files)[:MOST_PARTS]
        elif not waiting and doubted != best.replays:
            waiting = smaller(best.ran, proposal, files)
    return best


def _was_supposed(best: Guided, news: Collection[tuple[Position, ObjectId]]) -> bool:
    """Whether something was supposed of what a statement would have made, which is known now."""
    return any(id in best.timeline.in_vain.get(position, ()) for position, id in news)


def without(
    best: Guided,
    refused: Collection[Position],
    run: Replayer,
    production: Snapshot,
    files: Sequence[File],
    read_rows: RowReader,
    base: frozenset[ObjectId],
    told: texts.Texts,
) -> Guided:
    """The same choice without statements of which it is proved that they could not work."""
    ran = {**best.ran, **dict.fromkeys(refused, False)}
    known = {(run.file, run.index): run for run in best.replay.runs if run.effects or run.rows}
    replay = remember(run(ran), known)
    return _judge(replay, ran, production, files, read_rows, base, told, best.replays + 1)


def remember(replay: Replay, known: dict[Position, Run]) -> Replay:
    """Give statements that failed in this replay the effects that they had in an earlier one.

    What needs a table that production lacks fails once its CREATE TABLE is skipped; what it would
    do is known from the replay in which the table was there.
    """
    runs = []
    for run in replay.runs:
        position = (run.file, run.index)
        if not run.error:
            if run.effects or run.rows:
                known[position] = run
        elif position in known:
            effects, rows = known[position].effects, known[position].rows
            run = replace(run, effects=effects, rows=rows)
        runs.append(run)
    return replace(replay, runs=tuple(runs))


def _judge(
    replay: Replay,
    ran: Mapping[Position, bool],
    production: Snapshot,
    files: Sequence[File],
    read_rows: RowReader,
    base: frozenset[ObjectId],
    told: texts.Texts,
    count: int,
) -> Guided:
    seen = timeline.build(replay, production)
    texts.find_lacking(told, seen, replay)
    texts.add(seen, told)
    taken.add(seen)
    by_another_name.add(seen)
    rows = read_rows(replay)
    unexplained = find(replay.end, production, seen.by_object.keys(), base)
    choice = explain(seen, files, rows, ran)
    unforeseen = tuple(
        entry
        for entry in unexplained
        if entry.id not in seen.by_object or not cost.object_cost(seen, entry.id, ran)
    )
    score = price(seen, files, rows, ran) + sum(_price(entry) for entry in unforeseen)
    score += unchecked_cost(replay.runs, ran, told.bodies_off)
    return Guided(
        dict(ran), choice, replay, seen, rows, unexplained, score, count,
        frozenset(entry.id for entry in unforeseen) & seen.by_object.keys(),
    )  # fmt: skip


def _price(entry: Unexplained) -> float:
    if entry.change is HandChange.CHANGED and {"acl", "owner"}.issuperset(entry.facets):
        return cost.HAND * cost.SOFT_KIND
    return cost.HAND


def _doubts(best: Guided, files: Sequence[File]) -> list[dict[Position, bool]]:
    """The next best shapes of files that touch what is left unexplained, the nearest first.

    What later statements make of such an object only a replay of that shape tells; and so it is
    with what files grant by default.
    """
    defaults = defaults_in_doubt(best.unexplained)
    left = {entry.id for entry in best.unexplained}
    proposals = []
    search = Search(best.timeline, files, best.rows, dict(best.ran))
    for file in files:
        gap, shape = best.better.runner_up.get(file.number, (99.0, ()))
        if not shape or gap > IN_DOUBT:
            continue
        touched = left & search.touched(file)
        granting = touched & defaults
        if granting or (touched and (gap < TIED or touched & best.unforeseen)):
            search.take(file, shape)
            proposals.append((0.0 if granting else gap, search.ran))
            search.start(best.ran)
    return [ran for _, ran in sorted(proposals, key=lambda pair: pair[0])][:MOST_DOUBTS]


def _other_versions(
    best: Guided, files: Sequence[File], versions: Versions
) -> list[dict[Position, bool]]:
    """Where much of a file cannot run: without the earlier file that it is another version of, if
    that one has to do with what is left unexplained."""
    left = {entry.id for entry in best.unexplained}
    refused = {run.file for run in best.replay.runs if run.error and not run.effects}
    if not left or not refused:
        return []
    search = Search(best.timeline, files, best.rows, dict(best.ran))
    by_number = {file.number: file for file in files}
    earlier = versions()
    proposals = []
    for number in sorted(refused & earlier.keys()):
        for other in earlier[number]:
            if left & search.touched(by_number[other]):
                without = dict.fromkeys(by_number[other].positions, False)
                proposals.append({**best.ran, **without})
    return proposals[:MOST_DOUBTS]


def _key(ran: Mapping[Position, bool]) -> tuple[Position, ...]:
    return tuple(sorted(p for p, kept in ran.items() if not kept))
