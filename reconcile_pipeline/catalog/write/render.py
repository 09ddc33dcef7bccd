"""The statements of one step, and those that all kinds have in common."""

from __future__ import annotations

from collections.abc import Iterable

from reconcile_pipeline.catalog.model import Kind, ObjectId
from reconcile_pipeline.catalog.write import grants
from reconcile_pipeline.catalog.write.decide import Decision
from reconcile_pipeline.catalog.write.kinds import column
from reconcile_pipeline.catalog.write.kinds.partition import leave
from reconcile_pipeline.catalog.write.kinds.registry import WRITERS
from reconcile_pipeline.catalog.write.model import Statement
from reconcile_pipeline.catalog.write.names import ident, literal
from reconcile_pipeline.catalog.write.order import Node, Phase
from reconcile_pipeline.catalog.write.world import Item, World

_DELETES = {
    Kind.TABLE: "deletes the table's rows",
    Kind.COLUMN: "deletes the column's values",
    Kind.SCHEMA: "",
}
_WITHOUT_OWNER = frozenset({Kind.EXTENSION, Kind.ROLE})


def render(node: Node, current: World, goal: World, decision: Decision) -> list[Statement]:
    """What this step runs. Raises CannotWriteError where the object cannot be made."""
    id = node.id
    was, now = current.item(id), goal.item(id)
    new = id in decision.created
    writer = WRITERS[id.kind]
    before = None if new else was
    alteration, facets = decision.altered.get(id, (None, frozenset[str]()))
    if new and now is not None:
        facets = frozenset(now.facets)
    if node.phase is Phase.DROP and was is not None:
        return _statements(id, writer.drop(was), [_DELETES.get(id.kind, "")])
    if now is None:
        return []
    if node.phase is Phase.RELEASE and was is not None and id.kind is Kind.TABLE:
        return _statements(id, leave(was, now))
    if node.phase is Phase.RELEASE and was is not None:
        return _statements(id, column.release(was))
    if node.phase is Phase.RESTORE:
        return _statements(id, column.restore(now))
    if node.phase is Phase.ALTER and alteration is not None:
        sql = [*alteration.sql, *_common(was, now, facets)]
        if id in alteration.replaces:  # a type made anew
            sql = [*alteration.sql, *_common(None, now, facets)]
        return _statements(id, sql, alteration.notes)
    if node.phase is Phase.CREATE:
        written = decision.created if now.parent in decision.created else frozenset()
        own = [] if id.kind is Kind.COLUMN and now.parent in written else writer.create(now)
        return _statements(id, [*own, *_common(None, now, facets)])
    if node.phase is Phase.FINISH:
        return _statements(id, writer.finish(before, now, facets))
    if node.phase is Phase.GRANT and facets & {"acl", "column_acl", "identity_acl"}:
        if alteration is not None and id in alteration.replaces:
            before = None
        return _statements(id, grants.write(before, now, target(now)))
    return []


def target(item: Item) -> str:
    """How the object is named where it can be; empty for kinds that take no comment."""
    try:
        return WRITERS[item.id.kind].target(item)
    except NotImplementedError:
        return ""


def _common(was: Item | None, now: Item, facets: frozenset[str]) -> list[str]:
    sql = []
    if "owner" in facets and now.id.kind not in _WITHOUT_OWNER and not _follows_table(was, now):
        owner = now.text("owner")
        made_by = now.world.options.role
        # An event trigger can only be given to a superuser, who is whoever may make one.
        given = owner != made_by and now.id.kind is not Kind.EVENT_TRIGGER
        if was is not None or given:
            sql.append(f"ALTER {target(now)} OWNER TO {ident(owner)}")
    if "comment" in facets and (was is not None or now.text("comment")):
        text = literal(now.text("comment")) if now.facets["comment"] is not None else "NULL"
        sql.append(f"COMMENT ON {target(now)} IS {text}")
    return sql


def _follows_table(was: Item | None, now: Item) -> bool:
    """A sequence that a column owns has the table's owner, and cannot have another."""
    owned = was is not None and was.text("owned_by") and now.text("owned_by")
    return now.id.kind is Kind.SEQUENCE and bool(owned)


def _statements(id: ObjectId, sql: Iterable[str], notes: Iterable[str] = ()) -> list[Statement]:
    note = "; ".join(filter(None, notes))
    return [Statement(id, text, note=note) for text in sql]
