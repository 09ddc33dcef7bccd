"""The way back from canonical JSON: evidence read again as the values that were written."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from reconcile_pipeline.errors import EvidenceError

T = TypeVar("T")


def decode(kind: type[T], value: object) -> T:
    """A value of `kind` from what `encode.plain` made of it.

    `kind` is a dataclass, named tuple, enum or scalar; fields may be those, tuples, mappings with
    text keys, and unions with None. Missing fields take their defaults, unknown ones are ignored,
    so that evidence of an older or newer version still reads. Raises EvidenceError that names the
    place where the value does not fit.
    """
    result: T = _decode(kind, value, kind.__name__)
    return result


def _decode(kind: Any, value: Any, place: str) -> Any:
    if kind is Any:
        return value
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union(get_args(kind), value, place)
    if origin is tuple:
        return _tuple(get_args(kind), value, place)
    if origin is not None and issubclass(origin, Mapping):
        of = get_args(kind)[1]
        return {key: _decode(of, v, f"{place}.{key}") for key, v in _is(dict, value, place).items()}
    if isinstance(kind, type):
        if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
            return _record(kind, _is(dict, value, place), place)
        if issubclass(kind, Enum | Path):
            return _make(kind, value, place)
        if issubclass(kind, datetime):
            return _make(datetime.fromisoformat, value, place)
        if kind is float and type(value) is int:
            return float(value)
        return _is(kind, value, place)
    raise TypeError(f"{place}: {kind} cannot be decoded")


def _record(kind: Any, value: dict[str, Any], place: str) -> Any:
    given = {
        name: _decode(hint, value[name], f"{place}.{name}")
        for name, hint in _hints(kind).items()
        if name in value
    }
    try:
        return kind(**given)
    except TypeError:
        missing = ", ".join(name for name in _hints(kind) if name not in given)
        raise _misfit(place, f"it lacks {missing}") from None


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _tuple(kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    items = _is(list, value, place)
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(items)
    if len(kinds) != len(items):
        raise _misfit(place, f"{len(kinds)} values are meant, {len(items)} are there")
    pairs = zip(kinds, items, strict=True)
    return tuple(_decode(kind, item, f"{place}[{i}]") for i, (kind, item) in enumerate(pairs))


def _union(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    others = [kind for kind in kinds if kind is not type(None)]
    for kind in others[:-1]:
        try:
            return _decode(kind, value, place)
        except EvidenceError:
            continue
    return _decode(others[-1], value, place)


def _is(kind: type, value: Any, place: str) -> Any:
    # bool is an int to Python, but true is no number to JSON.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _misfit(place, f"{kind.__name__} is meant, {type(value).__name__} is there")
    return value


def _make(kind: Any, value: Any, place: str) -> Any:
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise _misfit(place, f"it is no {getattr(kind, '__name__', 'time')}") from None


def _misfit(place: str, why: str) -> EvidenceError:
    return EvidenceError(
        f"The evidence does not read at {place}: {why}.", hint="Was it changed by hand?", changed=""
    )
