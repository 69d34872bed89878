"""What people mean by *since*."""

import re

from airflow_bluegreen.core.model import Commit
from airflow_bluegreen.ports import RepositoryReader

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ]|\Z)")


def commit_since(repository: RepositoryReader, since: str, ref: str) -> Commit:
    """The commit that a date (on the first-parent line of ``ref``), tag, branch or sha means.

    Raises UnknownRefError.
    """
    return repository.resolve_date(ref, since) if _DATE.match(since) else repository.resolve(since)
