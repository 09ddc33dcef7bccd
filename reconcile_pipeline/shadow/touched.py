"""Which part of the catalog a statement may have changed, from what the recorder noted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.shadow.state import Root, State

#: Statements after which other objects read differently, not only those they name.
SPREADS = re.compile(
    r"\b(rename|set\s+schema|reassign\s+owned|drop\s+owned|alter\s+extension)\b", re.IGNORECASE
)

#: Catalogs whose access lists GRANT and REVOKE write, with the root that a row belongs to.
_GRANTED = {
    "pg_class": "SELECT 'pg_class', oid::int8 FROM pg_catalog.pg_class WHERE {new}",
    "pg_attribute": "SELECT 'pg_class', attrelid::int8 FROM pg_catalog.pg_attribute WHERE {new}",
    "pg_proc": "SELECT 'pg_proc', oid::int8 FROM pg_catalog.pg_proc WHERE {new}",
    "pg_namespace": "SELECT 'pg_namespace', oid::int8 FROM pg_catalog.pg_namespace WHERE {new}",
    "pg_type": "SELECT 'pg_type', oid::int8 FROM pg_catalog.pg_type WHERE {new}",
    "pg_default_acl": (
        "SELECT 'pg_default_acl', oid::int8 FROM pg_catalog.pg_default_acl WHERE {new}"
    ),
    "pg_foreign_server": (
        "SELECT 'pg_foreign_server', oid::int8 FROM pg_catalog.pg_foreign_server WHERE {new}"
    ),
}
_WRITTEN = "(xmin::text::int8 >= {first})"
_GRANT_SCAN = " UNION ALL ".join(_GRANTED.values()).replace("{new}", _WRITTEN)

#: Dropped objects whose root is their table, known only by the name they had.
_BY_NAME = {"index": Kind.INDEX, "statistics": Kind.STATISTICS, "sequence": Kind.SEQUENCE}

#: Kinds that no event trigger watches: read whole when their catalog's write counter moved.
UNWATCHED: tuple[tuple[Kind, ...], ...] = (
    (Kind.ROLE,),
    (Kind.DATABASE_SETTING, Kind.ROLE_SETTING),
    (Kind.EVENT_TRIGGER,),
    (Kind.EXTENSION,),
    (Kind.PUBLICATION, Kind.PUBLICATION_TABLE, Kind.PUBLICATION_SCHEMA),
    (Kind.DEFAULT_PRIVILEGES,),
)


def roots(
    words: Iterable[str], state: State, connection: Connection[Any], first_transaction: int
) -> tuple[set[Root], bool]:
    """The roots that the recorder's words name, and whether access lists may have changed.

    `first_transaction`: the next transaction id before the statement ran; rows written since have
    that or a later one.
    """
    found: set[Root] = set()
    granted = False
    for word in words:
        catalog, _, value = word.partition(":")
        if catalog == "acl":
            granted = True
        elif catalog in _BY_NAME:
            name = bytes.fromhex(value).decode()
            if root := state.root(ObjectId(_BY_NAME[catalog], name)):
                found.add(root)
        elif catalog != "publications" and value != "0":
            found.add((catalog, int(value)))
    if granted:
        query = _GRANT_SCAN.replace("{first}", str(int(first_transaction)))
        found |= {(catalog, oid) for catalog, oid in connection.execute(query.encode())}
    return found, granted


def with_descendants(found: set[Root], connection: Connection[Any]) -> set[Root]:
    """Adds the partitions and children of touched tables: what ALTER TABLE does reaches them."""
    tables = [oid for catalog, oid in found if catalog == "pg_class"]
    if not tables:
        return found
    rows = connection.execute(
        """WITH RECURSIVE below AS (
             SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = ANY (%s::oid[])
             UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i
               JOIN below ON i.inhparent = below.inhrelid)
           SELECT inhrelid::int8 FROM below""",
        (tables,),
    )
    return found | {("pg_class", oid) for (oid,) in rows}
