"""What a shadow must know of production besides its catalog: roles, settings, platform."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from psycopg import Connection

from reconcile_pipeline.catalog.model import Scalar
from reconcile_pipeline.shadow.platforms import stand_ins

#: Extensions that a Supabase project has from its first day; no migration need name them.
PLATFORM_EXTENSIONS = frozenset({
    "plpgsql", "pgcrypto", "uuid-ossp", "pg_stat_statements", "pg_graphql", "supabase_vault",
    "pgsodium", "pgjwt",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Role:
    """A role's name and the attributes that decide what statements may do."""

    name: str
    inherit: bool
    bypass_rls: bool
    member_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of production, and what shows that somebody uses it.

    `schemas`, `types` (operator classes too), `functions`: names that come with it; no function of
    PostgreSQL's own has one of the latter. `members`: (name, SQL that makes the like of it), of
    those that the shadow's own server does not bring.
    """

    name: str
    schema: str
    version: str
    schemas: tuple[str, ...]
    types: tuple[str, ...]
    functions: tuple[str, ...]
    members: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Read from production in one go. `owner`: whoever owns most of the user's tables.

    `settings`: (role or '', name, value) set on the database. `default_acls`: (role, schema or '',
    object type letter, grantee or '' for PUBLIC, privilege, grantable). `public_acl`: (grantee,
    privilege). `icu`: (identity, how it sorts) of the collations of ICU.
    """

    database: str
    version: int
    owner: str
    roles: tuple[Role, ...]
    settings: tuple[tuple[str, str, str], ...]
    platform_schemas: tuple[str, ...]
    extensions: tuple[Extension, ...]
    publications: tuple[str, ...]
    default_acls: tuple[tuple[str, str, str, str, str, bool], ...]
    public_owner: str
    public_acl: tuple[tuple[str, str], ...]
    icu: tuple[tuple[str, Mapping[str, Scalar]], ...] = ()

    @property
    def is_supabase(self) -> bool:
        """True where the platform's API roles exist."""
        names = {role.name for role in self.roles}
        return {"anon", "authenticated", "service_role"} <= names


_OWNER = """
SELECT pg_get_userbyid(c.relowner) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm') AND n.nspname <> ALL (%s)
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1"""
_ROLES = """
SELECT r.rolname, r.rolinherit, r.rolbypassrls,
       coalesce((SELECT array_agg(g.rolname::text ORDER BY g.rolname) FROM pg_auth_members m
                   JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '{}')
  FROM pg_roles r WHERE r.rolname !~ '^pg_' ORDER BY 1"""
_SETTINGS = """
SELECT coalesce(pg_get_userbyid(nullif(s.setrole, 0)), ''), split_part(c, '=', 1),
       substr(c, strpos(c, '=') + 1)
  FROM pg_db_role_setting s, unnest(s.setconfig) c
 WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
 ORDER BY 1, 2"""
_DEFAULT_ACLS = """
SELECT pg_get_userbyid(d.defaclrole), coalesce(n.nspname, ''), d.defaclobjtype::text,
       CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type,
       a.is_grantable
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace,
       LATERAL aclexplode(d.defaclacl) a
 ORDER BY 1, 2, 3, 4, 5"""
_EXTENSIONS = """
SELECT e.extname, n.nspname, e.extversion,
       ARRAY(SELECT s.nspname::text FROM pg_depend d JOIN pg_namespace s ON s.oid = d.objid
              WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND d.classid = 'pg_namespace'::regclass AND d.deptype = 'e' ORDER BY 1),
       ARRAY(SELECT t.typname::text FROM pg_depend d JOIN pg_type t ON t.oid = d.objid
              WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND d.classid = 'pg_type'::regclass AND d.deptype = 'e' AND t.typname !~ '^_'
             UNION SELECT c.opcname::text FROM pg_depend d JOIN pg_opclass c ON c.oid = d.objid
              WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND d.classid = 'pg_opclass'::regclass AND d.deptype = 'e'
              ORDER BY 1),
       ARRAY(SELECT DISTINCT p.proname::text FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
              WHERE d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
                AND NOT EXISTS (SELECT FROM pg_proc own WHERE own.proname = p.proname
                                   AND own.pronamespace = 'pg_catalog'::regnamespace)
              ORDER BY 1)
  FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
 ORDER BY 1"""
_PUBLIC = """
SELECT pg_get_userbyid(n.nspowner),
       CASE a.grantee WHEN 0 THEN '' ELSE pg_get_userbyid(a.grantee) END,
       a.privilege_type
  FROM pg_namespace n LEFT JOIN LATERAL aclexplode(n.nspacl) a ON true
 WHERE n.nspname = 'public' ORDER BY 2, 3"""

_ICU = """
SELECT n.nspname || '.' || k.collname,
       jsonb_build_object(
         'provider', 'icu', 'deterministic', k.collisdeterministic,
         'lc_collate', k.collcollate, 'lc_ctype', k.collctype,
         'locale', coalesce(to_jsonb(k) ->> 'colllocale', to_jsonb(k) ->> 'colliculocale'),
         'rules', to_jsonb(k) ->> 'collicurules')
  FROM pg_collation k JOIN pg_namespace n ON n.oid = k.collnamespace
 WHERE k.collprovider = 'i' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY 1"""


def read_source(connection: Connection[Any], managed: Collection[str]) -> Source:
    """Read it; this is a read-only operation in the caller's transaction."""

    def all_of(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        return connection.execute(query.encode(), parameters or None).fetchall()

    listed = sorted(managed)
    ((database, version, user),) = all_of(
        "SELECT current_database(), current_setting('server_version_num')::int, current_user::text"
    )
    owners = all_of(_OWNER, listed)
    public = all_of(_PUBLIC)
    return Source(
        database=database,
        version=version,
        owner=owners[0][0] if owners else user,
        roles=tuple(Role(n, i, b, tuple(m)) for n, i, b, m in all_of(_ROLES)),
        settings=tuple(all_of(_SETTINGS)),
        platform_schemas=tuple(
            row[0]
            for row in all_of(
                "SELECT nspname FROM pg_namespace WHERE nspname = ANY (%s) AND nspname !~ '^pg_'"
                " AND nspname <> 'information_schema' ORDER BY 1",
                listed,
            )
        ),
        extensions=tuple(
            Extension(
                name, schema, version, tuple(a), tuple(b), tuple(c), _members(connection, name)
            )
            for name, schema, version, a, b, c in all_of(_EXTENSIONS)
        ),
        publications=tuple(
            row[0] for row in all_of("SELECT pubname FROM pg_publication ORDER BY 1")
        ),
        default_acls=tuple(all_of(_DEFAULT_ACLS)),
        public_owner=public[0][0] if public else "",
        public_acl=tuple((g, p) for _, g, p in public if p is not None),
        icu=tuple(all_of(_ICU)),
    )


def _members(connection: Connection[Any], extension: str) -> tuple[tuple[str, str], ...]:
    """(name, SQL) of an extension's types and functions, each name written in full."""
    if stand_ins.real(extension):
        return ()
    path = connection.execute(
        "SELECT current_setting('search_path'), set_config('search_path', 'pg_catalog', true)"
    ).fetchone()
    text = (files("reconcile_pipeline.shadow") / "sql/members.sql").read_text()
    query = text.replace("%", "%%").replace("{extension}", "%s")
    rows = connection.execute(query.encode(), (extension,) * 2).fetchall()
    connection.execute("SELECT set_config('search_path', %s, true)", (path and path[0],))
    return tuple((name, definition) for name, definition, *_ in rows)
