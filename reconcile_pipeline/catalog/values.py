"""How two types of the catalog become facets: privileges (aclitem[]) and lists of text (text[])."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader

_ACLITEM_ARRAY: Final = 1034  # oids of pg_catalog types never change
_TEXT_ARRAY: Final = 1009

PRIVILEGES: Final = {
    "a": "INSERT", "r": "SELECT", "w": "UPDATE", "d": "DELETE", "D": "TRUNCATE",
    "x": "REFERENCES", "t": "TRIGGER", "X": "EXECUTE", "U": "USAGE", "C": "CREATE",
    "T": "TEMPORARY", "c": "CONNECT", "s": "SET", "A": "ALTER SYSTEM", "m": "MAINTAIN",
}  # fmt: skip
"""Letters of an aclitem. Source: PostgreSQL's documentation, chapter Privileges."""

_ELEMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,{}]+)')
_ITEM = re.compile(r'(?:"((?:[^"]|"")*)"|([^=]*))=([^/]*)/')


def elements(array: str) -> list[str]:
    """The elements of a one-dimensional array in PostgreSQL's text form, without NULLs."""
    return [
        plain or re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
        for quoted, plain in _ELEMENT.findall(array)
    ]


@lru_cache(maxsize=4096)
def privileges(acl: bytes) -> str:
    """Sorted lines `grantee=PRIVILEGE,PRIVILEGE*`; `*` may be granted on, PUBLIC reads `public`.

    Who granted says nothing of who may do what, so grants of one privilege by two are one.
    """
    granted: dict[str, dict[str, bool]] = {}
    for item in elements(acl.decode()):
        if (match := _ITEM.match(item)) is None:
            continue
        quoted, plain, letters = match.groups()
        name = (quoted.replace('""', '"') if quoted is not None else plain) or "public"
        held = granted.setdefault(name, {})
        for letter, star in re.findall(r"(.)(\*?)", letters):
            privilege = PRIVILEGES.get(letter, letter)
            held[privilege] = held.get(privilege, False) or bool(star)
    return "\n".join(
        f"{name}=" + ",".join(p + "*" * held[p] for p in sorted(held))
        for name, held in sorted(granted.items())
    )


@lru_cache(maxsize=4096)
def lines(array: bytes) -> str | None:
    """Sorted lines; None for an empty array."""
    return "\n".join(sorted(elements(array.decode()))) or None


class _Privileges(Loader):
    def load(self, data: Buffer) -> str:
        return privileges(bytes(data))


class _Lines(Loader):
    def load(self, data: Buffer) -> str | None:
        return lines(bytes(data))


def register(context: AdaptContext) -> None:
    """Let this cursor load both types as facets."""
    context.adapters.register_loader(_ACLITEM_ARRAY, _Privileges)
    context.adapters.register_loader(_TEXT_ARRAY, _Lines)
