"""`reconcile metrics`: what the last scans found, for Prometheus."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from reconcile_pipeline.cli.options import default_config, load_config
from reconcile_pipeline.cli.state import debug_option
from reconcile_pipeline.errors import ConfigError


@click.command(name="metrics")
@debug_option
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Configuration file. Default: $RECONCILE_CONFIG, else reconcile.toml here.",
)
@click.option("--listen", metavar="ADDRESS:PORT", help="Serve them, until interrupted.")
def command(config: Path | None, listen: str | None) -> None:
    """Print the metrics of every target's last scan: findings, scan time, age of the last good one.

    Scans note them where reconcile.toml says `metrics = "FILE"`, and write FILE, too, for
    node_exporter's textfile collector. No database is asked. This is a read-only operation.
    """
    from reconcile_pipeline.flow.metrics import prometheus
    from reconcile_pipeline.flow.metrics.record import Record, read

    found = load_config(config or default_config())
    if found.metrics is None:
        raise ConfigError(
            "reconcile.toml names no file for metrics, so no scan has noted any.",
            hint='Add a line at its top: metrics = ".reconcile/metrics.prom"',
        )
    root = found.root.absolute() / found.evidence.folder

    def records() -> list[Record]:
        return [read(root / name, name) for name in sorted(found.targets)]

    if listen is None:
        click.echo(prometheus.text(records()), nl=False)
        return
    address, port = _place(listen)
    server, thread = prometheus.serve(records, address, port)
    click.echo(f"Serving http://{address}:{server.server_port}/metrics", err=True)
    signal.signal(signal.SIGTERM, lambda *_: server.shutdown())
    try:
        thread.join()
    finally:
        server.server_close()


def _place(listen: str) -> tuple[str, int]:
    address, _, port = listen.rpartition(":")
    if not port.isdigit() or int(port) > 65_535:
        raise ConfigError(f"{listen!r} is no address.", hint="Write it as 127.0.0.1:9187.")
    return address or "127.0.0.1", int(port)
