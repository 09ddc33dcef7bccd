"""A twin of production: its whole structure on the shadow server, none of its rows.

A shadow database holds the platform only, and the files make the rest. The twin holds what
production holds, so that a plan can be rehearsed on it.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.compare import compare
from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.shadow.clone import dump, restore
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms.platform import prepare_twin
from reconcile_pipeline.shadow.platforms.source import Source
from reconcile_pipeline.shadow.servers.cluster import Cluster

#: What belongs to the cluster, or what a dump of one database leaves out.
NOT_COPIED = frozenset({
    Kind.ROLE, Kind.ROLE_SETTING, Kind.DATABASE_SETTING, Kind.EXTENSION, Kind.USER_MAPPING,
})  # fmt: skip

#: Tables that hosted platforms let the user make policies on, by a hook of their own.
_USERS = (("storage", "objects"), ("storage", "buckets"), ("realtime", "messages"))

_INVALID = """
UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid =
  (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname || '.' || c.relname = %s)
"""


@dataclass(frozen=True, slots=True)
class Twin:
    """`superuser`: production's user is one, so the twin's may do anything too."""

    database: ShadowDatabase
    superuser: bool

    def connect(self, *, as_superuser: bool = False) -> Connection[Any]:
        """A connection in autocommit mode, as production's user or as superuser."""
        cluster, name = self.database.cluster, self.database.name
        if as_superuser or self.superuser:
            return psycopg.connect(cluster.dsn(name), autocommit=True, prepare_threshold=None)
        return psycopg.connect(
            cluster.dsn(name, self.database.owner), autocommit=True, prepare_threshold=None
        )

    def read(self) -> Snapshot:
        """Its catalog, in production's words."""
        with self.connect(as_superuser=True) as connection:
            return self.database.read(connection)


def make_twin(
    cluster: Cluster, source: Source, dsn: str, managed: frozenset[str], *, superuser: bool
) -> Twin:
    """Copy production's structure by pg_dump into a new database. Production is only read.

    What could not be copied is no error here: `unlike` tells. Raises ShadowError where the dump as
    a whole fails.
    """
    database = prepare_twin(cluster, source, managed)
    restore(cluster.dsn(database.name), dump(dsn, "--no-subscriptions"))
    database.apply_settings()
    with cluster.connect_admin(database.name) as admin:
        owner = Identifier(database.owner)
        for schema, table in _USERS if cluster.private else ():
            name = Identifier(schema, table)
            found = admin.execute("SELECT to_regclass(%s)", (f"{schema}.{table}",)).fetchone()
            if found and found[0]:
                admin.execute(SQL("ALTER TABLE {} OWNER TO {}").format(name, owner))
    return Twin(database, superuser)


def add_invalid_indexes(twin: Twin, production: Snapshot) -> None:
    """Indexes whose CREATE INDEX CONCURRENTLY failed: pg_dump leaves them out.

    Where one cannot be made, or not be marked invalid, `unlike` tells.
    """
    invalid = [
        index
        for id in production.ids()
        if id.kind is Kind.INDEX
        and (index := production.get(id)) is not None
        and not index.facets["valid"]
    ]
    if not invalid:
        return
    with twin.connect(as_superuser=True) as connection:
        for index in invalid:
            with suppress(psycopg.Error), connection.transaction():
                connection.execute(str(index.facets["definition"]).encode())
                connection.execute(_INVALID, (index.id.identity,))


def unlike(
    production: Snapshot, twin: Snapshot, left_out: Collection[Kind] = ()
) -> tuple[str, ...]:
    """Objects in which the twin is not as production is, by identity.

    Servers of different major versions print differently: then only what is missing counts.
    """
    same = production.server_version_num // 10000 == twin.server_version_num // 10000
    found = []
    for difference in compare(production, twin):
        if difference.id.kind in NOT_COPIED or difference.id.kind in left_out:
            continue
        if difference.before is None or difference.after is None or same:
            found.append(str(difference.id))
    return tuple(found)
