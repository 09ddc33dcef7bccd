"""Seeds of very many rows."""

from __future__ import annotations

import pytest

from reconcile_pipeline.migrations.bulk import KEPT, without_bulk
from reconcile_pipeline.migrations.references import names
from reconcile_pipeline.migrations.rows import MANY_ROWS
from reconcile_pipeline.migrations.tree import parse

ROWS = [
    f"({n}, 'it''s ({n}), (x)', E'a \\' b', -1.5e3, NULL, true, '{{}}'::jsonb)" for n in range(3000)
]


def _insert(rows: list[str], end: str = "ON CONFLICT (id) DO UPDATE SET a = excluded.a") -> str:
    return f"INSERT INTO app.seed (id, a, b, c, d, e, f) VALUES\n{', '.join(rows)} {end}"


def test_a_seed_of_many_rows_took_minutes_to_be_walked() -> None:
    sql = _insert(ROWS)
    (tree,) = parse(sql)
    assert len(tree.selectStmt.valuesLists) == KEPT > MANY_ROWS
    assert without_bulk(sql).endswith(sql[sql.index("(2999") :])
    # What is asked of it is the same as of a seed that is just too long to be shown.
    assert names(sql) == names(_insert(ROWS[: MANY_ROWS + 1]))
    assert names(sql).rows[0].on_conflict == "update"


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:KEPT],
        [f"({n}, now())" for n in range(3000)],
        [f"({n}, ARRAY[1, 2])" for n in range(3000)],
        [f"({n}) -- one\n" for n in range(3000)],
    ],
    ids=["few enough", "calls", "arrays", "comments"],
)
def test_what_is_not_rows_of_constants_stays_as_it_is(rows: list[str]) -> None:
    sql = _insert(rows)
    assert without_bulk(sql) == sql


def test_what_follows_an_unlike_row_is_there_still() -> None:
    rows = [*ROWS[:2000], "(2000, lower('X'), 'b', 1, 2, 3, app.made_up())", *ROWS[2001:]]
    assert "made_up" in without_bulk(_insert(rows))
    assert "app.made_up" in names(_insert(rows)).mentioned
