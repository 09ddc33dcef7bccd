"""Where everything stands in the picture: files on the left, what they made on the right. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconcile_pipeline.drift.words import count
from reconcile_pipeline.flow.lineage.model import Lineage, LineageObject

HAND, BASE = "made by hand", "before the first file"
ROW, TOP, LEFT, RIGHT, WIDTH = 26, 44, 330, 640, 1010  # pixels
_FOLDED = frozenset({"policy"})  # counted with its table


@dataclass(frozen=True, slots=True)
class Edge:
    """From a file, or from HAND or BASE, to `kind name`."""

    start: str
    end: str
    hand: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the picture: its name, its state, what is written beside it, and its height."""

    name: str
    label: str
    state: str
    more: str
    y: int


@dataclass(frozen=True, slots=True)
class Curve:
    """An edge as it is drawn. `title` says it in words."""

    path: str
    state: str
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that the drawing needs, in pixels."""

    left: tuple[Mark, ...]
    right: tuple[Mark, ...]
    curves: tuple[Curve, ...]
    height: int


def edges(lineage: Lineage) -> tuple[Edge, ...]:
    """Who made what, each pair once."""
    found: list[Edge] = []
    for each in lineage.objects:
        end = f"{each.kind} {each.identity}"
        found += [Edge(making.file, end) for making in each.made_by]
        if each.by_hand:
            found.append(Edge(HAND, end, hand=True))
        if each.maker == "base":
            found.append(Edge(BASE, end))
    return tuple(found)


def draw(lineage: Lineage) -> Picture:
    """The picture's lines and curves. A table's policies are drawn with their table."""
    starts = {edge.start for edge in edges(lineage)}
    left = [
        (s.file, s.file, s.state, f"{s.live} of {count(s.statements, 'statement')} live")
        for s in lineage.sources
    ]
    for name, state in ((BASE, "base"), (HAND, "by hand")):
        if name in starts or (name == HAND and lineage.gone):
            gone = f"{len(lineage.gone)} removed" if name == HAND and lineage.gone else ""
            left.append((name, name, state, gone))
    folded = _fold(lineage)
    right = [
        (end, each.identity, _state(each, policies), _parts(each, policies))
        for end, (each, policies) in folded.items()
    ]
    high = {name: TOP + n * ROW for n, (name, *_) in enumerate(left)}
    low = {end: TOP + n * ROW for n, (end, *_) in enumerate(right)}
    height = TOP + ROW * (max(len(left), len(right)) + 1)
    states = {s.file: s.state for s in lineage.sources}
    curves = dict.fromkeys(_curves(lineage, folded, high, low, states))
    return Picture(
        tuple(Mark(name, label, state, more, high[name]) for name, label, state, more in left),
        tuple(Mark(end, label, state, more, low[end]) for end, label, state, more in right),
        tuple(curves),
        height,
    )


Folded = dict[str, tuple[LineageObject, list[LineageObject]]]


def _fold(lineage: Lineage) -> Folded:
    """Each object that gets a line, with the policies that are counted there."""
    found: Folded = {
        f"{each.kind} {each.identity}": (each, [])
        for each in lineage.objects
        if each.kind not in _FOLDED
    }
    tables = {each.identity: policies for each, policies in found.values()}
    for each in lineage.objects:
        if each.kind in _FOLDED:
            if each.parent in tables:
                tables[each.parent].append(each)
            else:  # a policy on a table of the platform's
                found[f"{each.kind} {each.identity}"] = (each, [])
    return found


def _state(each: LineageObject, policies: list[LineageObject]) -> str:
    return "by hand" if any(policy.by_hand for policy in policies) else each.state


def _parts(each: LineageObject, policies: list[LineageObject]) -> str:
    words = each.kind.replace("_", " ")
    return f"{words}, {count(len(policies), 'policy', 'policies')}" if policies else words


def _curves(
    lineage: Lineage,
    folded: Folded,
    high: dict[str, int],
    low: dict[str, int],
    states: dict[str, str],
) -> Iterator[Curve]:
    line_of = {
        f"{one.kind} {one.identity}": end
        for end, (each, policies) in folded.items()
        for one in (each, *policies)
    }
    for edge in edges(lineage):
        end = line_of[edge.end]
        y1, y2 = high[edge.start], low[end]
        middle = (LEFT + RIGHT) // 2
        yield Curve(
            f"M{LEFT} {y1} C{middle} {y1} {middle} {y2} {RIGHT} {y2}",
            "by hand" if edge.hand else states.get(edge.start, "base"),
            f"{edge.start} made {end}" if not edge.hand else f"{end} was changed by hand",
        )
