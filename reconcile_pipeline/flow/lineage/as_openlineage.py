"""Lineage as OpenLineage events: a migration is a job, production's tables and views are datasets.

What somebody made by hand is a job of its own, and so is what was there before the first file.
https://openlineage.io/docs/spec/object-model
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from reconcile_pipeline import __version__
from reconcile_pipeline.flow.lineage.model import Lineage, LineageObject, Source

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, OutputDataset, RunEvent

PRODUCER = f"https://reconcile-pipeline.example/{__version__}"
BY_HAND, BASE = "made_by_hand", "before_the_first_migration"
_DATASETS = {
    "table": "TABLE", "foreign_table": "TABLE", "view": "VIEW", "materialized_view": "VIEW",
}  # fmt: skip
_SPACE = uuid.UUID("5b1f2b58-2f3b-5d53-9a0c-0c3b6b7f6a11")


def to_openlineage(lineage: Lineage, time: str, namespace: str = "") -> list[dict[str, Any]]:
    """A START and a COMPLETE event for each job that made something, as the specification asks for
    each run. `time`: ISO 8601 with its zone.

    `namespace`: of the datasets, as in `postgres://host:5432`; by default it names the target.
    Datasets are called `database.schema.table`. The same scan gives the same run ids.
    """
    import json

    from openlineage.client import set_producer
    from openlineage.client.serde import Serde

    set_producer(PRODUCER)
    space = namespace or f"postgres://{lineage.target}"
    return [json.loads(Serde.to_json(event)) for event in _events(lineage, time, space)]


def _events(lineage: Lineage, time: str, space: str) -> Iterator[RunEvent]:
    for source in lineage.sources:
        made = [o for o in lineage.objects if any(m.file == source.file for m in o.made_by)]
        if made:
            yield from _run(lineage, time, space, source.file, made, _tags(source))
    for name, state in ((BY_HAND, "by hand"), (BASE, "base")):
        made = [found for found in lineage.objects if found.state == state]
        if made:
            yield from _run(lineage, time, space, name, made, {"state": state})


def _tags(source: Source) -> dict[str, str]:
    return {"state": source.state, "verdict": source.verdict, "finding": source.finding}


def _run(
    lineage: Lineage,
    time: str,
    space: str,
    name: str,
    made: list[LineageObject],
    tags: dict[str, str],
) -> Iterator[RunEvent]:
    from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
    from openlineage.client.generated import job_type_job, ownership_job, tags_job

    facets: dict[str, Any] = {
        "jobType": job_type_job.JobTypeJobFacet(
            processingType="BATCH", integration="RECONCILE_PIPELINE", jobType="MIGRATION"
        ),
        "tags": tags_job.TagsJobFacet(
            tags=[tags_job.TagsJobFacetFields(key=k, value=v) for k, v in tags.items()]
        ),
    }
    if lineage.teams:
        facets["ownership"] = ownership_job.OwnershipJobFacet(
            owners=[ownership_job.Owner(name=team) for team in lineage.teams]
        )
    run = Run(runId=str(uuid.uuid5(_SPACE, f"{lineage.target}\0{lineage.fingerprint}\0{name}")))
    job = Job(namespace=f"reconcile/{lineage.target}", name=name, facets=facets)
    outputs = [found for found in made if found.kind in _DATASETS]
    yield RunEvent(eventTime=time, eventType=RunState.START, run=run, job=job, producer=PRODUCER)
    yield RunEvent(
        eventTime=time,
        eventType=RunState.COMPLETE,
        run=run,
        job=job,
        inputs=list(_inputs(lineage, space, outputs)),
        outputs=[_output(lineage, space, found) for found in outputs],
        producer=PRODUCER,
    )


def _inputs(
    lineage: Lineage, space: str, outputs: Iterable[LineageObject]
) -> Iterator[InputDataset]:
    from openlineage.client.event_v2 import InputDataset

    for name in sorted({name for found in outputs for name in found.reads}):
        yield InputDataset(namespace=space, name=f"{lineage.database}.{name}")


def _output(lineage: Lineage, space: str, found: LineageObject) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.generated import (
        column_lineage_dataset,
        dataset_type_dataset,
        ownership_dataset,
        schema_dataset,
        tags_dataset,
    )

    facets: dict[str, Any] = {
        "schema": schema_dataset.SchemaDatasetFacet(
            fields=[
                schema_dataset.SchemaDatasetFacetFields(name=c.name, type=c.type)
                for c in found.columns
            ]
        ),
        "datasetType": dataset_type_dataset.DatasetTypeDatasetFacet(
            datasetType=_DATASETS[found.kind]
        ),
        "tags": tags_dataset.TagsDatasetFacet(
            tags=[tags_dataset.TagsDatasetFacetFields(key="state", value=found.state)]
        ),
    }
    if lineage.teams:
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet(
            owners=[ownership_dataset.Owner(name=team) for team in lineage.teams]
        )
    fields = {
        column.name: column_lineage_dataset.Fields(
            inputFields=[
                column_lineage_dataset.InputField(
                    namespace=space, name=f"{lineage.database}.{table}", field=name
                )
                for table, name in column.sources
            ]
        )
        for column in found.columns
        if column.sources
    }
    if fields:
        facets["columnLineage"] = column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields)
    return OutputDataset(
        namespace=space, name=f"{lineage.database}.{found.identity}", facets=facets
    )
