"""Run migration text on a shadow as the replay does, statement by statement."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.migrations.statements import split
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.replaying.prepare import Way, prepare
from reconcile_pipeline.shadow.replaying.statement import run


def execute(shadow: ShadowDatabase, connection: Connection[Any], text: str) -> list[psycopg.Error]:
    """Run every statement of `text`, each in a savepoint; the errors of those that failed."""
    errors = []
    for statement in split(text):
        prepared = prepare(statement)
        if prepared.way in (Way.BEGIN, Way.COMMIT, Way.ROLLBACK, Way.SKIP):
            continue
        try:
            with connection.transaction():
                if prepared.way is Way.FOR_OWNER:
                    shadow.run_for_owner(connection, prepared.sql)
                else:
                    run(connection, prepared.sql, prepared.data)
        except psycopg.Error as error:
            errors.append(error)
    return errors


def value(connection: Connection[Any], query: str, *parameters: object) -> Any:
    """The one value that a query answers."""
    row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None
    return row[0]
