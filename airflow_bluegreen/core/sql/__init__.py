"""The Flink SQL front-end: reads statements, renames tables, tells what changed, maps dialects.

A text goes ``lexer`` → ``cursor`` and ``ddl`` (statements and tables, read by hand) or ``lowering`` →
``query`` (queries, by sqlglot) → ``scopes`` (what names mean) → ``relations`` (where columns come from) →
``compare``. Nothing here reads files, knows the time or an environment.
"""

from airflow_bluegreen.core.sql.avro_schemas import SubjectSchema, subject_schemas
from airflow_bluegreen.core.sql.avro_types import avro_record, avro_type
from airflow_bluegreen.core.sql.canonical import fingerprint
from airflow_bluegreen.core.sql.column_lineage import ColumnLineage, column_lineage
from airflow_bluegreen.core.sql.compare import compare
from airflow_bluegreen.core.sql.compare_scripts import compare_scripts
from airflow_bluegreen.core.sql.functions import NO_TABLE, UNSTABLE
from airflow_bluegreen.core.sql.isolating import (
    is_shared_option,
    refuse_redirecting_hints,
    value_subject,
    with_own_topic,
)
from airflow_bluegreen.core.sql.open_source import lower_table
from airflow_bluegreen.core.sql.predicates import Constant, Equality, Predicates, Ranking, predicates
from airflow_bluegreen.core.sql.renaming import rename, rename_statement
from airflow_bluegreen.core.sql.statement_sets import as_one_statement
from airflow_bluegreen.core.sql.statements import parse
from airflow_bluegreen.core.sql.text import dotted, quote
from airflow_bluegreen.core.sql.topics import TopicSettings, topic_of, topic_settings
from airflow_bluegreen.core.sql.trees import Trees

__all__ = [
    "NO_TABLE",
    "UNSTABLE",
    "ColumnLineage",
    "Constant",
    "Equality",
    "Predicates",
    "Ranking",
    "SubjectSchema",
    "TopicSettings",
    "Trees",
    "as_one_statement",
    "avro_record",
    "avro_type",
    "column_lineage",
    "compare",
    "compare_scripts",
    "dotted",
    "fingerprint",
    "is_shared_option",
    "lower_table",
    "parse",
    "predicates",
    "quote",
    "refuse_redirecting_hints",
    "rename",
    "rename_statement",
    "subject_schemas",
    "topic_of",
    "topic_settings",
    "value_subject",
    "with_own_topic",
]
