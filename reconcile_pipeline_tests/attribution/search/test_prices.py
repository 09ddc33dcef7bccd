"""Prices and shapes that are kept are those that would be found out anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from reconcile_pipeline.attribution.search.cost import object_cost
from reconcile_pipeline.attribution.search.prices import Prices
from reconcile_pipeline.attribution.search.shapes import Search
from reconcile_pipeline.attribution.timeline.timeline import Position
from reconcile_pipeline.attribution.traces import File
from reconcile_pipeline.catalog.model import ObjectId
from reconcile_pipeline.drift.scan import scan
from reconcile_pipeline.shadow.servers.server import Server
from reconcile_pipeline.story.world import drop_database
from reconcile_pipeline.story.worse import build_worse


def test_a_kept_price_is_what_it_would_be_anew(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    kept = Prices.of

    def of(prices: Prices, id: ObjectId, ran: Mapping[Position, bool]) -> float:
        nonlocal asked
        asked += 1
        price = kept(prices, id, ran)
        assert price == object_cost(prices._timeline, id, ran), id
        return price

    improved = 0
    improve = Search.improve

    def improving(search: Search, file: File) -> bool:
        nonlocal improved
        anew = Search(search.timeline, search.files, search.rows, search.ran)
        done = improve(search, file)
        if file.number in search.runner_up:
            improved += 1
            shape, runner_up = anew.best(file)
            assert search.runner_up[file.number] == runner_up
            anew.take(file, shape)
            assert search.ran == anew.ran
        return done

    followed = 0
    follow = Search.follow

    def following(search: Search, file: File) -> bool:
        nonlocal followed
        anew = Search(search.timeline, search.files, search.rows, search.ran)
        done = follow(search, file)
        followed += done
        anew.improve(file)
        assert search.ran == anew.ran
        return done

    monkeypatch.setattr(Search, "follow", following)
    monkeypatch.setattr(Prices, "of", of)
    monkeypatch.setattr(Search, "improve", improving)
    name = f"prices_{os.getpid()}"
    try:
        build_worse(server, name, tmp_path)
        scan(name, server.dsn(name, "postgres"), tmp_path)
    finally:
        drop_database(server, name)
    assert asked > 1000
    assert improved > 50
    assert followed > 0
