"""What is wrong with a reconcile.toml, said about its settings and never about their values.

A value may be a secret that was typed into the wrong place.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

#: By pydantic's type of an error; what is not here is said in pydantic's own words.
_WORDS = {
    "missing": "it is missing",
    "tuple_type": 'it is a list, as in ["a", "b"]',
    "model_type": "it is a table of settings",
    "dict_type": "it is a table of settings",
    "string_type": "it is a text in quotes",
}
_OURS = "Value error, "


def said(error: ValidationError, model: type[BaseModel]) -> str:
    """Each wrong setting with what it should be; `model` is what the file was read into."""
    return "; ".join(_one(each, model) for each in error.errors(include_input=False))


def _one(error: Any, model: type[BaseModel]) -> str:
    path = tuple(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        near = get_close_matches(path[-1].lower(), _settings(model, path[:-1]), 1)
        words = "there is no such setting" + (f" (is {near[0]} meant?)" if near else "")
    else:
        words = _WORDS.get(error["type"]) or str(error["msg"]).removeprefix(_OURS)
    return f"{'.'.join(path)}: {words}"


def _settings(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    """The names of the settings in that table of the file."""
    for step in path:
        field = model.model_fields.get(step)
        if field is None:  # a name of the user's own, or a place in a list
            continue
        inner = _table(field.annotation)
        if inner is None:
            return []
        model = inner
    return list(model.model_fields)


def _table(annotation: Any) -> type[BaseModel] | None:
    """The kind of table that a field holds: alone, optional, or many of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_table, get_args(annotation))), None)
