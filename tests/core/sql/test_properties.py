# ruff: noqa: E501 - a list of words
"""What holds for every text, tried on generated ones."""

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.core.sql import (
    column_lineage,
    compare,
    compare_scripts,
    fingerprint,
    parse,
    rename,
)
from airflow_bluegreen.core.sql.lexer import lex
from airflow_bluegreen.core.sql.source import Source
from airflow_bluegreen.exceptions import SqlSyntaxError

QUICK = settings(deadline=None, max_examples=60, database=None)
TABLES = st.sampled_from(["int_1", "int_3", "src_a", "db.int_3", "`int_3`", "cat.db.fact_1"])
NAMES = st.sampled_from(["id", "amount", "int_3", "src_a", "`order id`", "ts"])
SPACE = st.sampled_from([" ", "\n", "\t", "\r\n", " -- FROM int_3\n", " /* JOIN src_a */ "])
ALIASES = st.sampled_from(["", " AS a", " b", " AS `int_1`"])
RENAMES = {"int_1": "int_1_v2", "int_3": "int_3_v2", "src_a": "src_a_v9", "fact_1": "fact_1_v2"}


TEMPLATES = [
    "{a}",
    "{a} + {b}",
    "({a})",
    "CAST({a} AS DECIMAL(10, 2))",
    "COALESCE({a}, {b})",
    "'int_3'",
    "CASE WHEN {a} = {b} THEN {a} END",
    "EXTRACT(DAY FROM {a})",
    "SUM({a}) OVER (PARTITION BY {b})",
]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    if not depth:
        return draw(NAMES)
    inner = expressions(depth - 1)
    template = draw(st.sampled_from(TEMPLATES))
    return template.format(a=draw(inner), b=draw(inner))


@st.composite
def queries(draw: st.DrawFn, depth: int = 2) -> str:
    space = draw(SPACE)
    table = draw(TABLES)
    source = table if not depth or draw(st.booleans()) else f"({draw(queries(depth - 1))})"
    alias = draw(ALIASES) if source == table else " AS sub"
    qualifier = table.replace("`", "").rpartition(".")[2] if source == table and not alias else ""
    column = f"{qualifier}.id" if qualifier else draw(NAMES)
    text = f"SELECT{space}{column} AS c, {draw(expressions())} AS d{space}FROM {source}{alias}"
    if draw(st.booleans()):
        text += f" JOIN {draw(TABLES)} AS j{space}ON j.x = {draw(NAMES)}"
    if draw(st.booleans()):
        text += f"{space}WHERE {draw(expressions())} IN (SELECT id FROM {draw(TABLES)} AS w)"
    if depth and draw(st.integers(0, 3)) == 0:
        text += f" UNION ALL {draw(queries(0))}"
    if depth == 2 and draw(st.booleans()):
        text = f"WITH q AS ({draw(queries(0))}) {text}"
    return text


@st.composite
def scripts(draw: st.DrawFn) -> str:
    statements = draw(st.lists(queries().map("INSERT INTO int_3 {}".format), min_size=1, max_size=3))
    return draw(SPACE) + ";\n".join(statements) + draw(st.sampled_from(["", ";", ";\r\n-- int_3"]))


@QUICK
@given(scripts())
def test_renaming_there_and_back_gives_the_same_bytes(text: str) -> None:
    there = rename(text, RENAMES)

    assert there != text
    assert rename(there, {new: old for old, new in RENAMES.items()}) == text


@QUICK
@given(scripts())
def test_inputs_of_the_renamed_are_the_renamed_inputs(text: str) -> None:
    def renamed(names: tuple[str, ...]) -> tuple[str, ...]:
        parts = (name.rpartition(".") for name in names)
        return tuple(dict.fromkeys(path + dot + RENAMES.get(last, last) for path, dot, last in parts))

    for before, after in zip(parse(text), parse(rename(text, RENAMES)), strict=True):
        assert after.inputs == renamed(before.inputs)
        assert after.outputs == renamed(before.outputs)


@QUICK
@given(scripts())
def test_offsets_point_at_the_names(text: str) -> None:
    for statement in parse(text):
        assert text[statement.offset :].startswith(statement.sql)
        for reference in statement.references:
            written = statement.sql[reference.start : reference.end]
            assert written.strip("`") == reference.name.rpartition(".")[2]


@QUICK
@given(queries())
def test_layout_does_not_change_the_fingerprint(text: str) -> None:
    spread = "\n /* int_3 */".join(lexeme.text for lexeme in lex(Source(text=text, path="x")))

    assert fingerprint(spread) == fingerprint(text)
    assert compare(text, spread).change.value in ("none", "cosmetic")


@QUICK
@given(queries(), queries())
def test_any_two_queries_can_be_compared_and_followed(one: str, other: str) -> None:
    change = compare(one, other)

    assert (change.change.value == "semantic") == (fingerprint(one) != fingerprint(other))
    assert column_lineage(parse(one)[0], {}).outputs


WORDS = st.sampled_from(
    """
    SELECT FROM WHERE WITH AS ( ) , ; . * = < > [ ] { } INSERT INTO CREATE TABLE VIEW a b `c` 'd' 1 2.5 JOIN ON
    CASE WHEN END CAST EXTRACT TRIM INTERVAL DAY DATE ARRAY MAP ROW JSON_OBJECT KEY VALUE OVER PARTITION BY ORDER
    GROUP UNION ALL LATERAL UNNEST VALUES SET LIKE FOR SYSTEM_TIME OF PRIMARY NOT ENFORCED WATERMARK DISTRIBUTED
    METADATA => || - -- /* */ /*+ BROADCAST( LIMIT NULL IN EXISTS TABLE( TUMBLE( MATCH_RECOGNIZE DEFINE $rowtime
    """.strip().split()
)


@settings(deadline=None, max_examples=400, database=None)
@given(st.lists(WORDS, max_size=30).map(" ".join) | st.text(max_size=80))
def test_any_text_is_understood_or_refused(text: str) -> None:
    refusal = _refusal(text)

    assert refusal is None or (refusal.where is not None and refusal.where.line is not None)


def _refusal(text: str) -> SqlSyntaxError | None:
    try:
        statements = parse(text, "f.sql")
        assert rename(text, {}) == text
        for statement in statements:
            column_lineage(statement, {})
        compare_scripts(text, text + "\n-- end")
        fingerprint(text)
    except SqlSyntaxError as refused:
        return refused
    return None
