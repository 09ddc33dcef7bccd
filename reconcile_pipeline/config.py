"""`reconcile.toml`, the only configuration file: one `[targets.NAME]` table a database.

It never holds a DSN: a target names the environment variable that does.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from reconcile_pipeline.config_words import said
from reconcile_pipeline.errors import ConfigError

FILE = "reconcile.toml"


_CRON_FIELD = re.compile(r"[\w*,/#-]+")


def _variable(value: str) -> str:
    if not value.replace("_", "a").isalnum():
        raise ValueError("it is the NAME of an environment variable, never its value itself")
    return value


def _cron(value: str) -> str:
    fields = value.split()
    if fields and (len(fields) != 5 or not all(map(_CRON_FIELD.fullmatch, fields))):
        raise ValueError('a schedule has five fields, as in "0 2 * * *", or is "" for never')
    return " ".join(fields)


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise ValueError('it is a name such as "UTC" or "Europe/Berlin"') from None
    return value


Cron = Annotated[str, AfterValidator(_cron)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class UserProfiles(_Table):
    """Who gets a profile with which role; user-editable metadata and mail domains never decide."""

    table: str = "public.user_profiles"
    source: str = "auth.users"
    role_column: str = "role"
    admins: tuple[str, ...] = ()
    admin_role: str = "admin"
    default_role: str = "viewer"
    batch_size: int = Field(1000, ge=1, le=100_000)

    @field_validator("admins")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for address in value:
            if address.count("@") != 1 or address.strip() != address:
                raise ValueError("each admin is one e-mail address")
        return tuple(address.lower() for address in value)


class BackfillTable(_Table):
    """Rows that a table lacks, made from the rows of a source: one `[[targets.NAME.backfills]]`.

    `source` is `schema.table` or a SELECT. `key`: the table's column that tells which rows are
    there, with a unique index; it gets the source's `source_key` (empty: a column of the same
    name). `columns`: further column -> SQL over a row named `source`, as in `source.name`.
    """

    name: str = Field(pattern="^[a-z0-9][a-z0-9-]{0,40}$")
    table: str = Field(pattern=r"^[^.]+\.[^.]+$")
    source: str = Field(min_length=1)
    key: str = "id"
    source_key: str = ""
    columns: dict[str, str] = {}
    batch_size: int = Field(1000, ge=1, le=100_000)
    pause_ms: int = Field(0, ge=0, le=60_000)  # slept between pages


class Target(_Table):
    """One database and how its migrations are kept."""

    dsn_env: str = "DATABASE_URL"
    apply_dsn_env: str = ""  # of the role that applies; empty: the same as dsn_env
    migrations: Path = Path("migrations")
    layout: str = "auto"
    history: Literal["auto", "supabase", "none"] = "auto"
    never_applied: Literal["quarantine", "archive", "keep"] = "quarantine"
    archive: Literal["markers", "squash", "move"] = "markers"
    archive_from: str = ""  # first version to archive; empty: every reconciled one
    run_pending: tuple[str, ...] = ()  # versions that never ran and that the team wants to be live
    phantom: Literal["unrecord", "keep"] = "unrecord"
    adopt: bool = True  # changes made by hand enter the reconciliation migration
    restore: tuple[str, ...] = ()  # objects changed by hand to put back: identities or patterns
    ignore: tuple[str, ...] = ()  # objects that something else looks after: the same
    rehearsal_rows: int = Field(3, ge=0, le=10_000)  # made-up rows a table of the twin
    allow_hazards: tuple[str, ...] = ()  # rules whose statements completion may run all the same
    strict_hazards: bool = False  # files and steps are judged by the strict rules, too
    lock_timeout_ms: int = Field(2000, ge=1, le=60_000)
    statement_timeout_ms: int = Field(60_000, ge=1)
    schedule: Cron = "0 2 * * *"  # of the full scan; "" for none
    snapshot_schedule: Cron = "30 * * * *"  # of the snapshot alone, whose fingerprint tells drift
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"  # of both schedules
    stale_after_hours: int = Field(26, ge=1, le=8760)  # a snapshot older than this is out of date
    owners: tuple[str, ...] = ()
    user_profiles: UserProfiles | None = None
    backfills: tuple[BackfillTable, ...] = ()

    @field_validator("backfills")
    @classmethod
    def _names_differ(cls, value: tuple[BackfillTable, ...]) -> tuple[BackfillTable, ...]:
        if len({each.name for each in value}) != len(value):
            raise ValueError("each backfill has a name of its own")
        return value

    @field_validator("dsn_env", "apply_dsn_env")
    @classmethod
    def _is_a_name(cls, value: str, info: ValidationInfo) -> str:
        optional = info.field_name == "apply_dsn_env" and not value
        if not optional and not value.replace("_", "a").isalnum():
            raise ValueError("this is the NAME of an environment variable, never a DSN itself")
        return value


class Alerts(_Table):
    """Where alerts go: `urls_env` names the variable that holds Apprise URLs, space-separated."""

    urls_env: Annotated[str, AfterValidator(_variable)] = "RECONCILE_ALERT_URLS"
    ui: str = ""  # the Dagster UI's address, for links to the run

    @field_validator("ui")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s@]+", value):
            raise ValueError("it is the Dagster UI's address, as in https://dagster.example.com")
        return value.rstrip("/")


class Drift(_Table):
    """What is to be done about changes made by hand, in every target.

    `restore`: those to put back to what the files say, as identities (`public.users.email`),
    patterns (`policy public.*`) or `all`; the others are adopted.
    """

    restore: tuple[str, ...] = ()


class Rehearsal(_Table):
    """How plans are rehearsed, in every target. `rows`: made-up rows a table."""

    rows: int = Field(3, ge=0, le=10_000)


class Evidence(_Table):
    """Where evidence lies, and who signs it: a key in a variable, or in a file of its own.

    A string in place of the table is the folder.
    """

    folder: Path = Path(".reconcile/evidence")
    signing_key_env: str = ""  # the NAME of the variable that holds a private key, as PEM
    signing_key: Path | None = None  # a file with it

    @field_validator("signing_key_env")
    @classmethod
    def _names_a_variable(cls, value: str) -> str:
        return _variable(value) if value else value


class Config(_Table):
    """The whole file. Relative paths are relative to `root`, the file's folder."""

    targets: dict[str, Target]
    evidence: Evidence = Evidence()
    metrics: Path | None = None  # a file for Prometheus, written after each scan
    watch: bool = False  # Dagster's sensors and schedules run from the start; all only read
    alerts: Alerts | None = None
    drift: Drift = Drift()
    rehearsal: Rehearsal = Rehearsal(rows=3)
    root: Path = Path()

    @field_validator("evidence", mode="before")
    @classmethod
    def _a_folder_alone(cls, value: object) -> object:
        return {"folder": value} if isinstance(value, str | Path) else value

    def target(self, name: str | None = None) -> tuple[str, Target]:
        """The named target, or the only one."""
        if name is None:
            if len(self.targets) != 1:
                raise ConfigError(
                    f"There are {len(self.targets)} targets.",
                    hint=f"Choose one with --target: {', '.join(sorted(self.targets))}.",
                )
            name = next(iter(self.targets))
        if name not in self.targets:
            raise ConfigError(
                f"There is no target {name!r} in {FILE}.",
                hint=f"It names: {', '.join(sorted(self.targets))}.",
            )
        return name, self._with_defaults(self.targets[name])

    def _with_defaults(self, target: Target) -> Target:
        """A target with what is said for all of them."""
        more: dict[str, object] = {}
        if self.drift.restore:
            more["restore"] = tuple(dict.fromkeys((*self.drift.restore, *target.restore)))
        if "rehearsal_rows" not in target.model_fields_set:
            more["rehearsal_rows"] = self.rehearsal.rows
        return target.model_copy(update=more)

    def dsn(self, target: Target) -> str:
        """The target's connection string, from the environment and from nowhere else."""
        if not (dsn := os.environ.get(target.dsn_env)):
            raise ConfigError(
                f"The environment variable {target.dsn_env} is not set.",
                hint="Put the database's connection string into it.",
            )
        return dsn


def load(path: Path) -> Config:
    """Read and validate a reconcile.toml. Raises ConfigError that names each wrong key."""
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}.", hint="Make one with: reconcile init") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    try:
        return Config.model_validate({**data, "root": path.absolute().parent})
    except ValidationError as error:
        raise ConfigError(
            f"{path} is not valid: {said(error, Config)}.",
            hint="Every setting is in docs/configuration.md.",
        ) from None
