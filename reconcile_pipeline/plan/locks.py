"""The relations that a step locks, and how strongly: from its statements and production's catalog.

`migrations/locks.py` reads what a statement's text tells. The catalog tells the rest: partitions,
foreign keys, the table of an index, what a view reads. The rehearsal compares this with what the
step's transaction really holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pglast import ast
from pglast.enums import AlterTableType as AT
from pglast.enums import ConstrType, DropBehavior, ObjectType

from reconcile_pipeline.catalog.model import Snapshot
from reconcile_pipeline.migrations.blocks import COMPUTED, inner_statements
from reconcile_pipeline.migrations.locks import LockMode, locks_of
from reconcile_pipeline.migrations.references import names
from reconcile_pipeline.migrations.tree import (
    Node,
    parse,
    qualified,
    relation,
    relations,
    texts,
    walk,
)
from reconcile_pipeline.plan.model import Backfill, Step
from reconcile_pipeline.plan.relations import Relations

_SHARE, _ROWS = LockMode.ACCESS_SHARE, LockMode.ROW_EXCLUSIVE
_EXCLUSIVE = LockMode.ACCESS_EXCLUSIVE
_ROW_SHARE, _SRE = LockMode.ROW_SHARE, LockMode.SHARE_ROW_EXCLUSIVE

Lock = tuple[str, LockMode]


def locks_of_step(
    statements: Iterable[str],
    snapshot: Snapshot,
    touched: Iterable[str] = (),
    earlier: Iterable[str] = (),
) -> dict[str, str]:
    """Relation -> the strongest mode, e.g. `ACCESS EXCLUSIVE`, by name.

    `touched`: relations that the statements are known to alter, whatever their text says.
    `earlier`: statements that steps before this one run, which may add the foreign key that this
    one validates, or build the index that it names. What the step itself makes is nobody else's
    yet, and left out.
    """
    known = Relations(snapshot)
    for sql in earlier:
        known.foreign_keys.update(_added_keys(sql))
        known.table_of_index.update(_indexes(sql, known))
    found: dict[str, LockMode] = {}
    made: set[str] = set()
    for sql in statements:
        for name, mode in _of_statement(sql, known, frozenset(touched)):
            if COMPUTED not in name:
                found[name] = max(mode, found.get(name, mode))
        made |= _made(sql) - known.names
    return {name: found[name].sql for name in sorted(found.keys() - made)}


def backfill_locks(
    backfill: Backfill, snapshot: Snapshot, before: Iterable[Step]
) -> dict[str, str]:
    """As above, of a backfill's pages: what it reads, what it fills, what that refers to.

    `before`: the steps that may make the table that is filled.
    """
    known = Relations(snapshot)
    found = {name: _SHARE for node in parse(backfill.source) for name in relations(node)}
    if not found:
        found[backfill.source] = _ROW_SHARE  # its rows' keys may be referred to
    for step in before:
        for sql in step.statements:
            for node in parse(sql):
                if isinstance(node, ast.CreateStmt) and relation(node.relation) == backfill.target:
                    for part in walk(node):
                        if isinstance(part, ast.Constraint) and part.pktable is not None:
                            found[relation(part.pktable)] = _ROW_SHARE
    for node in parse("INSERT INTO t SELECT"):
        for name, mode in _spread(node, backfill.target, _ROWS, known):
            found[name] = max(mode, found.get(name, mode))
    return {name: found[name].sql for name in sorted(found)}


def _added_keys(sql: str) -> Iterator[tuple[str, str]]:
    """(constraint, the table it refers to) of each named foreign key that a statement adds."""
    for node in parse(sql):
        if isinstance(node, ast.AlterTableStmt):
            for command in node.cmds or ():
                added = command.def_
                if isinstance(added, ast.Constraint) and added.pktable is not None:
                    yield f"{relation(node.relation)}.{added.conname}", relation(added.pktable)


def _indexes(sql: str, known: Relations) -> Iterator[tuple[str, str]]:
    """(index, its table) of each index that a statement builds or renames."""
    for node in parse(sql):
        if isinstance(node, ast.IndexStmt) and node.idxname and node.relation is not None:
            table = relation(node.relation)
            yield f"{table.partition('.')[0]}.{node.idxname}", table
        elif isinstance(node, ast.RenameStmt) and node.renameType == ObjectType.OBJECT_INDEX:
            old = relation(node.relation)
            if old in known.table_of_index:
                yield f"{old.partition('.')[0]}.{node.newname}", known.table_of_index[old]


def _made(sql: str) -> set[str]:
    makes = (ast.CreateStmt, ast.ViewStmt, ast.CreateTableAsStmt, ast.CreateSeqStmt,
             ast.CreateForeignTableStmt)  # fmt: skip
    if any(isinstance(node, makes) for node in parse(sql)):
        return {name for name in names(sql).created if name.count(".") == 1}
    return set()


def _of_statement(sql: str, known: Relations, touched: frozenset[str]) -> Iterator[Lock]:
    nodes = list(parse(sql))
    facts = names(sql)
    if any(isinstance(node, ast.DoStmt) for node in nodes):
        nodes = [node for inner in inner_statements(sql) for node in parse(inner)]
    opaque = facts.dynamic or not nodes
    for node in nodes:
        opaque |= isinstance(node, ast.CallStmt | ast.SelectStmt)
        for name, mode in locks_of(node).items():
            yield from _spread(node, name, mode, known)
        yield from _more(node, known)
        for name in relations(node):
            yield from _read(name, known)
    for name in facts.in_bodies & known.names:
        yield name, _SHARE
    if opaque:  # what it runs is found out by running it: what it alters is locked to the full
        yield from ((name, _EXCLUSIVE) for name in touched)


def _read(name: str, known: Relations) -> Iterator[Lock]:
    """A view's own relations are read with it."""
    seen: set[str] = set()
    waiting = [name]
    while waiting:
        if (one := waiting.pop()) not in seen:
            seen.add(one)
            yield from ((child, _SHARE) for child in known.with_children(one))
            for node in parse(known.views.get(one, "")):
                waiting += relations(node)


def _spread(node: Node, name: str, mode: LockMode, known: Relations) -> Iterator[Lock]:
    """A lock on a table is one on its partitions too, and rows have keys that are looked up."""
    alone = isinstance(node, ast.AlterTableStmt) and not (node.relation and node.relation.inh)
    whole = {name} if alone else known.with_children(name)
    for one in whole:
        yield one, mode
        if one in known.table_of_index and not getattr(node, "concurrent", False):
            # A partitioned table's index goes with those of its partitions.
            yield from ((t, mode) for t in known.with_children(known.table_of_index[one]))
        elif one in known.table_of_index:
            yield known.table_of_index[one], LockMode.SHARE_UPDATE_EXCLUSIVE
        if mode is _ROWS:
            yield from _rows(node, one, known)


def _rows(node: Node, table: str, known: Relations) -> Iterator[Lock]:
    yield from ((other, _ROW_SHARE) for other in known.refers_to.get(table, ()))
    yield from ((name, _ROWS) for name in known.sequences.get(table, ()))
    if not isinstance(node, ast.InsertStmt):
        yield from ((other, _ROWS) for other in known.referred_by.get(table, ()))
    for definition in known.trigger_functions.get(table, ()):
        yield from ((name, _ROWS) for name in names(definition).in_bodies & known.names)


def _more(node: Node, known: Relations) -> Iterator[Lock]:
    match node:
        case ast.AlterTableStmt():
            yield from _alter(node, relation(node.relation), known)
        case ast.DropStmt() if node.removeType == ObjectType.OBJECT_TABLE:
            for name in node.objects or ():
                yield from _dropped(qualified(texts(name)), node, known)
        case ast.DropStmt() if node.behavior == DropBehavior.DROP_CASCADE:
            for name in node.objects or ():
                yield from _users_of(qualified(texts(name)), known)
        case ast.TruncateStmt():
            for one in node.relations or ():
                table = relation(one)
                if node.behavior == DropBehavior.DROP_CASCADE:
                    yield from _all_referring(table, known)
        case ast.AlterDomainStmt():
            for table in known.tables_of_type(qualified(texts(node.typeName))):
                yield table, LockMode.SHARE
        case ast.CreateTrigStmt() if node.constrrel is not None:
            yield relation(node.constrrel), _SRE
        case ast.CreateStatsStmt():
            for one in node.relations or ():
                yield relation(one), LockMode.SHARE_UPDATE_EXCLUSIVE
        case ast.AlterSeqStmt():
            yield relation(node.sequence), _SRE
            for part in walk(node.options or ()):
                if isinstance(part, ast.DefElem) and part.defname == "owned_by":
                    owner = texts(part.arg)
                    if len(owner) > 1:
                        yield qualified(owner[:-1]), _SRE
        case ast.AlterOwnerStmt() if node.relation is not None:
            yield relation(node.relation), _EXCLUSIVE


def _alter(node: Node, table: str, known: Relations) -> Iterator[Lock]:
    for command in node.cmds or ():
        kind = command.subtype
        if kind == AT.AT_AlterColumnType or (
            kind in (AT.AT_DropColumn, AT.AT_DropConstraint)
            and command.behavior == DropBehavior.DROP_CASCADE
        ):
            others = known.refers_to.get(table, set()) | known.referred_by.get(table, set())
            yield from ((other, _EXCLUSIVE) for other in others)
        elif kind == AT.AT_DropConstraint:
            if other := known.foreign_keys.get(f"{table}.{command.name}"):
                yield from ((one, _EXCLUSIVE) for one in known.with_children(other))
        elif kind == AT.AT_DropColumn:
            for other in known.refers_to.get(table, ()):
                yield other, _EXCLUSIVE
        elif kind == AT.AT_ValidateConstraint:
            if other := known.foreign_keys.get(f"{table}.{command.name}"):
                yield from ((one, _ROW_SHARE) for one in known.with_children(other))
        elif kind in (AT.AT_AttachPartition, AT.AT_DetachPartition):
            yield from ((one, _EXCLUSIVE) for one in known.children.get(table, ()))
        elif kind == AT.AT_ChangeOwner:
            yield from ((name, _EXCLUSIVE) for name in known.sequences.get(table, ()))
        elif (
            kind == AT.AT_AddConstraint
            and command.def_.contype == ConstrType.CONSTR_FOREIGN
            and command.def_.pktable is not None
        ):
            other = relation(command.def_.pktable)
            yield from ((one, _SRE) for one in known.with_children(other))


def _dropped(table: str, node: Node, known: Relations) -> Iterator[Lock]:
    for one in known.with_children(table):
        yield one, _EXCLUSIVE
        yield from ((other, _EXCLUSIVE) for other in known.refers_to.get(one, ()))
        yield from ((name, _EXCLUSIVE) for name in known.sequences.get(one, ()))
        if node.behavior == DropBehavior.DROP_CASCADE:
            yield from ((other, _EXCLUSIVE) for other in known.referred_by.get(one, ()))
            yield from _users_of(one, known)
    for parent, children in known.children.items():
        if table in children:
            yield parent, _EXCLUSIVE


def _users_of(name: str, known: Relations) -> Iterator[Lock]:
    """What CASCADE may take along: columns of a type, views that read a relation."""
    yield from ((table, _EXCLUSIVE) for table in known.tables_of_type(name))
    for view, query in known.views.items():
        if any(name in relations(node) for node in parse(query)):
            yield view, _EXCLUSIVE
            yield from _users_of(view, known)


def _all_referring(table: str, known: Relations) -> Iterator[Lock]:
    seen: set[str] = set()
    waiting = [table]
    while waiting:
        if (one := waiting.pop()) not in seen:
            seen.add(one)
            yield from ((child, _EXCLUSIVE) for child in known.with_children(one))
            waiting += known.referred_by.get(one, ())


def strongest(locks: Mapping[str, str]) -> str:
    """The strongest mode of a step; empty where it locks nothing."""
    by_name = {mode.sql: mode for mode in LockMode}
    return max(locks.values(), key=lambda text: by_name[text], default="")
