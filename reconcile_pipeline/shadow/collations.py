"""Stand-ins for collations of ICU, which the embedded server is built without.

Production has the collation that a file makes, and the shadow refuses it, and after it each table
with a column of it. So the shadow makes one of that name that sorts by code points, and reads as
production's own: that it is there is compared, what it sorts by is not.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from psycopg.sql import SQL, Identifier

from reconcile_pipeline.catalog.model import Rows, Scalar

#: By identity, the facets that say how a collation of production's sorts.
Collations = Mapping[str, Mapping[str, Scalar]]

PROVIDER, LOCALE = "builtin", "C.UTF-8"
_SORTS = f"(provider = {PROVIDER}, locale = '{LOCALE}')"
_CANDIDATE = re.compile(r"\s*create\s+collation\b.*\bicu\b", re.IGNORECASE | re.DOTALL)
_DUMPED = re.compile(r"^(CREATE COLLATION [^\n(]+)( \(provider = icu,[^\n]*\));$", re.MULTILINE)
_EITHER = rf"""DO $reconcile_collation$ BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider = 'i') THEN
    \1\2;
  ELSE
    \1 {_SORTS};
  END IF;
END $reconcile_collation$;"""


def stand_in(sql: str, known: Collection[str]) -> tuple[str, str] | None:
    """The identity of the collation of ICU that the statement makes, and the command that makes its
    stand-in; None for other statements, and for what is not `known` of production."""
    if not _CANDIDATE.match(sql):
        return None
    from pglast import ast, parser  # slow to import
    from pglast.enums import ObjectType

    try:
        (raw,) = parser.parse_sql(sql)
    except (parser.ParseError, ValueError):
        return None
    node = raw.stmt
    if not isinstance(node, ast.DefineStmt) or node.kind != ObjectType.OBJECT_COLLATION:
        return None
    if not any(
        one.defname == "provider" and _word(one.arg) == "icu" for one in node.definition or ()
    ):
        return None
    names = [part.sval for part in node.defnames or ()]
    last = {identity for identity in known if identity.rpartition(".")[2] == names[-1]}
    meant = last & {".".join(names)} if len(names) > 1 else last
    if not meant:
        return None
    command = SQL("CREATE COLLATION {}{} ").format(
        SQL("IF NOT EXISTS " if node.if_not_exists else ""), Identifier(*names)
    )
    return min(meant), command.as_string(None) + _SORTS


def _word(value: Any) -> str:
    """An option's value, written as a string or as a bare word."""
    parts = getattr(value, "names", None) or (value,)
    return str(getattr(parts[-1], "sval", "")).lower()


def in_dump(script: str) -> str:
    """A script of pg_dump's that makes stand-ins where the server has no ICU."""
    return _DUMPED.sub(_EITHER, script) if "provider = icu" in script else script


def as_in_production(rows: Rows, known: Collations) -> Rows:
    """The collations with the stand-ins as production has what they stand for."""
    objects = dict(rows.objects)
    for identity in objects.keys() & known.keys():
        facets = dict(zip(rows.facets, objects[identity], strict=True))
        if (facets["provider"], facets["locale"]) == (PROVIDER, LOCALE):
            facets |= known[identity]
            objects[identity] = tuple(facets[name] for name in rows.facets)
    return replace(rows, objects=objects)
