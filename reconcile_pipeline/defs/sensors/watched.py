"""The targets that a tick looks at, several at a time, each failing for itself only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from reconcile_pipeline.defs.failing import clean
from reconcile_pipeline.defs.partitions import targets
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.errors import ReconcileError
from reconcile_pipeline.flow.target import ResolvedTarget, resolve

T = TypeVar("T")

AT_ONCE = 8  # a tick ends after 60 s, and one that is down may take 5 s to say so


def look_at_each(
    databases: Targets, look: Callable[[ResolvedTarget], T]
) -> tuple[dict[str, T], dict[str, str]]:
    """Target -> what was seen; target -> why nothing was seen, fit to be shown.

    A target that was added since Dagster loaded the code is a partition only once it is loaded
    again; until then it is left out.
    """
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

    names = [name for name in sorted(config.targets) if name in known]
    seen: dict[str, T] = {}
    down: dict[str, str] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for name, found in zip(names, pool.map(one, names), strict=True):
            if isinstance(found, _Reason):
                down[name] = found
            else:
                seen[name] = found
    return seen, down


class _Reason(str):
    """Why a target could not be looked at."""
