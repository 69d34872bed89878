import pytest

from airflow_bluegreen.actions.since import commit_since
from airflow_bluegreen.exceptions import UnknownRefError
from tests.fakes.git import FakeRepository


def test_a_date_is_looked_for_on_the_branch_and_anything_else_is_a_ref() -> None:
    repository = FakeRepository({"a.sql": "1"})
    first = repository.tag("v1").sha
    repository.commit({"a.sql": "2"}, date="2025-01-09T12:00:00")
    assert commit_since(repository, "2025-01-08", "main").sha == first
    assert commit_since(repository, "2025-01-09", "main").sha != first
    assert commit_since(repository, "2025-01-09T11:00:00", "main").sha == first
    assert commit_since(repository, "v1", "main").sha == first
    with pytest.raises(UnknownRefError):
        commit_since(repository, "20250109", "main")
