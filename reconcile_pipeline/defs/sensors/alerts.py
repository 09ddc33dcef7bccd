"""Tells people what was found: each finding once when it is new, and once when it is gone."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import dagster as dg

from reconcile_pipeline.config import Alerts, Config
from reconcile_pipeline.defs.partitions import config as loaded
from reconcile_pipeline.defs.resources import Targets
from reconcile_pipeline.defs.sensors import news
from reconcile_pipeline.defs.sensors.news import Failed, Reported
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.flow.alerts import messages
from reconcile_pipeline.flow.alerts.findings import keys
from reconcile_pipeline.flow.alerts.messages import Message
from reconcile_pipeline.flow.alerts.send import send, urls

RUNNING, STOPPED = dg.DefaultSensorStatus.RUNNING, dg.DefaultSensorStatus.STOPPED
INTERVAL_S = 5  # at rest, a tick is two small queries to Dagster's own storage
SHORT = 160  # characters of a finding, kept to name it once it is gone


@dataclass
class Told:
    """What is known to be told. `open`: target -> finding -> its words; `failed`: target -> asset
    -> when, in seconds. `seen`: failed runs at the newest time.
    """

    after: int = 0
    failures_after: float = 0.0
    seen: list[str] = field(default_factory=list)
    open: dict[str, dict[str, str]] = field(default_factory=dict)
    failed: dict[str, dict[str, float]] = field(default_factory=dict)


class Undelivered(Exception):
    """No place took the message; it is tried again at the next tick."""


@dg.sensor(
    minimum_interval_seconds=INTERVAL_S,
    default_status=RUNNING if loaded.watch and loaded.alerts else STOPPED,
    description=(
        "Sends alerts to the places that [alerts] names: each new finding once, with file and "
        "statement or object; a message once it is resolved; and runs that failed. What no place "
        "took is sent again."
    ),
)
def alerts(context: dg.SensorEvaluationContext, databases: Targets) -> dg.SensorResult:
    """One tick. No target is asked, only Dagster's own storage."""
    config = databases.config()
    if config.alerts is None:
        return dg.SensorResult(skip_reason="reconcile.toml has no [alerts].", cursor=context.cursor)
    told = _read(context.cursor)
    first = told is None
    told = told or Told(failures_after=time.time())
    sent = 0
    try:
        places = urls(config.alerts)
        for message in _messages(context.instance, config, told, first):
            delivery = send(places, message)
            problems = f"{config.alerts.urls_env}: {'; '.join(delivery.problems)}."
            if not delivery.delivered:
                # Told as the reason for skipping: a log would be a file at every tick.
                raise Undelivered(f"No place took {message.title!r}; it is sent again. {problems}")
            if delivery.problems:
                context.log.error(problems)
            sent += 1
            context.log.info(f"Sent: {message.title}.")
    except (Undelivered, ConfigError) as problem:
        return dg.SensorResult(skip_reason=str(problem), cursor=_write(told))
    words = f"Sent: {sent}." if sent else "Nothing new."
    return dg.SensorResult(skip_reason=words, cursor=_write(told))


def _messages(
    instance: dg.DagsterInstance, config: Config, told: Told, first: bool
) -> Iterator[Message]:
    """What is to be told. `told` moves on only once the caller comes back for the next one."""
    assert config.alerts is not None
    names = sorted(config.targets)
    found = news.newest_reports(instance, names) if first else news.reports(instance, told.after)
    for report in found:
        if report.target in config.targets:
            yield from _of_report(report, told, config.alerts)
        told.after = report.storage_id
    for failure in news.failures(instance, told.failures_after):
        if failure.run_id in told.seen:
            continue
        if failure.target in config.targets:
            yield from _of_failure(failure, told, config.alerts)
        told.seen = [*(told.seen if failure.at == told.failures_after else ()), failure.run_id]
        told.failures_after = failure.at
    for target, assets in told.failed.items():
        for asset, at in list(assets.items()):
            if target in config.targets and news.done_since(instance, target, asset, at):
                yield messages.recovered(target, asset)
                del assets[asset]


def _of_report(report: Reported, told: Told, alerts: Alerts) -> Iterator[Message]:
    before = told.open.get(report.target, {})
    now = keys(report.rows)
    link = _link(alerts, report.run_id)
    for message in messages.told(
        report.target, before, now, report.headline, link, report.complete
    ):
        yield message
        # Of the two messages of one report, one may arrive and the other not.
        if message.tone is messages.Tone.WARNING:
            before = told.open[report.target] = {**before, **_shortened(now)}
    kept = before if not report.complete else {}
    told.open[report.target] = {**kept, **_shortened(now)}


def _of_failure(failure: Failed, told: Told, alerts: Alerts) -> Iterator[Message]:
    what = "drift_report" if failure.what in ("run", "scan") else failure.what
    if what not in told.failed.get(failure.target, {}):
        link = _link(alerts, failure.run_id)
        yield messages.failed(failure.target, what, failure.reason, failure.hint, link)
    told.failed.setdefault(failure.target, {})[what] = failure.at


def _shortened(found: dict[str, str]) -> dict[str, str]:
    return {key: text[:SHORT] for key, text in found.items()}


def _link(alerts: Alerts, run_id: str) -> str:
    return f"{alerts.ui}/runs/{run_id}" if alerts.ui else ""


def _read(cursor: str | None) -> Told | None:
    """A cursor that does not read counts as none."""
    try:
        data: dict[str, Any] = json.loads(cursor or "")
        return Told(**data)
    except (ValueError, TypeError):
        return None


def _write(told: Told) -> str:
    return json.dumps(asdict(told))
