"""Stands in for what reads statement sets: one Statement with all outputs and inputs of its INSERTs."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from airflow_bluegreen.core.model import Statement, StatementKind
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.core.sql import parse
from airflow_bluegreen.exceptions import SqlSyntaxError

BEGIN, END = "EXECUTE STATEMENT SET BEGIN\n", "END;\n"


class SetReader(FrontEnd):
    """A front-end that also reads files which hold one statement set and nothing else."""

    def parse_files(
        self, files: Mapping[str, str], paths: Collection[str]
    ) -> tuple[Mapping[str, tuple[Statement, ...]], list[SqlSyntaxError]]:
        """As the real one does."""
        sets = {path: _read(files[path], path) for path in paths if files[path].startswith(BEGIN)}
        parsed, errors = super().parse_files(files, [path for path in paths if path not in sets])
        return {**parsed, **sets}, errors


def _read(text: str, path: str) -> tuple[Statement, ...]:
    inserts = parse(text.removeprefix(BEGIN).removesuffix(END), path)
    references = tuple(
        replace(one, start=one.start + len(BEGIN) + insert.offset, end=one.end + len(BEGIN) + insert.offset)
        for insert in inserts
        for one in insert.references
    )
    return (
        replace(
            inserts[0],
            kind=StatementKind.STATEMENT_SET,
            sql=text.rstrip().removesuffix(";"),
            offset=0,
            outputs=tuple(dict.fromkeys(name for one in inserts for name in one.outputs)),
            inputs=tuple(dict.fromkeys(name for one in inserts for name in one.inputs)),
            references=references,
        ),
    )
