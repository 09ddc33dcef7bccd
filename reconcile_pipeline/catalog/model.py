"""What a database holds, as values.

An object is named by its kind and its identity. What it is like is its *facets*: named scalar
values (`str | int | bool | None`; lists are sorted where order means nothing and joined by
newlines). Two databases hold the same object when all its facets are equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

Scalar = str | int | bool | None


class Kind(StrEnum):
    """Closed set of object kinds; each has `catalog/sql/<kind>.sql`."""

    SCHEMA = "schema"
    EXTENSION = "extension"
    ENUM = "enum"
    DOMAIN = "domain"
    COMPOSITE_TYPE = "composite_type"
    RANGE_TYPE = "range_type"
    SEQUENCE = "sequence"
    TABLE = "table"
    COLUMN = "column"
    CONSTRAINT = "constraint"
    INDEX = "index"
    STATISTICS = "statistics"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized_view"
    FUNCTION = "function"
    PROCEDURE = "procedure"
    AGGREGATE = "aggregate"
    TRIGGER = "trigger"
    RULE = "rule"
    POLICY = "policy"
    EVENT_TRIGGER = "event_trigger"
    PUBLICATION = "publication"
    PUBLICATION_TABLE = "publication_table"
    PUBLICATION_SCHEMA = "publication_schema"
    DEFAULT_PRIVILEGES = "default_privileges"
    DATABASE_SETTING = "database_setting"
    ROLE_SETTING = "role_setting"
    ROLE = "role"
    FOREIGN_TABLE = "foreign_table"
    FOREIGN_SERVER = "foreign_server"
    FOREIGN_DATA_WRAPPER = "foreign_data_wrapper"
    USER_MAPPING = "user_mapping"
    CAST = "cast"
    COLLATION = "collation"
    OPERATOR = "operator"
    OPERATOR_CLASS = "operator_class"
    OPERATOR_FAMILY = "operator_family"
    TEXT_SEARCH = "text_search"


class ObjectId(NamedTuple):
    """Names one object in a database, e.g. `(Kind.COLUMN, "public.users.email")`."""

    kind: Kind
    identity: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.identity}"


@dataclass(frozen=True, slots=True)
class Rows:
    """All objects of one kind.

    `facets`: facet names, in the order of each object's value tuple.
    `objects`: identity -> facet values.
    `parents`: identity -> the object it belongs to (a column's table), where it has one.
    `roots`: identity -> (catalog name, oid) that a scoped read selects it by; never compared,
    never hashed, since oids differ between equal databases.
    """

    facets: tuple[str, ...]
    objects: Mapping[str, tuple[Scalar, ...]]
    parents: Mapping[str, ObjectId] = field(default_factory=dict)
    roots: Mapping[str, tuple[str, int]] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class CatalogObject:
    """One object with its facets by name."""

    id: ObjectId
    facets: Mapping[str, Scalar]
    parent: ObjectId | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the catalog says of one database at one moment.

    `server_version_num` as in `SHOW server_version_num` (180006). `unreadable`: objects that could
    not be read, with the reason; they degrade themselves, never the run.
    """

    kinds: Mapping[Kind, Rows]
    database: str
    server_version_num: int
    unreadable: tuple[tuple[ObjectId, str], ...] = ()

    def get(self, id: ObjectId) -> CatalogObject | None:
        """The object of this name, or None."""
        rows = self.kinds.get(id.kind)
        if rows is None or (values := rows.objects.get(id.identity)) is None:
            return None
        return CatalogObject(
            id, dict(zip(rows.facets, values, strict=True)), rows.parents.get(id.identity)
        )

    def __contains__(self, id: ObjectId) -> bool:
        rows = self.kinds.get(id.kind)
        return rows is not None and id.identity in rows.objects

    def ids(self) -> Iterator[ObjectId]:
        """The names of all objects, kind by kind."""
        for kind, rows in self.kinds.items():
            for identity in rows.objects:
                yield ObjectId(kind, identity)

    def parent(self, id: ObjectId) -> ObjectId | None:
        """The object that this one belongs to, if any."""
        rows = self.kinds.get(id.kind)
        return None if rows is None else rows.parents.get(id.identity)


class Change(StrEnum):
    """What happened to an object between two snapshots."""

    CREATED = "created"
    ALTERED = "altered"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that differs between two snapshots.

    `facets`: the names that differ (all of them for created and dropped).
    """

    id: ObjectId
    change: Change
    before: Mapping[str, Scalar] | None
    after: Mapping[str, Scalar] | None
    facets: tuple[str, ...]
    parent: ObjectId | None = None
