"""A shadow database: production's platform without production's own objects, and a recorder."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier, Literal

from reconcile_pipeline.catalog.ignored import NOTHING, Ignored
from reconcile_pipeline.catalog.model import Kind, Rows, Scalar, Snapshot
from reconcile_pipeline.catalog.normalize import without_maintain
from reconcile_pipeline.catalog.read import read, read_kinds, read_scope
from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow import collations
from reconcile_pipeline.shadow.platforms import stand_ins
from reconcile_pipeline.shadow.platforms.for_owner import create_extension, created_extension
from reconcile_pipeline.shadow.replaying.state import Root
from reconcile_pipeline.shadow.replaying.statement import limits
from reconcile_pipeline.shadow.servers.cluster import Cluster

#: On a server that is not ours, compiling the recorder's queries would take longer than they do.
_SESSION = b"SET client_min_messages = error; SET jit = off"

#: Scoped reads are planned once, while the catalogs are small; they must not scan what grows.
_FOR_GROWTH = b"SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off"

_RESET = (
    b"CLOSE ALL; RESET SESSION AUTHORIZATION; RESET ALL; UNLISTEN *;"
    b" SELECT pg_catalog.pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES;"
)

#: Our own schema in the shadow; left out of every reading, as its event triggers are.
OWN_SCHEMA = "reconcile_shadow"


@dataclass(slots=True)
class ShadowDatabase:
    """One database on a cluster.

    `owner`: the role that runs migration files, never a superuser. `stands_for`: the name that
    production knows it by; catalog texts are read with the latter in place of the former.
    `managed`: schemas that are the platform's. `versions`: extension -> the version it should have;
    `members`: what production has of it.
    `available`: the extensions that the server itself has; None on our own, where all are offered.
    `without_objects`: stand-ins that bring nothing, since production's own objects are there.
    `icu`: production's collations of ICU; `stood_in`: those that had a stand-in here.
    """

    cluster: Cluster
    name: str
    owner: str
    stands_for: str
    managed: frozenset[str]
    token: str = field(default="", repr=False)
    search_paths: tuple[tuple[bool, tuple[str, ...]], ...] = ()  # (the owner's own, schemas)
    versions: Mapping[str, str | None] = field(default_factory=dict)
    members: Mapping[str, stand_ins.Members] = field(default_factory=dict)
    available: frozenset[str] | None = None
    without_objects: frozenset[str] = frozenset()
    icu: collations.Collations = field(default_factory=dict)
    stood_in: set[str] = field(default_factory=set)
    maintain: bool = True  # compare the privilege MAINTAIN, which servers before 17 do not have
    ignored: Ignored = NOTHING  # of whose roles no privileges are compared
    _admin: Connection[Any] | None = field(default=None, repr=False)

    @contextmanager
    def administering(self) -> Iterator[Connection[Any]]:
        """A superuser's connection to it, kept for the next command: to connect takes longer than
        most of them. Nobody can copy the database before `let_go`."""
        if self._admin is None or self._admin.closed:
            self._admin = self.cluster.connect_admin(self.name)
        yield self._admin

    def let_go(self) -> None:
        """Close the superuser's connection; the next command opens another."""
        if self._admin is not None:
            self._admin.close()
            self._admin = None

    def apply_settings(self) -> None:
        """Set what is set on production's database; no copy of a database brings it along.

        `search_path` above all: it decides where unqualified names go.
        """
        with self.cluster.commanding() as admin:
            for of_owner, path in self.search_paths:
                target = SQL("DATABASE {}").format(Identifier(self.name))
                if of_owner:
                    target = SQL("ROLE {} IN DATABASE {}").format(
                        Identifier(self.owner), Identifier(self.name)
                    )
                parts = SQL(", ").join(Literal(part) for part in path)
                admin.execute(SQL("ALTER {} SET search_path TO {}").format(target, parts))

    def install_recorder(self) -> None:
        """Add the event triggers that say what a statement touched."""
        self.token = secrets.token_urlsafe(24)
        own = files("reconcile_pipeline.shadow") / "sql"
        text = (own / "recorder.sql").read_text()
        if self.available is not None:
            text += (own / "stand_in.sql").read_text()
        with self.administering() as admin:
            admin.execute(text.encode())
            admin.execute("INSERT INTO reconcile_shadow.secret VALUES (%s)", (self.token,))

    def connect_owner(self) -> Connection[Any]:
        """The owner's connection: what migration files run on. Raises ShadowError."""
        try:
            connection = self._connect_owner()
        except psycopg.OperationalError:  # a file gave the owner another password, or no login
            self.cluster.let_in(self.owner)
            try:
                connection = self._connect_owner()
            except psycopg.OperationalError as error:
                raise ShadowError(
                    f"The shadow database cannot be entered again ({type(error).__name__}).",
                    hint="A migration file changes who may connect, as by a login event trigger.",
                ) from None
        connection.execute(limits(connection) + b";" + _SESSION + b";" + _FOR_GROWTH)
        return connection

    def _connect_owner(self) -> Connection[Any]:
        return psycopg.connect(
            self.cluster.dsn(self.name, self.owner), autocommit=True, prepare_threshold=None
        )

    def reset(
        self, connection: Connection[Any], first: bytes = b"", then: bytes = b""
    ) -> Cursor[Any]:
        """Between files: each runs in a session of its own in real life.

        All that DISCARD ALL does, but for prepared statements and plans: the reader's are there.
        `first`: what ends the last file's transaction; `then`: what begins the next one's, in the
        same message. The cursor has the answer of each command.
        """
        settings = limits(connection) + b";" + _SESSION + b";" + _FOR_GROWTH
        # Without a COMMIT between them, the settings would belong to the transaction that begins.
        return connection.execute(first + _RESET + settings + (b";COMMIT;" + then if then else b""))

    def run_for_owner(self, connection: Connection[Any], sql: str) -> None:
        """Run a command that hosted platforms allow an ordinary owner, as superuser."""
        if (wanted := created_extension(sql)) is not None and self.lacks(wanted.name):
            if not (wanted.quiet and self._has_extension(connection, wanted.name)):
                self.create_stand_in(connection, wanted.name, wanted.schema)
            return
        connection.execute(
            "SELECT reconcile_shadow.run_for_owner(%s, %s, pg_catalog.current_schemas(false))",
            (self.token, sql),
            prepare=False,
        )

    def let_create(self, connection: Connection[Any], role: str | None) -> None:
        """Let `role`, which the owner is a member of, create in every schema; None: no more."""
        connection.execute(
            "SELECT reconcile_shadow.let_create(%s, %s)", (self.token, role), prepare=False
        )

    def lacks(self, extension: str) -> bool:
        """Whether the server cannot create this extension, or must not."""
        if self.available is None:
            return False
        return extension not in self.available or extension in self.without_objects

    def create_stand_in(self, connection: Connection[Any], name: str, schema: str | None) -> None:
        """Make a stand-in of rows, as superuser; `schema` is the one asked for."""
        for other in stand_ins.requires(name):
            self.run_for_owner(connection, create_extension(other, schema, quiet=True))
        version, script = stand_ins.script(name, self.versions.get(name))
        script += stand_ins.lacking(script, self.members.get(name, ()))
        if name in self.without_objects:
            script = ""
        connection.execute(
            "SELECT reconcile_shadow.create_stand_in(%s, %s,"
            " coalesce(%s, (pg_catalog.current_schemas(false))[1]), %s, %s)",
            (self.token, name, stand_ins.home(name) or schema, version, script),
            prepare=False,
        )

    def _has_extension(self, connection: Connection[Any], name: str) -> bool:
        query = "SELECT FROM pg_catalog.pg_extension WHERE extname = %s"
        return connection.execute(query, (name,), prepare=False).fetchone() is not None

    def read(self, connection: Connection[Any]) -> Snapshot:
        """The whole catalog, in production's words."""
        return self._translated(read(connection, managed=self._hidden))

    def read_roots(
        self, connection: Connection[Any], roots: Iterable[Root], kinds: Collection[Kind]
    ) -> Snapshot:
        """Only what is below these roots, and of these kinds."""
        scope: dict[str, list[int]] = {}
        for catalog, oid in roots:
            scope.setdefault(catalog, []).append(oid)
        return self._translated(
            read_scope(connection, scope, managed=self._hidden, kinds=kinds, prepare=True)
        )

    def read_kinds(self, connection: Connection[Any], kinds: Collection[Kind]) -> Snapshot:
        """Only these kinds, whole."""
        return self._translated(read_kinds(connection, kinds, managed=self._hidden))

    @property
    def _hidden(self) -> frozenset[str]:
        return self.managed | {OWN_SCHEMA}

    def _translated(self, snapshot: Snapshot) -> Snapshot:
        if not self.maintain:
            snapshot = without_maintain(snapshot)
        snapshot = self.ignored.without_grants(snapshot)
        if triggers := snapshot.kinds.get(Kind.EVENT_TRIGGER):
            kept = {i: v for i, v in triggers.objects.items() if not i.startswith(OWN_SCHEMA)}
            kinds = {**snapshot.kinds, Kind.EVENT_TRIGGER: replace(triggers, objects=kept)}
            snapshot = replace(snapshot, kinds=kinds)
        if self.icu and (sorting := snapshot.kinds.get(Kind.COLLATION)):
            rows = collations.as_in_production(sorting, self.icu)
            snapshot = replace(snapshot, kinds={**snapshot.kinds, Kind.COLLATION: rows})
        names = [n for n in (self.owner, self.cluster.superuser) if n != self.stands_for]
        if not self.cluster.private and self.cluster.superuser in names:
            names.remove(self.cluster.superuser)  # there it may stand for itself
        if not names:
            return snapshot
        own = tuple(f"{n}." for n in names)
        translated: dict[Kind, Rows] = {}
        for kind, rows in snapshot.kinds.items():
            if kind is Kind.ROLE:
                kept = {i: v for i, v in rows.objects.items() if i not in names}
                translated[kind] = replace(rows, objects=kept)
                continue
            objects = _said(rows.objects, names, self.stands_for)
            translated[kind] = replace(rows, objects=objects)
            if any(identity.startswith(own) for identity in objects):
                translated[kind] = replace(
                    rows,
                    objects={self._renamed(i, own): v for i, v in objects.items()},
                    parents={self._renamed(i, own): p for i, p in rows.parents.items()},
                    roots={self._renamed(i, own): r for i, r in rows.roots.items()},
                )
        return replace(snapshot, kinds=translated)

    def _renamed(self, identity: str, own: tuple[str, ...]) -> str:
        for prefix in own:
            if identity.startswith(prefix):
                return f"{self.stands_for}.{identity[len(prefix) :]}"
        return identity


def _said(
    objects: Mapping[str, tuple[Scalar, ...]], names: Collection[str], stands_for: str
) -> Mapping[str, tuple[Scalar, ...]]:
    """Objects with their texts in production's words. Most facets speak of no role, so each is
    looked at for all objects at once."""
    facets: list[Sequence[Scalar]] = list(zip(*objects.values(), strict=True))
    for place, values in enumerate(facets):
        said: dict[Scalar, str] = {}
        for text in {value for value in values if type(value) is str}:
            told = text
            for name in names:
                told = told.replace(name, stands_for)
            if told != text:
                said[text] = told
        if said:
            facets[place] = [said.get(value, value) for value in values]
    return dict(zip(objects, zip(*facets, strict=True), strict=True)) if facets else objects


def grant_ownership(database: ShadowDatabase) -> None:
    """Let the owner do in its database what it may do in production's."""
    with database.administering() as admin:
        admin.execute(
            SQL("ALTER DATABASE {} OWNER TO {}").format(
                Identifier(database.name), Identifier(database.owner)
            )
        )
