"""Sizes as they are told."""

from __future__ import annotations

import pytest

from reconcile_pipeline.plan.model import Step, StepKind
from reconcile_pipeline.plan.render import facts
from reconcile_pipeline.plan.sizes import Size


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (Size(12, 0), "12 bytes, about 0 rows"),
        (Size(1024, None), "1.0 kB"),
        (Size(11 * 1024**2, 1), "11 MB, about 1 row"),
        (Size(8_700_000_000, 40_000_000), "8.1 GB, about 40,000,000 rows"),
        (Size(3 * 1024**5, None), "3.0 PB"),
        (Size(3000 * 1024**5, None), "3000 PB"),
    ],
)
def test_is_told(size: Size, told: str) -> None:
    assert str(size) == told


def test_only_large_tables_are_told() -> None:
    modes = {"public.a": "ShareLock", "public.b": "ShareLock", "public.c": "ShareLock"}
    step = Step("x", StepKind.COMPLETION, "", (), (), locks=modes)
    sizes = {"public.a": Size(20 * 1024**2, 5), "public.b": Size(8192, 5)}
    assert next(iter(facts(step, sizes))) == (
        "locks: public.a ShareLock (20 MB, about 5 rows), public.b ShareLock, public.c ShareLock"
    )
