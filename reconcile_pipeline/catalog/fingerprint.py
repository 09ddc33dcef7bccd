"""Two ways to tell that a catalog is the same: by all it says, and by what wrote to it."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.template import versioned


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


def trigger(connection: Connection[Any]) -> str:
    """SHA-256 (hex) that stays the same only when nothing can have changed. Read-only, and cheap.

    Per catalog the number of rows and the sum of their inserting transactions. A later
    transaction's number is greater, so any row that is inserted, replaced or deleted changes the
    one or the other. It also changes for what is no drift (TRUNCATE, temporary tables).
    """
    text = _query(connection.info.server_version // 10000)
    with connection.cursor() as cursor:
        rows = cursor.execute(text).fetchall()
    return hashlib.sha256(repr(sorted(rows)).encode()).hexdigest()


@cache
def _query(major: int) -> str:
    text = (files(__package__) / "sql" / "trigger_fingerprint.sql").read_text(encoding="utf-8")
    return versioned(text, major)
