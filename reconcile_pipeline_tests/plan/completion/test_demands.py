"""What statements ask of the rows that are there."""

from __future__ import annotations

import pytest

from reconcile_pipeline.plan.completion.demands import demands
from reconcile_pipeline.shadow.fit.demands import Demand, Need


@pytest.mark.parametrize(
    ("sql", "asked"),
    [
        ("ALTER TABLE t ALTER a SET NOT NULL", [Demand(Need.REQUIRED, "public.t", ("a",))]),
        (
            "ALTER TABLE s.t ADD CHECK (a > lower(b)::int) NOT VALID",
            [Demand(Need.CHECK, "s.t", ("a", "b"), "a > CAST(lower(b) AS integer)")],
        ),
        (
            "ALTER TABLE t ADD FOREIGN KEY (a, b) REFERENCES s.u (x, y)",
            [Demand(Need.REFERENCE, "public.t", ("a", "b"), to="s.u", theirs=("x", "y"))],
        ),
        ("CREATE UNIQUE INDEX i ON t (a, b)", [Demand(Need.UNIQUE, "public.t", ("a", "b"))]),
        (
            "CREATE UNIQUE INDEX i ON t (lower(a)) WHERE b",
            [Demand(Need.UNIQUE, "public.t", ("a",), exact=False)],
        ),
        (
            "ALTER TABLE t ADD PRIMARY KEY (a)",
            [
                Demand(Need.UNIQUE, "public.t", ("a",)),
                Demand(Need.REQUIRED, "public.t", ("a",)),
            ],
        ),
        ("ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i", []),
        (
            "INSERT INTO t (a, b) VALUES (1, 'x'), (2, now())",
            [Demand(Need.FREE, "public.t", ("a", "b"), taken=(("1", "2"), ("x",)))],
        ),
        ("INSERT INTO t SELECT a FROM u", []),
        ("CREATE INDEX i ON t (a)", []),
        ("ALTER TABLE t ADD COLUMN a int NOT NULL", []),
        ("this does not parse", []),
    ],
)
def test_what_a_statement_asks(sql: str, asked: list[Demand]) -> None:
    assert list(demands([sql])) == asked
