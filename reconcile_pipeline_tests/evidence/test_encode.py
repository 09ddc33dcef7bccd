"""Canonical JSON and the way back."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconcile_pipeline.catalog.model import Kind, ObjectId, Rows
from reconcile_pipeline.errors import EvidenceError
from reconcile_pipeline.evidence.decode import decode
from reconcile_pipeline.evidence.encode import dump, load, plain
from reconcile_pipeline.evidence.model import ReportFacts
from reconcile_pipeline_tests.evidence import cases


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    number: int | float | None = None
    colours: tuple[Colour, ...] = ()
    pair: tuple[str, int] = ("", 0)
    inner: Thing | None = None
    when: datetime | None = None
    where: Path = Path()
    hidden: int = field(default=0, compare=False)


def test_one_value_has_one_text() -> None:
    assert dump({"b": 1, "a": "é"}) == dump({"a": "é", "b": 1}) == '{"a":"é","b":1}\n'.encode()


def test_every_kind_of_value_has_a_form() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert plain(
        {
            Kind.TABLE: [Colour.RED, None, True, 1, 1.5],
            ObjectId(Kind.COLUMN, "public.t.c"): ObjectId(Kind.TABLE, "public.t"),
            7: {"b", "a"},
            "moment": moment,
            "day": moment.date(),
            "path": Path("a") / "b",
            "bytes": b"\x00\xff",
            "exact": Decimal("1.10"),
            "uuid": UUID(int=1),
        }
    ) == {
        "table": ["red", None, True, 1, 1.5],
        "column public.t.c": {"kind": "table", "identity": "public.t"},
        "7": ["a", "b"],
        "moment": "2026-01-02T01:04:05Z",
        "day": "2026-01-02",
        "path": "a/b",
        "bytes": "00ff",
        "exact": "1.10",
        "uuid": "00000000-0000-0000-0000-000000000001",
    }


def test_what_takes_no_part_in_equality_is_left_out() -> None:
    rows = Rows(("owner",), {"public.t": ("me",)}, {}, {"public.t": ("pg_class", 16384)})
    assert plain(rows) == {"facets": ["owner"], "objects": {"public.t": ["me"]}, "parents": {}}


@pytest.mark.parametrize("value", [object(), datetime(2026, 1, 1), {1: print}, Thing])
def test_nothing_is_written_by_its_repr(value: object) -> None:
    with pytest.raises(TypeError):
        dump(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_lacks_are_refused(value: float) -> None:
    with pytest.raises(ValueError):
        dump(value)


def test_text_that_is_no_unicode_is_still_json() -> None:
    data = dump("\ud800")
    assert load(data) == "\ud800"
    assert dump(load(data)) == data


def test_a_key_that_stands_there_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        load(b'{"a":1,"a":2}')


_things: st.SearchStrategy[Thing] = st.deferred(
    lambda: st.builds(
        Thing,
        name=st.text(),
        number=st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
        colours=st.lists(st.sampled_from(Colour)).map(tuple),
        pair=st.tuples(st.text(), st.integers()),
        inner=st.none() | _things,
        when=st.none() | st.datetimes(timezones=st.just(UTC)),
        where=st.just(Path("a/b")),
    )
)


@given(_things)
def test_what_was_written_reads_as_it_was(thing: Thing) -> None:
    data = dump(thing)
    assert decode(Thing, load(data)) == thing
    assert dump(load(data)) == data


@pytest.mark.parametrize("case", cases.CASES)
def test_a_run_reads_as_it_was(case: str) -> None:
    facts = cases.facts(case)
    assert decode(ReportFacts, load(dump(facts))) == facts


def test_older_evidence_reads_with_defaults_and_newer_with_keys_unknown() -> None:
    assert decode(Thing, {"name": "x", "invented later": 1}) == Thing("x")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": None}, "Thing.name"),
        ({"name": "x", "colours": ["blue"]}, "Thing.colours[0]"),
        ({"name": "x", "pair": ["only one"]}, "Thing.pair"),
        ({"name": "x", "pair": ["a", True]}, "Thing.pair[1]"),
        ({"name": "x", "inner": {"number": 1}}, "Thing.inner"),
        ({"name": "x", "when": "yesterday"}, "Thing.when"),
        ([], "Thing"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(change: object, place: str) -> None:
    with pytest.raises(EvidenceError, match=f"at {place.replace('[', '.').replace(']', '.')}: "):
        decode(Thing, json.loads(json.dumps(change)))
