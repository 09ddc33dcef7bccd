"""GRANT and REVOKE that bring one object's privileges to what is wanted, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.platform import PLATFORM_ROLES
from reconcile_pipeline.catalog.write import acl
from reconcile_pipeline.catalog.write.acl import Acl
from reconcile_pipeline.catalog.write.names import ident, role
from reconcile_pipeline.catalog.write.parts import signature
from reconcile_pipeline.catalog.write.tokens import leading_name
from reconcile_pipeline.catalog.write.world import Item, World

_TARGETS = {
    Kind.TABLE: "TABLE", Kind.VIEW: "TABLE", Kind.MATERIALIZED_VIEW: "TABLE",
    Kind.FOREIGN_TABLE: "TABLE", Kind.SEQUENCE: "SEQUENCE", Kind.FUNCTION: "FUNCTION",
    Kind.PROCEDURE: "FUNCTION", Kind.AGGREGATE: "FUNCTION", Kind.ENUM: "TYPE", Kind.DOMAIN: "TYPE",
    Kind.COMPOSITE_TYPE: "TYPE", Kind.RANGE_TYPE: "TYPE", Kind.SCHEMA: "SCHEMA",
    Kind.FOREIGN_DATA_WRAPPER: "FOREIGN DATA WRAPPER", Kind.FOREIGN_SERVER: "FOREIGN SERVER",
    Kind.COLUMN: "COLUMN",
}  # fmt: skip
_VIEWS = frozenset({Kind.VIEW, Kind.MATERIALIZED_VIEW})
_DEFAULTS = {"TABLE": "tables", "SEQUENCE": "sequences", "FUNCTION": "functions", "TYPE": "types",
             "SCHEMA": "schemas"}  # fmt: skip


def write(was: Item | None, now: Item, target: str) -> list[str]:
    """Statements from `was` (None: the object is new) to `now`.

    `target`: how the object is named in `COMMENT ON` and its like, e.g. `MATERIALIZED VIEW app.v`.
    """
    if now.id.kind not in _TARGETS:
        return []
    on = _on(now, target)
    what = _TARGETS[now.id.kind]
    if what == "COLUMN":
        before = acl.parse(was.text("acl")) if was else {}
        if was and _owner_moves(was, now):  # then the table's own grants see to the columns
            return _identity(was, now)
        return [*_column(now, before, acl.parse(now.text("acl"))), *_identity(was, now)]
    wanted = acl.parse(now.text("acl"))
    every = acl.all_of(what, now.world.version)
    sql: list[str] = []
    revoked: set[tuple[str, str]] = set()
    known = _before(was, now, what)
    if known is None:
        everyone = sorted(_known_roles(now.world) | wanted.keys())
        sql.append(f"REVOKE ALL ON {on} FROM {', '.join(map(role, everyone))}")
    statements, revoked = difference(known or {}, wanted, on, every)
    sql += statements
    if what == "TABLE" and (was is not None or now.id.kind in _VIEWS):
        sql += _columns(was, now, revoked)
    return sql


def difference(
    before: Acl, after: Acl, on: str, every: frozenset[str], columns: str = ""
) -> tuple[list[str], set[tuple[str, str]]]:
    """Statements, and the (grantee, privilege) pairs that were revoked on the way.

    `every`: the privileges that ALL stands for. `columns`: ` (name)` for column privileges.
    """
    gone = {(g, p) for g, held in before.items() for p in held if p not in after.get(g, {})}
    options = {
        (g, p)
        for g, held in before.items()
        for p, star in held.items()
        if star and (g, p) not in gone and not after[g][p]
    }
    new = {
        (g, p): star
        for g, held in after.items()
        for p, star in held.items()
        if before.get(g, {}).get(p) is None or (star and not before[g][p])
    }
    # Who loses a privilege that he may have passed on: whom he gave it loses it too, so give it
    # again to all who are to have it.
    passed_on = {p for g, p in gone if before[g][p]} | {p for _, p in options}
    for grantee, held in after.items():
        for privilege in passed_on & held.keys():
            new[grantee, privilege] = held[privilege]
    text: Callable[[tuple[str, ...]], str] = lambda some: _privileges(some, every, columns)  # noqa: E731
    sql = []
    for prefix, pairs in (("", gone), ("GRANT OPTION FOR ", options)):
        for privileges, grantees in acl.grouped(pairs):
            cascade = " CASCADE" if passed_on & set(privileges) else ""
            sql.append(
                f"REVOKE {prefix}{text(privileges)} ON {on} FROM {_names(grantees)}{cascade}"
            )
    for star in (False, True):
        for privileges, grantees in acl.grouped(pair for pair, s in new.items() if s is star):
            suffix = " WITH GRANT OPTION" if star else ""
            sql.append(f"GRANT {text(privileges)} ON {on} TO {_names(grantees)}{suffix}")
    return sql, gone


def _privileges(privileges: tuple[str, ...], every: frozenset[str], columns: str) -> str:
    if frozenset(privileges) == every and len(every) > 1:
        return f"ALL{columns}"
    return ", ".join(privilege + columns for privilege in privileges)


def _names(grantees: tuple[str, ...]) -> str:
    return ", ".join(map(role, grantees))


def _on(now: Item, target: str) -> str:
    kind, _, name = target.partition(" ")
    what = _TARGETS[now.id.kind]
    if what == "TABLE":
        return f"TABLE {now.qualified}"
    if what == "COLUMN":
        return f"TABLE {now.owner_relation}"
    if what.startswith("FOREIGN"):
        return f"{what} {now.name}"
    if kind in ("DOMAIN", "TYPE"):
        return f"TYPE {name}"
    if kind == "AGGREGATE":
        return f"FUNCTION {now.qualified}{signature(now.id, now.parts)}"
    return target


def _before(was: Item | None, now: Item, what: str) -> Acl | None:
    """What the object's privileges are before; None where that cannot be known."""
    owner = now.text("owner")
    if was is not None:
        return acl.given_over(acl.parse(was.text("acl")), was.text("owner"), owner)
    maker = now.world.options.role
    if maker is None or maker in PLATFORM_ROLES or what.startswith("FOREIGN"):
        return None
    world = now.world.base or now.world
    kind = _DEFAULTS[what]
    general = world.get(Kind.DEFAULT_PRIVILEGES, f"{maker}.*.{kind}")
    version = now.world.version
    start = acl.parse(general.text("acl")) if general else acl.built_in(what, maker, version)
    special = world.get(Kind.DEFAULT_PRIVILEGES, f"{maker}.{now.parts[0]}.{kind}")
    if special and what != "SCHEMA":
        start = acl.add(start, acl.parse(special.text("acl")))
    return acl.given_over(start, maker, owner)


def _known_roles(world: World) -> frozenset[str]:
    """Every role that any privilege is granted to; default privileges could name any of them."""
    here = world.base.grantees if world.base else frozenset[str]()
    return here | world.grantees | {"public"}


def _column(item: Item, before: Acl, after: Acl) -> list[str]:
    every = acl.all_of("COLUMN", item.world.version)
    on = f"TABLE {item.owner_relation}"
    return difference(before, after, on, every, f" ({item.name})")[0]


def _identity(was: Item | None, now: Item) -> list[str]:
    """The sequence of an identity column is not an object of its own, but has privileges."""
    if not now.text("identity_acl"):
        return []
    name = next(x for x in now.lines("identity_sequence") if x.startswith("name="))[5:]
    schema = now.parts[0]
    on = f"SEQUENCE {ident(schema, name[len(schema) + 1 :])}"
    every = acl.all_of("SEQUENCE", now.world.version)
    wanted = acl.parse(now.text("identity_acl"))
    if was is None or not was.text("identity_acl"):
        everyone = ", ".join(map(role, sorted(_known_roles(now.world) | wanted.keys())))
        return [f"REVOKE ALL ON {on} FROM {everyone}", *difference({}, wanted, on, every)[0]]
    old, new = (x.world.item(x.parent) if x.parent else None for x in (was, now))
    before = acl.parse(was.text("identity_acl"))
    if old and new:
        before = acl.given_over(before, old.text("owner"), new.text("owner"))
    return difference(before, wanted, on, every)[0]


def _columns(was: Item | None, now: Item, revoked: set[tuple[str, str]]) -> list[str]:
    """Column privileges: a view's own; and those of a table's columns that move with its owner, or
    that a REVOKE on the whole table took along."""
    old, new = was.text("owner") if was else "", now.text("owner")
    if now.id.kind in _VIEWS:
        before, after = _of_view(was) if was else {}, _of_view(now)
    else:
        before, after = _of_table(was), _of_table(now)
        if was is not None and old == new:  # a column's own changes are its own affair
            after = {name: before.get(name, {}) for name in after}
    every = acl.all_of("COLUMN", now.world.version)
    on = f"TABLE {now.qualified}"
    sql: list[str] = []
    for column in sorted(before.keys() | after.keys()):
        held = acl.given_over(before.get(column, {}), old, new) if was else {}
        left = _without(held, revoked)
        wanted = after.get(column, {})
        sql += difference(left, wanted, on, every, f" ({ident(column)})")[0]
    return sql


def _of_table(item: Item | None) -> dict[str, Acl]:
    columns = item.world.columns(item.id) if item else []
    return {c.raw_name: acl.parse(c.text("acl")) for c in columns if c.text("acl")}


def _owner_moves(was: Item, now: Item) -> bool:
    tables = [x.world.item(x.parent) if x.parent else None for x in (was, now)]
    return len({table.text("owner") for table in tables if table}) > 1


def _of_view(item: Item) -> dict[str, Acl]:
    found = {}
    for line in item.lines("column_acl"):
        column, end = leading_name(line)
        found[column] = acl.parse_line(line[end + 1 :])
    return found


def _without(held: Acl, revoked: set[tuple[str, str]]) -> Acl:
    return {
        g: {p: star for p, star in privileges.items() if (g, p) not in revoked}
        for g, privileges in held.items()
    }
