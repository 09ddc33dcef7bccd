"""Production's tables, views, functions and policies as assets, beside the migrations they are of.

What is shown is the last scan's, read from the target's evidence when Dagster loads the code: no
database is asked. After a scan that found new objects, reload the code location to see them.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from reconcile_pipeline.config import Config, Target
from reconcile_pipeline.defs import show
from reconcile_pipeline.drift.words import count
from reconcile_pipeline.flow.lineage.model import Lineage, LineageObject, Source
from reconcile_pipeline.flow.lineage.store import kept

DATABASE, MIGRATIONS, BY_HAND, BASE = "database", "migrations", "by_hand", "before"
MOST = 5000  # assets of all targets; more make the UI slow
LEAST = 50  # of one target, however many there are
_NAMESPACES = {"function": "function", "procedure": "function"}


def database_key(target: str) -> dg.AssetKey:
    """The asset that stands for a target's database; each snapshot makes it anew."""
    return dg.AssetKey([target, DATABASE])


def lineage_assets(config: Config) -> list[dg.AssetSpec]:
    """All of them, target by target. Never fails for want of evidence."""
    room = max(LEAST, MOST // max(len(config.targets), 1))
    found: list[dg.AssetSpec] = []
    for name, target in sorted(config.targets.items()):
        found.append(_database(name, target))
        folder = config.root / config.evidence.folder / name
        if (lineage := kept(folder)) is not None:
            found.extend(_of_target(name, target, lineage, room))
    return list({spec.key: spec for spec in found}.values())  # two names may give one key


def _database(name: str, target: Target) -> dg.AssetSpec:
    return dg.AssetSpec(
        database_key(name),
        description=(
            f"The database `{name}` as its newest snapshot saw it. It is out of date where no "
            f"snapshot was made for {count(target.stale_after_hours, 'hour')}."
        ),
        group_name=_group(name),
        kinds={"postgres"},
        owners=list(target.owners),
        deps=["production"],
        freshness_policy=dg.FreshnessPolicy.time_window(
            fail_window=timedelta(hours=target.stale_after_hours)
        ),
    )


def _of_target(name: str, target: Target, lineage: Lineage, room: int) -> Iterator[dg.AssetSpec]:
    owners = list(target.owners)
    shown = lineage.objects[:room]
    group = _group(name)
    for source in lineage.sources:
        yield dg.AssetSpec(
            _file_key(name, source.file),
            description=_file_words(source),
            group_name=group,
            kinds={"sql"},
            owners=owners,
            deps=["local_migration_inventory"],
            tags={"state": source.state, "finding": source.finding},
        )
    if any(found.by_hand for found in shown) or lineage.gone:
        removed = "".join(f"\n- {each}: removed" for each in lineage.gone)
        yield dg.AssetSpec(
            dg.AssetKey([name, BY_HAND]),
            description=f"What somebody did by hand, and no migration says so.{removed}",
            group_name=group,
            kinds={"postgres"},
            owners=owners,
            deps=[database_key(name)],
            tags={"state": "by_hand"},
        )
    keys = {found.identity: _key(name, found) for found in shown}
    for found in shown:
        yield dg.AssetSpec(
            _key(name, found),
            description=_words(found),
            group_name=group,
            kinds={"postgres", found.kind.replace("_", "")},
            owners=owners,
            deps=_upstream(name, found, keys),
            tags={"state": found.state.replace(" ", "_")},
            metadata=_metadata(found, keys),
        )


def _upstream(
    name: str, found: LineageObject, keys: Mapping[str, dg.AssetKey]
) -> list[dg.AssetKey]:
    upstream = [_file_key(name, making.file) for making in found.made_by]
    if found.by_hand:
        upstream.append(dg.AssetKey([name, BY_HAND]))
    if found.maker == "base":
        upstream.append(database_key(name))
    upstream += [keys[each] for each in (*found.reads, found.parent) if each in keys]
    return list(dict.fromkeys(upstream))


def _metadata(found: LineageObject, keys: Mapping[str, dg.AssetKey]) -> dict[str, Any]:
    if not found.columns:
        return {}
    schema = dg.TableSchema(
        [dg.TableColumn(name=column.name, type=column.type) for column in found.columns]
    )
    deps = {
        column.name: [
            dg.TableColumnDep(asset_key=keys[table], column_name=name)
            for table, name in column.sources
            if table in keys
        ]
        for column in found.columns
    }
    metadata: dict[str, Any] = {"dagster/column_schema": schema}
    if wanted := {name: each for name, each in deps.items() if each}:
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(wanted)
    return metadata


def _words(found: LineageObject) -> str:
    kind = found.kind.replace("_", " ")
    lines = [f"The {kind} `{found.identity}` of production. What made it what it is:", ""]
    lines += [
        f"- {making.file}, line{'s' if len(making.lines) > 1 else ''} "
        f"{', '.join(map(str, making.lines))}"
        for making in found.made_by
    ]
    lines += [f"- by hand: {words}" for words in found.by_hand]
    if found.maker == "base":
        lines.append("- It was there before the first file.")
    return "\n".join(lines)


def _file_words(source: Source) -> str:
    statements = count(source.statements, "statement")
    return (
        f"`{source.file}`: {source.live} of {statements} live; verdict "
        f"{source.verdict.replace('_', ' ')}, finding {source.finding.replace('_', ' ')}."
    )


def _file_key(name: str, file: str) -> dg.AssetKey:
    return dg.AssetKey([name, MIGRATIONS, *file.removesuffix(".sql").split("/")])


def _key(name: str, found: LineageObject) -> dg.AssetKey:
    """`story / public / scripts`; a policy and a function say what they are."""
    if found.kind == "policy":
        own = found.identity.removeprefix(f"{found.parent}.")
        parts = [*found.parent.split(".", 1), "policy", own]
    else:
        schema, _, own = found.identity.partition(".")
        kind = _NAMESPACES.get(found.kind)
        parts = [schema, *([kind] if kind else []), own]
    return dg.AssetKey([name, *(part.replace("/", "_") for part in parts)])


def _group(name: str) -> str:
    return f"target_{name.replace('-', '_')}"


def snapshot_made(name: str, summary: str, fingerprint: str) -> dg.AssetMaterialization:
    """What a snapshot says of its target's database, so that Dagster knows how old it is."""
    return dg.AssetMaterialization(
        database_key(name),
        metadata={"summary": show.text(summary), "fingerprint": show.text(fingerprint)},
        tags={"dagster/data_version": fingerprint},
    )
