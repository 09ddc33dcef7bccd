"""Lineage as a Graphviz graph, for whoever lays it out otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from reconcile_pipeline.flow.lineage.model import Lineage
from reconcile_pipeline.flow.lineage.picture import BASE, HAND, edges

_STYLE = {
    "live": "solid", "partial": "dashed", "absent": "dotted", "unverifiable": "dotted",
}  # fmt: skip


def to_dot(lineage: Lineage) -> str:
    """A digraph from files, hands and tables to what they made or what reads them."""
    return "\n".join(["digraph lineage {", "  rankdir=LR;", *_lines(lineage), "}", ""])


def _lines(lineage: Lineage) -> Iterator[str]:
    for source in lineage.sources:
        words = f"{source.file}\\n{source.state}, {source.live} of {source.statements}"
        style = f"filled,{_STYLE[source.state]}"
        yield f"  {_name(source.file)} [shape=note, style={_quote(style)}, label={_quote(words)}];"
    for name in (HAND, BASE):
        if any(edge.start == name for edge in edges(lineage)):
            yield f"  {_name(name)} [shape=house];"
    for found in lineage.objects:
        words = f"{found.identity}\\n{found.kind.replace('_', ' ')}, {found.state}"
        yield f"  {_name(f'{found.kind} {found.identity}')} [shape=box, label={_quote(words)}];"
    for edge in edges(lineage):
        yield f"  {_name(edge.start)} -> {_name(edge.end)};"
    known = {found.identity: f"{found.kind} {found.identity}" for found in lineage.objects}
    for found in lineage.objects:
        for read in (*found.reads, *([found.parent] if found.parent else [])):
            if read in known:
                end = _name(f"{found.kind} {found.identity}")
                yield f"  {_name(known[read])} -> {end} [style=dashed];"


def _name(text: str) -> str:
    return _quote(text.replace("\\", "\\\\"))


def _quote(text: str) -> str:
    return '"' + text.replace('"', '\\"') + '"'
