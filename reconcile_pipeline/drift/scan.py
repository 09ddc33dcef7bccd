"""One whole scan of a target: read production, take the inventory, attribute, report.

Production is only read: one short read-only transaction for its catalog and history, and bounded
look-ups of rows afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from reconcile_pipeline.catalog.connect import connect_to_read
from reconcile_pipeline.catalog.ignored import NOTHING, Ignored
from reconcile_pipeline.catalog.normalize import without_maintain
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.drift.model import DriftReport
from reconcile_pipeline.drift.production import Production, read_production
from reconcile_pipeline.migrations.inventory import take_inventory
from reconcile_pipeline.migrations.model import Inventory, Layout
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms.platform import begin, finish
from reconcile_pipeline.shadow.platforms.source import Source
from reconcile_pipeline.shadow.servers.starting import Starting, starting
from reconcile_pipeline.shadow.translate import in_shadows_words, majors_differ

if TYPE_CHECKING:
    from reconcile_pipeline.attribution.model import Attribution

Progress = Callable[[str], None]
Building = Future[tuple[ShadowDatabase, tuple[str, ...]]]

REPLICA = (
    "Production was read on a read replica, which may be behind its primary: reconcile doctor says "
    "how far."
)

#: What judges, in the order in which it is needed: imported while servers are waited for.
_JUDGES = (
    "reconcile_pipeline.attribution.missing_base.base",
    "reconcile_pipeline.shadow.platforms.defaults",
    "reconcile_pipeline.attribution.attribute",
    "reconcile_pipeline.drift.find",
    "reconcile_pipeline.drift.standing",
)


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
    ignored: Ignored = NOTHING,
    shadow_url: str | None = None,
    shadow: Starting | None = None,
    progress: Progress = lambda words: None,
) -> Scan:
    """Scan a target. Raises the errors of its parts; nothing is ever changed.

    `ignored`: what is no drift. `shadow`: a cluster that has been started already, in place of
    `shadow_url`.
    """
    inventory = take_inventory(directory, layout)
    progress("reading production")
    with ExitStack() as stack, ThreadPoolExecutor(1, "ahead") as ahead:
        ahead.submit(_look_ahead, inventory)
        # The server starts while production is read; it is stopped whatever becomes of that.
        cluster = shadow or stack.enter_context(starting(shadow_url))
        building: list[Building] = []
        production = read_production(
            dsn,
            history,
            lambda source: building.append(_build(cluster, source, dsn, inventory)),
            ignored,
        )
        return _attribute(target, dsn, production, inventory, cluster, building[-1], progress)


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


def _look_ahead(inventory: Inventory) -> None:
    """Import what judges, and read what the statements name, which is asked for again and again."""
    for module in _JUDGES:
        import_module(module)
    from reconcile_pipeline.attribution.missing_base.base import names_of

    names_of(inventory.files)


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
    from reconcile_pipeline.attribution.attribute import attribute
    from reconcile_pipeline.attribution.missing_base.base import find_base, install
    from reconcile_pipeline.attribution.own import of_history
    from reconcile_pipeline.drift.find import find
    from reconcile_pipeline.drift.standing import standing
    from reconcile_pipeline.shadow.platforms.defaults import with_early_defaults

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
        if production.replica:
            more += (REPLICA,)
        base = find_base(inventory, seen)
        database, notes = building.result()
        finishing.result()
        notes += more
        database.ignored = production.ignored
        if base.sql:
            notes += install(database, base)
        progress("replaying the migrations")
        attribution = attribute(
            inventory,
            production.history.versions(),
            production.ignored.without_grants(seen),
            lookups,
            database,
            base.ids | of_history(seen, production.history),
            notes,
        )
    ids = [entry.id for entry in attribution.unexplained]
    left = frozenset(production.ignored.of(seen, ids))
    ours = tuple(entry for entry in attribution.unexplained if entry.id not in left)
    attribution = replace(attribution, unexplained=ours)
    report = find(target, attribution, inventory, production.history, production.fingerprint)
    report = replace(
        report,
        as_it_stands=standing(production.snapshot),
        ignored=(*(id for id in ids if id in left), *production.ignored.roles(seen)),
    )
    return Scan(target, production, inventory, attribution, report)
