"""Values that a column may hold, made up from its type and from what its constraints say.

Nothing here is anybody's: every value is a number, a date or a word of our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

LONGEST = 4000  # characters of a made-up text
_EPOCH = date(2024, 1, 1)

_NUMBERS = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8", "money", "oid"})
TEXTS = frozenset({"text", "varchar", "bpchar", "citext", "name"})
#: One or more literals of each type that is written in its own way.
_LITERALS = {
    "bool": ("true", "false"),
    "json": ("{}", "[]", '{"key": "value"}', '"text"', "1", "null"),
    "jsonb": ("{}", "[]", '{"key": "value"}', '"text"', "1", "null"),
    "bytea": ("\\x01", "\\x0102"),
    "cidr": ("10.0.0.0/8",), "macaddr": ("08:00:2b:01:02:03",),
    "macaddr8": ("08:00:2b:01:02:03:04:05",),
    "xml": ("<a/>",), "point": ("(1,1)",), "box": ("(2,2),(1,1)",), "circle": ("<(1,1),1>",),
    "line": ("{1,-1,0}",), "lseg": ("[(1,1),(2,2)]",), "path": ("[(1,1),(2,2)]",),
    "polygon": ("((1,1),(2,2),(3,1))",), "tsvector": ("word",), "tsquery": ("word",),
    "pg_lsn": ("0/1",), "hstore": ("",), "interval": ("1 hour", "1 day"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """What a made-up value must fit. `plain`: name of the type beneath all domains.

    `given`: the server fills it in by itself. `alone`: an index wants no two alike. `bound`:
    partitions take only some values. `constants`: words and numbers that its constraints name.
    `taken`: values that others are to have, in a column that is `alone`.
    """

    number: int
    name: str
    type: str
    plain: str
    category: str
    required: bool
    given: bool
    generated: bool
    alone: bool
    bound: bool = False
    length: int | None = None
    size: int | None = None
    element: str | None = None
    labels: tuple[str, ...] = ()
    constants: tuple[str | int, ...] = ()
    taken: frozenset[str] = frozenset()


def candidates(column: Column, count: int) -> tuple[str, ...]:
    """At least `count` values for most types, the likeliest first; as text, to be cast."""
    found = list(_candidates(column, max(count, 3)))
    if column.bound and column.constants:
        found = list(_near(column, max(count, 3)))
    if column.length is not None:
        found = [_cut(value, column.length) for value in found]
    return tuple(dict.fromkeys(value for value in found if value not in column.taken))


def _candidates(column: Column, count: int) -> Iterator[str]:
    plain = column.plain
    if column.labels:
        yield from column.labels
    elif column.category == "A":
        yield "{}"
        yield from _elements(column)
    elif plain in _NUMBERS:
        yield from _named_numbers(column.constants)
        if column.taken:  # far from what a sequence gives as well
            yield from (str(number) for number in range(9001, 9001 + count))
        yield from (str(number) for number in (*range(1, count + 1), 0, 100, 1000, -1))
    elif plain in TEXTS:
        yield from _named_texts(column.constants, count)
        yield from _texts(count)
    elif plain == "uuid":
        yield from (f"00000000-0000-4000-8000-{number:012x}" for number in range(1, count + 1))
    elif plain in ("date", "timestamp", "timestamptz"):
        yield from _near(column, count)
        zone = "" if plain == "date" else " 12:00:00+00" if plain == "timestamptz" else " 12:00:00"
        yield from (f"2024-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}{zone}" for n in range(count))
        yield f"2099-12-31{zone}"
    elif plain in ("time", "timetz"):
        yield from (f"{n // 60 % 24:02d}:{n % 60:02d}:00" for n in range(count))
    elif plain == "inet":
        yield from (f"10.0.{n // 250}.{1 + n % 250}" for n in range(count))
    elif plain in ("bit", "varbit"):
        yield "1" * (column.size or 1)
    elif plain in ("vector", "halfvec"):
        yield "[" + ",".join(["1"] * (column.size or 3)) + "]"
    elif plain in ("int4range", "int8range", "numrange"):
        yield from (f"[{n},{n + 1})" for n in range(1, count + 1))
    elif plain in ("daterange", "tsrange", "tstzrange"):
        days = [_EPOCH + timedelta(n) for n in range(count + 1)]
        yield from (f"[{a},{b})" for a, b in pairwise(days))
    elif plain == "ltree":
        yield from (f"top.part{n}" for n in range(1, count + 1))
    elif plain in _LITERALS:
        yield from (str(c) for c in column.constants if plain in ("json", "jsonb"))
        yield from _LITERALS[plain]
    else:
        yield from ("", "0", "{}", "a")  # whatever it is, perhaps one of them reads


def _near(column: Column, count: int) -> Iterator[str]:
    """What the constraints name, and what comes right after it."""
    for constant in column.constants:
        yield str(constant)
        if isinstance(constant, int):
            yield from (str(constant + n) for n in range(1, count))
        elif column.plain in ("date", "timestamp", "timestamptz"):
            with suppress(ValueError):
                day = date.fromisoformat(constant[:10])
                yield from (str(day + timedelta(n)) for n in range(1, count + 1))


def _elements(column: Column) -> Iterator[str]:
    words = [str(c) for c in column.constants]
    if column.element in _NUMBERS:
        words += ["1", "2"]
    elif column.element in TEXTS:
        words += ["value"]
    for word in words:
        yield '{"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"}'


def _named_numbers(constants: Iterable[str | int]) -> Iterator[str]:
    for constant in constants:
        try:
            number = int(str(constant))
        except ValueError:
            yield str(constant)
            continue
        yield from (str(number), str(number + 1), str(number - 1))


def _named_texts(constants: Iterable[str | int], count: int) -> Iterator[str]:
    """Words that a constraint names; texts of the lengths that it names."""
    for constant in constants:
        if isinstance(constant, str):
            yield constant
            continue
        for length in (constant, constant + 1, constant - 1):
            if 0 <= length <= LONGEST:
                yield from (_cut(f"{'x' * length}{number}", length) for number in range(count))


def _texts(count: int) -> Iterator[str]:
    shapes = (
        "value {0}", "value-{0}", "value_{0}", "person{0}@example.com",
        "https://example.com/{0}", "00000000-0000-4000-8000-{0:012x}", "#{0:06x}", "V{0}",
        "{0}", "+4930{0:08d}", "2024-01-{1:02d}", "/{0}", "{2}", "{3}", "{4}", "A{2}", "AA{2}",
        "en-US", "{{}}", "",
    )  # fmt: skip
    for shape in shapes:
        for number in range(1, count + 1):
            letter = chr(ord("A") + number % 26)
            yield shape.format(number, 1 + number % 28, letter, f"A{letter}", f"a{letter}".lower())


def _cut(text: str, length: int) -> str:
    """The text's end, where numbers are: what was different stays different."""
    return text if len(text) <= length else text[len(text) - length :]
