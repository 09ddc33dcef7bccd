"""OpenLineage's specification as its own client has it, to check events by.

The client's classes are generated from the specification's JSON schemas, each facet's among them,
and name the schema and version that they are of. Here they become strict models: an unknown field,
a missing one, one of another type or a facet of another version is an error.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import attr
import openlineage.client.generated as generated
from openlineage.client.event_v2 import RunEvent
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

FACETS = {"facets", "inputFacets", "outputFacets"}  # each is of the class that its schema names


def check(event: Mapping[str, Any]) -> None:
    """Raises pydantic.ValidationError, or KeyError for a schema that is none of OpenLineage's."""
    assert event["schemaURL"] == url(RunEvent)
    model(RunEvent).model_validate(event)


def url(kind: type) -> str:
    """Where the specification has the schema of a class."""
    found: str = kind._get_schema()  # type: ignore[attr-defined]
    return found


@cache
def facets() -> dict[str, type]:
    """Address of its schema -> class, for every facet of the specification."""
    found = {}
    for module in pkgutil.iter_modules(generated.__path__, f"{generated.__name__}."):
        for each in vars(importlib.import_module(module.name)).values():
            if isinstance(each, type) and attr.has(each) and hasattr(each, "_get_schema"):
                found[url(each)] = each
    return found


def _facet(value: Any) -> Any:
    return model(facets()[value["_schemaURL"]]).model_validate(value)


@cache
def model(kind: type) -> type[BaseModel]:
    """The strict model of one of the client's classes."""
    hints = get_type_hints(kind)
    fields: dict[str, Any] = {}
    for each in attr.fields(kind):
        hint = (
            dict[str, Annotated[Any, BeforeValidator(_facet)]]
            if each.name in FACETS
            else _strict(hints[each.name])
        )
        needed = each.default is attr.NOTHING or "schemaURL" in each.name or "producer" in each.name
        name = each.name.replace("_", "underscore_", 1) if each.name.startswith("_") else each.name
        fields[f"{name}_"] = (hint, Field(... if needed else None, alias=each.name))
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def _strict(hint: Any) -> Any:
    """The hint with models in the place of the client's classes."""
    if isinstance(hint, type) and attr.has(hint):  # when a value is there: a class may hold itself
        return Annotated[Any, BeforeValidator(lambda value: model(hint).model_validate(value))]
    if isinstance(hint, type) and (issubclass(hint, Enum) or hint is Any):
        return hint
    if (origin := get_origin(hint)) is not None and origin is not Annotated:
        arguments = tuple(_strict(each) for each in get_args(hint))
        return Union[arguments] if origin in (Union, UnionType) else origin[arguments]  # noqa: UP007
    return Annotated[hint, Field(strict=True)] if hint in (str, int, bool, float) else hint
