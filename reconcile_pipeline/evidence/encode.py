"""Values as canonical JSON: one value has one text, whoever writes it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Mapping, Set
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

Json = dict[str, Any] | list[Any] | str | int | float | bool | None


def plain(value: object, clean: Callable[[str], str] = str) -> Json:
    """A value of the contracts as dicts, lists and scalars.

    Dataclasses and named tuples become dicts by field name; fields that take no part in a value's
    equality (`compare=False`) are left out. Tuples keep their order, sets are sorted. Paths are in
    POSIX form, times in UTC, bytes in hex. A mapping's keys become text.
    `clean` is applied to every text and key that comes from outside of the program.
    Raises TypeError for anything else: nothing is written by its `repr`, which might hold a secret.
    """
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int() | float():
            return value
        case str():
            return clean(value)
        case bytes():
            return value.hex()
        case PurePath():
            return clean(value.as_posix())
        case datetime():
            if value.tzinfo is None:
                raise TypeError("a time without a zone says nothing")
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Decimal() | UUID():
            return str(value)
        case Mapping():
            return _mapping(value, clean)
        case Set():
            return sorted((plain(item, clean) for item in value), key=_text)
        case tuple() if hasattr(value, "_fields"):
            pairs = zip(value._fields, value, strict=True)
            return {name: plain(item, clean) for name, item in pairs}
        case list() | tuple():
            return [plain(item, clean) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                field.name: plain(getattr(value, field.name), clean)
                for field in dataclasses.fields(value)
                if field.compare
            }
        case _:
            raise TypeError(f"{type(value).__name__} has no canonical form")


#: Most likely a field's name of ours, which is looked up again; and no secret if it is not: that
#: some database's password is a word that stands here tells nothing.
_FIELD = re.compile(r"[a-z]+(?:_[a-z]+)*")


def _mapping(value: Mapping[Any, object], clean: Callable[[str], str]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for key, item in value.items():
        # Enums first: a StrEnum's str() is its value, but a named tuple of one has its own str().
        own = isinstance(key, Enum) or (isinstance(key, str) and _FIELD.fullmatch(key))
        name = str(key.value if isinstance(key, Enum) else key)
        name = name if own else clean(name)
        while name in result:  # cleaning can make two keys alike; neither may be lost
            name += "'"
        result[name] = plain(item, clean)
    return result


def dump(value: object) -> bytes:
    """Canonical JSON: UTF-8, keys sorted by code point, no space between tokens, one line end.

    Raises ValueError for numbers that JSON lacks (NaN and the infinities).
    """
    return dump_plain(plain(value))


def dump_plain(value: Json) -> bytes:
    """The same of what is in plain form already, as `plain` gives it."""
    return (_text(value) + "\n").encode("utf-8", "backslashreplace")


def _text(value: Json) -> str:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def load(data: bytes) -> Any:
    """JSON as plain values. Raises ValueError for what is not JSON, or names one key twice."""
    return json.loads(data, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) != len(pairs):
        raise ValueError("a key stands there twice")
    return found
