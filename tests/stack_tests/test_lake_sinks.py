"""Cut-over and rollback of real sink connectors, into files, Iceberg tables and a PostgreSQL."""

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import psutil
import pytest

from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.ledger import advance_to, current, open_release
from airflow_bluegreen.actions.observe import observe_cut_over
from airflow_bluegreen.actions.requirements import note_requirements
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.actions.stable_names import point_names
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.kafka_connect import KafkaConnect
from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.model import ConnectorState, Endpoints, LakeSettings, Phase, Plan, Profile, Topic
from airflow_bluegreen.exceptions import ConfigurationError, StatementError
from airflow_bluegreen.ports import Platform
from airflow_bluegreen.stack import LocalStack
from tests.core.plan.releasing import chain, plan_of
from tests.fakes.platform import Story
from tests.stack_tests.lake_world import LakeWorld, Row, rows, wait_for

pytestmark = [pytest.mark.stack, pytest.mark.timeout(420)]

FILE_SINK = {
    "connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector",
    "tasks.max": "1",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
}


@pytest.fixture
def unique() -> str:
    """What the names of a test begin with, also those of tables."""
    return f"lake{uuid.uuid4().hex[:8]}"


@pytest.fixture
def lake(stack: Endpoints, unique: str, tmp_path: Path) -> Iterator[LakeWorld]:
    topics, connectors = KafkaCluster(stack.kafka), KafkaConnect(stack.connect_url)
    yield LakeWorld(endpoints=stack, topics=topics, connectors=connectors, warehouse=tmp_path / "warehouse")
    for name in connectors.connectors():
        if name.startswith(unique):
            connectors.delete_connector(name)
    for name in topics.names():
        if name.startswith(unique) or name == f"bluegreen.ledger.{unique}":
            topics.delete_topic(name)


@dataclass(frozen=True, kw_only=True)
class Release:
    """A compared release that changes tables, whose topics are filled, and their connectors, which run."""

    platform: Platform
    plan: Plan
    profile: Profile
    say: Story

    def cut_over(self) -> None:
        cut_over(self.platform, self.plan, self.profile, self.say)

    def roll_back(self) -> None:
        roll_back(self.platform, self.plan.release.ref, self.profile, self.say)


def without_jobs(plan: Plan) -> Plan:
    """The plan for topics that are filled by the tests themselves, and not by Flink."""
    return replace(plan, tables=tuple(replace(planned, dml=()) for planned in plan.tables))


def compared(
    lake: LakeWorld,
    unique: str,
    folder: Path,
    configs: Mapping[str, Mapping[str, str]],
    settings: LakeSettings | None = None,
) -> Release:
    """A release that gives each table a new version; ``configs`` are its sinks' by table."""
    tables = tuple(configs)
    connectors = {
        f"connector.{table}.json": json.dumps(
            {"name": f"{table}-sink", "config": {"topics": table, **config}}
        )
        for table, config in configs.items()
    }
    before = {**chain(*tables), **connectors}
    after = {path: text.replace("1 AS v", "2 AS v") for path, text in before.items()}
    project = folder / "project"
    project.mkdir()
    platform = open_platform(
        lake.endpoints, project_path=str(project), project_name=unique, environment="local"
    )
    release = Release(
        platform=platform,
        plan=without_jobs(plan_of(before, after)),
        profile=Profile(name="local", lake=settings),
        say=Story(),
    )
    open_release(platform, replace(release.plan, base_release=None), release.say)
    for connector in release.plan.connectors:
        blue = {**connector.config, "topics": ",".join(connector.blue_topics)}
        filled = {key: value.replace("{topic}", blue["topics"]) for key, value in blue.items()}
        lake.connectors.put_config(connector.name, filled, stopped=True)
        lake.connectors.resume_connector(connector.name)
    note_requirements(platform, release.plan)
    for phase in (Phase.DEPLOYING, Phase.COMPARED):
        advance_to(platform, release.plan.release.ref, phase)
    return release


def state(lake: LakeWorld, name: str) -> ConnectorState:
    found = lake.connectors.connector(name)
    assert found is not None
    return found


def test_when_the_third_really_fails_the_first_two_are_as_they_were(
    lake: LakeWorld, unique: str, tmp_path: Path
) -> None:
    tables = [f"{unique}_{letter}" for letter in "abc"]
    for table in tables:
        lake.fill(table, rows(20))
        lake.fill(f"{table}_v2", rows(30))
    files = dict.fromkeys(tables, tmp_path / "{topic}.txt")
    files[tables[2]] = tmp_path / "{topic}" / "sink.txt"
    (tmp_path / tables[2]).mkdir()  # there is no such folder for its green
    release = compared(
        lake, unique, tmp_path, {table: {**FILE_SINK, "file": str(path)} for table, path in files.items()}
    )
    names = [f"{table}-sink" for table in tables]
    for table in tables:
        wait_for(lambda table=table: sum(state(lake, f"{table}-sink").offsets.values()), 20)
    before = [state(lake, name) for name in names]
    with pytest.raises(StatementError, match=f"connector {names[2]}: task 0: "):
        release.cut_over()
    assert [state(lake, name) for name in names] == before
    assert current(release.platform, "v1.0.1").connector_moves == ()
    (tmp_path / f"{tables[2]}_v2").mkdir()
    release.cut_over()
    for table in tables:
        wait_for(lambda table=table: sum(state(lake, f"{table}-sink").offsets.values()), 30)
    assert len((tmp_path / f"{tables[2]}_v2" / "sink.txt").read_bytes().splitlines()) >= 30
    release.roll_back()
    assert [state(lake, name) for name in names] == before


class Restart:
    """Kills the Connect worker once something is said, and starts it again as an operator does."""

    def __init__(self, endpoints: Endpoints, when: str) -> None:
        self._port = urlsplit(endpoints.connect_url).port
        self._when = when
        self.story = Story()
        self.threads: list[Thread] = []

    def __call__(self, line: str, /) -> None:
        self.story(line)
        if self._when in line and not self.threads:
            worker, root = self._worker()
            worker.kill()
            worker.wait(30)
            self.threads.append(Thread(target=LocalStack(root).up))
            self.threads[0].start()

    def _worker(self) -> tuple[psutil.Process, Path]:
        """The process, and the folder of its stack."""
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            properties = next((word for word in words if word.endswith("/conf/connect.properties")), "")
            if properties and f"listeners=http://127.0.0.1:{self._port}" in Path(properties).read_text():
                return process, Path(properties).parents[1]
        raise AssertionError("no worker listens there")


def test_a_worker_that_is_killed_in_the_middle_is_survived(
    lake: LakeWorld, unique: str, tmp_path: Path
) -> None:
    tables = [f"{unique}_{letter}" for letter in "ab"]
    for table in tables:
        lake.fill(table, rows(20))
        lake.fill(f"{table}_v2", rows(30))
    config = {**FILE_SINK, "file": str(tmp_path / "{topic}.txt")}
    release = compared(lake, unique, tmp_path, dict.fromkeys(tables, config))
    for table in tables:
        wait_for(lambda table=table: sum(state(lake, f"{table}-sink").offsets.values()), 20)
    restart = Restart(lake.endpoints, when=f"{tables[0]}-sink reads {tables[0]}_v2 and is RUNNING")
    cut_over(release.platform, release.plan, release.profile, restart)
    for thread in restart.threads:
        thread.join(300)
    assert "putting" not in restart.story.text, "nothing went back"
    for table in tables:
        wait_for(lambda table=table: sum(state(lake, f"{table}-sink").offsets.values()), 30)
        assert state(lake, f"{table}-sink").state == "RUNNING"


def test_an_iceberg_table_for_each_version(lake: LakeWorld, unique: str, tmp_path: Path) -> None:
    table = f"{unique}_fact"
    control = f"{unique}_control"
    lake.topics.create_topic(Topic(name=control, partitions=1))
    lake.fill(table, rows(40))
    config = lake.iceberg("lake.{topic}", **{"iceberg.control.topic": control})
    release = compared(lake, unique, tmp_path, {table: config})
    wait_for(lambda: lake.iceberg_rows(f"lake.{table}"), Counter(rows(40)))
    lake.fill(f"{table}_v2", rows(60, times=2))

    release.cut_over()
    observe_cut_over(release.platform, release.plan, release.say)
    wait_for(lambda: lake.iceberg_rows(f"lake.{table}_v2"), Counter(rows(60, times=2)))
    assert lake.iceberg_rows(f"lake.{table}") == Counter(rows(40)), "blue's table is as it was"
    assert "was without a running sink for" in release.say.text

    lake.fill(table, rows(5, begin=40), create=False)  # blue's job runs on
    release.roll_back()
    wait_for(lambda: lake.iceberg_rows(f"lake.{table}"), Counter(rows(45)))
    assert lake.iceberg_rows(f"lake.{table}_v2") == Counter(rows(60, times=2)), "kept"


def test_an_iceberg_table_that_both_would_share_is_refused(
    lake: LakeWorld, unique: str, tmp_path: Path
) -> None:
    table, control = f"{unique}_fact", f"{unique}_control"
    lake.topics.create_topic(Topic(name=control, partitions=1))
    lake.fill(table, rows(3))
    lake.fill(f"{table}_v2", rows(3))
    config = lake.iceberg(f"lake.{table}", **{"iceberg.control.topic": control})
    release = compared(lake, unique, tmp_path, {table: config})
    before = state(lake, f"{table}-sink")
    with pytest.raises(ConfigurationError, match=f"would write {table}_v2 into lake.{table}"):
        release.cut_over()
    assert state(lake, f"{table}-sink").config == before.config


class TestWhatAnIcebergTableRemembers:
    """A snapshot holds offsets of the control topic, not of the topics that are read."""

    @pytest.fixture
    def name(self, unique: str) -> str:
        return f"{unique}-sink"

    @pytest.fixture
    def control(self, lake: LakeWorld, unique: str) -> str:
        lake.topics.create_topic(Topic(name=f"{unique}_control", partitions=1))
        return f"{unique}_control"

    @pytest.fixture
    def filled(self, lake: LakeWorld, unique: str, name: str, control: str) -> Counter[Row]:
        """The table holds the rows of a first topic."""
        lake.fill(f"{unique}_t", rows(30))
        config = lake.iceberg(f"lake.{unique}_t", **{"iceberg.control.topic": control})
        lake.connectors.put_config(name, {**config, "topics": f"{unique}_t"})
        wait_for(lambda: lake.iceberg_rows(f"lake.{unique}_t"), Counter(rows(30)))
        lake.connectors.stop_connector(name)
        return Counter(rows(30))

    def read_instead(self, lake: LakeWorld, name: str, topic: str) -> None:
        config = dict(state(lake, name).config or {})
        lake.connectors.put_config(name, {**config, "topics": topic}, stopped=True)
        lake.connectors.set_offsets(name, lake.topics.begin_offsets(topic))
        lake.connectors.resume_connector(name)

    def test_a_topic_whose_offsets_begin_again_loses_nothing(
        self, lake: LakeWorld, unique: str, name: str, filled: Counter[Row]
    ) -> None:
        lake.fill(f"{unique}_t_v2", rows(5, times=2))
        self.read_instead(lake, name, f"{unique}_t_v2")
        wait_for(lambda: lake.iceberg_rows(f"lake.{unique}_t"), filled + Counter(rows(5, times=2)))

    def test_a_control_topic_that_begins_again_loses_rows_without_a_word(
        self, lake: LakeWorld, unique: str, name: str, control: str, filled: Counter[Row]
    ) -> None:
        lake.topics.delete_topic(control)
        lake.topics.create_topic(Topic(name=control, partitions=1))
        lake.fill(f"{unique}_t_v2", rows(5, times=2))
        self.read_instead(lake, name, f"{unique}_t_v2")
        wait_for(lambda: sum(state(lake, name).offsets.values()), 5)
        assert state(lake, name).state == "RUNNING"
        assert lake.iceberg_rows(f"lake.{unique}_t") == filled, "five rows are read, committed and gone"


def test_an_upserted_table_for_each_version_behind_one_name(
    lake: LakeWorld, unique: str, tmp_path: Path
) -> None:
    table, view = f"{unique}_fact", f"the_{unique}_fact"
    lake.fill(table, [*rows(10), ("id-003", 33)])
    settings = LakeSettings(
        prepare=("DROP TABLE IF EXISTS {topic}",),
        point=("CREATE OR REPLACE VIEW the_{table} AS SELECT * FROM {topic}",),
        unpoint=("DROP VIEW IF EXISTS the_{table}",),
    )
    release = compared(lake, unique, tmp_path, {table: lake.jdbc()}, settings)
    blue = sorted([row for row in rows(10) if row[0] != "id-003"] + [("id-003", 33)])
    wait_for(lambda: lake.database_rows(table), blue)
    lake.sql(f"CREATE VIEW {view} AS SELECT * FROM {table}")
    lake.sql(f"CREATE TABLE {table}_v2 (id TEXT PRIMARY KEY, amount BIGINT)")
    lake.sql(f"INSERT INTO {table}_v2 VALUES ('of an earlier try', 0)")
    lake.fill(f"{table}_v2", rows(12, times=2))

    release.cut_over()
    assert lake.database_rows(view) == blue, "readers see all of blue until green is there"
    point_names(release.platform, release.plan, release.profile, release.say)
    assert lake.database_rows(view) == rows(12, times=2)
    lake.fill(f"{table}_v2", [("id-000", 99)], create=False)
    wait_for(lambda: lake.database_rows(view)[0], ("id-000", 99))

    release.roll_back()
    assert lake.database_rows(view) == blue
    assert len(lake.database_rows(f"{table}_v2")) == 12, "kept"
    lake.fill(table, [("id-000", 7)], create=False)
    wait_for(lambda: lake.database_rows(view)[0], ("id-000", 7))
