"""ALTER DEFAULT PRIVILEGES: for one schema on top of the general ones, for all in their place."""

from __future__ import annotations

from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.catalog.write import acl, grants
from reconcile_pipeline.catalog.write.acl import Acl
from reconcile_pipeline.catalog.write.model import Alteration
from reconcile_pipeline.catalog.write.names import ident
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_TARGETS = {
    "tables": "TABLE", "sequences": "SEQUENCE", "functions": "FUNCTION", "types": "TYPE",
    "schemas": "SCHEMA", "large objects": "LARGE OBJECT",
}  # fmt: skip


class DefaultPrivileges(Writer):
    """How SQL makes, changes and drops one of these."""

    def create(self, item: Item) -> list[str]:
        return _change(item, _start(item), acl.parse(item.text("acl")))

    def drop(self, item: Item) -> list[str]:
        return _change(item, acl.parse(item.text("acl")), _start(item))

    def alter(self, was: Item, now: Item, facets: frozenset[str]) -> Alteration | None:
        before, after = acl.parse(was.text("acl")), acl.parse(now.text("acl"))
        return Alteration(tuple(_change(now, before, after)))


def start(identity: str, parent: ObjectId | None, version: int) -> Acl:
    """What these are before anybody set any, on a server of this major version."""
    role, schema, objects = _parts(identity, parent)
    return {} if schema else acl.built_in(_TARGETS[objects], role, version)


def _parts(identity: str, parent: ObjectId | None) -> tuple[str, str | None, str]:
    """Role, schema or None for all, and kind of object."""
    rest, _, objects = identity.rpartition(".")
    schema = parent.identity if parent else "*"
    return rest[: -len(schema) - 1], None if schema == "*" else schema, objects


def _start(item: Item) -> Acl:
    return start(item.id.identity, item.parent, item.world.version)


def _change(item: Item, before: Acl, after: Acl) -> list[str]:
    role, schema, objects = _parts(item.id.identity, item.parent)
    words = f"ALTER DEFAULT PRIVILEGES FOR ROLE {ident(role)}"
    words += f" IN SCHEMA {ident(schema)}" if schema else ""
    every = acl.all_of(_TARGETS[objects], item.world.version)
    sql, _ = grants.difference(before, after, objects.upper(), every)
    return [f"{words} {statement}" for statement in sql]
