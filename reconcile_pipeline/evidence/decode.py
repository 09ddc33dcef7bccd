"""The way back from canonical JSON: evidence read again as the values that were written."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from reconcile_pipeline.errors import EvidenceError

T = TypeVar("T")
Decoder = Callable[[Any], Any]


def decode(kind: type[T], value: object) -> T:
    """A value of `kind` from what `encode.plain` made of it.

    `kind` is a dataclass, named tuple, enum or scalar; fields may be those, tuples, mappings with
    text keys, and unions with None. Missing fields take their defaults, unknown ones are ignored,
    so that evidence of an older or newer version still reads. Raises EvidenceError that names the
    place where the value does not fit.
    """
    wanted: Any = kind
    try:
        result: T = _decoder(wanted)(value)
    except _MisfitError as error:
        raise EvidenceError(
            f"The evidence does not read at {kind.__name__}{''.join(error.place)}: {error.why}.",
            hint="Was it changed by hand?",
            changed="",
        ) from None
    return result


class _MisfitError(Exception):
    """`place` grows from its end, as the error goes up."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.place: list[str] = []

    def within(self, part: str) -> _MisfitError:
        """The same, told by what holds the value."""
        self.place.insert(0, part)
        return self


# A run's evidence is read again before it is published: a million values for a thousand tables. So
# what a kind means is found out once, and where a value stands only if it does not fit.
@cache
def _decoder(kind: Any) -> Decoder:
    if kind is Any:
        return lambda value: value
    origin, of = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _union(of)
    if origin is tuple:
        return _list(of[0]) if of[1:] == (Ellipsis,) else _tuple(of)
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(of[1])
    if isinstance(kind, type):
        if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
            return _record(kind)
        if issubclass(kind, Enum | Path):
            return lambda value: _make(kind, value)
        if issubclass(kind, datetime):
            return lambda value: _make(datetime.fromisoformat, value)
        if kind is float:
            return lambda value: float(value) if type(value) is int else _is(float, value)
        return lambda value: _is(kind, value)
    raise TypeError(f"{kind} cannot be decoded")


def _record(kind: Any) -> Decoder:
    fields: dict[str, Decoder] = {}  # filled at the first one: a kind may hold values of its own

    def record(value: Any) -> Any:
        if not fields:
            fields.update({n: _decoder(hint) for n, hint in get_type_hints(kind).items()})
        given: dict[str, Any] = {}
        name = ""
        there = _is(dict, value)
        try:
            for name, decoder in fields.items():
                if name in there:
                    given[name] = decoder(there[name])
        except _MisfitError as error:
            raise error.within(f".{name}") from None
        try:
            return kind(**given)
        except TypeError:
            missing = ", ".join(name for name in fields if name not in given)
            raise _MisfitError(f"it lacks {missing}") from None

    return record


def _mapping(of: Any) -> Decoder:
    decoder = _decoder(of)

    def mapping(value: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in _is(dict, value).items():
            try:
                found[key] = decoder(item)
            except _MisfitError as error:
                raise error.within(f".{key}") from None
        return found

    return mapping


def _list(of: Any) -> Decoder:
    decoder = _decoder(of)
    return lambda value: _in_turn(repeat(decoder), _is(list, value))


def _tuple(kinds: tuple[Any, ...]) -> Decoder:
    decoders = [_decoder(kind) for kind in kinds]

    def some(value: Any) -> tuple[Any, ...]:
        items = _is(list, value)
        if len(decoders) != len(items):
            raise _MisfitError(f"{len(decoders)} values are meant, {len(items)} are there")
        return _in_turn(decoders, items)

    return some


def _in_turn(decoders: Iterable[Decoder], items: list[Any]) -> tuple[Any, ...]:
    found: list[Any] = []
    try:
        for decoder, item in zip(decoders, items, strict=False):
            found.append(decoder(item))
    except _MisfitError as error:
        raise error.within(f"[{len(found)}]") from None
    return tuple(found)


def _union(kinds: tuple[Any, ...]) -> Decoder:
    nothing = type(None) in kinds
    *others, last = [_decoder(kind) for kind in kinds if kind is not type(None)]

    def union(value: Any) -> Any:
        if value is None and nothing:
            return None
        for decoder in others:
            try:
                return decoder(value)
            except _MisfitError:
                continue
        return last(value)

    return union


def _is(kind: type, value: Any) -> Any:
    # bool is an int to Python, but true is no number to JSON.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise _MisfitError(f"{kind.__name__} is meant, {type(value).__name__} is there")
    return value


def _make(kind: Any, value: Any) -> Any:
    try:
        return kind(value)
    except (TypeError, ValueError):
        raise _MisfitError(f"it is no {getattr(kind, '__name__', 'time')}") from None
