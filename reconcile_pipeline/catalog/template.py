"""The reader's SQL: `sql/<kind>.sql`, with its placeholders filled in.

A file is one SELECT for one kind. It knows three things that plain SQL does not:

- macros in braces, such as `{acl(c.relacl, 'r', c.relowner)}`, for what many kinds share;
- `{scope}`, which is `true` for a whole read, else the conditions of the file's own
  `-- scope CATALOG: condition` lines for the catalogs that are asked for;
- lines that end in `-- from 18` or `-- before 18`, kept by the server's major version.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.platform import (
    PLATFORM_PUBLICATIONS,
    PLATFORM_ROLES,
    POLICY_TABLES,
)

_SCOPE = re.compile(r"^-- scope (\w+): (.+)$", re.MULTILINE)
_VERSIONED = re.compile(r"^(.*?)\s*--\s*(from|before) (\d+)\s*$")
_COMMENT = re.compile(r"^\s*--.*$\n?", re.MULTILINE)
_OIDS = re.compile(r"\{oids:(\w+)\}")
_MACRO = re.compile(r"\{(\w+)(?:\(([^{}]*)\))?\}")

_ACL_LINES = """(SELECT coalesce(string_agg(g.line, E'\\n' ORDER BY g.line COLLATE "C"), '')
 FROM (SELECT CASE q.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(q.grantee)::text END
              || '=' || string_agg(q.privilege, ',' ORDER BY q.privilege COLLATE "C") AS line
       FROM (SELECT y.grantee,
                    y.privilege_type
                    || CASE WHEN bool_or(y.is_grantable) THEN '*' ELSE '' END AS privilege
             FROM aclexplode({0}) y GROUP BY y.grantee, y.privilege_type) q
       GROUP BY q.grantee) g)"""

_SECRET = """(SELECT string_agg(split_part(o, '=', 1) || '=sha256:'
 || encode(sha256(convert_to(substr(o, strpos(o, '=') + 1), 'UTF8')), 'hex'),
 E'\\n' ORDER BY o COLLATE "C") FROM unnest({0}) o)"""

_SECRET_SETTING = """CASE WHEN {0} ~* '(secret|passw|token|credential|key|jwt|dsn|url)'
 THEN 'sha256:' || encode(sha256(convert_to({1}, 'UTF8')), 'hex') ELSE {1} END"""

_MACROS: dict[str, str] = {
    # NULL privileges mean the built-in ones. `values.privileges` makes lines of the array.
    "acl": "coalesce({0}, acldefault({1}, {2}))",
    # The same lines made by the server, for privileges that are part of a longer text.
    "acl_lines": _ACL_LINES,
    # Options as sorted lines `name=sha256:…`: a value may be a password.
    "secret": _SECRET,
    "secret_setting": _SECRET_SETTING,
    # The argument types of a routine, `(integer,public.color)`, from its quoted full name.
    "signature": "substr({2}::regprocedure::text,"
    " length(quote_ident({0})) + length(quote_ident({1})) + 2)",
    "comment": "LEFT JOIN pg_description {0} ON {0}.classoid = '{1}'::regclass"
    " AND {0}.objoid = {2} AND {0}.objsubid = 0",
    # By the extension's side of pg_depend, whose index finds the few rows that there are.
    "no_extension": "NOT EXISTS (SELECT FROM pg_depend x_ WHERE x_.classid = '{0}'::regclass"
    " AND x_.objid = {1} AND x_.refclassid = 'pg_extension'::regclass AND x_.deptype = 'e')",
    # Each type and the b-tree class it has by itself; the server's own, which take no options.
    "btree_classes": "SELECT o_.oid, o_.opcintype FROM pg_opclass o_"
    " WHERE o_.opcmethod = 403 AND o_.opcdefault AND o_.oid < 16384",
    "unmanaged": "({0} !~ '^pg_' AND {0} NOT IN ({managed}))",
}


def quoted(value: str) -> str:
    """An SQL string literal, whatever standard_conforming_strings says."""
    text = value.replace("'", "''")
    return " E'" + text.replace("\\", "\\\\") + "'" if "\\" in text else f"'{text}'"


def privilege_lines(acl: str, *, maintain: bool = True) -> str:
    """SQL for the lines that the reader makes of an aclitem[]. `maintain`: with that privilege."""
    lines = _ACL_LINES.replace("{0}", acl)
    if maintain:
        return lines
    return lines.replace(" GROUP BY y.", " WHERE y.privilege_type <> 'MAINTAIN' GROUP BY y.", 1)


def _names(values: frozenset[str]) -> str:
    return ", ".join(map(quoted, sorted(values))) or "''"


@cache
def source(kind: Kind) -> str:
    """The file's own text."""
    return (files(__package__) / "sql" / f"{kind.value}.sql").read_text(encoding="utf-8")


@cache
def scopes(kind: Kind) -> dict[str, str]:
    """Catalog name -> the condition on `{oids}` that finds this kind's objects by it."""
    return dict(_SCOPE.findall(source(kind)))


def versioned(text: str, major: int) -> str:
    """Without the lines that are for other major versions."""
    lines = []
    for line in text.splitlines():
        if "--" in line and (match := _VERSIONED.match(line)):
            kept, when, version = match.groups()
            if (major >= int(version)) != (when == "from"):
                continue
            lines.append(kept)
        else:
            lines.append(line)
    return "\n".join(lines)


@cache
def bare(kind: Kind, major: int) -> str:
    """The file's query for that major version, without comments; its placeholders stand."""
    return _COMMENT.sub("", versioned(source(kind), major))


@cache
def render(
    kind: Kind, major: int, managed: frozenset[str], catalogs: tuple[str, ...] | None = None
) -> str:
    """The query. `catalogs`: those to scope by (None: the whole database); each leaves one
    placeholder `{oids:CATALOG}` or more, for an `oid[]`."""
    text = bare(kind, major)
    if catalogs is None:
        scope = "true"
    else:
        scope = " OR ".join(
            condition.replace("{oids}", f"{{oids:{catalog}}}")
            for catalog, condition in scopes(kind).items()
            if catalog in catalogs
        )
    known: dict[str, str] = {
        "managed": _names(managed | {"information_schema"}),
        "platform_roles": _names(PLATFORM_ROLES),
        "platform_publications": _names(PLATFORM_PUBLICATIONS),
        "policy_tables": _names(POLICY_TABLES),
    }
    expand: Callable[[re.Match[str]], str] = lambda match: _expand(match, known, scope)  # noqa: E731
    return _MACRO.sub(expand, text)


def with_literals(text: str, oids: Mapping[str, str]) -> str:
    """The query with the oids written into it. `oids`: catalog -> `{1,2}`."""
    return _OIDS.sub(lambda match: f"'{oids[match[1]]}'::oid[]", text)


def with_numbers(text: str) -> tuple[str, tuple[str, ...]]:
    """The query with `$1`, `$2`, … for PREPARE, and the catalogs whose oids they stand for."""
    catalogs = tuple(dict.fromkeys(_OIDS.findall(text)))
    return _OIDS.sub(lambda match: f"${catalogs.index(match[1]) + 1}", text), catalogs


def _expand(match: re.Match[str], known: dict[str, str], scope: str) -> str:
    name, arguments = match.groups()
    if name == "scope":
        return f"({scope})"
    if name in known:
        return known[name]
    text = _MACROS[name]
    for number, argument in enumerate((arguments or "").split(", ")):
        text = text.replace(f"{{{number}}}", argument)
    return text.replace("{managed}", known["managed"])
