"""The SQL of a backfill, made from its declaration and the catalog.

An admin is a row whose address is on the list, letter case of ASCII apart, and confirmed: where the
source has the confirmation column it must be set, since an address that nobody confirmed is no
proof of who owns it. Other letters are compared as they are: folding them by Unicode's rules would
let look-alikes pass. Metadata that users can edit is never looked at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Composable, Composed, Identifier

from reconcile_pipeline.apply.names import Relation, find_relation
from reconcile_pipeline.catalog.parameters import with_parameters
from reconcile_pipeline.errors import ApplyError
from reconcile_pipeline.plan.backfill import fold
from reconcile_pipeline.plan.model import Backfill

_UNIQUE = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_index i
               JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
               WHERE i.indrelid = %s AND a.attname = %s AND i.indisunique AND i.indisvalid
                 AND i.indimmediate AND i.indnkeyatts = 1 AND i.indpred IS NULL)
"""
_COLUMNS = """
SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped
"""


class Care(StrEnum):
    """How an INSERT keeps from adding a row twice. Each more costs a tenth of the time and more.

    Where too little is taken, the unique index refuses the page, and nothing of it is left.
    """

    NONE = "none"  # for pages of which no row is there
    LOOKING = "looking"  # pass over rows that are there
    BESIDE_OTHERS = "beside_others"  # and over those that somebody else adds at this very moment

    def more(self) -> Care:
        """The next one."""
        return Care.LOOKING if self is Care.NONE else Care.BESIDE_OTHERS


@dataclass(frozen=True, slots=True)
class Pages:
    """A backfill's SQL. `key_type` is the source key's; `confirmed`: confirmation is looked at.

    `plain` is the source where it is a relation and no query. `parameters` go with every query:
    the addresses are never part of a query's text.
    """

    target: Relation
    source: Composable
    plain: Relation | None
    key: Identifier
    key_type: Composable
    target_key: Identifier
    columns: Composable
    values: Composable
    is_admin: Composable | None
    is_listed: Composable | None
    role: Identifier | None
    confirmed: bool
    parameters: Mapping[str, Any]

    def insert(self, condition: Composable, care: Care, *, by_key: bool = False) -> Composed:
        """Insert what is missing of the rows `source` of which the condition holds.

        `by_key`: in the order of the key, however they are read.
        """
        conflict = SQL(" ON CONFLICT ({}) DO NOTHING").format(self.target_key)
        there = SQL("source.{} IS NOT NULL").format(self.key)
        return SQL(
            "INSERT INTO {target} ({columns}) SELECT {values} FROM {source} AS source "
            "WHERE {condition} AND {missing}{order}{conflict}"
        ).format(
            target=self.target.identifier,
            columns=self.columns,
            values=self.values,
            source=self.source,
            condition=condition,
            missing=there if care is Care.NONE else self.missing,
            order=SQL(" ORDER BY source.{}").format(self.key) if by_key else SQL(""),
            conflict=conflict if care is Care.BESIDE_OTHERS else SQL(""),
        )

    @property
    def missing(self) -> Composed:
        """True for a row `source` that has a key, and no row in the target."""
        return SQL(
            "source.{key} IS NOT NULL AND NOT EXISTS "
            "(SELECT FROM {target} AS present WHERE present.{target_key} = source.{key})"
        ).format(target=self.target.identifier, target_key=self.target_key, key=self.key)

    def admins(self) -> Composed:
        """How many rows `source` are admins, and how many are on the list. One row."""
        none = SQL("false")
        return SQL(
            "SELECT count(*) FILTER (WHERE {}), count(*) FROM {} AS source "
            "WHERE source.{} IS NOT NULL AND {}"
        ).format(self.is_admin or none, self.source, self.key, self.is_listed or none)

    def count(self, condition: Composable) -> Composed:
        """How many rows `source` there are of which the condition holds."""
        return SQL("SELECT count(*) FROM {} AS source WHERE source.{} IS NOT NULL AND {}").format(
            self.source, self.key, condition
        )


def make_pages(connection: Connection[Any], backfill: Backfill, admins: Sequence[str]) -> Pages:
    """Look everything up in the catalog. Raises ApplyError where the declaration does not fit."""
    target = find_relation(connection, backfill.target)
    if target is None:
        raise ApplyError(f"There is no table {backfill.target} to fill.", hint="Make a new plan.")
    types = {str(n): str(t) for n, t in connection.execute(_COLUMNS, (target.oid,))}
    role = backfill.role
    wanted = [backfill.target_key, *backfill.columns, *([role.column] if role else [])]
    for name in wanted:
        if name not in types:
            raise ApplyError(f"{target} has no column {name}.", hint="Make a new plan.")
    unique = connection.execute(_UNIQUE, (target.oid, backfill.target_key)).fetchone()
    if not unique or not unique[0]:
        raise ApplyError(
            f"{target}.{backfill.target_key} has no unique index: a row could be filled in twice.",
            hint="Give it a primary key or a unique constraint first.",
        )
    source, plain = _source(connection, backfill.source)
    described = connection.execute(
        with_parameters(SQL("SELECT * FROM {} AS source LIMIT 0").format(source)), {}
    )
    names = {each.name: each for each in described.description or ()}
    if backfill.source_key not in names:
        raise ApplyError(f"The source has no column {backfill.source_key}.")
    key_type = connection.execute(
        "SELECT pg_catalog.format_type(%s, NULL)", (names[backfill.source_key].type_code,)
    ).fetchone()
    assert key_type is not None
    values: list[Composable] = [SQL("source.{}").format(Identifier(backfill.source_key))]
    values += [_expression(text) for text in backfill.columns.values()]
    confirmed = bool(role and role.confirmed_column in names)
    is_admin: Composed | None = None
    is_listed: Composed | None = None
    given: dict[str, Any] = {}
    if role:
        is_listed = listed(role.address_column)
        is_admin = is_listed
        if confirmed:
            is_admin += SQL(" AND source.{} IS NOT NULL").format(Identifier(role.confirmed_column))
        given = {
            "admins": sorted({fold(each) for each in admins}),
            "admin_role": role.admin_role,
            "default_role": role.default_role,
        }
        values.append(
            SQL(
                "(CASE WHEN {} THEN %(admin_role)s::text ELSE %(default_role)s::text END)::{}"
            ).format(is_admin, _spelled(types[role.column]))
        )
    return Pages(
        target=target,
        source=source,
        plain=plain,
        key=Identifier(backfill.source_key),
        key_type=_spelled(key_type[0]),
        target_key=Identifier(backfill.target_key),
        columns=SQL(", ").join(map(Identifier, wanted)),
        values=SQL(", ").join(values),
        is_admin=is_admin,
        is_listed=is_listed,
        role=Identifier(role.column) if role else None,
        confirmed=confirmed,
        parameters=given,
    )


def _source(connection: Connection[Any], source: str) -> tuple[Composable, Relation | None]:
    if source.strip().upper().startswith(("SELECT ", "SELECT\n", "WITH ", "TABLE ", "VALUES ")):
        return SQL("({})").format(_expression(source.strip().rstrip(";"))), None
    found = find_relation(connection, source)
    if found is None:
        raise ApplyError(f"There is no table {source} to fill from.", hint="Make a new plan.")
    return found.identifier, found


def _expression(text: str) -> Composable:
    """SQL of the approved plan, as it is; psycopg reads % as a parameter's begin."""
    return SQL(text.replace("%", "%%"))


def _spelled(kind: str) -> Composable:
    """A type as the server itself spells it; psycopg reads % as a parameter's begin."""
    return SQL(kind.replace("%", "%%"))


def listed(address: str) -> Composed:
    """True for a row `source` whose address is one of the parameter `admins`, folded ones."""
    return SQL(
        'coalesce(pg_catalog.lower(source.{}::text COLLATE "C") = ANY (%(admins)s::text[]), false)'
    ).format(Identifier(address))
