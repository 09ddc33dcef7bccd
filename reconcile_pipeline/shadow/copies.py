"""Go back in time: copies of the shadow database, taken while nobody is connected to it.

One long transaction would do the same with savepoints, but in it every statement pays for all the
relations that were made before it. A copy of a database is made once and costs its files.
"""

from __future__ import annotations

import secrets

from psycopg.sql import SQL, Identifier

from reconcile_pipeline.shadow.database import ShadowDatabase

_ROLES = "SELECT rolname FROM pg_catalog.pg_roles"
_WITH_SETTINGS = (
    "SELECT r.rolname FROM pg_catalog.pg_db_role_setting s"
    " JOIN pg_catalog.pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = 0"
)


class Copies:
    """The shadow database as it was at chosen moments. The first copy is of how it is now."""

    def __init__(self, database: ShadowDatabase) -> None:
        self._database = database
        self._prefix = f"reconcile_copy_{secrets.token_hex(4)}"
        self._roles: dict[int, set[str]] = {}
        self._set: dict[int, set[str]] = {}
        self.keep(0)

    def keep(self, number: int) -> None:
        """Copy the database as it is, in place of an older copy. Nobody may be connected to it."""
        with self._database.cluster.commanding() as admin:
            name = Identifier(f"{self._prefix}_{number}")
            admin.execute(SQL("DROP DATABASE IF EXISTS {}").format(name))
            self._roles[number] = {row[0] for row in admin.execute(_ROLES)}
            self._set[number] = {row[0] for row in admin.execute(_WITH_SETTINGS)}
        self._database.let_go()
        self._create(f"{self._prefix}_{number}", self._database.name)

    def go_back(self, number: int) -> None:
        """Make the database what it was at `keep(number)`, roles that files made included."""
        cluster, name = self._database.cluster, Identifier(self._database.name)
        with cluster.commanding() as admin:
            admin.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        self._create(self._database.name, f"{self._prefix}_{number}")
        self._database.apply_settings()
        self._forget_roles(number)

    def _create(self, name: str, template: str) -> None:
        cluster = self._database.cluster
        with cluster.commanding() as admin:
            admin.execute(
                SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy").format(
                    Identifier(name), Identifier(template), Identifier(self._database.owner)
                )
            )
        if name not in cluster.databases:
            cluster.databases.append(name)

    def _forget_roles(self, number: int) -> None:
        """Roles and their settings belong to the cluster, so no copy brings them back."""
        with self._database.cluster.commanding() as admin:
            for (name,) in admin.execute(_WITH_SETTINGS).fetchall():
                if name not in self._set[number]:
                    admin.execute(SQL("ALTER ROLE {} RESET ALL").format(Identifier(name)))
            for (name,) in admin.execute(_ROLES).fetchall():
                if name not in self._roles[number]:
                    admin.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(name)))
