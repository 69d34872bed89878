"""The golden scenario with v1.0.0 live: blue jobs run, topics hold records, connectors deliver."""

from dataclasses import replace

from airflow_bluegreen.actions.compare import compare
from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.core.model import Phase, Profile, Topic
from airflow_bluegreen.ports import Repository
from tests.core.golden import v1_0_0, v1_0_1
from tests.fakes.platform import FakeCluster, Story

PROFILE = Profile(name="local")


def golden_cluster() -> FakeCluster:
    """The repository with both tags, the raw topics with a few records, and nothing released."""
    cluster = FakeCluster(v1_0_0())
    cluster.repository.tag("v1.0.0")
    cluster.repository.commit(dict(v1_0_1()))
    cluster.repository.tag("v1.0.1")
    # What GitRepository calls the commit that is checked out.
    cluster.repository.branches["HEAD"] = cluster.repository.branches["main"]
    for letter in "abcx":
        cluster.topics.create_topic(Topic(name=f"raw_{letter}", partitions=1))
        for number in range(3):
            cluster.topics.produce(f"raw_{letter}", f"{letter}{number}".encode(), b"value")
    return cluster


def live_cluster() -> FakeCluster:
    """The same with v1.0.0 released."""
    cluster = golden_cluster()
    release_all(cluster)
    return cluster


def release_all(
    cluster: FakeCluster,
    environment: str = "local",
    release: str = "v1.0.0",
    repository: Repository | None = None,
) -> None:
    """Make a release live, as its commands do; of another repository where one is given."""
    platform, profile, say = cluster.platform, Profile(name=environment), Story()
    platform = replace(platform, repository=repository) if repository else platform
    plan = plan_release(platform, environment=environment, release=release)
    open_release(platform, plan, say)
    rewrite(platform, plan, say)
    for planned in plan.tables:
        provision(platform, plan, planned.table, profile, say)
        deploy(platform, plan, planned.table, profile, say)
    cluster.run(8)
    for planned in plan.tables:
        compare(platform, plan, planned.table, profile, say)
    advance_to(platform, release, Phase.COMPARED)
    cut_over(platform, plan, profile, say)
    retire(platform, plan, say)
    confirm(platform, plan, profile, say)
