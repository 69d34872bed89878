"""Airflow reads its home when it is first imported, so every run of the tests gets one of its own before

that.
"""

import os
import tempfile

_HOME = tempfile.TemporaryDirectory(prefix="bluegreen-tests-airflow-", ignore_cleanup_errors=True)
os.environ["AIRFLOW_HOME"] = _HOME.name
os.environ["BLUEGREEN_SQL_CACHE"] = f"{_HOME.name}/sql-cache"
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
os.environ["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = f"sqlite:///{_HOME.name}/airflow.db"
