"""Functions whose bodies name what is not there, made without a look at their bodies.

PostgreSQL checks a body when a function is made. Somebody may have made it where that was off, as
pg_restore does, or while a table was there that is gone since. What comes of it is kept only where
it is proved that this is how things are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.catalog.model import Difference
from reconcile_pipeline.migrations.model import Statement
from reconcile_pipeline.shadow.replaying.execute import Executor
from reconcile_pipeline.shadow.replaying.follow import AFTER, Follower
from reconcile_pipeline.shadow.replaying.pending import Running
from reconcile_pipeline.shadow.replaying.prepare import Prepared, Way

#: Whether the objects are known to be there in just the shape that these effects give them.
Proved = Callable[[Sequence[Difference]], bool]

_TAGS = frozenset({"CREATE FUNCTION", "CREATE PROCEDURE"})


def may_be(statement: Statement, failed: Running) -> bool:
    """Whether it is worth another try: what makes a function, and was refused."""
    return bool(failed.error) and statement.tag.upper() in _TAGS


def make(
    connection: Connection[Any],
    follower: Follower,
    executor: Executor,
    statement: Statement,
    prepared: Prepared,
    failed: Running,
    proved: Proved,
) -> Running:
    """Run it again with bodies unchecked; answers `failed`, and nothing of it is left, where it
    fails for something else or it is not `proved` what it makes."""
    if prepared.way is not Way.OWNER:
        return failed
    follower.settle(connection)
    mark = follower.mark()
    running = Running(failed.file, failed.index, unchecked=failed.error)
    try:
        said = executor.execute_unchecked(prepared, AFTER)
    except psycopg.Error:
        return failed
    follower.note(connection, statement, running, True, said)
    follower.settle(connection)
    if proved(running.effects):
        return running
    executor.give_up()
    follower.go_back(mark)
    return failed
