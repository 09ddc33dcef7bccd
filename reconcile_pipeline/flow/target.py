"""A target with everything that is needed to work on it: settings, connection string, folders."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from reconcile_pipeline.catalog.ignored import Ignored
from reconcile_pipeline.config import Config, Evidence, Target
from reconcile_pipeline.errors import ConfigError
from reconcile_pipeline.migrations.model import Layout

EVIDENCE = Path(".reconcile/evidence")
UNNAMED = "database"


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """One database to work on. Its `repr` shows no connection string.

    `directory`: the migrations, absolute. `evidence`: the folder of this target's run folders.
    `shadow_url`: the server to make shadow databases on; None for the embedded one. `signing`: who
    signs evidence, its key file absolute. `metrics`: the file for Prometheus, or None.
    """

    name: str
    settings: Target
    dsn: str = field(repr=False)
    directory: Path
    evidence: Path
    shadow_url: str | None = field(default=None, repr=False)
    signing: Evidence = field(default_factory=Evidence)
    metrics: Path | None = None

    @property
    def apply_dsn(self) -> str:
        """The connection string of the role that applies: read now, and by nothing that scans.

        It is `dsn` where `apply_dsn_env` names no variable. Raises ConfigError.
        """
        if not (name := self.settings.apply_dsn_env):
            return self.dsn
        if not (found := os.environ.get(name)):
            raise ConfigError(
                f"The environment variable {name} is not set: the role that applies is in it.",
                hint="Put its connection string there for this command only; scans need none.",
            )
        return found

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every connection string that no output may show."""
        name = self.settings.apply_dsn_env
        writing = os.environ.get(name, "") if name else ""
        return tuple(each for each in (self.dsn, writing, self.shadow_url) if each)

    @property
    def ignored(self) -> Ignored:
        """What of production is no drift, whatever becomes of it."""
        return Ignored(self.settings.ignore)

    @property
    def layout(self) -> Layout | None:
        """The layout that reconcile.toml names; None to detect it. Raises ConfigError."""
        if self.settings.layout == "auto":
            return None
        try:
            return Layout(self.settings.layout)
        except ValueError:
            raise ConfigError(
                f"There is no layout {self.settings.layout!r}.",
                hint=f"Known: auto, {', '.join(Layout)}.",
            ) from None


def resolve(
    config: Config,
    name: str | None = None,
    *,
    dsn: str | None = None,
    shadow_url: str | None = None,
) -> ResolvedTarget:
    """A target of reconcile.toml. `dsn` replaces the one from the environment.

    Raises ConfigError where there is no such target, or no connection string for it.
    """
    name, target = config.target(name)
    if not _fit_for_a_folder(name):
        raise ConfigError(
            f"The target's name {name!r} cannot name a folder.",
            hint="Use letters, digits, - and _ in [targets.NAME].",
        )
    root = config.root.absolute()
    signing = config.evidence
    if signing.signing_key is not None:
        signing = signing.model_copy(update={"signing_key": root / signing.signing_key})
    return ResolvedTarget(
        name,
        target,
        config.dsn(target) if dsn is None else dsn,
        root / target.migrations,
        root / config.evidence.folder / name,
        shadow_url,
        signing,
        root / config.metrics if config.metrics is not None else None,
    )


def direct(
    dsn: str,
    directory: Path,
    *,
    root: Path | None = None,
    shadow_url: str | None = None,
) -> ResolvedTarget:
    """A target without a reconcile.toml, named after its database, with all settings by default."""
    name = _database(dsn)
    settings = Target.model_validate({"migrations": directory})
    root = (root or Path()).absolute()
    return ResolvedTarget(name, settings, dsn, root / directory, root / EVIDENCE / name, shadow_url)


def with_options(
    target: ResolvedTarget, *, migrations: Path | None = None, history: str | None = None
) -> ResolvedTarget:
    """The target with what the command line says otherwise. Paths are the caller's own."""
    if migrations is not None:
        # Another directory's findings are no measure of the target.
        target = replace(target, directory=migrations.absolute(), metrics=None)
    if history is not None:
        settings = target.settings.model_copy(update={"history": history})
        target = replace(target, settings=settings)
    return target


def _database(dsn: str) -> str:
    """The database's name where it can serve as a folder's, too. Never fails, never quotes."""
    try:
        name = str(conninfo_to_dict(dsn).get("dbname") or "")
    except Exception:  # a malformed DSN is reported by whoever connects, without quoting it
        return UNNAMED
    return name if _fit_for_a_folder(name) else UNNAMED


def _fit_for_a_folder(name: str) -> bool:
    return name.isascii() and name.replace("_", "").replace("-", "").isalnum()
