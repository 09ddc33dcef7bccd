"""Privileges as values: who holds what, and may pass it on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Acl = dict[str, dict[str, bool]]
"""Grantee -> privilege -> with grant option. `public` is everyone."""

#: All privileges there are on a kind of object. Source: PostgreSQL's documentation, Privileges.
_ALL: Mapping[str, tuple[str, ...]] = {
    "TABLE": (
        "DELETE", "INSERT", "MAINTAIN", "REFERENCES", "SELECT", "TRIGGER", "TRUNCATE", "UPDATE",
    ),
    "SEQUENCE": ("SELECT", "UPDATE", "USAGE"),
    "FUNCTION": ("EXECUTE",),
    "TYPE": ("USAGE",),
    "SCHEMA": ("CREATE", "USAGE"),
    "FOREIGN DATA WRAPPER": ("USAGE",),
    "FOREIGN SERVER": ("USAGE",),
    "COLUMN": ("INSERT", "REFERENCES", "SELECT", "UPDATE"),
    "LARGE OBJECT": ("SELECT", "UPDATE"),
}  # fmt: skip
_OPEN = frozenset({"FUNCTION", "TYPE"})  # what everyone may use unless it is revoked
_IN_LINE = re.compile(r"(.+?)=((?:(?:SELECT|INSERT|UPDATE|REFERENCES)\*?,?)+)(?: |\Z)", re.DOTALL)


def all_of(target: str, version: int) -> frozenset[str]:
    """Every privilege on this kind of object, by the server's major version."""
    return frozenset(p for p in _ALL[target] if p != "MAINTAIN" or version >= 17)


def parse(facet: str | None) -> Acl:
    """From lines `grantee=PRIVILEGE,PRIVILEGE*`."""
    acl: Acl = {}
    for line in (facet or "").splitlines():
        grantee, _, held = line.rpartition("=")
        if held:
            acl[grantee] = _held(held)
    return acl


def parse_line(text: str) -> Acl:
    """From one line of column privileges, `grantee=SELECT other one=UPDATE*`."""
    return {grantee: _held(held) for grantee, held in _IN_LINE.findall(text)}


def lines(acl: Acl) -> list[str]:
    """The lines that `parse` reads, sorted."""
    return [
        f"{grantee}=" + ",".join(f"{p}*" if held[p] else p for p in sorted(held))
        for grantee, held in sorted(acl.items())
    ]


def built_in(target: str, owner: str, version: int) -> Acl:
    """What a new object's privileges are where no default privileges say otherwise."""
    acl: Acl = {owner: dict.fromkeys(all_of(target, version), False)}
    if target == "COLUMN":
        return {}
    if target in _OPEN:
        acl["public"] = dict.fromkeys(all_of(target, version), False)
    return acl


def given_over(acl: Acl, old: str, new: str) -> Acl:
    """After ALTER … OWNER TO: what the old owner held, the new one holds."""
    return add({k: v for k, v in acl.items() if k != old}, {new: acl.get(old, {})})


def add(acl: Acl, more: Acl) -> Acl:
    """Both together."""
    total = {grantee: dict(held) for grantee, held in acl.items()}
    for grantee, held in more.items():
        mine = total.setdefault(grantee, {})
        for privilege, grantable in held.items():
            mine[privilege] = mine.get(privilege, False) or grantable
    return {grantee: held for grantee, held in total.items() if held}


def grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(grantee, privilege) pairs as (privileges, grantees) with equal privileges together."""
    of_grantee: dict[str, set[str]] = {}
    for grantee, privilege in pairs:
        of_grantee.setdefault(grantee, set()).add(privilege)
    of_set: dict[tuple[str, ...], list[str]] = {}
    for grantee, privileges in sorted(of_grantee.items()):
        of_set.setdefault(tuple(sorted(privileges)), []).append(grantee)
    return [(privileges, tuple(grantees)) for privileges, grantees in of_set.items()]


def _held(text: str) -> dict[str, bool]:
    return {p.rstrip("*"): p.endswith("*") for p in text.split(",") if p}
