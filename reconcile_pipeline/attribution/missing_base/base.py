"""The missing base schema: what the files build upon and none of them makes.

Many directories begin with tables that were made in a dashboard. Such objects are taken from
production and put into the shadow beforehand, without what the files themselves add to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import psycopg

from reconcile_pipeline.attribution import said
from reconcile_pipeline.attribution.missing_base.made_before import made_before
from reconcile_pipeline.attribution.missing_base.trimmed import with_former_texts, without
from reconcile_pipeline.attribution.missing_base.unset import unset
from reconcile_pipeline.attribution.missing_base.used_before import used_before
from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows, Snapshot
from reconcile_pipeline.catalog.platform import MANAGED_SCHEMAS
from reconcile_pipeline.migrations.model import Inventory, MigrationFile
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Replay

#: What can be a base: all that files may name without making it.
_KINDS = (
    Kind.SCHEMA, Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE, Kind.SEQUENCE,
    Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE,
    Kind.FOREIGN_TABLE,
)  # fmt: skip
_MAKES_RLS = re.compile(r"\benable\s+row\s+level\s+security\b", re.IGNORECASE)
_ADDS = re.compile(r"\balter\s+table\b.*\badd\b", re.IGNORECASE | re.DOTALL)
_SERIAL = re.compile(r"\b(?:big|small)?serial[248]?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """What the files make, and what they name, by raw identity; tables that they protect."""

    made: frozenset[str]
    named: frozenset[str]
    protected: frozenset[str]


@dataclass(frozen=True, slots=True)
class Base:
    """Objects to put into the shadow beforehand, and the SQL that does."""

    ids: frozenset[ObjectId]
    sql: tuple[str, ...]
    notes: tuple[str, ...]


def names_of(files: Iterable[MigrationFile]) -> Named:
    """Read the names from the statements' trees; what only running a block tells is not in it."""
    from reconcile_pipeline.migrations.blocks import inner_statements
    from reconcile_pipeline.migrations.paths import named_statements
    from reconcile_pipeline.migrations.server_names import sequence_names, server_names

    made: set[str] = set()
    named: set[str] = set()
    protected: set[str] = set()
    for _, statement, found in named_statements(files):
        made |= found.created
        adds, serial = (part.search(statement.sql) for part in (_ADDS, _SERIAL))
        if (adds or serial) and found.created:
            schema = min(found.created).partition(".")[0]
            block = statement.tag.upper() == "DO"
            for sql in inner_statements(statement.sql) if block else (statement.sql,):
                made |= sequence_names(sql, schema)
                if adds:  # A check that came with a column: another one may have its name.
                    made |= server_names(sql, schema)
        named |= found.mentioned | found.altered | found.dropped
        if _MAKES_RLS.search(statement.sql):
            protected |= found.altered | found.mentioned
    return Named(frozenset(made), frozenset(named), frozenset(protected))


def find_base(inventory: Inventory, production: Snapshot) -> Base:
    """The part of production that the files name and do not make."""
    found = names_of(inventory.files)
    early = used_before(inventory.files, production, _raw(production))
    before = made_before(inventory.files, production, found.made, early)
    found = replace(found, made=found.made - before, named=found.named | before)
    wanted: set[ObjectId] = set()
    for kind in _KINDS:
        rows = production.kinds.get(kind)
        for identity in rows.objects if rows else ():
            name = identity.partition("(")[0]
            if name not in found.named or name in found.made or identity == "public":
                continue
            if kind is Kind.SEQUENCE and _comes_with(rows, identity, found.made):
                continue
            wanted.add(ObjectId(kind, identity))
    schemas = {name.partition(".")[0] for name in found.made | found.named} - found.made
    there = production.kinds.get(Kind.SCHEMA, Rows((), {})).objects
    wanted |= {ObjectId(Kind.SCHEMA, name) for name in (schemas & there.keys()) - {"public"}}
    wanted = {id for id in wanted if id.identity.split(".")[0] not in MANAGED_SCHEMAS}
    if not wanted:
        return Base(frozenset(), (), ())
    wanted |= _needed(production, wanted, found.made)
    from reconcile_pipeline.attribution.missing_base.former_columns import former_columns
    from reconcile_pipeline.attribution.missing_base.former_names import former_names
    from reconcile_pipeline.catalog.write import create_objects

    gone = former_columns(inventory, production, wanted, found.made)
    former = former_names(inventory, production, wanted)
    found = replace(found, made=found.made - former.keys())
    statements = (statement.sql for file in inventory.files for statement in file.statements)
    trimmed = with_former_texts(
        unset(without(production, wanted, found.made, found.protected), inventory.files),
        early,
        statements,
    )
    changes = create_objects(trimmed, wanted)
    # A schema does not take along what is in it: that was made by commands of its own.
    whole = {id for id in wanted if id.kind is not Kind.SCHEMA}
    ids = {
        id
        for id in trimmed.ids()
        if id in wanted
        or _above(trimmed, id) & (wanted if id.kind is Kind.DEFAULT_PRIVILEGES else whole)
    }
    listed = ", ".join(sorted(str(id) for id in wanted)[:8])
    more = f" and {len(wanted) - 8} more" if len(wanted) > 8 else ""
    return Base(
        frozenset(ids),
        (*(statement.sql for statement in changes.statements), *former.values(), *gone),
        (f"No file makes {listed}{more}: taken from production as the base to judge upon.",),
    )


def _comes_with(sequences: Rows | None, identity: str, made: frozenset[str]) -> bool:
    """Whether a column owns the sequence that a file makes, so that it came with that."""
    owner = sequences.parents.get(identity) if sequences else None
    return owner is not None and owner.kind is Kind.COLUMN and owner.identity in made


def _raw(production: Snapshot) -> frozenset[str]:
    """The names of what can be a base in production; those of functions without arguments."""
    return frozenset(
        identity.partition("(")[0]
        for kind in _KINDS
        for identity in production.kinds.get(kind, Rows((), {})).objects
    )


def _needed(production: Snapshot, wanted: set[ObjectId], made: frozenset[str]) -> set[ObjectId]:
    """The types of the wanted tables' columns and the tables that they refer to, all the way."""
    types = {
        identity: ObjectId(kind, identity)
        for kind in (Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE)
        for identity in production.kinds.get(kind, Rows((), {})).objects
    }
    tables = production.kinds.get(Kind.TABLE, Rows((), {})).objects
    found: set[ObjectId] = set()
    waiting = list(wanted)
    while waiting:
        id = waiting.pop()
        for kind, facet in ((Kind.COLUMN, "type"), (Kind.CONSTRAINT, "references")):
            rows = production.kinds.get(kind, Rows((), {}))
            for identity, parent in rows.parents.items():
                if parent != id or identity in made:
                    continue
                text = str(rows.objects[identity][rows.facets.index(facet)] or "")
                name = text.partition("(")[0].removesuffix("[]")
                more = types.get(name) if facet == "type" else None
                if facet == "references" and name in tables:
                    more = ObjectId(Kind.TABLE, name)
                if more and more.identity not in made and more not in found | wanted:
                    found.add(more)
                    waiting.append(more)
    return found


def _above(snapshot: Snapshot, id: ObjectId) -> set[ObjectId]:
    found: set[ObjectId] = set()
    parent = snapshot.parent(id)
    while parent is not None and parent not in found:
        found.add(parent)
        parent = snapshot.parent(parent)
    return found


def install(database: ShadowDatabase, base: Base) -> tuple[str, ...]:
    """Put the base into the shadow; what could not be made there is said, not raised."""
    failed = []
    with database.connect_owner() as connection:
        connection.execute("SET check_function_bodies = off")
        for sql in base.sql:
            try:
                connection.execute(sql.encode(), prepare=False)
            except psycopg.Error as error:
                failed.append(str(error.diag.message_primary or type(error).__name__))
    if not failed:
        return base.notes
    return (*base.notes, f"{len(failed)} parts of it could not be made on the shadow.")


def lacking_columns(
    replay: Replay, inventory: Inventory, production: Snapshot
) -> Mapping[tuple[int, int], tuple[tuple[ObjectId, str], ...]]:
    """Columns that statements failed for, that production has and no file makes: statement ->
    (column, SQL that adds it). They were added in a dashboard to a table that a file makes.
    """
    from reconcile_pipeline.catalog.write import write_change
    from reconcile_pipeline.migrations.paths import named_statements

    told = {(n, s.index): found for n, s, found in named_statements(inventory.files)}
    made = frozenset().union(*(found.created for found in told.values()))
    columns = production.kinds.get(Kind.COLUMN, Rows((), {})).objects
    found: dict[tuple[int, int], tuple[tuple[ObjectId, str], ...]] = {}
    seen: set[ObjectId] = set()
    for run in replay.runs:
        match = said.COLUMN.search(run.error) if run.sqlstate == said.UNDEFINED_COLUMN else None
        if match is None:
            continue
        mentioned = told[run.file, run.index]
        tables = mentioned.mentioned | mentioned.altered
        for table in sorted(tables):
            identity = f"{table}.{match['column']}"
            id = ObjectId(Kind.COLUMN, identity)
            if identity not in columns or identity in made or id in seen:
                continue
            if replay.end.get(id) is not None:
                continue  # an alias says which table is meant: another one
            seen.add(id)
            changes = write_change(None, production.get(id))
            sql = tuple(s.sql for s in changes.statements)
            found[run.file, run.index] = (
                *found.get((run.file, run.index), ()),
                *((id, text) for text in sql),
            )
    return found
