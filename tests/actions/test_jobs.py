from airflow_bluegreen.actions.jobs import jobs_filling, same_statement
from airflow_bluegreen.core.model import Job, JobIdentity, JobState

IDENTITY = JobIdentity(
    environment="local", release="v1", statement="dml.int_3", table="int_3", fingerprint="f"
)


def job(name: str, identity: JobIdentity | None = None) -> Job:
    return Job(
        job_id=name, name=name, state=JobState.RUNNING, status="RUNNING", started_at=0, identity=identity
    )


def filling(*jobs: Job) -> list[str]:
    return [found.name for found in jobs_filling(jobs, "local", "int_3")]


def test_adopted_jobs_are_known_by_name() -> None:
    mine = ("dml.int_3", "dml.int_3.2", "insert-into_default_catalog.default_database.int_3")
    others = ("dml.int_3_v2", "dml.int_30", "ddl.int_3", "int_3", "insert-into_default_catalog.db.int_3")
    assert filling(*map(job, (*mine, *others))) == list(mine)


def test_identity_wins_over_the_name() -> None:
    elsewhere = JobIdentity(
        environment="production", release="v1", statement="dml.int_3", table="int_3", fingerprint="f"
    )
    assert filling(job("dml.int_3", elsewhere), job("whatever", IDENTITY)) == ["whatever"]


def test_the_same_statement_in_any_release() -> None:
    later = JobIdentity(
        environment="local", release="v2", statement="dml.int_3", table="int_3", fingerprint="g"
    )
    found = same_statement([job("a", IDENTITY), job("b", later), job("dml.int_3")], IDENTITY)
    assert [one.name for one in found] == ["a", "b"]
