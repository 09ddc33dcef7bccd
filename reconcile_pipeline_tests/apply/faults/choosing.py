"""Which faults at which points: every kind at every step, and where it hurts most more often."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from reconcile_pipeline_tests.apply.faults.kinds import DDL, Fault, Kind
from reconcile_pipeline_tests.apply.faults.points import Point

LOCKED = (
    "auth.users",
    "public.clients",
    "public.user_profiles",
    "supabase_migrations.schema_migrations",
)

#: How many points of each step, spread evenly; besides what `_always` adds.
SPREAD = {
    Kind.KILL: 2,
    Kind.KILL_TWICE: 1,
    Kind.SERVER: 1,
    Kind.TERMINATE: 2,
    Kind.SOCKET: 1,
    Kind.WATCHER: 1,
    Kind.LOCK: 1,
    Kind.DDL: 2,
    Kind.TWO: 1,
    Kind.DISK: 1,
    Kind.PROJECT_DISK: 1,
    Kind.BIG_FILE: 1,
    Kind.CLOCK: 1,
}


def choose(kind: Kind, points: Sequence[Point]) -> list[Fault]:
    """The faults of one kind, in the order of their points."""
    chosen = {point.number: point for point in _always(kind, points)}
    for step in dict.fromkeys(point.step for point in points):
        mine = [point for point in points if point.step == step]
        count = SPREAD.get(kind, 0)
        for place in range(count):
            point = mine[(2 * place + 1) * len(mine) // (2 * count)]
            chosen[point.number] = point
    ordered = [chosen[number] for number in sorted(chosen)]
    return [_fault(kind, number, point) for number, point in enumerate(ordered)]


def _always(kind: Kind, points: Sequence[Point]) -> Iterator[Point]:
    """Around each commit, so between batches too, and at each line brought to disk."""
    steps = [point for point in points if point.step in ("table", "trigger", "index", "fill",
                                                         "history", "files")]  # fmt: skip
    commits = [point for point in steps if point.what == "commit"]
    if kind in (Kind.BEFORE_COMMIT, Kind.AFTER_COMMIT):
        yield from commits
    elif kind is Kind.KILL_WAITED:
        yield from (each for each in commits if each.step == "trigger")
    elif kind is Kind.KILL:
        yield from commits
        yield from _next(points, commits)
        yield from (each for each in steps if each.what == "fsync" and each.step != "files")
    elif kind is Kind.SERVER:
        yield from commits


def _next(points: Sequence[Point], chosen: Iterable[Point]) -> Iterator[Point]:
    yield from (points[each.number] for each in chosen if each.number < len(points))


def _fault(kind: Kind, number: int, point: Point) -> Fault:
    detail = ""
    if kind is Kind.LOCK:
        detail = LOCKED[number % len(LOCKED)]
        if detail == "public.user_profiles" and point.step not in ("fill", "history", "verifying"):
            detail = "auth.users"
    if kind is Kind.DDL:
        detail = str(number % len(DDL))
    return Fault(kind, point.number, point.step, point.what, detail)
