"""Lock the private server: whoever enters it needs a password, from inside, too."""

from __future__ import annotations

import time

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from reconcile_pipeline.errors import ShadowError
from reconcile_pipeline.shadow.servers.server import Server

RELOAD_SECONDS = 10

#: The database for commands to the server, one that no shadow database can be.
MAINTENANCE = "template1"

#: Trust would let whoever reaches the socket from inside (dblink) be the superuser.
_HBA = "local all all scram-sha-256\n"


def harden(server: Server, control_path: str) -> str:
    """Lock a fresh private server, and return the superuser's DSN, which now holds a password.

    `control_path` is the server's new `extension_control_path`.
    """
    password = server.password()
    dsn = make_conninfo(server.dsn(MAINTENANCE), password=password)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute(
            SQL("ALTER SYSTEM SET extension_control_path = {}").format(Literal(control_path))
        )
        admin.execute(
            SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(server.superuser), Literal(password))
        )
        row = admin.execute("SELECT pg_conf_load_time()").fetchone()
        (server.data / "pg_hba.conf").write_text(_HBA)
        admin.execute("SELECT pg_reload_conf()")
    give_up = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < give_up:
        with psycopg.connect(dsn, autocommit=True) as admin:
            if admin.execute("SELECT pg_conf_load_time()").fetchone() != row:
                return dsn
        time.sleep(0.01)
    raise ShadowError("The shadow server did not take its new settings.", hint="Try again.")
