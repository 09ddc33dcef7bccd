"""Which writer writes which kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconcile_pipeline.catalog.model import Kind
from reconcile_pipeline.catalog.write.kinds import foreign, operators, publication, setting
from reconcile_pipeline.catalog.write.kinds.aggregate import Aggregate
from reconcile_pipeline.catalog.write.kinds.collation import Collation
from reconcile_pipeline.catalog.write.kinds.column import Column
from reconcile_pipeline.catalog.write.kinds.composite_type import CompositeType
from reconcile_pipeline.catalog.write.kinds.constraint import Constraint
from reconcile_pipeline.catalog.write.kinds.default_privileges import DefaultPrivileges
from reconcile_pipeline.catalog.write.kinds.domain import Domain
from reconcile_pipeline.catalog.write.kinds.enum import Enum
from reconcile_pipeline.catalog.write.kinds.event_trigger import EventTrigger
from reconcile_pipeline.catalog.write.kinds.extension import Extension
from reconcile_pipeline.catalog.write.kinds.index import Index
from reconcile_pipeline.catalog.write.kinds.materialized_view import MaterializedView
from reconcile_pipeline.catalog.write.kinds.policy import Policy
from reconcile_pipeline.catalog.write.kinds.range_type import RangeType
from reconcile_pipeline.catalog.write.kinds.role import Role
from reconcile_pipeline.catalog.write.kinds.routine import Routine
from reconcile_pipeline.catalog.write.kinds.rule import Rule
from reconcile_pipeline.catalog.write.kinds.schema import Schema
from reconcile_pipeline.catalog.write.kinds.sequence import Sequence
from reconcile_pipeline.catalog.write.kinds.statistics import Statistics
from reconcile_pipeline.catalog.write.kinds.table import Table
from reconcile_pipeline.catalog.write.kinds.text_search import TextSearch
from reconcile_pipeline.catalog.write.kinds.trigger import Trigger
from reconcile_pipeline.catalog.write.kinds.view import View
from reconcile_pipeline.catalog.write.writer import Writer

WRITERS: Final[Mapping[Kind, Writer]] = {
    Kind.ROLE: Role(),
    Kind.SCHEMA: Schema(),
    Kind.EXTENSION: Extension(),
    Kind.COLLATION: Collation(),
    Kind.ENUM: Enum(),
    Kind.COMPOSITE_TYPE: CompositeType(),
    Kind.DOMAIN: Domain(),
    Kind.RANGE_TYPE: RangeType(),
    Kind.FOREIGN_DATA_WRAPPER: foreign.ForeignDataWrapper(),
    Kind.FOREIGN_SERVER: foreign.ForeignServer(),
    Kind.USER_MAPPING: foreign.UserMapping(),
    Kind.SEQUENCE: Sequence(),
    Kind.TABLE: Table(),
    Kind.FOREIGN_TABLE: foreign.ForeignTable(),
    Kind.COLUMN: Column(),
    Kind.CONSTRAINT: Constraint(),
    Kind.INDEX: Index(),
    Kind.STATISTICS: Statistics(),
    Kind.FUNCTION: Routine(),
    Kind.PROCEDURE: Routine(),
    Kind.AGGREGATE: Aggregate(),
    Kind.OPERATOR: operators.Operator(),
    Kind.OPERATOR_FAMILY: operators.OperatorFamily(),
    Kind.OPERATOR_CLASS: operators.OperatorClass(),
    Kind.CAST: operators.Cast(),
    Kind.TEXT_SEARCH: TextSearch(),
    Kind.VIEW: View(),
    Kind.MATERIALIZED_VIEW: MaterializedView(),
    Kind.RULE: Rule(),
    Kind.TRIGGER: Trigger(),
    Kind.POLICY: Policy(),
    Kind.PUBLICATION: publication.Publication(),
    Kind.PUBLICATION_TABLE: publication.PublicationTable(),
    Kind.PUBLICATION_SCHEMA: publication.PublicationSchema(),
    Kind.DATABASE_SETTING: setting.DatabaseSetting(),
    Kind.ROLE_SETTING: setting.RoleSetting(),
    Kind.DEFAULT_PRIVILEGES: DefaultPrivileges(),
    Kind.EVENT_TRIGGER: EventTrigger(),
}
"""In the order in which objects are made where nothing else decides it."""
