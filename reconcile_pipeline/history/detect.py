"""Which history a database has."""

from __future__ import annotations

from typing import Any

from psycopg import Connection

from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.history.alembic import Alembic
from reconcile_pipeline.history.atlas import Atlas
from reconcile_pipeline.history.dbmate import Dbmate
from reconcile_pipeline.history.drizzle import Drizzle
from reconcile_pipeline.history.flyway import Flyway
from reconcile_pipeline.history.golang_migrate import GolangMigrate
from reconcile_pipeline.history.goose import Goose
from reconcile_pipeline.history.liquibase import Liquibase
from reconcile_pipeline.history.model import History
from reconcile_pipeline.history.none import NoHistory
from reconcile_pipeline.history.prisma import Prisma
from reconcile_pipeline.history.sqlx import Sqlx
from reconcile_pipeline.history.supabase import Supabase

# In the order in which they are asked: what is most particular first.
_HISTORIES: dict[str, type[History]] = {
    "supabase": Supabase,
    "flyway": Flyway,
    "liquibase": Liquibase,
    "atlas": Atlas,
    "prisma": Prisma,
    "drizzle": Drizzle,
    "sqlx": Sqlx,
    "goose": Goose,
    "golang-migrate": GolangMigrate,
    "dbmate": Dbmate,
    "alembic": Alembic,
    "none": NoHistory,
}
# A project that never pushed has no history table yet; these still say whose it is. Roles alone do
# not: they belong to the whole server.
_IS_SUPABASE = (
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'authenticator') AND EXISTS ("
    "SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "ON n.oid = c.relnamespace WHERE n.nspname = 'auth' AND c.relname = 'users')"
)


def by_name(name: str) -> History:
    """The history module of this name. Raises ConfigError where there is none."""
    if name not in _HISTORIES:
        raise ConfigError(
            f"There is no history tool {name!r}.", hint=f"Known: {', '.join(_HISTORIES)}."
        )
    return _HISTORIES[name]()


def detect(connection: Connection[Any]) -> History:
    """The history that is present; on a Supabase project without one, Supabase's; else none."""
    for kind in _HISTORIES.values():
        history = kind()
        if history.read(connection).present:
            return history
    row = connection.execute(_IS_SUPABASE).fetchone()
    return Supabase() if row and row[0] else NoHistory()
