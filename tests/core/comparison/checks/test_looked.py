from airflow_bluegreen.core.comparison.checks.looked import check_looked
from airflow_bluegreen.core.model import CheckSettings, Tolerance, Verdict
from tests.core.comparison.evidence import INSPECTION, quiet


def test_what_was_asked_and_not_looked_at_is_a_warning() -> None:
    asked = CheckSettings(unique=("id",), tolerance=Tolerance(absolute=1))
    found = check_looked(quiet(settings=asked))
    assert found is not None
    assert (found.verdict, found.detail) == (
        Verdict.WARN,
        "compared on the cluster, without unique, tolerance",
    )
    assert check_looked(quiet(settings=asked, inspection=INSPECTION)) is None


def test_where_nothing_is_asked_nothing_is_missing() -> None:
    assert check_looked(quiet()) is None
