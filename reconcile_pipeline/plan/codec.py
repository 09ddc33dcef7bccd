"""A plan as JSON and back, and its hash.

Canonical JSON: sorted keys, no white space, ASCII only, no floats. One plan has one such text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from reconcile_pipeline.errors import PlanError
from reconcile_pipeline.plan.model import Plan


def plan_to_json(plan: Plan) -> str:
    """The plan as indented JSON with sorted keys, for a file that people may read."""
    return json.dumps(to_plain(plan), sort_keys=True, indent=1) + "\n"


def plan_from_json(text: str) -> Plan:
    """The plan of `plan_to_json`. Raises PlanError for anything missing, unknown or mistyped."""
    try:
        data = json.loads(text, object_pairs_hook=_no_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"The plan is not JSON: {error}.") from None
    plan = from_plain(Plan, data, "plan")
    assert isinstance(plan, Plan)
    return plan


def plan_hash(plan: Plan) -> str:
    """sha256 (hex) of the plan's canonical JSON."""
    return hashlib.sha256(canonical(plan).encode()).hexdigest()


def canonical(value: Any) -> str:
    """Canonical JSON of a value made of dataclasses, mappings, sequences and JSON's scalars."""
    return json.dumps(to_plain(value), sort_keys=True, separators=(",", ":"))


def to_plain(value: Any) -> Any:
    """The value in dicts, lists and scalars. Raises PlanError for what JSON cannot say exactly."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)  # a StrEnum becomes its text
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: to_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise PlanError("A mapping has a key that is not text.")
        return {str(key): to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    raise PlanError(f"A {type(value).__name__} has no place in a plan.")


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise PlanError("The plan names a key twice.", hint="Make a new plan.")
    return found


def _no_constant(name: str) -> Any:
    raise PlanError(f"The plan holds {name}.", hint="Make a new plan.")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def from_plain(kind: Any, value: Any, place: str) -> Any:
    """The value of this type from dicts, lists and scalars. Raises PlanError that names the place.

    Types: dataclasses, `Mapping[str, …]`, tuples, unions, StrEnum and JSON's scalars.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _decode_union(arguments, value, place)
    if origin is tuple:
        return _decode_tuple(arguments, value, place)
    if origin is Mapping:
        if not isinstance(value, dict):
            raise _off(place, "an object is meant")
        return {
            key: from_plain(arguments[1], each, f"{place}.{key}") for key, each in value.items()
        }
    if isinstance(kind, type) and is_dataclass(kind):
        return _decode_dataclass(kind, value, place)
    if kind in (int, bool, str, NoneType) and type(value) is kind:
        return value
    if isinstance(kind, type) and issubclass(kind, StrEnum) and isinstance(value, str):
        try:
            return kind(value)
        except ValueError:
            raise _off(place, f"{kind.__name__} has no such member") from None
    raise _off(place, f"{getattr(kind, '__name__', kind)} is meant")


def _decode_union(arguments: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and NoneType in arguments:
        return None
    rest = [each for each in arguments if each is not NoneType]
    if len(rest) == 1:
        return from_plain(rest[0], value, place)
    if type(value) in rest:  # a union of scalars
        return value
    raise _off(place, "another type is meant")


def _decode_tuple(arguments: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _off(place, "a list is meant")
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        arguments = (arguments[0],) * len(value)
    if len(arguments) != len(value):
        raise _off(place, f"{len(arguments)} values are meant")
    return tuple(
        from_plain(each, item, f"{place}[{index}]")
        for index, (each, item) in enumerate(zip(arguments, value, strict=True))
    )


def _decode_dataclass(kind: type, value: Any, place: str) -> Any:
    if not isinstance(value, dict):
        raise _off(place, "an object is meant")
    known = {each.name: each for each in fields(kind)}
    if unknown := sorted(set(value) - set(known)):
        raise _off(place, f"nothing is called {unknown[0]!r}")
    for name, each in known.items():
        if name not in value and each.default is MISSING and each.default_factory is MISSING:
            raise _off(place, f"{name!r} is missing")
    hints = _hints(kind)
    return kind(
        **{key: from_plain(hints[key], each, f"{place}.{key}") for key, each in value.items()}
    )


def _off(place: str, why: str) -> PlanError:
    return PlanError(f"The plan does not read at {place}: {why}.", hint="Make a new plan.")
