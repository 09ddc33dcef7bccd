"""Whether the way is encrypted, and to the right server; and ways that only IPv6 leads along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reconcile_pipeline.errors import TargetError
from reconcile_pipeline.flow.doctor.model import Level
from reconcile_pipeline.flow.doctor.reach import unreachable
from reconcile_pipeline_tests.flow.doctor.servers import SECRET, examined, missing, tls_server


@pytest.fixture(scope="module")
def tls() -> Iterator[tuple[Path, int]]:
    """A server with TLS: the folder of its certificates, and its port."""
    with tls_server() as running:
        yield running


def dsn(tls: tuple[Path, int], rest: str, host: str = "localhost") -> str:
    """A connection string to it."""
    home, port = tls
    rest = rest.replace("{home}", str(home))
    return f"host={host} port={port} dbname=postgres user=u password={SECRET} {rest}"


def test_verify_full_is_what_it_should_be(tls: tuple[Path, int], tmp_path: Path) -> None:
    found = examined(dsn(tls, "sslmode=verify-full sslrootcert={home}/ca.crt"), tmp_path)
    (way,) = found["TLS"]
    assert (way.level, way.figure.split(":")[0]) == (Level.OK, "On, verify-full")
    assert found["Server"][0].figure.startswith("PostgreSQL 15")


@pytest.mark.parametrize(
    ("rest", "host", "says", "do"),
    [
        ("sslmode=verify-full sslrootcert={home}/ca.crt", "127.0.0.1", "another host name", "name"),
        ("sslmode=verify-full sslrootcert={home}/strange.crt", "localhost", "CA that is not",
         "sslrootcert"),
        ("sslmode=verify-full sslrootcert={home}/none.crt", "localhost", "there is none",
         "sslrootcert"),
        ("sslmode=disable", "localhost", "nobody in from here", "sslmode=verify-full"),
        ("sslmode=require password=wrong", "localhost", "password is wrong", "Check both"),
        ("sslmode=require dbname=nowhere", "localhost", "no such user or database", "Check"),
        ("sslmode=require port=1", "localhost", "nobody listens", "that the server runs"),
        ("sslmode=require", "no-such-host.invalid", "no host of that name", "DNS"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_named_with_what_to_do(
    tls: tuple[Path, int], tmp_path: Path, rest: str, host: str, says: str, do: str
) -> None:
    (found,) = examined(dsn(tls, rest, host), tmp_path)["Server"]
    assert found.level is Level.PROBLEM
    assert says in found.figure
    assert do in found.advice
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("mode", "says"), [("require", "nobody checks whose"), ("verify-ca", "host name is not")]
)
def test_a_weaker_mode_works_and_is_advised_against(
    tls: tuple[Path, int], tmp_path: Path, mode: str, says: str
) -> None:
    rest = f"sslmode={mode}" + (" sslrootcert={home}/ca.crt" if mode == "verify-ca" else "")
    (found,) = examined(dsn(tls, rest), tmp_path)["TLS"]
    assert found.level is Level.ADVICE
    assert says in found.figure
    assert "verify-full" in found.advice


def test_without_tls_on_this_machine_nothing_is_amiss(
    tls: tuple[Path, int], tmp_path: Path
) -> None:
    (found,) = examined(dsn(tls, "sslmode=disable user=open"), tmp_path)["TLS"]
    assert (found.level, found.figure) == (Level.OK, "Off: the server is on this machine.")


def test_a_host_that_only_ipv6_leads_to(tls: tuple[Path, int], tmp_path: Path) -> None:
    if not Path("/proc/net/if_inet6").exists() or not Path("/proc/net/if_inet6").read_text():
        missing("this machine has no IPv6")
    found = examined(dsn(tls, "sslmode=require", "::1"), tmp_path)
    assert found["Server"][0].level is Level.OK
    (way,) = found["IPv6"]
    assert "session pooler" in way.figure


def test_no_way_to_an_ipv6_address_names_the_pooler() -> None:
    said = TargetError('connection to server at "::1", port 5432 failed: Network is unreachable')
    (found,) = unreachable(said, "host=::1 port=5432 dbname=x")
    assert (found.level, "session pooler" in found.advice) == (Level.PROBLEM, True)
    (found,) = unreachable(said, "host=127.0.0.1 port=5432 dbname=x")
    assert "IPv6" not in found.figure
