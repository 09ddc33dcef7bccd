"""From an object's identity (`schema.table`, unquoted) to the relation in the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.sql import Identifier

_FIND = """
SELECT c.oid::bigint, n.nspname, c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (n.nspname || '.' || c.relname = %(name)s
       OR c.oid = CASE WHEN %(name)s LIKE '%%"%%' THEN pg_catalog.to_regclass(%(name)s) END)
ORDER BY (n.nspname || '.' || c.relname = %(name)s) DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or view that is there."""

    oid: int
    schema: str
    name: str

    @property
    def identifier(self) -> Identifier:
        """The name, fit to be composed into SQL."""
        return Identifier(self.schema, self.name)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def find_relation(connection: Connection[Any], identity: str) -> Relation | None:
    """The relation of this identity, which may also be written with SQL's quotes, or None."""
    row = connection.execute(_FIND, {"name": identity}).fetchone()
    return None if row is None else Relation(int(row[0]), str(row[1]), str(row[2]))
