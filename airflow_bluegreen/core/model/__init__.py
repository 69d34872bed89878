"""The records that every room shares: tables, statements, plans, releases, and what is seen outside.

All are frozen, so that a plan made by one task is the plan that every later task performs.
"""

from airflow_bluegreen.core.model.comparison import (
    CheckResult,
    DifferenceSample,
    KeyCounts,
    TableComparison,
    Verdict,
)
from airflow_bluegreen.core.model.outside import (
    Endpoints,
    Job,
    JobIdentity,
    JobProgress,
    JobState,
    KafkaRecord,
    Offsets,
    RegisteredSchema,
    Topic,
)
from airflow_bluegreen.core.model.plan import (
    CatalogTable,
    ConnectorAction,
    ExpectedDifference,
    Plan,
    PlannedConnector,
    PlannedStatement,
    PlannedTable,
    SharedStatement,
    Trigger,
)
from airflow_bluegreen.core.model.project import (
    Commit,
    Connector,
    Profile,
    Project,
    ProjectStatement,
    Table,
    TableType,
)
from airflow_bluegreen.core.model.release import (
    ConnectorState,
    Marker,
    Phase,
    ReleaseRecord,
)
from airflow_bluegreen.core.model.sql import (
    ChangeKind,
    Column,
    ColumnKind,
    Statement,
    StatementChange,
    StatementKind,
    TableDefinition,
    TableReference,
)

__all__ = [
    "CatalogTable",
    "ChangeKind",
    "CheckResult",
    "Column",
    "ColumnKind",
    "Commit",
    "Connector",
    "ConnectorAction",
    "ConnectorState",
    "DifferenceSample",
    "Endpoints",
    "ExpectedDifference",
    "Job",
    "JobIdentity",
    "JobProgress",
    "JobState",
    "KafkaRecord",
    "KeyCounts",
    "Marker",
    "Offsets",
    "Phase",
    "Plan",
    "PlannedConnector",
    "PlannedStatement",
    "PlannedTable",
    "Profile",
    "Project",
    "ProjectStatement",
    "RegisteredSchema",
    "ReleaseRecord",
    "SharedStatement",
    "Statement",
    "StatementChange",
    "StatementKind",
    "Table",
    "TableComparison",
    "TableDefinition",
    "TableReference",
    "TableType",
    "Topic",
    "Trigger",
    "Verdict",
]
