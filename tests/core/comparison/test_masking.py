from dataclasses import replace

from airflow_bluegreen.core.comparison.evidence import (
    Accounted,
    Duplicates,
    GroupDifference,
    Inspection,
    SideDuplicates,
)
from airflow_bluegreen.core.comparison.masking import Masking
from airflow_bluegreen.core.comparison.rows import NO_ROW, NULL
from airflow_bluegreen.core.model import AggregatePair, CheckSettings, DifferenceSample, Grouping

MASKED = CheckSettings(mask=("email", "age"))
HASHED = replace(MASKED, mask_as="hash")
SAMPLE = DifferenceSample(
    key={"email": "a@x", "id": "1"},
    columns={"email": ("a@x", "b@x"), "age": (NULL, "7"), "city": ("Bern", "Rom")},
)


def shown(settings: CheckSettings, secret: bytes = b"s" * 16) -> DifferenceSample:
    return Masking(settings, secret).samples((SAMPLE,))[0]


def test_stars_hide_the_value_and_not_that_there_is_none() -> None:
    found = shown(MASKED)
    assert found.key == {"email": "***", "id": "1"}
    assert found.columns == {"email": ("***", "***"), "age": (NULL, "***"), "city": ("Bern", "Rom")}


def test_a_row_that_is_not_there_may_be_seen() -> None:
    one = DifferenceSample(key={}, columns={"email": (NO_ROW, "b@x")})
    assert Masking(MASKED, b"").samples((one,))[0].columns == {"email": (NO_ROW, "***")}


def test_hashes_tell_equal_values_and_no_more() -> None:
    found = shown(HASHED)
    assert found.key["email"] == found.columns["email"][0] != found.columns["email"][1]
    assert found.key["email"].startswith("#")
    assert shown(HASHED, b"t" * 16).key["email"] != found.key["email"], "nobody finds a value by trying"


def test_findings_show_no_masked_value() -> None:
    side = SideDuplicates(extra=1, examples=(("a@x", "1"),))
    inspection = Inspection(
        duplicates=Duplicates(unique=("email", "id"), green=side, blue=side),
        aggregates=(
            AggregatePair(column="age", measure="max", blue=99, green=99),
            AggregatePair(column="age", measure="distinct", blue=40, green=40),
            AggregatePair(column="total", measure="max", blue=5, green=5),
        ),
        groups=(
            GroupDifference(grouping=Grouping(by=("email",)), differing=1, examples=((("a@x",), (1, 2)),)),
        ),
        accounted=Accounted(column="email", ids=1, missing=1, examples=("a@x",)),
    )
    found = Masking(MASKED, b"").inspection(inspection)
    assert "a@x" not in repr(found)
    assert [(one.column, one.measure) for one in found.aggregates] == [("age", "distinct"), ("total", "max")]
    assert Masking(CheckSettings(), b"").inspection(inspection) == inspection
