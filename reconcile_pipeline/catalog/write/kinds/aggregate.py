"""Aggregates."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.kinds.routine import full_name
from reconcile_pipeline.catalog.write.names import literal
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_NAMES = (
    "sfunc", "stype", "sspace", "finalfunc", "finalfunc_modify", "combinefunc", "serialfunc",
    "deserialfunc", "initcond", "msfunc", "minvfunc", "mstype", "msspace", "mfinalfunc",
    "mfinalfunc_modify", "minitcond", "sortop", "parallel",
)  # fmt: skip
_FLAGS = {"finalfunc_extra": "FINALFUNC_EXTRA", "mfinalfunc_extra": "MFINALFUNC_EXTRA"}
_MODIFY = {"r": "READ_ONLY", "s": "SHAREABLE", "w": "READ_WRITE"}


class Aggregate(Writer):
    """How SQL makes, changes and drops them: aggregates."""

    def target(self, item: Item) -> str:
        arguments = item.text("arguments")
        if item.text("type") == "normal":
            return f"AGGREGATE {full_name(item)}" if arguments else f"AGGREGATE {item.qualified}(*)"
        return f"AGGREGATE {item.qualified}({arguments})"

    def create(self, item: Item) -> list[str]:
        given = [f"{name} = {_value(item, name)}" for name in _NAMES if _said(item, name)]
        given += [word for facet, word in _FLAGS.items() if item.facets[facet]]
        if item.text("type") == "hypothetical-set":
            given.append("HYPOTHETICAL")
        arguments = item.text("arguments") or "*"
        inside = ",\n    ".join(given)
        return [f"CREATE AGGREGATE {item.qualified}({arguments}) (\n    {inside}\n)"]


def _said(item: Item, name: str) -> bool:
    text = item.text(name)
    if name in ("sspace", "msspace"):
        return text != "0"
    if name.endswith("_modify"):
        return bool(item.text(name.removesuffix("_modify")))
    if name == "parallel":
        return text != "unsafe"
    return item.facets[name] is not None


def _value(item: Item, name: str) -> str:
    text = item.text(name)
    if name in ("initcond", "minitcond"):
        return literal(text)
    if name.endswith("_modify"):
        return _MODIFY[text]
    if name == "sortop":
        return f"OPERATOR({text.partition('(')[0]})"
    return text.upper() if name == "parallel" else text
