"""Functions whose bodies name what is not there: made unchecked only where that is proved."""

# ruff: noqa: E501  SQL reads better on one line

from __future__ import annotations

from collections.abc import Sequence

from reconcile_pipeline.catalog.model import Difference
from reconcile_pipeline.shadow.database import ShadowDatabase
from reconcile_pipeline.shadow.model import Replay
from reconcile_pipeline.shadow.replaying.replay import Replayer
from reconcile_pipeline.shadow.servers.cluster import Cluster
from reconcile_pipeline_tests.shadow.conftest import fresh
from reconcile_pipeline_tests.shadow.replays import directory

FUNCTION = (
    "CREATE OR REPLACE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM nothing'"
)
TEXTS = [
    f"CREATE TABLE t (id int); {FUNCTION}; CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';",
    f"COMMENT ON FUNCTION f() IS 'it counts'; {FUNCTION}; {FUNCTION.replace('f()', 'h()')};"
    "CREATE TABLE u (id int);",
]
LACKING = 'relation "nothing" does not exist'


def _replay(shadow: ShadowDatabase, *proved: str) -> Replay:
    def is_proved(effects: Sequence[Difference]) -> bool:
        return all(effect.id.identity in proved for effect in effects)

    with Replayer(shadow, directory(TEXTS), proved=is_proved) as replayer:
        replay = replayer.run(lambda file, index: True)
        assert replayer.missed == ()
        return replay


def _made(replay: Replay) -> list[str]:
    return sorted(str(effect.id) for run in replay.runs for effect in run.effects)


def test_what_is_proved_is_made_and_what_follows_it_is_checked_again(private: Cluster) -> None:
    with fresh(private) as shadow:
        replay = _replay(shadow, "public.f()")
    assert _made(replay) == [
        "column public.t.id", "column public.u.id", "function public.f()", "function public.f()",
        "function public.g()", "table public.t", "table public.u",
    ]  # fmt: skip
    told = {(run.file, run.index): (run.error, run.unchecked) for run in replay.runs}
    assert told[0, 1] == ("", LACKING)
    assert told[1, 0] == ("", "")
    assert told[1, 2] == (LACKING, "")


def test_what_is_not_proved_is_refused_and_leaves_nothing(private: Cluster) -> None:
    with fresh(private) as shadow:
        replay = _replay(shadow)
        with shadow.connect_owner() as connection:
            there = connection.execute("SELECT to_regproc('f'), to_regproc('h')").fetchone()
    assert there == (None, None)
    assert [str(id) for id in replay.end.ids() if "f()" in id.identity] == []
    assert _made(replay) == [
        "column public.t.id", "column public.u.id", "function public.g()", "table public.t",
        "table public.u",
    ]  # fmt: skip
    assert not any(run.unchecked for run in replay.runs)
