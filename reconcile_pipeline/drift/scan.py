"""One whole scan of a target: read production, take the inventory, attribute, report.

Production is only read: one short read-only transaction for its catalog and history, and bounded
look-ups of rows afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.pq import TransactionStatus

from reconcile_pipeline.attribution.attribute import attribute
from reconcile_pipeline.attribution.base import find_base, install, names_of
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
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.defaults import with_early_defaults
from reconcile_pipeline.shadow.platform import begin, finish
from reconcile_pipeline.shadow.source import Source, read_source
from reconcile_pipeline.shadow.starting import Starting, starting
from reconcile_pipeline.shadow.translate import in_shadows_words, majors_differ

Progress = Callable[[str], None]
Early = Callable[[Source], None]
Building = Future[tuple[ShadowDatabase, tuple[str, ...]]]


def _nothing(source: Source) -> None:
    pass


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
    shadow: Starting | None = None,
    progress: Progress = lambda words: None,
) -> Scan:
    """Scan a target. Raises the errors of its parts; nothing is ever changed.

    `shadow`: a cluster that has been started already, in place of `shadow_url`.
    """
    inventory = take_inventory(directory, layout)
    progress("reading production")
    with ExitStack() as stack, ThreadPoolExecutor(1, "names") as ahead:
        # What the statements name is asked for again and again: read while servers are waited for.
        ahead.submit(names_of, inventory.files)
        # The server starts while production is read; it is stopped whatever becomes of that.
        cluster = shadow or stack.enter_context(starting(shadow_url))
        building: list[Building] = []
        production = read_production(
            dsn, history, lambda source: building.append(_build(cluster, source, dsn, inventory))
        )
        return _attribute(target, dsn, production, inventory, cluster, building[0], progress)


def read_production(dsn: str, history: str = "auto", early: Early = _nothing) -> Production:
    """Read production's catalog and history in one read-only transaction.

    `early`: told what a shadow must know, before all else is read.
    """
    with connect_to_read(dsn) as connection:
        try:
            return production_of(connection, history, early)
        except psycopg.Error as error:
            raise TargetError(
                "Production could not be read: "
                f"{error.diag.message_primary or type(error).__name__}.",
                hint="The user needs to read the catalog and the history table.",
            ) from None


def production_of(
    connection: Connection[Any], history: str = "auto", early: Early = _nothing
) -> Production:
    """The same on an open connection: in a transaction of its own if idle, else in the caller's."""
    if connection.info.transaction_status is TransactionStatus.IDLE:
        with connection.transaction(force_rollback=True):
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            connection.execute("SET LOCAL lock_timeout = '2s'; SET LOCAL statement_timeout = '60s'")
            return production_of(connection, history, early)
    source = read_source(connection, MANAGED_SCHEMAS)
    early(source)
    tool = detect(connection) if history == "auto" else by_name(history)
    state = tool.read(connection)
    snapshot = read(connection, managed=MANAGED_SCHEMAS)
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
    with starting(shadow_url) as shadow:
        building = _build(shadow, production.source, dsn, inventory)
        return _attribute(target, dsn, production, inventory, shadow, building, progress)


def _build(shadow: Starting, source: Source, dsn: str, inventory: Inventory) -> Building:
    script = "\n".join(file.text for file in inventory.files)
    return shadow.then(lambda cluster: begin(cluster, source, dsn, script, MANAGED_SCHEMAS))


def _attribute(
    target: str,
    dsn: str,
    production: Production,
    inventory: Inventory,
    shadow: Starting,
    building: Building,
    progress: Progress,
) -> Scan:
    progress("building the shadow database")
    source = with_early_defaults(production.source, inventory.files, production.snapshot)
    finishing = shadow.then(lambda cluster: finish(building.result()[0], source))
    with connect_to_read(dsn) as lookups:
        seen = production.snapshot
        more: tuple[str, ...] = ()
        if majors_differ(production.source.version, shadow.cluster().version):
            progress("translating production into the shadow server's words")
            finishing.result()
            database, _ = building.result()
            seen, more = in_shadows_words(database, seen, dsn)
            if not database.maintain:
                seen = without_maintain(seen)
        base = find_base(inventory, seen)
        database, notes = building.result()
        finishing.result()
        notes += more
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
