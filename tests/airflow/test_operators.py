"""What operators do beside calling their action: the rest is seen in whole runs of the DAG."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowSkipException,
    DownstreamTasksSkipped,
    TaskDeferred,
)

from airflow_bluegreen import ports
from airflow_bluegreen.actions.ledger import advance_to, current, open_release
from airflow_bluegreen.actions.planned import planned_table
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.reading_watch import Stop
from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.model import JobIdentity, Phase, Plan, Profile, Topic, Verdict
from airflow_bluegreen.exceptions import RefusedError
from airflow_bluegreen.hooks.platform import Site
from airflow_bluegreen.hooks.reports import read_report
from airflow_bluegreen.operators.approval import DECISION_KEY, ApproveReleaseOperator
from airflow_bluegreen.operators.catch_up import AwaitCatchUpOperator
from airflow_bluegreen.operators.comparing import CompareBlueGreenOperator
from airflow_bluegreen.operators.cut_over import CutOverOperator
from airflow_bluegreen.operators.deploy import DeployFlinkStatementOperator, WatchedGateway
from airflow_bluegreen.operators.dry_run import look_only
from airflow_bluegreen.operators.planning import BuildReleasePlanOperator, steps_of
from airflow_bluegreen.operators.roll_back import RollBackOperator
from airflow_bluegreen.operators.table_tasks import group_name, task_id_of
from tests.airflow.golden_graph import GOLDEN
from tests.airflow.golden_world import golden_cluster
from tests.airflow.shared_cluster import SharedCluster
from tests.fakes.platform import FakeCluster, Story

PLACE: Any = {"project": "/srv/retail", "environment": "local"}


class TaskInstance:
    """As much of a running task as these operators look at."""

    map_index = -1
    dag_id, run_id = "release", "run"

    def __init__(self, left: object = None) -> None:
        self.pushed: dict[str, object] = {}
        self._left = left

    def xcom_push(self, key: str, value: object) -> None:
        self.pushed[key] = value

    def xcom_pull(self, **_which: object) -> object:
        return self._left


def golden_plan() -> Plan:
    return plan_release(golden_cluster().platform, environment="local", release="v1.0.1", base="v1.0.0")


def approval(auto_approve: bool | str = False, verdict: Verdict = Verdict.PASS) -> ApproveReleaseOperator:
    with DAG(dag_id="release", schedule=None):
        approve = ApproveReleaseOperator(
            task_id="approve",
            subject="?",
            roll_back_task="roll_back",
            auto_approve=auto_approve,
            verdict=str(verdict),
            defaults="Reject",
        )
        cut_over = CutOverOperator(task_id="cut_over", plan="", **PLACE)
        roll_back = RollBackOperator(task_id="roll_back", release="v1", plan_task="plan", **PLACE)
        approve >> [cut_over, roll_back]
    return approve


def answered(approve: ApproveReleaseOperator, option: str) -> list[str]:
    """The tasks that the answer skips."""
    from airflow.sdk.timezone import utcnow

    event = {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": utcnow(),
        "responded_by_user": {"id": "1", "name": "Ada"},
    }
    told = TaskInstance()
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        approve.execute_complete({"ti": told, "task": approve}, event)  # type: ignore[typeddict-item]
    assert told.pushed[DECISION_KEY] == option
    return [str(task) for task in skipped.value.tasks]


@pytest.mark.parametrize(("option", "skipped"), [("Approve", ["roll_back"]), ("Reject", ["cut_over"])])
def test_the_answer_chooses_between_cut_over_and_rollback(option: str, skipped: list[str]) -> None:
    assert answered(approval(), option) == skipped


@pytest.mark.parametrize("wish", [True, "True", "true"])
def test_auto_approve_asks_nobody(wish: bool | str) -> None:
    approve = approval(wish, Verdict.PASS)
    with pytest.raises(DownstreamTasksSkipped) as skipped:
        approve.execute({"ti": TaskInstance(), "task": approve})  # type: ignore[typeddict-item]
    assert skipped.value.tasks == ["roll_back"]


class Asked(Exception):
    """A person would be asked now."""


class WaitingForId(TaskInstance):
    @property
    def id(self) -> str:
        raise Asked


@pytest.mark.parametrize(
    ("wish", "verdict"),
    [(True, Verdict.FAIL), (True, Verdict.WARN), (False, Verdict.PASS), ("False", Verdict.PASS)],
)
def test_a_person_is_asked_about_what_does_not_pass_or_without_the_wish(
    wish: bool | str, verdict: Verdict
) -> None:
    approve = approval(wish, verdict)
    context = {"ti": TaskInstance(), "task": approve, "task_instance": WaitingForId()}
    with pytest.raises(Asked):
        approve.execute(context)  # type: ignore[arg-type]


def test_a_killed_task_stops_what_this_try_started_and_starts_no_more() -> None:
    cluster = golden_cluster()
    cluster.topics.ensure("a")
    adopted = cluster.jobs.start("other", inputs=(), output="a")
    watched = WatchedGateway(cluster.gateway)
    catalog = ("CREATE TABLE a (id INT) WITH ('topic' = 'a')",)
    identity = JobIdentity(environment="local", release="v1", statement="dml.a", table="a", fingerprint="f")
    started = watched.submit(catalog, "INSERT INTO a SELECT id FROM a", job_name="dml.a", identity=identity)
    assert watched.stop_started(cluster.jobs) == (started.job_id,)
    assert [job.job_id for job in cluster.jobs.jobs()] == [adopted.job_id]
    with pytest.raises(RefusedError, match="killed"):
        watched.submit(catalog, "INSERT INTO a SELECT id FROM a", job_name="dml.a", identity=identity)


def test_deferring_keeps_only_the_table_of_the_plan(shared_cluster: SharedCluster) -> None:
    plan = shared_cluster.ask(
        lambda world: plan_release(world.platform, environment="local", release="v1.0.1")
    )
    wait = AwaitCatchUpOperator(task_id="wait", plan=to_json(plan), table="int_3", deferrable=True, **PLACE)
    with pytest.raises(TaskDeferred) as deferred:
        wait.execute({})
    kept = deferred.value.trigger.plan
    assert '"table":"int_3"' in kept
    assert '"table":"fact_2"' not in kept
    assert deferred.value.timeout > wait.timeout


@pytest.mark.parametrize("table", ["int_1", "of_another_branch"])
@pytest.mark.parametrize(
    "kind", [DeployFlinkStatementOperator, AwaitCatchUpOperator, CompareBlueGreenOperator]
)
def test_a_cleared_task_of_a_table_that_the_release_leaves_alone_skips_itself(
    kind: type[BaseOperator], table: str, shared_cluster: SharedCluster
) -> None:
    plan = shared_cluster.ask(
        lambda world: plan_release(world.platform, environment="local", release="v1.0.1")
    )
    of_kind = {"statement": "dml"} if kind is DeployFlinkStatementOperator else {}
    task = kind(task_id="again", plan=to_json(plan), table=table, **of_kind, **PLACE)
    with pytest.raises(AirflowSkipException, match=f"deploys nothing for table {table}"):
        task.execute({})


def test_a_removed_table_has_no_steps_and_a_view_no_job() -> None:
    planned = planned_table(golden_plan(), "int_3")
    assert steps_of(planned) == ("ddl", "dml", "await_catch_up", "compare")


@pytest.mark.parametrize("left", [None, ""])
def test_the_safety_net_leaves_alone_what_this_run_did_not_begin(left: object) -> None:
    roll_back = RollBackOperator(task_id="roll_back", release="v1", plan_task="plan", **PLACE)
    with pytest.raises(AirflowSkipException, match="did not begin"):
        roll_back.execute({"ti": TaskInstance(left)})  # type: ignore[typeddict-item]


def test_the_safety_net_does_not_take_back_a_live_release(shared_cluster: SharedCluster) -> None:
    roll_back = RollBackOperator(task_id="roll_back", release="v1.0.0", plan_task="plan", **PLACE)
    with pytest.raises(AirflowSkipException, match=r"v1\.0\.0 is live"):
        roll_back.execute({"ti": TaskInstance("{}")})  # type: ignore[typeddict-item]
    assert shared_cluster.ask(lambda world: len(world.jobs.named("dml.fact_2"))) == 1


class Decided(TaskInstance):
    """A run whose approval has ended in ``state``, with ``answer`` where somebody answered."""

    def __init__(self, state: str, answer: str | None) -> None:
        super().__init__("{}")
        self._state, self._answer = state, answer

    def get_task_states(self, *, dag_id: str, task_ids: list[str], run_ids: list[str]) -> object:
        assert (dag_id, run_ids) == (self.dag_id, [self.run_id])
        return {self.run_id: dict.fromkeys(task_ids, self._state)}

    def xcom_pull(self, *, task_ids: str, key: str = "return_value") -> object:
        return self._answer if key == DECISION_KEY else self._left


def begun_and_compared(world: FakeCluster) -> None:
    open_release(world.platform, plan_release(world.platform, environment="local", release="v1.0.1"), Story())
    for phase in (Phase.DEPLOYING, Phase.COMPARED):
        advance_to(world.platform, "v1.0.1", phase)


def safety_net() -> RollBackOperator:
    return RollBackOperator(
        task_id="roll_back", release="v1.0.1", plan_task="plan", decision_task="approve", **PLACE
    )


def test_the_safety_net_keeps_off_a_release_that_was_let_through_by_hand(
    shared_cluster: SharedCluster,
) -> None:
    shared_cluster.ask(begun_and_compared)
    with pytest.raises(AirflowSkipException, match=r"nobody rejected: the cut-over goes on\. .*rollback DAG"):
        safety_net().execute({"ti": Decided("success", None)})  # type: ignore[typeddict-item]
    assert shared_cluster.ask(lambda world: current(world.platform, "v1.0.1").phase) is Phase.COMPARED


@pytest.mark.parametrize(
    ("state", "answer"),
    [("success", "Reject"), ("failed", None), ("skipped", None), ("upstream_failed", None)],
)
def test_the_safety_net_undoes_a_release_that_nobody_let_through(
    shared_cluster: SharedCluster, state: str, answer: str | None
) -> None:
    shared_cluster.ask(begun_and_compared)
    safety_net().execute({"ti": Decided(state, answer)})  # type: ignore[typeddict-item]
    assert shared_cluster.ask(lambda world: current(world.platform, "v1.0.1").phase) is Phase.ROLLED_BACK


@pytest.mark.parametrize("step", [Phase.CUTTING_OVER, Phase.CUT_OVER])
def test_the_safety_net_says_so_when_a_cut_over_had_begun(shared_cluster: SharedCluster, step: Phase) -> None:
    with shared_cluster.use() as world:
        open_release(
            world.platform, plan_release(world.platform, environment="local", release="v1.0.1"), Story()
        )
        for phase in (Phase.DEPLOYING, Phase.COMPARED, Phase.CUTTING_OVER, step):
            advance_to(world.platform, "v1.0.1", phase)
    roll_back = RollBackOperator(task_id="roll_back", release="v1.0.1", plan_task="plan", **PLACE)
    with pytest.raises(AirflowFailException, match=r"its cut-over had begun.*rollback DAG"):
        roll_back.execute({"ti": TaskInstance("{}")})  # type: ignore[typeddict-item]


def test_task_ids() -> None:
    assert task_id_of("shop.deploy", "int_3", "dml") == "shop.deploy.int_3.dml"
    assert group_name("int_3") == "int_3"
    assert group_name("db.int") != group_name("db_int")


def deploying(plan: str, table: str = "fact_2", **more: Any) -> DeployFlinkStatementOperator:
    task = DeployFlinkStatementOperator(
        task_id="deploy", plan=plan, table=table, **{"statement": "dml", **PLACE, **more}
    )
    task.render_template_fields({})
    return task


def test_the_view_of_a_deployment_shows_its_sql_and_why_it_is_made() -> None:
    plan = golden_plan()
    task = deploying(to_json(plan))
    assert task.sql == planned_table(plan, "fact_2").dml[0].sql
    assert "int_3_v2" in task.sql
    assert task.why.startswith("side-effect: int_3 → fact_2")
    assert "CREATE TABLE" in deploying(to_json(plan), statement="ddl").sql
    assert {"sql", "why"} <= set(task.template_fields)
    assert task.template_fields_renderers["sql"] == "sql"


@pytest.mark.parametrize(("plan", "table"), [("", "fact_2"), ("no plan", "fact_2"), (None, "fact_1")])
def test_without_a_plan_for_it_the_view_shows_nothing(plan: str | None, table: str) -> None:
    task = deploying(to_json(golden_plan()) if plan is None else plan, table)
    assert (task.sql, task.why) == ("", "")


class DrawnTaskInstance(TaskInstance):
    """A task of a run that has no tasks of tables."""

    def get_task_states(self, **_which: object) -> dict[str, object]:
        return {}


def test_a_release_that_touches_tables_that_the_dag_leaves_out_is_refused(
    shared_cluster: SharedCluster,
) -> None:
    plan = BuildReleasePlanOperator(
        task_id="plan", release="v1.0.1", drawn=GOLDEN.tables, left_out=["fact_2", "src_a", "view32"], **PLACE
    )
    with pytest.raises(AirflowFailException, match=r"v1\.0\.1 also touches fact_2, view32, which this DAG"):
        plan.execute({"ti": DrawnTaskInstance()})  # type: ignore[typeddict-item]
    assert shared_cluster.ask(lambda world: [one.release for one in world.releases.records()]) == ["v1.0.0"]


def only_looking(release: str = "v1.0.1") -> BuildReleasePlanOperator:
    with DAG(dag_id="release", schedule=None):
        plan = BuildReleasePlanOperator(
            task_id="plan", release=release, drawn={}, only_look="True", deferrable=True, **PLACE
        )
        plan >> [BaseOperator(task_id="rewrite_versions"), BaseOperator(task_id="roll_back")]
    return plan


def world_in_words(shared: SharedCluster) -> str:
    """All that a release could have changed."""
    with shared.use() as world:
        states = [world.connectors.connector(name) for name in world.connectors.connectors()]
        jobs = sorted(job.name for job in world.jobs.jobs())
        branches = dict(world.repository.branches)
        return repr((jobs, sorted(world.topics.names()), states, world.releases.records(), branches))


def test_a_dry_run_shows_everything_and_changes_nothing(
    shared_cluster: SharedCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path))
    before, instance = world_in_words(shared_cluster), DrawnTaskInstance()
    skipped: list[str] = []
    plan = only_looking()
    monkeypatch.setattr(plan, "skip", lambda _ti, tasks: skipped.extend(task.task_id for task in tasks))
    plan.execute({"ti": instance})  # type: ignore[typeddict-item]
    assert skipped == ["rewrite_versions", "roll_back"]
    assert world_in_words(shared_cluster) == before
    assert instance.pushed.keys() == {"dry_run"}
    report = read_report(instance.dag_id, instance.run_id) or ""
    assert "Dry run" in report
    assert "Nothing was changed. Preflight: " in report
    assert "fact_2_v2" in report
    told = str(instance.pushed["dry_run"])
    assert "| fact_2 | fact_2_v2 | dml.fact_2 | side-effect |" in told
    assert "    +INSERT INTO fact_2_v2" in told


def writing_methods() -> set[str]:
    """What the writing ports can do that the reading ones cannot."""
    pairs: list[tuple[type, tuple[type, ...]]] = [
        (ports.JobWriter, (ports.JobReader,)),
        (ports.TopicWriter, (ports.TopicReader,)),
        (ports.ConnectorWriter, (ports.ConnectorReader,)),
        (ports.SchemaWriter, (ports.SchemaReader,)),
        (ports.ReleaseWriter, (ports.ReleaseReader,)),
        (ports.RepositoryWriter, (ports.RepositoryReader,)),
    ]
    public = [
        {name for name in vars(writer) if not name.startswith("_")}
        - {name for reader in readers for name in vars(reader)}
        for writer, readers in pairs
    ]
    return set().union(*public, {"submit", "query", "push"})


def calls_of(world: FakeCluster) -> list[str]:
    parts = (
        world.repository,
        world.gateway,
        world.jobs,
        world.topics,
        world.connectors,
        world.schemas,
        world.releases,
    )
    return [call.method for part in parts for call in part.wire.calls]


def test_a_dry_run_calls_no_port_that_writes(
    shared_cluster: SharedCluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__REPORT_PATH", str(tmp_path))
    before = shared_cluster.ask(calls_of)
    plan = only_looking()
    monkeypatch.setattr(plan, "skip", lambda _ti, tasks: None)
    plan.execute({"ti": DrawnTaskInstance()})  # type: ignore[typeddict-item]
    called = Counter(shared_cluster.ask(calls_of)) - Counter(before)
    writing = writing_methods()
    assert {"create_topic", "save", "commit_files", "submit"} <= writing
    assert {"records", "read_files"} <= called.keys()
    assert called.keys() & writing == set()


class LogOf:
    """A logger that tells a story."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def info(self, line: str, *arguments: object) -> None:
        self._story(line % arguments if arguments else line)


def test_a_dry_run_logs_preflight_and_rewritten_sql_in_groups() -> None:
    cluster, story = golden_cluster(), Story()
    plan = plan_release(cluster.platform, environment="local", release="v1.0.1", base="v1.0.0")
    site = Site(platform=cluster.platform, profile=Profile(name="local"))
    with pytest.raises(RefusedError):  # nothing of blue is there
        look_only(site, plan, LogOf(story), TaskInstance())
    groups = [line for line in story.lines if line.startswith("::")]
    assert groups == ["::group::Preflight", "::endgroup::", "::group::Rewritten SQL", "::endgroup::"]


def test_a_dry_run_fails_with_what_would_refuse_the_release(shared_cluster: SharedCluster) -> None:
    before = world_in_words(shared_cluster)
    with shared_cluster.use() as world:
        world.topics.create_topic(Topic(name="int_3_v2", partitions=1))
    taken, instance = world_in_words(shared_cluster), DrawnTaskInstance()
    with pytest.raises(AirflowFailException, match="int_3_v2"):
        only_looking().execute({"ti": instance})  # type: ignore[typeddict-item]
    assert world_in_words(shared_cluster) == taken != before
    assert "int_3_v2" in str(instance.pushed["dry_run"])


def test_a_killed_comparison_is_asked_to_stop() -> None:
    operator = CompareBlueGreenOperator(task_id="compare", project="p", environment="e", plan="{}", table="t")
    operator.on_kill()  # before it has begun
    operator._stop = Stop()
    operator.on_kill()
    assert operator._stop.asked
