"""Two ways to tell that a catalog is the same: by all it says, and by what wrote to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.model import Kind, ObjectId, Snapshot
from reconcile_pipeline.catalog.session import glance


def fingerprint(snapshot: Snapshot) -> str:
    """SHA-256 (hex) of the snapshot's normal form: kinds, identities and facets in order.

    Equal databases have equal fingerprints: no oid, no database name, no server version is in it.
    """
    digest = hashlib.sha256()
    for kind in Kind:
        rows = snapshot.kinds.get(kind)
        if rows is None or not rows.objects:
            continue
        listing = [[identity, *rows.objects[identity]] for identity in sorted(rows.objects)]
        text = json.dumps([kind.value, rows.facets, listing], separators=(",", ":"))
        digest.update(text.encode())
    unreadable = sorted([id.kind.value, id.identity] for id, _ in snapshot.unreadable)
    digest.update(json.dumps(unreadable).encode())
    return digest.hexdigest()


def without(snapshot: Snapshot, id: ObjectId) -> Snapshot:
    """The snapshot as if that object were not there; what belongs to it stays."""
    rows = snapshot.kinds.get(id.kind)
    if rows is None or id.identity not in rows.objects:
        return snapshot
    left = {name: values for name, values in rows.objects.items() if name != id.identity}
    return replace(snapshot, kinds={**snapshot.kinds, id.kind: replace(rows, objects=left)})


def trigger(connection: Connection[Any]) -> str:
    """SHA-256 (hex) that stays the same only when nothing can have changed. Read-only, and cheap.

    Made of row versions, so a change counts as soon as it can be seen. It also changes for what is
    no drift (TRUNCATE, temporary tables, the same DDL again).
    """
    query, mappings = _queries()
    counts = by_catalog(glance(connection, query))
    if "pg_foreign_server" in counts:  # else it is not worth its planning
        counts |= by_catalog(glance(connection, mappings))
    counted = [(catalog, *counted) for catalog, counted in counts.items()]
    return hashlib.sha256(repr(sorted(counted)).encode()).hexdigest()


def by_catalog(rows: Iterable[tuple[str, int, int | None]]) -> dict[str, tuple[int, int | None]]:
    """Catalog -> (rows, sum of what wrote them), from what `trigger_fingerprint.sql` found."""
    found = {catalog: (count, ages) for catalog, count, ages in rows}
    _, oldest = found.pop("r")
    return {
        catalog: (count, None if ages is None else count * (oldest or 0) - ages)
        for catalog, (count, ages) in found.items()
    }


@cache
def _queries() -> tuple[str, str]:
    """Of all catalogs but the user mappings, and of those."""
    text = (files(__package__) / "sql" / "helpers" / "trigger_fingerprint.sql").read_text(
        encoding="utf-8"
    )
    head = text.partition("SELECT 'pg_class'")[0]
    query, select, mappings = text.partition("UNION ALL SELECT 'pg_user_mappings'")
    return query, f"{head}SELECT 'r', 0, (TABLE r) {select}{mappings}"
