"""The smallest release that has everything: a source, and a fact with a sink, of which v1.0.1 modifies one.

Each environment has a cluster of its own, so that many releases are made at once.
"""

from collections.abc import Sequence
from pathlib import Path

from airflow_bluegreen.snapshot import DrawnTable, Snapshot
from tests.airflow.golden_world import release_all
from tests.airflow.shared_cluster import SharedCluster
from tests.core.golden import connector, edited, files_of, table
from tests.fakes.platform import FakeCluster

SMALL = Snapshot(
    project="retail",
    tables={"fact_o": DrawnTable(inputs=("src_o",)), "src_o": DrawnTable()},
    refs={"v1.0.1": "1" * 40},
)
"""Its lineage."""

GREEN_JOB = "dml.fact_o_v2"
BLUE_JOB = "dml.fact_o"


def small_cluster(path: Path, environment: str) -> SharedCluster:
    """An environment of its own beside ``path``, with v1.0.0 live and v1.0.1 to be released."""
    files = small_files(environment)
    cluster = FakeCluster(files, environment=environment)
    cluster.repository.tag("v1.0.0")
    cluster.repository.commit(edited(files, {"dml.fact_o.sql": ("amount AS total", "amount * 2 AS total")}))
    cluster.repository.tag("v1.0.1")
    cluster.repository.branches["HEAD"] = cluster.repository.branches["main"]
    fill_raw(cluster)
    release_all(cluster, environment)
    return SharedCluster(path.with_name(f"{environment}-{path.name}")).create(cluster)


def fill_raw(cluster: FakeCluster) -> None:
    """The topic that all is made from."""
    cluster.topics.ensure("raw_o", 1)
    for number in range(3):
        cluster.topics.produce("raw_o", f"o{number}".encode(), b"7")


def small_files(environment: str) -> dict[str, str]:
    """The project at v1.0.0."""
    settings = f"project: retail\nenvironments:\n  {environment}:\n    external_tables: external/*.sql\n"
    raw = "CREATE TABLE raw_o (id STRING, amount INT) WITH ('value.format' = 'avro-registry');\n"
    columns: Sequence[str] = ("id STRING NOT NULL", "total INT")
    source = files_of(
        "sources",
        "src_o",
        table("src_o", "id STRING NOT NULL", "amount INT"),
        "INSERT INTO src_o SELECT id, amount FROM raw_o;\n",
    )
    fill = "INSERT INTO fact_o SELECT id, amount AS total FROM src_o;\n"
    fact = files_of("facts", "fact_o", table("fact_o", *columns), fill)
    return {
        "bluegreen.yaml": settings,
        "external/ddl.raw_o.sql": raw,
        **source,
        **fact,
        **connector("facts", "fact_o"),
    }
