"""Range types."""

from __future__ import annotations

from reconcile_pipeline.catalog.write.tokens import names
from reconcile_pipeline.catalog.write.world import Item
from reconcile_pipeline.catalog.write.writer import Writer

_OPTIONS = {
    "subtype": "subtype", "operator_class": "subtype_opclass", "collation": "collation",
    "canonical": "canonical", "subtype_diff": "subtype_diff",
    "multirange_type": "multirange_type_name",
}  # fmt: skip


class RangeType(Writer):
    """How SQL makes, changes and drops them: range types."""

    def target(self, item: Item) -> str:
        return f"TYPE {item.qualified}"

    def create(self, item: Item) -> list[str]:
        options = ",\n    ".join(
            f"{option} = {item.text(facet)}"
            for facet, option in _OPTIONS.items()
            if item.text(facet) and not (facet == "multirange_type" and _usual(item))
        )
        return [f"CREATE TYPE {item.qualified} AS RANGE (\n    {options}\n)"]


def _usual(item: Item) -> bool:
    """Whether the multirange type has the name that it gets unasked."""
    name = item.raw_name
    usual = name.replace("range", "multirange", 1) if "range" in name else f"{name}_multirange"
    return names(item.text("multirange_type")) == [item.parts[0], usual]
