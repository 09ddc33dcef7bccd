"""How large the tables are that a plan's steps lock, as production says now."""

from __future__ import annotations

from importlib.resources import files

import psycopg

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.target import ResolvedTarget
from reconcile_pipeline.plan.model import Plan
from reconcile_pipeline.plan.sizes import Size

_SIZES = (files("reconcile_pipeline.flow") / "sql/sizes.sql").read_bytes()


def sizes_of(target: ResolvedTarget, plan: Plan) -> dict[str, Size]:
    """The sizes of what the plan locks. Production is only read, in one transaction.

    Sizes are for whoever reads the plan, and no part of it: they change with every row. So where
    they cannot be had (somebody holds a lock, the server is gone meanwhile) nothing is said of
    them.
    """
    names = sorted({name for step in plan.steps for name in step.locks or ()})
    if not names:
        return {}
    try:
        with connect_to_read(target.dsn) as connection, looking(connection, "5s", lock="1s"):
            found = connection.execute(_SIZES, (names,)).fetchall()
    except (psycopg.Error, TargetError):
        return {}
    return {name: Size(size, rows) for name, size, rows in found}
