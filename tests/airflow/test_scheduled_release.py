"""A run that nobody watches: which release it takes, when it cuts over, and whom it tells."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, BaseOperator
from airflow.sdk.bases.notifier import BaseNotifier
from airflow.sdk.exceptions import AirflowFailException, TaskDeferred

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.deploy import deploy
from airflow_bluegreen.actions.ledger import advance_to, current, open_release
from airflow_bluegreen.actions.provision import provision
from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.rewrite import rewrite
from airflow_bluegreen.assets import assets_of, release_asset, table_asset
from airflow_bluegreen.core.documents import to_json
from airflow_bluegreen.core.model import Phase, Plan
from airflow_bluegreen.core.window_section import read_window
from airflow_bluegreen.dag_factory import release_dag, release_task_group
from airflow_bluegreen.dag_factory.notifying import told_of
from airflow_bluegreen.exceptions import ConfigurationError, StatementError
from airflow_bluegreen.notifications.release import EVENTS, ReleaseNotifier, tell
from airflow_bluegreen.operators.choosing import ChooseReleaseOperator
from airflow_bluegreen.operators.comparing import ReportOperator
from airflow_bluegreen.operators.cut_over import ConfirmReleaseOperator, CutOverOperator
from airflow_bluegreen.snapshot import save_snapshot
from tests.airflow.golden_graph import GOLDEN
from tests.airflow.golden_world import PROFILE, live_cluster
from tests.airflow.shared_cluster import WINDOW, SharedCluster, place_of
from tests.fakes.platform import FakeCluster, Story

PLACE: Any = {"project": "/srv/retail", "environment": "local"}
NEVER_TODAY = {"days": [f"{datetime(2023, 11, 17, tzinfo=UTC):%a}".lower()]}
"""The clock of the fakes stands on 2023-11-14, a Tuesday."""


class TaskInstance:
    dag_id, run_id, map_index = "release", "run", -1

    def __init__(self, left: dict[str, str] | None = None) -> None:
        self._left = left or {}

    def xcom_pull(self, *, task_ids: str, key: str = "return_value") -> str | None:
        return self._left.get(f"{task_ids}.{key}")


class Recorder(BaseNotifier):
    """Keeps what it is told."""

    template_fields: Sequence[str] = ("text",)

    def __init__(self, text: str = "{{ bluegreen.event }}: {{ bluegreen.subject }}") -> None:
        super().__init__()
        self.text = text
        self.told: list[str] = []

    def notify(self, context: Any) -> None:
        self.told.append(self.text)


class Away(Recorder):
    def notify(self, context: Any) -> None:
        raise ConnectionError("chat is away")


def choosing(**settings: Any) -> tuple[ChooseReleaseOperator, list[str]]:
    """The task in a DAG, and what it skips."""
    with DAG(dag_id="release", schedule=None):
        choose = ChooseReleaseOperator(task_id="choose_release", **{**PLACE, **settings})
        choose >> BaseOperator(task_id="plan") >> BaseOperator(task_id="roll_back")
    skipped: list[str] = []
    choose.skip = lambda _ti, tasks: skipped.extend(one.task_id for one in tasks)  # type: ignore[method-assign]
    return choose, skipped


def test_the_newest_tag_is_taken(shared_cluster: SharedCluster) -> None:
    choose, skipped = choosing()
    assert choose.execute({"ti": TaskInstance()}) == "v1.0.1"  # type: ignore[typeddict-item]
    assert skipped == []


def test_a_release_that_was_asked_for_is_taken_without_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__SITE", "nowhere.to.be_found")
    choose, skipped = choosing(release="v0.0.7")
    assert (choose.execute({}), skipped) == ("v0.0.7", [])


def test_without_a_new_tag_everything_is_skipped_with_one_line(
    shared_cluster: SharedCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    with shared_cluster.use() as world:
        world.repository.tags.pop("v1.0.1")
    choose, skipped = choosing()
    assert choose.execute({"ti": TaskInstance()}) == ""  # type: ignore[typeddict-item]
    assert skipped == ["plan", "roll_back"]
    (said,) = [line for line in capsys.readouterr().out.splitlines() if "nothing to release" in line]
    assert "nothing to release: v1.0.0, the newest of the tags v*, is live in local" in said


def test_production_takes_what_is_live_in_stage(shared_cluster: SharedCluster) -> None:
    stage = SharedCluster(shared_cluster.path.with_name(f"stage-{shared_cluster.path.name}"))
    stage.create(live_cluster())
    assert place_of(shared_cluster.path, "stage") == stage.path
    choose, skipped = choosing(promote_from="stage", release="v1.0.1")
    choose.execute({"ti": TaskInstance()})  # type: ignore[typeddict-item]
    assert skipped == ["plan", "roll_back"]
    stage.ask(gone_live)
    for asked in ("", "v1.0.1"):
        choose, skipped = choosing(promote_from="stage", release=asked)
        assert choose.execute({"ti": TaskInstance()}) == "v1.0.1"  # type: ignore[typeddict-item]
        assert skipped == []


def compared(world: FakeCluster) -> Plan:
    platform, say = world.platform, Story()
    plan = plan_release(platform, environment="local", release="v1.0.1")
    open_release(platform, plan, say)
    rewrite(platform, plan, say)
    for planned in plan.tables:
        provision(platform, plan, planned.table, PROFILE, say)
        deploy(platform, plan, planned.table, PROFILE, say)
    world.run(6)
    advance_to(platform, "v1.0.1", Phase.COMPARED)
    return plan


def retired(world: FakeCluster) -> Plan:
    plan = compared(world)
    cut_over(world.platform, plan, PROFILE, Story())
    retire(world.platform, plan, Story())
    return plan


def gone_live(world: FakeCluster) -> None:
    retired(world)
    advance_to(world.platform, "v1.0.1", Phase.LIVE)


def cutting(plan: Plan, **settings: Any) -> CutOverOperator:
    return CutOverOperator(
        task_id="cut_over", plan=to_json(plan), **{**PLACE, "deferrable": True, **settings}
    )


def phase(cluster: SharedCluster) -> Phase:
    return cluster.ask(lambda world: current(world.platform, "v1.0.1").phase)


def test_outside_of_the_window_the_wait_is_left_to_the_triggerer(
    shared_cluster: SharedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WINDOW, json.dumps(NEVER_TODAY))
    plan, recorder = shared_cluster.ask(compared), Recorder("{{ bluegreen.detail }}")
    missed = told_of({"window_missed": [recorder]}, "local")["window_missed"]
    with pytest.raises(TaskDeferred) as deferred:
        cutting(plan, window_missed=missed).execute({"ti": TaskInstance()})  # type: ignore[typeddict-item]
    assert deferred.value.method_name == "execute_in_window"
    moment = deferred.value.trigger.moment
    # The real clock is years ahead of the fakes' window: no trigger fires at once.
    assert moment > datetime.now(tz=UTC) + timedelta(seconds=5)
    (told,) = recorder.told
    assert told == (
        "the release window (the whole day UTC on fri) is closed, it opens Fri 2023-11-17 00:00 UTC: "
        "the cut-over waits."
    )
    assert phase(shared_cluster) is Phase.COMPARED


def test_when_it_has_opened_the_cut_over_goes_on(shared_cluster: SharedCluster) -> None:
    plan, window = shared_cluster.ask(compared), read_window(NEVER_TODAY)
    with pytest.raises(TaskDeferred):
        cutting(plan, window=window).execute_in_window({"ti": TaskInstance()}, None)  # type: ignore[typeddict-item]
    with shared_cluster.use() as world:
        world.clock.advance(3 * 86_400)
        world.jobs.fail_next("jobs", StatementError("looked at"))
    with pytest.raises(AirflowFailException, match="looked at"):
        cutting(plan, window=window).execute_in_window({"ti": TaskInstance()}, None)  # type: ignore[typeddict-item]


def test_it_stops_where_the_window_says_so(shared_cluster: SharedCluster) -> None:
    plan, window = shared_cluster.ask(compared), read_window({**NEVER_TODAY, "outside": "stop"})
    with pytest.raises(AirflowFailException, match="it opens Fri 2023-11-17 00:00 UTC; green stays"):
        cutting(plan, window=window).execute({"ti": TaskInstance()})  # type: ignore[typeddict-item]
    assert phase(shared_cluster) is Phase.COMPARED


def begins(cluster: SharedCluster, task: CutOverOperator) -> bool:
    """Whether the task gets beyond the window: the cut-over is made to fail with its first look at Flink."""
    with cluster.use() as world:
        world.jobs.fail_next("jobs", StatementError("looked at"))
    with pytest.raises((AirflowFailException, TaskDeferred)) as ended:
        task.execute({"ti": TaskInstance()})  # type: ignore[typeddict-item]
    return str(ended.value) == "looked at"


def test_without_regard_to_the_window_the_cut_over_begins(shared_cluster: SharedCluster) -> None:
    plan, window = shared_cluster.ask(compared), read_window(NEVER_TODAY)
    assert begins(shared_cluster, cutting(plan, window=window, ignore_window="True"))


def test_in_a_worker_it_waits_there(shared_cluster: SharedCluster) -> None:
    plan = shared_cluster.ask(compared)
    start = shared_cluster.ask(lambda world: datetime.fromtimestamp(world.clock.now() + 300, tz=UTC))
    window = read_window({"start": f"{start:%H:%M}", "end": f"{start + timedelta(hours=1):%H:%M}"})
    assert not begins(shared_cluster, cutting(plan, window=window))
    assert begins(shared_cluster, cutting(plan, window=window, deferrable=False))
    assert shared_cluster.ask(lambda world: world.clock.now()) >= start.replace(second=0).timestamp()


class Events(dict[object, "Events"]):
    """As much of Airflow's outlet events as the operator uses."""

    def __init__(self) -> None:
        super().__init__()
        self.added: list[tuple[str, dict[str, Any]]] = []

    def __missing__(self, key: object) -> "Events":
        return self

    def add(self, asset: Any, extra: dict[str, Any]) -> None:
        self.added.append((asset.name, extra))


def test_assets_have_events_when_the_release_is_live(shared_cluster: SharedCluster) -> None:
    plan, events = shared_cluster.ask(retired), Events()
    confirm = ConfirmReleaseOperator(task_id="confirm", plan=to_json(plan), **PLACE)
    with shared_cluster.use() as world:
        world.run(4)
        green = world.jobs.named("dml.int_3_v2")[0]
        kept = green.job_id
        world.jobs.fail(kept, "boom")
    with pytest.raises(AirflowFailException):
        confirm.execute({"ti": TaskInstance(), "outlet_events": events})  # type: ignore[typeddict-item]
    assert events.added == []


def test_an_event_tells_the_release_and_the_topic(shared_cluster: SharedCluster) -> None:
    plan, events = shared_cluster.ask(retired), Events()
    confirm = ConfirmReleaseOperator(task_id="confirm", plan=to_json(plan), **PLACE)
    confirm.execute({"ti": TaskInstance(), "outlet_events": events})  # type: ignore[typeddict-item]
    told = dict(events.added)
    assert told["bluegreen/local/retail"]["release"] == "v1.0.1"
    assert set(told["bluegreen/local/retail"]["tables"]) == {"int_3", "fact_2", "fact_3", "view32"}
    assert told["bluegreen/local/retail/fact_2"]["topic"] == "fact_2_v2"
    assert "bluegreen/local/retail/fact_1" not in told
    assert next(asset for asset, _ in assets_of(plan)) == release_asset("retail", "local")
    assert table_asset("retail", "local", "fact_2").uri == "x-bluegreen://local/retail/fact_2"


def run_of(plan: Plan, **left: str) -> TaskInstance:
    return TaskInstance({"plan.plan": to_json(plan), **{f"report.{key}": text for key, text in left.items()}})


def golden_plan(shared: SharedCluster) -> Plan:
    return shared.ask(lambda world: plan_release(world.platform, environment="local", release="v1.0.1"))


@pytest.mark.parametrize(
    ("event", "subject", "about"),
    [
        ("approval_needed", "Release v1.0.1 in local waits for approval", "all the verdicts"),
        ("verdict_failed", "Release v1.0.1 in local failed the comparison", "all the verdicts"),
        ("cut_over_done", "Release v1.0.1 in local is cut over", "| fact_2 | fact_2_v2 |"),
        ("rolled_back", "Release v1.0.1 in local was rolled back", "| fact_2 | fact_2_v2 |"),
        ("window_missed", "Release v1.0.1 in local missed its window", "| fact_2 | fact_2_v2 |"),
    ],
)
def test_the_message_is_the_verdict_or_the_plan(
    shared_cluster: SharedCluster, monkeypatch: pytest.MonkeyPatch, event: Any, subject: str, about: str
) -> None:
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.test/")
    recorder = Recorder("{{ bluegreen.subject }}|{{ bluegreen.message }}|{{ bluegreen.verdict }}")
    instance = run_of(golden_plan(shared_cluster), body="all the verdicts", verdict="fail")
    (notifier,) = told_of({event: [recorder]}, "local", plan_task="plan", report_task="report")[event]
    notifier({"ti": instance})
    (told,) = recorder.told
    assert told.startswith(f"{subject}|")
    assert about in told
    assert "https://airflow.test/bluegreen/report/release/run" in told
    assert told.endswith("|fail")


def test_its_own_texts_are_templates(shared_cluster: SharedCluster) -> None:
    recorder = Recorder("{{ bluegreen.message }}")
    notifier = ReleaseNotifier(event="cut_over_done", to=[recorder], message="{{ bluegreen.release }} is up")
    notifier({"ti": run_of(golden_plan(shared_cluster))})
    assert recorder.told == ["v1.0.1 is up"]


def test_a_rollback_without_a_plan_names_the_release() -> None:
    recorder = Recorder()
    notifier = told_of({"rolled_back": [recorder]}, "local")["rolled_back"][0]
    notifier({"ti": TaskInstance(), "task": type("Task", (), {"release": "v1"})})
    assert recorder.told == ["rolled_back: Release v1 in local was rolled back"]


def test_one_notifier_of_several_events_says_each(shared_cluster: SharedCluster) -> None:
    recorder = Recorder()
    notify: Any = {"window_missed": [recorder], "cut_over_done": [recorder]}
    told = told_of(notify, "local", plan_task="plan")
    context = {"ti": run_of(golden_plan(shared_cluster))}
    for event in ("window_missed", "cut_over_done"):
        tell(told[event], context, recorder.log)  # type: ignore[index]
    assert recorder.told == [
        "window_missed: Release v1.0.1 in local missed its window",
        "cut_over_done: Release v1.0.1 in local is cut over",
    ]


def test_a_notifier_that_fails_stops_neither_the_others_nor_the_release(
    shared_cluster: SharedCluster,
) -> None:
    recorder = Recorder()
    notifier = ReleaseNotifier(event="cut_over_done", to=[Away(), recorder], environment="local")
    tell([notifier], {"ti": run_of(golden_plan(shared_cluster))}, notifier.log)
    assert recorder.told == ["cut_over_done: Release v1.0.1 in local is cut over"]


def test_without_anybody_to_tell_it_stands_in_the_log(
    shared_cluster: SharedCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    ReleaseNotifier(event="rolled_back")({"ti": run_of(golden_plan(shared_cluster))})
    assert "Release v1.0.1 in local was rolled back" in capsys.readouterr().out


def test_an_event_that_there_is_not_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"no event cut_over\. There are: approval_needed, verdict"):
        told_of({"cut_over": []}, "local")  # type: ignore[dict-item]


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    save_snapshot(GOLDEN, tmp_path / "s.json")
    return tmp_path / "s.json"


def test_every_event_has_its_place_in_the_dag(snapshot: Path) -> None:
    notify: Any = {event: [Recorder()] for event in EVENTS}
    dag = release_dag(dag_id="r", **PLACE, snapshot=snapshot, notify=notify, window=NEVER_TODAY)
    cut, report = dag.get_task("cut_over"), dag.get_task("report")
    assert isinstance(cut, CutOverOperator)
    assert isinstance(report, ReportOperator)
    assert cut.window == read_window(NEVER_TODAY)
    placed: list[Any] = [
        *dag.get_task("approve").notifiers,  # type: ignore[attr-defined]
        *report.verdict_failed,
        *list(cut.on_success_callback),
        *list(dag.get_task("roll_back").on_success_callback),
        *cut.window_missed,
    ]
    assert [one.event for one in placed] == list(EVENTS)


def test_two_environments_in_one_dag(snapshot: Path) -> None:
    with DAG(dag_id="both", schedule=None) as dag:
        stage = release_task_group(project="/srv/p", environment="stage", snapshot=snapshot, group_id="stage")
        production = release_task_group(
            project="/srv/p",
            environment="production",
            promote_from="stage",
            snapshot=snapshot,
            group_id="production",
        )
        stage >> production
    first = dag.get_task("production.choose_release")
    assert first.upstream_task_ids == {"stage.confirm"}
    assert first.trigger_rule == "none_failed"
    assert dag.get_task("production.approve").subject.endswith("to production: move to green?")  # type: ignore[attr-defined]
    assert dag.get_task("stage.roll_back").downstream_task_ids == set()


def test_what_follows_a_release_is_not_skipped_by_it(snapshot: Path) -> None:
    with DAG(dag_id="mine", schedule=None) as dag:
        release_task_group(project="/srv/p", environment="e", snapshot=snapshot) >> BaseOperator(
            task_id="mail"
        )
    from airflow_bluegreen.operators.table_tasks import downstream_in_release

    skipped = {one.task_id for one in downstream_in_release(dag.get_task("release.choose_release"))}
    assert "mail" not in skipped
    assert {"release.roll_back", "release.confirm", "release.deploy.int_3.dml"} <= skipped


def test_a_release_on_assets_or_a_timetable(snapshot: Path) -> None:
    dag = release_dag(
        dag_id="r",
        project="/srv/p",
        environment="production",
        schedule=[release_asset("retail", "stage")],
        promote_from="stage",
        snapshot=snapshot,
    )
    assert "x-bluegreen://stage/retail" in repr(dag.timetable)
