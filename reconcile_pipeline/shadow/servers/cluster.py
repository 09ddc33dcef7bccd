"""The server that shadow databases live on: a private one of our own, or one that is named."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.servers import offering
from reconcile_pipeline.shadow.servers.bounds import SUPERUSER, bounded_server
from reconcile_pipeline.shadow.servers.hardening import harden
from reconcile_pipeline.shadow.servers.server import Server

OLDEST = 140000  # server_version_num of the oldest server that a shadow may live on


_UNUSED = "postgres"  # initdb makes it; our own connections are to template1
_NO_FOREIGN_CODE = "-c search_path=pg_catalog,pg_temp -c session_replication_role=replica"


@dataclass(slots=True)
class Cluster:
    """A server to make shadow databases on.

    `admin`: DSN of a superuser. `private`: nobody else uses the server. `password`: of the roles
    that we make. `extensions`: where the server looks for extensions first; None on a server that
    is not ours. `roles` and `databases`: what we made on a server that is not private, to be taken
    away again. `spare`: the private server's first database still waits for a name.
    """

    admin: str = field(repr=False)
    private: bool
    superuser: str
    version: int = 180000
    password: str = field(default="", repr=False)
    extensions: Path | None = None
    roles: list[str] = field(default_factory=list)
    databases: list[str] = field(default_factory=list)
    spare: bool = True
    _kept: Connection[Any] | None = field(default=None, repr=False)

    def dsn(self, database: str, user: str | None = None) -> str:
        """A connection string to one of its databases."""
        changes: dict[str, Any] = {"dbname": database}
        if user is not None:
            changes["user"] = user
            if self.password:
                changes["password"] = self.password
        return make_conninfo(self.admin, **changes)

    def connect_admin(self, database: str | None = None) -> Connection[Any]:
        """A superuser's connection in autocommit mode, in which no code of a file's runs.

        Only the catalog is on its search path, and neither triggers nor event triggers fire.
        """
        dsn = self.dsn(database) if database else self.admin
        given = conninfo_to_dict(dsn).get("options", "")
        options = make_conninfo(dsn, options=f"{given} {_NO_FOREIGN_CODE}".strip())
        return psycopg.connect(options, autocommit=True)

    @contextmanager
    def commanding(self) -> Iterator[Connection[Any]]:
        """Such a connection that is kept: to connect takes longer than most commands do."""
        if self._kept is not None:
            try:
                self._kept.execute("SELECT")
            except psycopg.OperationalError:  # the server restarted after a process of it died
                self._kept.close()
                self._kept = None
        if self._kept is None:
            self._kept = self.connect_admin()
        yield self._kept

    def close(self) -> None:
        """Let go of the kept connection."""
        if self._kept is not None:
            self._kept.close()

    def existing_roles(self) -> Mapping[str, bool]:
        """Role name -> whether it is a superuser."""
        with self.commanding() as admin:
            return dict(admin.execute("SELECT rolname, rolsuper FROM pg_roles").fetchall())

    def create_roles(self, options: Mapping[str, str]) -> None:
        """Make roles; `options`: name -> our own words, never a user's."""
        with self.commanding() as admin:
            for name, words in options.items():
                admin.execute(SQL("CREATE ROLE {} " + words).format(Identifier(name)))
                self.roles.append(name)

    def let_in(self, name: str) -> None:
        """Let a role of ours log in with our password, whatever its own was made."""
        with self.commanding() as admin:
            admin.execute(
                SQL("ALTER ROLE {} LOGIN CONNECTION LIMIT -1 PASSWORD {}").format(
                    Identifier(name), Literal(self.password)
                )
            )

    def has_place_for(self, database: str) -> bool:
        """Whether a database may be made under this name; only on a server of our own."""
        if database == _UNUSED:
            return self.private and self.spare
        with self.commanding() as admin:
            taken = {row[0] for row in admin.execute("SELECT datname FROM pg_database")}
        return self.private and database not in taken

    def create_database(self, name: str) -> None:
        """Make an empty database: a private server's unused one gets the name, which is quicker."""
        with self.commanding() as admin:
            if self.private and self.spare:
                self.spare = False  # from now on `postgres` may be somebody's: production's, say
                if name != _UNUSED:
                    admin.execute(
                        SQL("ALTER DATABASE {} RENAME TO {}").format(
                            Identifier(_UNUSED), Identifier(name)
                        )
                    )
                return
            admin.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        self.databases.append(name)

    def clean(self) -> None:
        """Take away the databases and roles that we made on somebody's server."""
        if self.private:
            return
        with self.commanding() as admin:
            for name in self.databases:
                admin.execute(
                    SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
                )
            for name in self.roles:
                try:
                    admin.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(name)))
                except psycopg.Error:  # something on that server came to depend on it: not ours
                    continue


@contextmanager
def cluster(url: str | None = None) -> Iterator[Cluster]:
    """A private throwaway server, or the server at `url`, which needs a superuser.

    Raises ShadowError where the server cannot be used.
    """
    if url is None:
        with bounded_server() as server, private_cluster(server) as private:
            yield private
        return
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as admin:
            row = admin.execute(
                "SELECT rolsuper, current_user, current_setting('server_version_num')::int"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error as error:
        host = _host(url)
        raise ShadowError(
            f"The shadow server{host} cannot be reached ({type(error).__name__}).",
            hint="Check --shadow-url, or leave it out to use the embedded server.",
        ) from None
    if row is None or not row[0]:
        raise ShadowError(
            "The shadow server's user is no superuser; event triggers need one.",
            hint="Use a superuser in --shadow-url, or leave it out to use the embedded server.",
        )
    if row[2] < OLDEST:
        raise ShadowError(
            f"The shadow server is older than PostgreSQL {OLDEST // 10000}.",
            hint="Leave --shadow-url out to use the embedded server.",
        )
    shared = Cluster(
        url, private=False, superuser=row[1], version=row[2], password=secrets.token_urlsafe(24)
    )
    try:
        yield shared
    finally:
        shared.clean()
        shared.close()


@contextmanager
def private_cluster(server: Server) -> Iterator[Cluster]:
    """A server that was made by `bounded_server`, hardened before anything else is done with it."""
    folder = server.directory / "extensions"
    control_path = offering.install(folder)
    private = Cluster(
        harden(server, control_path),
        private=True,
        superuser=SUPERUSER,
        password=secrets.token_urlsafe(24),
        extensions=folder,
    )
    try:
        yield private
    finally:
        private.close()


def _host(url: str) -> str:
    try:
        host = conninfo_to_dict(url).get("host")
    except psycopg.ProgrammingError:
        return ""
    return f" on {host}" if host else ""
