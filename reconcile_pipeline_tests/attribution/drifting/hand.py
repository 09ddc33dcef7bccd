"""Changes made by hand, of every usual kind, to objects that are there. SQL, drawn at random."""

# ruff: noqa: E501  SQL and DDL read better on one line

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Composable, Identifier, Literal

_TABLES: LiteralString = "SELECT n.nspname, c.relname, '' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND {own}"
_COLUMNS: LiteralString = "SELECT n.nspname, c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND a.attnum > 1 AND NOT a.attisdropped AND {own}"
_INDEXES: LiteralString = "SELECT n.nspname, c.relname, '' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisprimary AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) AND {own}"
_POLICIES: LiteralString = "SELECT n.nspname, c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {own}"
_TRIGGERS: LiteralString = "SELECT n.nspname, c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND {own}"
_CONSTRAINTS: LiteralString = "SELECT n.nspname, c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype IN ('c', 'f', 'u') AND {own}"
_FUNCTIONS: LiteralString = "SELECT p.oid::regprocedure::text, p.proname, pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang WHERE p.prokind = 'f' AND l.lanname IN ('plpgsql', 'sql') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') AND {own}"
_VIEWS: LiteralString = "SELECT n.nspname, c.relname, '' FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND {own}"
_ENUMS: LiteralString = "SELECT n.nspname, t.typname, '' FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND {own}"
_VIEW_TEXTS: LiteralString = "SELECT n.nspname, c.relname, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'v' AND {own}"
_TRIGGER_TEXTS: LiteralString = "SELECT n.nspname, c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND pg_get_triggerdef(t.oid) ~ ' FOR EACH ROW ' AND pg_get_triggerdef(t.oid) !~ ' WHEN ' AND {own}"
_INDEX_TEXTS: LiteralString = "SELECT n.nspname, c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT i.indisprimary AND i.indpred IS NULL AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid) AND {own}"
_CHECK_TEXTS: LiteralString = "SELECT n.nspname, c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'c' AND {own}"
_FOREIGN_TEXTS: LiteralString = "SELECT n.nspname, c.relname, format('ALTER TABLE %s DROP CONSTRAINT %I; ALTER TABLE %1$s ADD CONSTRAINT %2$I %s ON UPDATE CASCADE', k.conrelid::regclass, k.conname, regexp_replace(pg_get_constraintdef(k.oid), ' ON UPDATE [A-Z]+| (NOT )?DEFERRABLE.*', '', 'g')) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f' AND {own}"
_OWN: LiteralString = "n.nspname NOT IN ('auth', 'storage', 'realtime', 'vault', 'extensions', 'graphql', 'graphql_public', 'pgbouncer', 'supabase_migrations', 'pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'"

Maker = Callable[[Composable, Identifier, int, str], Composable]

#: kind -> (query for what it is done to, the command): of a qualified name, a part's name, a number.
_KINDS: dict[str, tuple[LiteralString, Maker]] = {
    "drop index": (_INDEXES, lambda t, name, n, text: SQL("DROP INDEX {}").format(t)),
    "drop policy": (_POLICIES, lambda t, name, n, text: SQL("DROP POLICY {} ON {}").format(name, t)),
    "change policy": (_POLICIES, lambda t, name, n, text: SQL("ALTER POLICY {} ON {} TO service_role").format(name, t)),
    "replace policy": (_POLICIES, lambda t, name, n, text: SQL("DROP POLICY {0} ON {1}; CREATE POLICY {0} ON {1} FOR SELECT USING ({2} > 0)").format(name, t, Literal(n + 1))),
    "drop trigger": (_TRIGGERS, lambda t, name, n, text: SQL("DROP TRIGGER {} ON {}").format(name, t)),
    "disable trigger": (_TRIGGERS, lambda t, name, n, text: SQL("ALTER TABLE {} DISABLE TRIGGER {}").format(t, name)),
    "rls off": (_TABLES + " AND c.relrowsecurity", lambda t, name, n, text: SQL("ALTER TABLE {} DISABLE ROW LEVEL SECURITY").format(t)),
    "rls on": (_TABLES + " AND NOT c.relrowsecurity", lambda t, name, n, text: SQL("ALTER TABLE {} ENABLE ROW LEVEL SECURITY").format(t)),
    "rls forced": (_TABLES + " AND NOT c.relforcerowsecurity", lambda t, name, n, text: SQL("ALTER TABLE {} FORCE ROW LEVEL SECURITY").format(t)),
    "add table": (_TABLES, lambda t, name, n, text: SQL("CREATE TABLE public.{} (id int PRIMARY KEY, note text)").format(Identifier(f"hand_{n}"))),
    "add view": (_TABLES, lambda t, name, n, text: SQL("CREATE VIEW public.{} AS SELECT 1 AS one").format(Identifier(f"hand_{n}"))),
    "add column": (_TABLES, lambda t, name, n, text: SQL("ALTER TABLE {} ADD COLUMN {} text").format(t, Identifier(f"hand_{n}"))),
    "add index": (_COLUMNS, lambda t, name, n, text: SQL("CREATE INDEX {} ON {} ({})").format(Identifier(f"hand_{n}"), t, name)),
    "add policy": (_TABLES, lambda t, name, n, text: SQL("CREATE POLICY {} ON {} USING (true)").format(Identifier(f"hand_{n}"), t)),
    "add constraint": (_COLUMNS, lambda t, name, n, text: SQL("ALTER TABLE {} ADD CONSTRAINT {} CHECK ({} IS NOT NULL) NOT VALID").format(t, Identifier(f"hand_{n}"), name)),
    "add function": (_TABLES, lambda t, name, n, text: SQL("CREATE FUNCTION public.{}() RETURNS int LANGUAGE sql AS 'SELECT 1'").format(Identifier(f"hand_{n}"))),
    "default": (_COLUMNS + " AND NOT a.atthasdef AND a.attidentity = ''", lambda t, name, n, text: SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT NULL::text").format(t, name)),
    "drop default": (_COLUMNS + " AND a.atthasdef AND a.attgenerated = ''", lambda t, name, n, text: SQL("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT").format(t, name)),
    "not null": (_COLUMNS + " AND NOT a.attnotnull", lambda t, name, n, text: SQL("ALTER TABLE {} ALTER COLUMN {} SET NOT NULL").format(t, name)),
    "drop not null": (_COLUMNS + " AND a.attnotnull", lambda t, name, n, text: SQL("ALTER TABLE {} ALTER COLUMN {} DROP NOT NULL").format(t, name)),
    "type": (_COLUMNS + " AND a.atttypid = 'text'::regtype", lambda t, name, n, text: SQL("ALTER TABLE {} ALTER COLUMN {} TYPE varchar(333)").format(t, name)),
    "drop column": (_COLUMNS, lambda t, name, n, text: SQL("ALTER TABLE {} DROP COLUMN {}").format(t, name)),
    "drop constraint": (_CONSTRAINTS, lambda t, name, n, text: SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(t, name)),
    "drop table": (_TABLES, lambda t, name, n, text: SQL("DROP TABLE {}").format(t)),
    "drop view": (_VIEWS, lambda t, name, n, text: SQL("DROP VIEW {}").format(t)),
    "drop function": (_FUNCTIONS, lambda t, name, n, text: SQL("DROP FUNCTION {}").format(t)),
    "function cost": (_FUNCTIONS, lambda t, name, n, text: SQL("ALTER FUNCTION {} COST 77").format(t)),
    "function body": (_FUNCTIONS, lambda t, name, n, text: SQL(_changed(text))),
    "revoke": (_TABLES, lambda t, name, n, text: SQL("REVOKE SELECT ON {} FROM authenticated").format(t)),
    "grant": (_TABLES, lambda t, name, n, text: SQL("GRANT SELECT ON {} TO dashboard_user").format(t)),
    "comment": (_COLUMNS, lambda t, name, n, text: SQL("COMMENT ON COLUMN {}.{} IS {}").format(t, name, Literal(f"by hand {n}"))),
    "enum value": (_ENUMS, lambda t, name, n, text: SQL("ALTER TYPE {} ADD VALUE {}").format(t, Literal(f"hand_{n}"))),
    "replace view": (_VIEW_TEXTS, lambda t, name, n, text: SQL("CREATE OR REPLACE VIEW {} AS SELECT * FROM (").format(t) + SQL(text.rstrip().removesuffix(";")) + SQL(") by_hand WHERE {} > 0").format(Literal(n + 1))),
    "replace trigger": (_TRIGGER_TEXTS, lambda t, name, n, text: SQL(text.replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER", 1).replace(" FOR EACH ROW ", " FOR EACH ROW WHEN (pg_trigger_depth() < 9) ", 1))),
    "replace index": (_INDEX_TEXTS, lambda t, name, n, text: SQL("DROP INDEX {}; ").format(t) + SQL(f"{text} WHERE {n + 1} > 0")),
    "replace check": (_CHECK_TEXTS, lambda t, name, n, text: SQL("ALTER TABLE {0} DROP CONSTRAINT {1}; ALTER TABLE {0} ADD CONSTRAINT {1} CHECK ({2} > 0)").format(t, name, Literal(n + 1))),
    "replace foreign key": (_FOREIGN_TEXTS, lambda t, name, n, text: SQL(text)),
    "change default": (_COLUMNS + " AND a.atthasdef AND a.attgenerated = '' AND a.atttypid = 'text'::regtype", lambda t, name, n, text: SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}").format(t, name, Literal(f"hand {n}"))),
    "add whole table": (_TABLES, lambda t, name, n, text: SQL("CREATE TABLE public.{0} (id int PRIMARY KEY, note text); ALTER TABLE public.{0} ENABLE ROW LEVEL SECURITY; CREATE INDEX ON public.{0} (note); CREATE POLICY everyone ON public.{0} USING (true)").format(Identifier(f"hand_{n}"))),
    "rename policy": (_POLICIES, lambda t, name, n, text: SQL("ALTER POLICY {} ON {} RENAME TO {}").format(name, t, Identifier(f"hand_{n}"))),
    "rename index": (_INDEXES, lambda t, name, n, text: SQL("ALTER INDEX {} RENAME TO {}").format(t, Identifier(f"hand_{n}"))),
}  # fmt: skip


def _changed(definition: str) -> str:
    """A function's definition with a comment at the end of its body."""
    head, mark, tail = definition.rstrip().rpartition("$function$")
    return f"{head}\n-- by hand\n{mark}{tail}" if mark else definition


def change(
    production: Connection[Any], chance: random.Random, touched: set[str]
) -> tuple[str, str] | None:
    """Change something by hand: (kind, SQL that was run), or None where that could not be done.

    `touched`: what was changed already, which is left alone, and added to.
    """
    kind = chance.choice(sorted(_KINDS))
    query, make = _KINDS[kind]
    rows = sorted(production.execute(query.replace("{own}", _OWN)).fetchall())
    if not rows:
        return None
    first, second, third = rows[chance.randrange(len(rows))]
    function = query == _FUNCTIONS
    subject = first if function else f"{first}.{second}"
    if subject in touched:
        return None
    target: Composable = SQL(first) if function else Identifier(first, second)
    part = Identifier(third if third and not function else "x")
    command = make(target, part, chance.randrange(1000), third)
    try:
        with production.transaction():
            production.execute("SET LOCAL check_function_bodies = off")
            production.execute(command.as_bytes(production), prepare=False)
    except psycopg.Error:
        return None
    touched.add(subject)
    return kind, command.as_string(production)
