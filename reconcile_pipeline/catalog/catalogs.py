"""Which of the server's catalogs are read again how, where something was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.versions import parts

#: Catalogs that are counted as a whole, with the kinds that are read from them.
WHOLE: Final[Mapping[str, tuple[Kind, ...]]] = {
    "pg_namespace": (Kind.SCHEMA,),
    "pg_event_trigger": (Kind.EVENT_TRIGGER,),
    "pg_publication": (Kind.PUBLICATION, Kind.PUBLICATION_TABLE, Kind.PUBLICATION_SCHEMA),
    "pg_publication_namespace": (Kind.PUBLICATION_SCHEMA,),
    "pg_default_acl": (Kind.DEFAULT_PRIVILEGES,),
    "pg_db_role_setting": (Kind.DATABASE_SETTING, Kind.ROLE_SETTING),
    "pg_auth_members": (Kind.ROLE,),
    "pg_shdescription": (Kind.ROLE,),
    "pg_foreign_server": (Kind.FOREIGN_SERVER,),
    "pg_foreign_data_wrapper": (Kind.FOREIGN_DATA_WRAPPER,),
    "pg_user_mappings": (Kind.USER_MAPPING,),
    "pg_cast": (Kind.CAST,),
    "pg_collation": (Kind.COLLATION,),
    "pg_operator": (Kind.OPERATOR,),
    "pg_opclass": (Kind.OPERATOR_CLASS,),
    "pg_opfamily": (Kind.OPERATOR_FAMILY,),
    "pg_amop": (Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY),
    "pg_amproc": (Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY),
    "pg_ts_config": (Kind.TEXT_SEARCH,),
    "pg_ts_config_map": (Kind.TEXT_SEARCH,),
    "pg_ts_dict": (Kind.TEXT_SEARCH,),
    "pg_ts_parser": (Kind.TEXT_SEARCH,),
    "pg_ts_template": (Kind.TEXT_SEARCH,),
}

#: Kinds whose names others speak of without a root of their own: when one is gone, read all.
NAMED_ANYWHERE: Final = frozenset(
    {
        Kind.SCHEMA, Kind.COLLATION, Kind.OPERATOR, Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY,
        Kind.FOREIGN_SERVER, Kind.FOREIGN_DATA_WRAPPER, Kind.TEXT_SEARCH,
    }
)  # fmt: skip

#: Those of them that lie in a schema, which may be one that is not read.
IN_SCHEMAS: Final = frozenset(
    {
        Kind.COLLATION, Kind.OPERATOR, Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY, Kind.TEXT_SEARCH,
    }
)  # fmt: skip

#: Kinds with comments on what is neither a relation nor a type nor a routine.
COMMENTED: Final = (
    Kind.SCHEMA, Kind.CONSTRAINT, Kind.TRIGGER, Kind.RULE, Kind.POLICY, Kind.STATISTICS,
    Kind.EVENT_TRIGGER, Kind.PUBLICATION, Kind.FOREIGN_SERVER, Kind.FOREIGN_DATA_WRAPPER,
    Kind.CAST, Kind.COLLATION, Kind.OPERATOR, Kind.OPERATOR_CLASS, Kind.OPERATOR_FAMILY,
    Kind.TEXT_SEARCH, Kind.DOMAIN,
)  # fmt: skip

ROOTED: Final = ("pg_class", "pg_type", "pg_proc")

#: Catalogs whose rows make or shape a root itself.
SHAPING: Final = ("pg_class", "pg_sequence", "pg_type", "pg_proc")

KNOWN: Final = frozenset({*WHOLE, *SHAPING, *(part[1] for part in parts())})

#: Catalogs of what also hangs on a platform's tables, which are in no snapshot themselves.
HANGING: Final = ("pg_trigger", "pg_policy", "pg_publication_rel")

#: Kinds of what may be in a snapshot without the table that it is on.
ON_OTHERS: Final = frozenset(
    {Kind.TRIGGER, Kind.POLICY, Kind.RULE, Kind.PUBLICATION_TABLE, Kind.STATISTICS}
)
