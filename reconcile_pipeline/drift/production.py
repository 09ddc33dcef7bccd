"""What a scan reads of production: its catalog, its history, and what a shadow must know.

One short read-only transaction; nothing here needs a shadow or judges anything.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.fingerprint import fingerprint
from reconcile_pipeline.catalog.ignored import NOTHING, Ignored
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.catalog.session import looking
from reconcile_pipeline.catalog.unread import may_succeed_again, unread
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.shadow.platforms.source import Source, read_source

Early = Callable[[Source], None]

TRIES = 4  # of a reading that is cut short
PAUSE_S = 0.5


def _nothing(source: Source) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Production:
    """What one read-only transaction saw of production.

    `fingerprint` is over the catalog and the history's rows. `system_identifier` is the cluster's,
    empty where the user may not read it. `replica`: a read replica was read. `ignored`: what of it
    is no drift.
    """

    snapshot: Snapshot
    source: Source
    history: HistoryState
    fingerprint: str
    system_identifier: str
    replica: bool = False
    ignored: Ignored = NOTHING


def read_production(
    dsn: str, history: str = "auto", early: Early = _nothing, ignored: Ignored = NOTHING
) -> Production:
    """Read production's catalog and history in one read-only transaction.

    `early`: told what a shadow must know, before all else is read; once more where that changed
    before a reading that had to be begun anew, since a replica or a pooler cut it short.
    """
    told: list[Source] = []

    def tell(source: Source) -> None:
        if source not in told[-1:]:
            told.append(source)
            early(source)

    for left in reversed(range(TRIES)):
        with connect_to_read(dsn) as connection:
            try:
                return production_of(connection, history, tell, ignored)
            except psycopg.Error as error:
                if not left or not may_succeed_again(error):
                    raise unread(error, dsn) from None
        time.sleep(PAUSE_S)
    raise AssertionError  # the last try returns or raises


def production_of(
    connection: Connection[Any],
    history: str = "auto",
    early: Early = _nothing,
    ignored: Ignored = NOTHING,
) -> Production:
    """The same on an open connection: in a transaction of its own if idle, else in the caller's."""
    if connection.info.transaction_status is TransactionStatus.IDLE:
        with looking(connection, "60s"):
            return production_of(connection, history, early, ignored)
    source = read_source(connection, MANAGED_SCHEMAS)
    early(source)
    tool = detect(connection) if history == "auto" else by_name(history)
    state = tool.read(connection)
    snapshot = read(connection, managed=MANAGED_SCHEMAS)
    replica = connection.execute("SELECT pg_catalog.pg_is_in_recovery()").fetchone() == (True,)
    return Production(
        snapshot,
        source,
        state,
        combined_fingerprint(ignored.without(snapshot), state),
        _system(connection),
        replica,
        ignored,
    )


def combined_fingerprint(snapshot: Snapshot, history: HistoryState) -> str:
    """SHA-256 (hex) over the catalog's fingerprint and the history's rows."""
    rows = [
        [row.version, row.name, list(row.statements or ()), row.checksum, row.applied]
        for row in history.rows
    ]
    text = json.dumps([fingerprint(snapshot), history.tool, history.present, rows])
    return hashlib.sha256(text.encode()).hexdigest()


def _system(connection: Connection[Any]) -> str:
    try:
        with connection.transaction():
            row = connection.execute(
                "SELECT system_identifier::text FROM pg_control_system()"
            ).fetchone()
    except psycopg.Error:
        return ""
    return str(row[0]) if row else ""
