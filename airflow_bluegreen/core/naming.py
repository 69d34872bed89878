"""A project's texts under other table names: every statement and file as it then reads."""

from collections.abc import Mapping

from airflow_bluegreen.core.connectors import is_connector_file, with_topics_in_text
from airflow_bluegreen.core.model import Project, Statement
from airflow_bluegreen.core.project import parse_file, table_of
from airflow_bluegreen.core.sql import rename_statement
from airflow_bluegreen.core.versioning import unqualified


def statement_under(project: Project, names: Mapping[str, str], statement: Statement) -> str:
    """The text of a statement when its tables have these names.

    :param names: logical → physical name; every table of the project.
    """
    written = {unqualified(reference.name) for reference in statement.references}
    renames = {}
    for name in written:
        table = table_of(project, name)
        if table is not None and names[table] != name:
            renames[name] = names[table]
    return rename_statement(statement, renames) if renames else statement.sql


def file_under(project: Project, names: Mapping[str, str], path: str) -> str:
    """The text of an SQL or connector file under these names, byte for byte the same but for them."""
    text = project.files[path]
    if is_connector_file(path):
        return with_topics_in_text(text, topic_names(project, names))
    pieces, at = [], 0
    for statement in parse_file(text, path):
        pieces += [text[at : statement.offset], statement_under(project, names, statement)]
        at = statement.offset + len(statement.sql)
    return "".join(pieces) + text[at:]


def topic_names(project: Project, names: Mapping[str, str]) -> Mapping[str, str]:
    """Every topic that the project's connectors read, as written → as that table is called now."""
    written = {topic for connector in project.connectors for topic in connector.topics}
    owners = {topic: table_of(project, topic) for topic in written}
    return {topic: names[table] for topic, table in owners.items() if table is not None}
