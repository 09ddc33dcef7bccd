"""What has happened since the alerts were last looked at: new reports, and runs that failed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from reconcile_pipeline.defs.failing import clean
from reconcile_pipeline.defs.sensors.last import OURS, PARTITION, REPORT

COLUMNS = ("Finding", "What")  # of the findings' table of a drift report
MORE = "…"  # begins the last row of a table that was cut
AT_ONCE = 20  # of one kind, a tick
HINT = "what to do next"


@dataclass(frozen=True, slots=True)
class Reported:
    """A drift report. `rows`: each finding and its text; `complete` is false where its table held
    only the first ones.
    """

    storage_id: int
    target: str
    run_id: str
    headline: str
    rows: tuple[tuple[str, str], ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that failed. `what`: the asset that it failed at, else the job. `at`: seconds."""

    run_id: str
    target: str
    what: str
    reason: str
    hint: str
    at: float


def reports(instance: dg.DagsterInstance, after: int) -> list[Reported]:
    """New reports, the oldest first."""
    wanted = dg.AssetRecordsFilter(REPORT, after_storage_id=after)
    found = instance.fetch_materializations(wanted, limit=AT_ONCE, ascending=True)
    return [_report(record) for record in found.records]


def newest_reports(instance: dg.DagsterInstance, names: Sequence[str]) -> list[Reported]:
    """The newest of each target, the oldest first."""
    found: list[dg.EventLogRecord] = []
    for name in names:
        wanted = dg.AssetRecordsFilter(REPORT, asset_partitions=[name])
        found += instance.fetch_materializations(wanted, limit=1).records
    return sorted(map(_report, found), key=lambda report: report.storage_id)


def failures(instance: dg.DagsterInstance, after: float) -> list[Failed]:
    """Runs of ours that have failed at or after this time, the oldest first."""
    wanted = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE], updated_after=datetime.fromtimestamp(after, UTC)
    )
    records = instance.get_run_records(
        wanted, limit=AT_ONCE, order_by="update_timestamp", ascending=True
    )
    return [
        _failure(instance, record)
        for record in records
        if record.dagster_run.job_name in OURS and PARTITION in record.dagster_run.tags
    ]


def done_since(instance: dg.DagsterInstance, target: str, asset: str, at: float) -> bool:
    """Whether this asset of the target was materialized after this time."""
    wanted = dg.AssetRecordsFilter(
        dg.AssetKey(asset), asset_partitions=[target], after_timestamp=at
    )
    return bool(instance.fetch_materializations(wanted, limit=1).records)


def _report(record: dg.EventLogRecord) -> Reported:
    found = record.asset_materialization
    assert found is not None
    metadata = found.metadata
    table = metadata.get("findings")
    data = (
        [dict(row.data) for row in table.records]
        if isinstance(table, dg.TableMetadataValue)
        else []
    )
    cut = bool(data) and str(data[-1][COLUMNS[0]]).startswith(MORE)
    rows = tuple(
        (str(row[COLUMNS[0]]), str(row[COLUMNS[1]])) for row in (data[:-1] if cut else data)
    )
    summary = metadata.get("summary")
    return Reported(
        record.storage_id,
        str(found.partition),
        record.run_id,
        str(summary.value) if summary else "",
        rows,
        not cut,
    )


def _failure(instance: dg.DagsterInstance, record: dg.RunRecord) -> Failed:
    run = record.dagster_run
    step, reason, hint = next(_said(instance, run.run_id), (run.job_name, "", ""))
    return Failed(
        run.run_id,
        run.tags[PARTITION],
        step,
        clean(reason),
        clean(hint),
        record.update_timestamp.timestamp(),
    )


def _said(instance: dg.DagsterInstance, run_id: str) -> Iterator[tuple[str, str, str]]:
    """Step, reason and what to do next of the run's failed steps; no step where none began."""
    kinds = {dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.RUN_FAILURE}
    for record in instance.get_records_for_run(run_id, of_type=kinds).records:
        event = record.event_log_entry.dagster_event
        if event is None:
            continue
        if event.is_step_failure and event.step_key:
            data = event.step_failure_data.user_failure_data
            if data is None:
                yield event.step_key, "Something unforeseen happened; see the run.", ""
                continue
            hint = data.metadata.get(HINT)
            yield event.step_key, data.description or "", str(hint.value) if hint else ""
        elif event.message:
            yield "run", event.message[:300], ""
