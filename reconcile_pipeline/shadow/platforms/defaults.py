"""Which of production's default privileges were there before the first migration ran.

They decide what every later CREATE grants, so the shadow must have those of the platform before a
file runs, and must not have those that a file or a person set afterwards: objects made before them
would be granted what nobody ever granted them. When each was set is told by who has it: of the
objects made before the statement that sets it (of all objects, where no file does), most have it if
it was there from the start.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from reconcile_pipeline.catalog.model import Kind, Snapshot
from reconcile_pipeline.catalog.platform import PLATFORM_ROLES
from reconcile_pipeline.catalog.write import acl
from reconcile_pipeline.migrations.model import MigrationFile
from reconcile_pipeline.shadow.platforms.source import Source

_MENTIONED = re.compile(r"\bdefault\s+privileges\b", re.IGNORECASE)
_KINDS: Final = {
    "r": (Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.FOREIGN_TABLE),
    "S": (Kind.SEQUENCE,),
    "f": (Kind.FUNCTION, Kind.PROCEDURE, Kind.AGGREGATE),
    "T": (Kind.ENUM, Kind.DOMAIN, Kind.COMPOSITE_TYPE, Kind.RANGE_TYPE),
    "n": (Kind.SCHEMA,),
}
#: What everyone has without any grant, as (type letter, privilege). Source: PostgreSQL's
#: documentation, Privileges.
_BUILT_IN: Final = {"f": "EXECUTE", "T": "USAGE"}


@dataclass(frozen=True, slots=True)
class _Request:
    """A file's ALTER DEFAULT PRIVILEGES. No `privileges` means ALL. `before`: names of the objects
    that files had made by then.
    """

    grants: bool
    schemas: tuple[str, ...]
    letter: str
    grantees: frozenset[str]
    privileges: frozenset[str]
    before: frozenset[str]

    def sets(self, schema: str, letter: str, grantee: str, privilege: str, *, grants: bool) -> bool:
        """Whether this is what it sets."""
        return (
            self.grants is grants
            and schema in self.schemas
            and letter == self.letter
            and grantee in self.grantees
            and (not self.privileges or privilege in self.privileges)
        )


def with_early_defaults(
    source: Source, files: Sequence[MigrationFile], production: Snapshot
) -> Source:
    """The source with only those default privileges that came before the files."""
    if not source.default_acls:
        return source
    requests = tuple(_requests(files, source.owner))

    def early(schema: str, letter: str, grantee: str, privilege: str, *, grants: bool) -> bool:
        asked = [r for r in requests if r.sets(schema, letter, grantee, privilege, grants=grants)]
        if not asked and source.is_supabase and grantee in PLATFORM_ROLES:
            return True
        among = asked[0].before if asked else None
        held = [
            (privilege in lines.get(grantee or "public", {})) is grants
            for lines in _privileges(production, source.owner, schema, letter, among)
        ]
        return 2 * sum(held) > len(held) if held else not asked

    kept = [
        entry
        for entry in source.default_acls
        if entry[0] != source.owner or entry[3] == source.owner or early(*entry[1:5], grants=True)
    ]
    # Settings for a whole database stand in place of what everyone has by itself.
    for letter, privilege in _BUILT_IN.items():
        group = [e for e in source.default_acls if e[:3] == (source.owner, "", letter)]
        revoked = group and not any(e[3:5] == ("", privilege) for e in group)
        if revoked and not early("", letter, "", privilege, grants=False):
            kept.append((source.owner, "", letter, "", privilege, False))
    return replace(source, default_acls=tuple(kept))


def _privileges(
    production: Snapshot, owner: str, schema: str, letter: str, among: frozenset[str] | None
) -> Iterator[acl.Acl]:
    """What is granted on each of the owner's objects of this type; `among`: of these names only."""
    for kind in _KINDS.get(letter, ()):
        rows = production.kinds.get(kind)
        if rows is None or not {"acl", "owner"} <= set(rows.facets):
            continue
        granted, owned = rows.facets.index("acl"), rows.facets.index("owner")
        for identity, values in rows.objects.items():
            name = identity.partition("(")[0]
            if values[owned] != owner or (schema and not name.startswith(f"{schema}.")):
                continue
            # A serial column's sequence is `table_column_seq`, made with the table.
            if among is None or name in among or name.rsplit("_", 2)[0] in among:
                yield acl.parse(str(values[granted] or ""))


def _requests(files: Iterable[MigrationFile], owner: str) -> Iterator[_Request]:
    """What the files set for what `owner` makes, in their order."""
    statements = [statement.sql for file in files for statement in file.statements]
    last = max((n for n, sql in enumerate(statements) if _MENTIONED.search(sql)), default=-1)
    if last < 0:
        return
    from pglast import ast

    from reconcile_pipeline.migrations.objects import Use, objects
    from reconcile_pipeline.migrations.tree import DEFAULT_SCHEMA, parse

    made: set[str] = set()
    for sql in statements[: last + 1]:
        for node in parse(sql):
            if isinstance(node, ast.AlterDefaultPrivilegesStmt):
                if request := _request(node, owner, frozenset(made)):
                    yield request
            else:
                made |= {n for use, n in objects(node, DEFAULT_SCHEMA) if use is Use.CREATED}


def _request(node: object, owner: str, before: frozenset[str]) -> _Request | None:
    from pglast import ast
    from pglast.enums import ObjectType, RoleSpecType

    letters = {
        ObjectType.OBJECT_TABLE: "r",
        ObjectType.OBJECT_SEQUENCE: "S",
        ObjectType.OBJECT_FUNCTION: "f",
        ObjectType.OBJECT_TYPE: "T",
        ObjectType.OBJECT_SCHEMA: "n",
    }
    assert isinstance(node, ast.AlterDefaultPrivilegesStmt)
    action = node.action
    if action is None or action.objtype not in letters:
        return None
    options = {o.defname: o.arg or () for o in node.options or ()}
    roles = [r.rolename for r in options.get("roles", ()) if r.rolename]
    if roles and owner not in roles:
        return None
    return _Request(
        bool(action.is_grant),
        tuple(s.sval for s in options.get("schemas", ())) or ("",),
        letters[action.objtype],
        frozenset(
            "" if g.roletype == RoleSpecType.ROLESPEC_PUBLIC else str(g.rolename or "")
            for g in action.grantees or ()
        ),
        frozenset(str(p.priv_name or "").upper() for p in action.privileges or ()),
        before,
    )
