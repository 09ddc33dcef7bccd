"""One whole scan of a target: read production, take the inventory, attribute, report.

Production is only read: one short read-only transaction for its catalog and history, and bounded
look-ups of rows afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from reconcile_pipeline.attribution.attribute import attribute
from reconcile_pipeline.attribution.base import find_base, install
from reconcile_pipeline.attribution.model import Attribution
from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.fingerprint import fingerprint
from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.catalog.normalize import without_maintain
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.catalog.read import read
from reconcile_pipeline.drift.find import find
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.standing import standing
from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.history.detect import by_name, detect
from reconcile_pipeline.history.model import HistoryState
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Inventory, Layout
from reconcile_pipeline.shadow.cluster import Cluster, cluster
from reconcile_pipeline.shadow.defaults import with_early_defaults
from reconcile_pipeline.shadow.platform import build
from reconcile_pipeline.shadow.source import Source, read_source
from reconcile_pipeline.shadow.translate import in_shadows_words, majors_differ

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Production:
    """What one read-only transaction saw of production.

    `fingerprint` is over the catalog and the history's rows. `system_identifier` is the cluster's,
    empty where the user may not read it.
    """

    snapshot: Snapshot
    source: Source
    history: HistoryState
    fingerprint: str
    system_identifier: str


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything a scan found; what the plan is made from."""

    target: str
    production: Production
    inventory: Inventory
    attribution: Attribution
    report: DriftReport


def scan(
    target: str,
    dsn: str,
    directory: Path,
    *,
    layout: Layout | None = None,
    history: str = "auto",
    shadow_url: str | None = None,
    progress: Progress = lambda words: None,
) -> Scan:
    """Scan a target. Raises the errors of its parts; nothing is ever changed."""
    inventory = take_inventory(directory, layout)
    progress("reading production")
    with ExitStack() as stack, ThreadPoolExecutor(1) as aside:
        # The server starts while production is read; it is stopped whatever becomes of that.
        starting = aside.submit(lambda: stack.enter_context(cluster(shadow_url)))
        production = read_production(dsn, history)
        return _attribute(target, dsn, production, inventory, starting.result(), progress)


def read_production(dsn: str, history: str = "auto") -> Production:
    """Read production's catalog and history in one read-only transaction."""
    with connect_to_read(dsn) as connection:
        try:
            return production_of(connection, history)
        except psycopg.Error as error:
            raise TargetError(
                "Production could not be read: "
                f"{error.diag.message_primary or type(error).__name__}.",
                hint="The user needs to read the catalog and the history table.",
            ) from None


def production_of(connection: Connection[Any], history: str = "auto") -> Production:
    """The same on an open connection: in a transaction of its own if idle, else in the caller's."""
    if connection.info.transaction_status is TransactionStatus.IDLE:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '60s'")
            return production_of(connection, history)
    tool = detect(connection) if history == "auto" else by_name(history)
    state = tool.read(connection)
    snapshot = read(connection, managed=MANAGED_SCHEMAS)
    source = read_source(connection, MANAGED_SCHEMAS)
    return Production(
        snapshot, source, state, combined_fingerprint(snapshot, state), _system(connection)
    )


def combined_fingerprint(snapshot: Snapshot, history: HistoryState) -> str:
    """SHA-256 (hex) over the catalog's fingerprint and the history's rows."""
    rows = [
        [row.version, row.name, list(row.statements or ()), row.checksum, row.applied]
        for row in history.rows
    ]
    text = json.dumps([fingerprint(snapshot), history.tool, history.present, rows])
    return hashlib.sha256(text.encode()).hexdigest()


def attribute_production(
    target: str,
    dsn: str,
    production: Production,
    inventory: Inventory,
    *,
    shadow_url: str | None = None,
    progress: Progress = lambda words: None,
) -> Scan:
    """Judge a directory against what was read of production, on a shadow server."""
    with cluster(shadow_url) as shadow:
        return _attribute(target, dsn, production, inventory, shadow, progress)


def _attribute(
    target: str,
    dsn: str,
    production: Production,
    inventory: Inventory,
    shadow: Cluster,
    progress: Progress,
) -> Scan:
    script = "\n".join(file.text for file in inventory.files)
    progress("building the shadow database")
    with connect_to_read(dsn) as lookups:
        source = with_early_defaults(production.source, inventory.files, production.snapshot)
        database, notes = build(shadow, source, dsn, script, MANAGED_SCHEMAS)
        seen = production.snapshot
        if majors_differ(production.source.version, shadow.version):
            progress("translating production into the shadow server's words")
            seen, more = in_shadows_words(database, seen, dsn)
            notes += more
            if not database.maintain:
                seen = without_maintain(seen)
        base = find_base(inventory, seen)
        if base.sql:
            notes += install(database, base)
        progress("replaying the migrations")
        attribution = attribute(
            inventory,
            production.history.versions(),
            seen,
            lookups,
            database,
            base.ids,
            notes,
        )
    report = find(target, attribution, inventory, production.history, production.fingerprint)
    report = replace(report, as_it_stands=standing(production.snapshot))
    return Scan(target, production, inventory, attribution, report)


def _system(connection: Connection[Any]) -> str:
    try:
        with connection.transaction():
            row = connection.execute(
                "SELECT system_identifier::text FROM pg_control_system()"
            ).fetchone()
    except psycopg.Error:
        return ""
    return str(row[0]) if row else ""
