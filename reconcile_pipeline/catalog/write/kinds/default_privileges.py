"""ALTER DEFAULT PRIVILEGES: for one schema on top of the general ones, for all in their place."""

from __future__ import annotations

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


def _parts(item: Item) -> tuple[str, str | None, str]:
    """Role, schema or None for all, and kind of object."""
    rest, _, objects = item.id.identity.rpartition(".")
    schema = item.parent.identity if item.parent else "*"
    return rest[: -len(schema) - 1], None if schema == "*" else schema, objects


def _start(item: Item) -> Acl:
    role, schema, objects = _parts(item)
    return {} if schema else acl.built_in(_TARGETS[objects], role, item.world.version)


def _change(item: Item, before: Acl, after: Acl) -> list[str]:
    role, schema, objects = _parts(item)
    start = f"ALTER DEFAULT PRIVILEGES FOR ROLE {ident(role)}"
    start += f" IN SCHEMA {ident(schema)}" if schema else ""
    every = acl.all_of(_TARGETS[objects], item.world.version)
    sql, _ = grants.difference(before, after, objects.upper(), every)
    return [f"{start} {statement}" for statement in sql]
