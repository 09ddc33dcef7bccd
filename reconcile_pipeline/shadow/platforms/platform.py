"""Give a shadow database production's platform: roles, managed schemas, extensions, defaults."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from psycopg.sql import SQL, Composed, Identifier

from reconcile_pipeline.catalog.normalize import knows_maintain
from reconcile_pipeline.shadow.clone import dump, quoted_pattern, restore
from reconcile_pipeline.shadow.database import ShadowDatabase, grant_ownership
from reconcile_pipeline.shadow.platforms.provision import create_beforehand, offer, yield_to_copies
from reconcile_pipeline.shadow.platforms.source import Source
from reconcile_pipeline.shadow.servers.cluster import Cluster

_OBJECTS = {"r": "TABLES", "S": "SEQUENCES", "f": "FUNCTIONS", "T": "TYPES", "n": "SCHEMAS"}
_MADE_ROLE = re.compile(r"\bcreate\s+(?:role|user|group)\s+(?:if\s+not\s+exists\s+)?\"?(\w+)", re.I)
_OWNED_TABLES = (("storage", "objects"), ("storage", "buckets"), ("realtime", "messages"))
_USER_POLICIES = """
SELECT p.polname, n.nspname, c.relname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE (n.nspname, c.relname) IN
       (('storage', 'objects'), ('storage', 'buckets'), ('realtime', 'messages'))"""


def build(
    cluster: Cluster,
    source: Source,
    source_dsn: str,
    script: str,
    managed: frozenset[str],
) -> tuple[ShadowDatabase, tuple[str, ...]]:
    """A shadow database with the platform in it, and notes on what could not be had.

    `script`: all migration text; what it creates itself is not created beforehand.
    """
    database, notes = begin(cluster, source, source_dsn, script, managed)
    finish(database, source)
    return database, notes


def begin(
    cluster: Cluster,
    source: Source,
    source_dsn: str,
    script: str,
    managed: frozenset[str],
) -> tuple[ShadowDatabase, tuple[str, ...]]:
    """The first part of `build`, before it is known which default privileges came first."""
    notes: list[str] = []
    # The history itself is of no use to the files, but for functions that read it.
    unused = {s for s in ("supabase_migrations",) if s not in script}
    schemas = [s for s in source.platform_schemas if s not in unused]
    with ThreadPoolExecutor(1) as aside:
        # By a process of its own, and from another server: meanwhile there is enough to do here.
        dumping = aside.submit(_dump, source_dsn, schemas)
        database = _empty(cluster, source, script, managed)
        notes += offer(database, source, script)
        if not cluster.private:
            database.install_recorder()  # stand-ins there are made by it
        notes += create_beforehand(database, source, script, managed)
    notes += _managed_schemas(database, source, schemas, dumping.result())
    yield_to_copies(database)
    _public(database, source)
    _publications(database, source, script)
    return database, tuple(notes)


def finish(database: ShadowDatabase, source: Source) -> None:
    """The rest; `source` has only the default privileges that came before the files."""
    _default_privileges(database, source)
    grant_ownership(database)
    if source.owner != "pg_database_owner" and source.public_owner == source.owner:
        _admin(database, SQL("ALTER SCHEMA public OWNER TO {}").format(Identifier(database.owner)))
    if database.cluster.private:
        database.install_recorder()
    database.let_go()


def prepare_twin(cluster: Cluster, source: Source, managed: frozenset[str]) -> ShadowDatabase:
    """An empty database that a dump of the whole production can be restored into."""
    database = _empty(cluster, source, "", managed)
    for _ in offer(database, source, ""):
        continue  # what production has, the dump creates; what could not be had, the twin tells
    grant_ownership(database)
    database.let_go()
    return database


def _empty(
    cluster: Cluster, source: Source, script: str, managed: frozenset[str]
) -> ShadowDatabase:
    """A database with the platform's roles and settings, which reads in production's words."""
    owner = _roles(cluster, source, script)
    database = ShadowDatabase(cluster, _database(cluster, source), owner, source.owner, managed)
    database.icu = dict(source.icu)
    database.maintain = knows_maintain(source.version, cluster.version)
    _settings(database, source)
    return database


def _roles(cluster: Cluster, source: Source, script: str) -> str:
    existing = cluster.existing_roles()
    made_by_files = {name.lower() for name in _MADE_ROLE.findall(script)}
    wanted = [r for r in source.roles if r.name.lower() not in made_by_files]
    missing = {
        role.name: f"NOLOGIN {'' if role.inherit else 'NO'}INHERIT"
        + (" BYPASSRLS" if role.bypass_rls else "")
        for role in wanted
        if role.name not in existing and role.name != source.owner
    }
    cluster.create_roles(missing)
    owner = source.owner
    if owner in existing and (not cluster.private or existing[owner]):
        owner = f"reconcile_owner_{secrets.token_hex(4)}"
    if owner not in existing:
        # Before PostgreSQL 16, who may create roles may join any role but a superuser.
        more = " CREATEROLE" if cluster.version >= 160000 else ""
        cluster.create_roles({owner: f"NOSUPERUSER BYPASSRLS{more}"})
        cluster.let_in(owner)
    with cluster.commanding() as admin:
        for role in wanted:
            if role.name != source.owner and cluster.private:
                admin.execute(
                    SQL("GRANT {} TO {} WITH ADMIN OPTION").format(
                        Identifier(role.name), Identifier(owner)
                    )
                )
    return owner


def _database(cluster: Cluster, source: Source) -> str:
    # By production's own name where nobody minds, since files say ALTER DATABASE name SET ….
    name = source.database
    if not cluster.has_place_for(name):
        name = f"reconcile_shadow_{secrets.token_hex(6)}"
    cluster.create_database(name)
    return name


def _admin(database: ShadowDatabase, *commands: Composed | SQL) -> None:
    with database.administering() as admin:
        for command in commands:
            admin.execute(command)


def _settings(database: ShadowDatabase, source: Source) -> None:
    database.search_paths = tuple(
        (bool(role), tuple(part.strip().strip('"') for part in value.split(",")))
        for role, name, value in source.settings
        if name == "search_path" and role in ("", source.owner)
    )
    database.apply_settings()


def _dump(source_dsn: str, schemas: Sequence[str]) -> str:
    return dump(source_dsn, *(f"--schema={quoted_pattern(s)}" for s in schemas)) if schemas else ""


def _managed_schemas(
    database: ShadowDatabase, source: Source, schemas: Sequence[str], dumped: str
) -> Iterable[str]:
    if not schemas:
        return
    restore(database.cluster.dsn(database.name), dumped)
    with database.administering() as admin:
        for policy, schema, table in admin.execute(_USER_POLICIES).fetchall():
            admin.execute(
                SQL("DROP POLICY {} ON {}.{}").format(
                    Identifier(policy), Identifier(schema), Identifier(table)
                )
            )
        for schema in schemas:
            found = admin.execute("SELECT to_regnamespace(quote_ident(%s))", (schema,)).fetchone()
            if found is None or found[0] is None:
                if any(schema in extension.schemas for extension in source.extensions):
                    continue  # it comes with the extension, when a file creates that
                yield f"The schema {schema} could not be copied from production."
                continue
            name, owner = Identifier(schema), Identifier(database.owner)
            admin.execute(SQL("GRANT ALL ON SCHEMA {} TO {}").format(name, owner))
            for what in ("TABLES", "SEQUENCES", "ROUTINES"):
                admin.execute(
                    SQL("GRANT ALL ON ALL " + what + " IN SCHEMA {} TO {}").format(name, owner)
                )
        if database.cluster.private:
            # Policies on these are the user's to make; on the platform a hook lets the owner.
            for schema, table in _OWNED_TABLES:
                found = admin.execute(
                    "SELECT to_regclass(quote_ident(%s) || '.' || quote_ident(%s))", (schema, table)
                ).fetchone()
                if found and found[0]:
                    admin.execute(
                        SQL("ALTER TABLE {}.{} OWNER TO {}").format(
                            Identifier(schema), Identifier(table), Identifier(database.owner)
                        )
                    )


def _public(database: ShadowDatabase, source: Source) -> None:
    """What the platform grants on `public`; what a person granted beyond that is theirs."""
    commands: list[Composed | SQL] = [SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC")]
    roles = {role.name for role in source.roles}
    for grantee, privilege in source.public_acl:
        usual = privilege == "USAGE" or grantee in ("", source.owner, source.public_owner)
        if usual and grantee != source.public_owner and (not grantee or grantee in roles):
            who = Identifier(grantee) if grantee else SQL("PUBLIC")
            if grantee == source.owner:
                who = Identifier(database.owner)
            commands.append(SQL("GRANT {} ON SCHEMA public TO {}").format(SQL(privilege), who))
    may = any(g in (source.owner, "") and p == "CREATE" for g, p in source.public_acl)
    if not may and source.public_owner not in ("pg_database_owner", source.owner):
        # Whoever made production's tables could: as superuser, say, which the shadow's owner isn't.
        commands.append(
            SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(Identifier(database.owner))
        )
    _admin(database, *commands)


def _publications(database: ShadowDatabase, source: Source, script: str) -> None:
    for name in source.publications:
        made = re.search(rf"create\s+publication\s+\"?{re.escape(name)}\b", script, re.I)
        if source.is_supabase and name == "supabase_realtime" and not made:
            _admin(
                database,
                SQL("CREATE PUBLICATION {}").format(Identifier(name)),
                SQL("ALTER PUBLICATION {} OWNER TO {}").format(
                    Identifier(name), Identifier(database.owner)
                ),
            )


def _default_privileges(database: ShadowDatabase, source: Source) -> None:
    """The platform's default privileges decide what every later CREATE grants."""
    commands: list[Composed | SQL] = []
    seen: set[tuple[str, str, str]] = set()
    for role, schema, letter, grantee, privilege, grantable in source.default_acls:
        if role != source.owner or (schema and schema != "public"):
            continue
        if privilege == "MAINTAIN" and not knows_maintain(database.cluster.version):
            continue
        who = Identifier(grantee) if grantee else SQL("PUBLIC")
        if grantee == source.owner:
            who = Identifier(database.owner)
        head = SQL("ALTER DEFAULT PRIVILEGES FOR ROLE {} {}").format(
            Identifier(database.owner),
            SQL("IN SCHEMA {}").format(Identifier(schema)) if schema else SQL(""),
        )
        objects = SQL(_OBJECTS[letter])
        if (role, schema, letter) not in seen and not schema:
            seen.add((role, schema, letter))
            commands.append(SQL("{} REVOKE ALL ON {} FROM PUBLIC").format(head, objects))
        grant = SQL("{} GRANT {} ON {} TO {}{}").format(
            head, SQL(privilege), objects, who,
            SQL(" WITH GRANT OPTION" if grantable else ""),
        )  # fmt: skip
        commands.append(grant)
    _admin(database, *commands)
