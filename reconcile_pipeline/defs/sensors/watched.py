"""The targets that a tick looks at, several at a time, each failing for itself only."""

import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from reconcile_pipeline.defs.failing import clean
from reconcile_pipeline.defs.partitions import targets
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.target import ResolvedTarget, resolve

T = TypeVar("T")

AT_ONCE = 16  # connections: many targets may share one server, whose number of clients has a bound
TICK_S = 40  # Dagster ends a tick after 60 s, and what it has seen until then would be lost
LATE = "this tick had no time left for it"


def look_at_each(
    databases: Targets,
    look: Callable[[ResolvedTarget], T],
    *,
    last: Collection[str] = (),
    at_once: int = AT_ONCE,
    within_s: float = TICK_S,
) -> tuple[dict[str, T], dict[str, str]]:
    """Target -> what was seen; target -> why nothing was seen, fit to be shown.

    `last`: those that were down, so that however many they are, the others come first. After
    `within_s` seconds nobody is waited for: who has not answered is down, and who was not asked is
    late (`LATE`). A target that was added since Dagster loaded the code is a partition only once it
    is loaded again; until then it is left out.
    """
    end = time.monotonic() + within_s
    known = set(targets.get_partition_keys())
    config = databases.config()

    def one(name: str) -> T | _Reason:
        dsn = ""
        try:
            target = resolve(config, name)  # the file is read once a tick, not once a target
            dsn = target.dsn
            return look(target)
        except ReconcileError as error:
            return _Reason(clean(f"{error.message} {error.hint}".strip(), [dsn]))
        except Exception as error:  # one target's trouble is never another's
            return _Reason(clean(f"{type(error).__name__}: {error}", [dsn])[:300])

    names = sorted(known & set(config.targets), key=lambda name: (name in last, name))
    pool = ThreadPoolExecutor(at_once)
    try:
        looks: dict[str, Future[T | _Reason]] = {name: pool.submit(one, name) for name in names}
        wait(looks.values(), timeout=max(0.0, end - time.monotonic()))
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    seen: dict[str, T] = {}
    down: dict[str, str] = {}
    for name, found in sorted(looks.items()):
        if found.cancelled():
            result: T | _Reason = _Reason(LATE)
        elif not found.done():
            result = _Reason(f"it has not answered in {within_s:.0f} s")
        else:
            result = found.result()
        if isinstance(result, _Reason):
            down[name] = result
        else:
            seen[name] = result
    return seen, down


class _Reason(str):
    """Why a target could not be looked at."""
