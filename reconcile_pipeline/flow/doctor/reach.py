"""The way to the server: is there one, is it encrypted, does it check whom it talks to?"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from typing import Any

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict

from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.doctor.model import Diagnosis, advice, ok, problem

POOLER_HINT = (
    "Use the session pooler's connection string (port 5432), which has an IPv4 address, a machine"
    " with IPv6, or the project's IPv4 add-on."
)
#: What libpq says, in lower case -> what it means and what to do. The first that fits counts.
_REASONS = (
    ("does not match host name", "the server's certificate is for another host name",
     "Connect by the name that the certificate bears; make sure that nobody is in between."),
    ("certificate verify failed", "the server's certificate comes from a CA that is not trusted",
     "Put the provider's CA certificate into a file and name it: sslrootcert=FILE. On Supabase it"
     " is in the project's database settings."),
    ("root certificate file", "verify-full needs a CA certificate, and there is none",
     "Name the provider's CA certificate with sslrootcert=FILE, or use sslrootcert=system."),
    ("does not support ssl", "the server offers no TLS", "Switch ssl on in postgresql.conf."),
    ("password authentication failed", "the user or the password is wrong",
     "Check both. On Supabase's pooler the user is postgres.PROJECT."),
    ("no pg_hba.conf entry", "the server lets nobody in from here, or not without TLS",
     "Try sslmode=verify-full, and allow this machine's address in the server's settings."),
    ("does not exist", "there is no such user or database", "Check the connection string."),
    ("too many", "the server has no connection left", "Close some, or use the session pooler."),
    ("refused", "nobody listens on that host and port", "Check both, and that the server runs."),
    ("timeout", "the host does not answer", "Check the host, the port, and the firewall."),
    ("resolve", "there is no host of that name", "Check the host, and this machine's DNS."),
    ("translate host name", "there is no host of that name",
     "Check the host, and this machine's DNS."),
)  # fmt: skip


def unreachable(error: TargetError, dsn: str) -> Iterator[Diagnosis]:
    """What to do where there is no way in."""
    text = error.message.lower()
    no_way = any(word in text for word in ("unreachable", "assign requested", "timeout"))
    if no_way and (only := _only_ipv6(dsn)):
        yield problem(
            "Server", f"{only} has only an IPv6 address, and this machine no way to it.",
            POOLER_HINT,
        )  # fmt: skip
        return
    for words, meaning, do in _REASONS:
        if words in text:
            yield problem("Server", f"Not reached: {meaning}. ({error.message})", do)
            return
    yield problem("Server", error.message, error.hint)


def way(connection: Connection[Any], dsn: str, name: str = "Server") -> Iterator[Diagnosis]:
    """How the connection was made: host, address family, TLS and its mode."""
    info = connection.info
    version = f"PostgreSQL {info.server_version // 10000}.{info.server_version % 10000}"
    host = info.host or info.hostaddr
    yield ok(name, f"{version} on {host}, port {info.port}, database {info.dbname}.")
    if only := _only_ipv6(dsn):
        yield ok(
            "IPv6", f"{only} has only an IPv6 address, and is reached. Machines without IPv6, such"
            " as many CI runners, need the session pooler (port 5432)."
        )  # fmt: skip
    yield _tls(connection)


def _tls(connection: Connection[Any]) -> Diagnosis:
    info = connection.info
    if info.host.startswith(("/", "@")):
        return ok("TLS", "Not needed: a socket of this machine.")
    mode = _mode(connection)
    if not connection.pgconn.ssl_in_use:
        if _loopback(info.hostaddr or info.host):
            return ok("TLS", "Off: the server is on this machine.")
        return advice(
            "TLS", f"Off (sslmode={mode}): passwords and rows cross the network in the clear.",
            "Use sslmode=verify-full with sslrootcert=FILE.",
        )  # fmt: skip
    if mode == "verify-full":
        return ok("TLS", "On, verify-full: encrypted, and the server is who it says.")
    what = "the host name is not checked" if mode == "verify-ca" else "nobody checks whose server"
    return advice(
        "TLS", f"On, sslmode={mode}: encrypted, but {what}.",
        "Use sslmode=verify-full with the provider's CA certificate: sslrootcert=FILE.",
    )  # fmt: skip


def _mode(connection: Connection[Any]) -> str:
    """The sslmode in force, from the connection string, the environment or libpq's default."""
    for option in connection.pgconn.info:
        if option.keyword == b"sslmode" and option.val:
            return option.val.decode()
    return "prefer"


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _only_ipv6(dsn: str) -> str:
    """The host, where it has IPv6 addresses and no other; else nothing."""
    parts = conninfo_to_dict(dsn)
    host = str(parts.get("host") or os.environ.get("PGHOST") or "")
    if not host or host.startswith(("/", "@")) or "," in host or parts.get("hostaddr"):
        return ""
    try:
        found = {each[0] for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return ""
    return host if found == {socket.AF_INET6} else ""
