"""Extensions for a shadow database: what its files may create, and what is there beforehand.

On our own server each is offered as files (`stand_ins`). A server that is somebody else's has what
it has; there a stand-in is made of rows of the catalog (`sql/stand_in.sql`) by whoever creates it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL, Identifier

from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.platforms import stand_ins
from reconcile_pipeline.shadow.platforms.source import PLATFORM_EXTENSIONS, Extension, Source
from reconcile_pipeline.shadow.servers import offering

#: The schema that a stand-in fills, where that is not the one it is created in.
_HOMES = {"pg_cron": "cron", "pg_net": "net"}
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)

#: Whether a schema has tables or routines that are no extension's.
_FILLED = """
SELECT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v')
                  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
                                     AND d.objid = c.oid AND d.deptype = 'e'))
    OR EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = n.oid
                  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                                     AND d.objid = p.oid AND d.deptype = 'e'))
  FROM pg_namespace n WHERE n.nspname = %s"""

_FUNCTION_THERE = """
SELECT EXISTS (SELECT FROM pg_proc p WHERE p.proname = ANY (%s) AND p.oid >= 16384
                  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                                     AND d.objid = p.oid AND d.deptype = 'e'))"""


def offer(database: ShadowDatabase, source: Source, script: str) -> Iterator[str]:
    """Make every extension creatable that production has or files create; notes on the empty ones.

    `script`: all migration text.
    """
    there = {e.name: e.version for e in source.extensions}
    database.versions = stand_ins.wanted(script, there)
    folder = database.cluster.extensions
    database.members = {e.name: e.members for e in source.extensions}
    unknown: Collection[str]
    if folder is not None:
        moves = stand_ins.updates(script)
        unknown = offering.offer(folder, database.versions, moves, database.members)
    else:
        with database.cluster.commanding() as admin:
            rows = admin.execute("SELECT name FROM pg_available_extensions").fetchall()
        database.available = frozenset(row[0] for row in rows) - stand_ins.REACHING_OUT
        unknown = database.versions.keys() - database.available - stand_ins.names()
    for name in sorted(unknown):
        known = "the signatures of its functions" if database.members.get(name) else "its name"
        yield f"The shadow knows nothing of the extension {name} but {known}."


def create_beforehand(
    database: ShadowDatabase, source: Source, script: str, managed: Collection[str]
) -> Iterator[str]:
    """Create production's extensions that the platform brings, or that files use unasked."""
    created = stand_ins.wanted(script, {})
    text = _COMMENT.sub(" ", script).lower()
    words = frozenset(re.findall(r"\w+", text))
    called = frozenset(re.findall(r"(\w+)\"?\s*\(", text))
    for one in source.extensions:
        if one.name == "plpgsql" or (one.schema not in managed and one.schema != "public"):
            continue
        if source.is_supabase and one.name in PLATFORM_EXTENSIONS:
            _create(database, one)
        elif one.name not in created and _used(one, text, words, called) and _create(database, one):
            yield (
                f"Migrations use the extension {one.name} and none creates it; production has it,"
                " so the shadow has it from the start."
            )


def yield_to_copies(database: ShadowDatabase) -> None:
    """Where production's own objects stand for an extension's, its stand-in brings none."""
    folder = database.cluster.extensions
    with database.administering() as admin:
        filled = frozenset(name for name in stand_ins.names() if _filled(admin, name))
    database.without_objects = filled
    if folder is not None:
        for name in filled:
            offering.offer_empty(folder, name, database.versions.get(name))


def _filled(admin: Connection[Any], name: str) -> bool:
    """Whether a stand-in's schema, or where it has none, one of its functions, is there."""
    if home := _HOMES.get(name) or stand_ins.home(name):
        row = admin.execute(_FILLED, (home,)).fetchone()
    else:
        row = admin.execute(_FUNCTION_THERE, (stand_ins.functions(name),)).fetchone()
    return bool(row and row[0])


def _used(one: Extension, text: str, words: Collection[str], called: Collection[str]) -> bool:
    return (
        any(re.search(rf"\b{re.escape(schema)}\"?\s*\.", text) for schema in one.schemas)
        or any(name in words for name in one.types)
        or any(name in called for name in one.functions)
    )


def _create(database: ShadowDatabase, one: Extension) -> bool:
    """Create an extension or its stand-in; False where the shadow has neither."""
    command = SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA {} CASCADE").format(
        Identifier(one.name), Identifier(one.schema)
    )
    try:
        with database.administering() as admin:
            admin.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(one.schema)))
            if database.lacks(one.name):
                database.create_stand_in(admin, one.name, one.schema)
            else:
                admin.execute(command)
    except psycopg.Error:
        return False
    return True
