"""The corpus of Flink SQL: what each case reads and writes, and that its tables can be renamed and back."""

import random

import pytest

from airflow_bluegreen.core.model import StatementKind
from airflow_bluegreen.core.sql import NO_TABLE, column_lineage, compare, dotted, fingerprint, parse, rename
from airflow_bluegreen.core.sql.lexer import Lexeme, lex
from airflow_bluegreen.core.sql.quoting import is_quoted, unquoted
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.exceptions import SqlSyntaxError
from tests.core.sql.cases import FOLDER, Case, cases, refused

CASES = cases()


def test_corpus_is_large_and_covers_every_kind() -> None:
    assert len(CASES) >= 250
    assert {case.kind for case in CASES} == {kind.value for kind in StatementKind}
    assert len({str(case) for case in CASES}) == len(CASES)


def test_every_statement_of_the_corpus_has_a_heading() -> None:
    for path in FOLDER.glob("*.sql"):
        own = [case for case in CASES if case.area == path.stem]
        assert len(parse(path.read_text())) == len(own) or path.stem == "tables", path.name


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_read_as_its_heading_says(case: Case) -> None:
    (statement,) = parse(case.sql)

    assert statement.kind.value == case.kind
    assert sorted(statement.inputs) == sorted(case.inputs)
    assert statement.outputs == case.outputs


@pytest.mark.parametrize("sql", refused())
def test_what_flink_refuses_is_refused(sql: str) -> None:
    with pytest.raises(SqlSyntaxError, match=r"<sql>:1:\d+: ."):
        parse(sql)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_table_of_a_case_is_renamed_and_back(case: Case) -> None:
    (statement,) = parse(case.sql)
    own = {
        reference.name: own_name(case.sql[reference.start : reference.end])
        for reference in statement.references
    }
    there = {name: f"{last}_v2" for name, last in own.items()}
    full = {name: name.removesuffix(dotted([last])) + dotted([there[name]]) for name, last in own.items()}

    renamed = rename(case.sql, there)
    (again,) = parse(renamed)

    assert again.inputs == tuple(full[name] for name in statement.inputs)
    assert again.outputs == tuple(full[name] for name in statement.outputs)
    assert {reference.name for reference in again.references} == set(full.values())
    assert rename(renamed, {full[name]: last for name, last in own.items()}) == case.sql
    assert _without_versions(renamed) == _without_versions(case.sql)


def own_name(written: str) -> str:
    return unquoted(written) if is_quoted(written) else written


def _without_versions(text: str) -> str:
    """Quotes come and go with the names that need them."""
    return text.replace("_v2", "").replace("`", "")


def _tokens(case: Case) -> list[Lexeme]:
    return lex(Source(text=case.sql, path="case"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_layout_of_a_case_means_nothing(case: Case) -> None:
    spread = "\r\n\t/* orders */ ".join(token.text for token in _tokens(case)) + "\n-- end"

    assert compare(case.sql, spread).change.value in ("none", "cosmetic")
    assert fingerprint(case.sql) == fingerprint(spread)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_any_other_word_in_a_case_means_something(case: Case) -> None:
    tokens = _tokens(case)
    chosen = random.Random(case.title).sample(range(len(tokens)), min(5, len(tokens)))
    for at in chosen:
        other = [token.text for token in tokens]
        other[at] = "'changed'" if other[at].startswith("'") else "changed"
        try:
            change = compare(case.sql, " ".join(other))
        except SqlSyntaxError:
            continue
        assert change.change.value == "semantic", tokens[at]
        assert change.reasons


@pytest.mark.parametrize("case", CASES, ids=str)
def test_columns_of_a_case_are_followed_or_said_to_be_unknown(case: Case) -> None:
    (statement,) = parse(case.sql)
    lineage = column_lineage(statement, {})

    read = {table for columns in lineage.outputs.values() for table, _ in columns}
    assert read <= {*statement.inputs, NO_TABLE}
