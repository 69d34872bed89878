"""The ``[bluegreen]`` section of Airflow's configuration."""

import os
from pathlib import Path

from airflow.sdk import conf

from airflow_bluegreen.exceptions import ConfigurationError

SECTION = "bluegreen"


def project_path() -> str:
    """``[bluegreen] project``: the local clone or folder that the DAGs of this installation release.

    :raises ConfigurationError: it is not set.
    """
    return _required("project", "Set it to the path of the git clone with the SQL")


def environment_name() -> str:
    """``[bluegreen] environment``: the environment of bluegreen.yaml that this Airflow releases to.

    :raises ConfigurationError: it is not set.
    """
    return _required("environment", "Set it to a name under environments: in bluegreen.yaml")


def snapshot_path(project: str) -> Path:
    """``[bluegreen] snapshot_path``, else a file of the project's name below Airflow's home."""
    configured = conf.get(SECTION, "snapshot_path", fallback="")
    return Path(configured) if configured else _home() / f"{Path(project).resolve().name}.snapshot.json"


def report_location() -> str:
    """``[bluegreen] report_path``: a folder, or an address of Airflow's object storage such as
    ``s3://aws_default@bucket/reports``; else ``bluegreen/reports`` below Airflow's home.
    """
    return conf.get(SECTION, "report_path", fallback="") or str(_home() / "reports")


def data_docs_path() -> Path:
    """``[bluegreen] data_docs_path``, else ``bluegreen/data_docs`` below Airflow's home."""
    configured = conf.get(SECTION, "data_docs_path", fallback="")
    return Path(configured) if configured else _home() / "data_docs"


def rollback_dag_of(environment: str) -> str:
    """``[bluegreen] rollback_dag``: the DAG that takes releases of an environment back."""
    return str(conf.get(SECTION, "rollback_dag", fallback="bluegreen_rollback")).replace(
        "{environment}", environment
    )


def site_function() -> str:
    """``[bluegreen] site``: import path of the function that opens an environment; empty by default."""
    return str(conf.get(SECTION, "site", fallback=""))


def _home() -> Path:
    return Path(os.environ.get("AIRFLOW_HOME") or "~/airflow").expanduser() / SECTION


def _required(option: str, remedy: str) -> str:
    value = conf.get(SECTION, option, fallback="")
    if not value:
        raise ConfigurationError(
            f"[{SECTION}] {option} is not set",
            remedy=f"{remedy}, for example in AIRFLOW__BLUEGREEN__{option.upper()}",
        )
    return str(value)
