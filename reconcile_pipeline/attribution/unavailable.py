"""Extensions that production's server does not have: no file can have made them there.

The shadow gives a stand-in for each, so a replay has them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import Connection

from reconcile_pipeline.attribution.model import HandChange, Unexplained
from reconcile_pipeline.catalog.model import Kind, ObjectId


def unavailable(entries: Iterable[Unexplained], production: Connection[Any]) -> frozenset[ObjectId]:
    """Of the extensions that seem to have been removed, those that production cannot have had."""
    gone = {
        entry.id
        for entry in entries
        if entry.id.kind is Kind.EXTENSION and entry.change is HandChange.REMOVED
    }
    if not gone:
        return frozenset()
    try:
        with production.transaction():
            rows = production.execute("SELECT name FROM pg_available_extensions").fetchall()
    except psycopg.Error:
        return frozenset()
    offered = {row[0] for row in rows}
    return frozenset(id for id in gone if id.identity not in offered)
