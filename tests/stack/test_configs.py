"""Every server binds to the loopback interface, to the port that it was given."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack import configs
from airflow_bluegreen.stack.addresses import endpoints_of
from airflow_bluegreen.stack.control import Control
from airflow_bluegreen.stack.installed import Installed
from airflow_bluegreen.stack.parts import PORT_NAMES, config_files, stack_parts
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.processes import ProcessId, identify
from airflow_bluegreen.stack.state import (
    Launch,
    PartState,
    StackState,
    last_ports,
    read_launch,
    read_state,
    running_state,
    write_launch,
    write_state,
)
from airflow_bluegreen.stack.status import silent

PORTS = {name: 20_000 + number for number, name in enumerate(PORT_NAMES)}
INSTALLED = Installed(
    flink=(Path("/cache/flink-a.jar"), Path("/cache/flink-b.jar")),
    kafka=(Path("/cache/kafka.jar"),),
    plugins=(Path("/cache/plugins"),),
    registry=Path("/cache/registry"),
    cache=Path("/cache"),
)
PLACE = Place(root=Path("/stack"))


def parsed(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines())


def test_kafka_listens_on_its_two_ports_only() -> None:
    settings = parsed(configs.kafka_properties(port=9, controller_port=10, data=Path("/data")))
    assert settings["listeners"] == "PLAINTEXT://127.0.0.1:9,CONTROLLER://127.0.0.1:10"
    assert settings["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9"
    assert settings["controller.quorum.voters"] == "1@127.0.0.1:10"
    assert settings["log.dirs"] == "/data"


def test_a_missing_topic_is_an_error() -> None:
    settings = parsed(configs.kafka_properties(port=9, controller_port=10, data=Path("/data")))
    assert settings["auto.create.topics.enable"] == "false"


def test_flink_binds_everything_to_the_loopback_interface() -> None:
    settings = yaml.safe_load(configs.flink_yaml(ports=PORTS, directory=Path("/data/flink")))
    hosts = {key: value for key, value in settings.items() if "host" in key or "address" in key}
    assert len(hosts) == 8
    assert set(hosts.values()) == {"127.0.0.1"}


def test_flink_gets_each_port_once() -> None:
    settings = yaml.safe_load(configs.flink_yaml(ports=PORTS, directory=Path("/data/flink")))
    ports = [int(value) for key, value in settings.items() if key.endswith("port")]
    wanted = ["jobmanager", "jobmanager-rpc", "blob", "taskmanager", "taskmanager-data", "gateway"]
    assert sorted(ports) == sorted(PORTS[name] for name in wanted)


def test_jobs_outlive_the_jobmanager_where_that_was_asked_for() -> None:
    plain = yaml.safe_load(configs.flink_yaml(ports=PORTS, directory=Path("/data/flink")))
    keeping = yaml.safe_load(configs.flink_yaml(ports=PORTS, directory=Path("/data/flink"), keep_jobs=True))
    added = {key: value for key, value in keeping.items() if key not in plain}
    assert set(added) == {
        "high-availability.type",
        "high-availability.zookeeper.quorum",
        "high-availability.zookeeper.client.session-timeout",
        "high-availability.zookeeper.client.connection-timeout",
        "high-availability.storageDir",
        "high-availability.jobmanager.port",
    }
    assert added["high-availability.zookeeper.quorum"] == f"127.0.0.1:{PORTS['zookeeper']}"
    assert added["high-availability.storageDir"].startswith("file:///data/flink/")
    keeper = parsed(configs.zookeeper_properties(port=9, data=Path("/data/zookeeper")))
    assert (keeper["clientPort"], keeper["clientPortAddress"]) == ("9", "127.0.0.1")


def test_the_gateway_asks_the_jobmanager_and_no_zookeeper() -> None:
    files = config_files(PLACE, PORTS, INSTALLED.plugins, keep_jobs=True)
    (gateway,) = (
        part for part in stack_parts(Path("/java"), INSTALLED, PLACE, PORTS) if part.name == "gateway"
    )
    own = yaml.safe_load(files[Path(gateway.environment["FLINK_CONF_DIR"]) / "config.yaml"])
    assert own["rest.port"] == str(PORTS["jobmanager"])
    assert not [key for key in own if key.startswith("high-availability")]
    assert "high-availability.type" in yaml.safe_load(files[PLACE.conf / "config.yaml"])


def test_a_zookeeper_runs_only_where_jobs_are_kept() -> None:
    plain = stack_parts(Path("/java"), INSTALLED, PLACE, PORTS)
    keeping = stack_parts(Path("/java"), INSTALLED, PLACE, PORTS, keep_jobs=True)
    assert {part.name for part in keeping} - {part.name for part in plain} == {"zookeeper"}
    assert keeping[0].name == "kafka", "it is stopped last"


def test_the_memory_of_the_taskmanager_fits_its_jvm() -> None:
    settings = yaml.safe_load(configs.flink_yaml(ports=PORTS, directory=Path("/data/flink")))
    megabytes = {key: int(value.split()[0]) for key, value in settings.items() if str(value).endswith(" mb")}
    memory = "taskmanager.memory."
    heap = megabytes[f"{memory}framework.heap.size"] + megabytes[f"{memory}task.heap.size"]
    direct = (
        megabytes[f"{memory}framework.off-heap.size"]
        + megabytes[f"{memory}task.off-heap.size"]
        + megabytes[f"{memory}network.max"]
    )
    command = command_of("taskmanager")
    assert f"-Xmx{heap}m" in command
    assert f"-XX:MaxDirectMemorySize={direct}m" in command


def test_connect_reads_what_flink_writes() -> None:
    text = configs.connect_properties(
        port=1, kafka_port=2, registry_port=3, plugins=(Path("/plugins"), Path("/more"))
    )
    settings = parsed(text)
    assert settings["listeners"] == "http://127.0.0.1:1"
    assert settings["bootstrap.servers"] == "127.0.0.1:2"
    assert settings["plugin.path"] == "/plugins,/more"
    for side in ("key", "value"):
        assert settings[f"{side}.converter.apicurio.registry.url"] == "http://127.0.0.1:3/apis/registry/v2"
        assert settings[f"{side}.converter.apicurio.registry.as-confluent"] == "true"


def test_every_program_finds_its_configuration() -> None:
    files = {str(path) for path in config_files(PLACE, PORTS, INSTALLED.plugins)}
    for part in stack_parts(Path("/java"), INSTALLED, PLACE, PORTS):
        named = {word for word in part.command if word.startswith("/stack/conf/")}
        assert named <= files
        assert f"{part.environment['FLINK_CONF_DIR']}/config.yaml" in files


@pytest.mark.parametrize(
    ("part", "jars"),
    [("kafka", "/cache/kafka.jar"), ("gateway", "/cache/flink-a.jar:/cache/flink-b.jar")],
)
def test_class_paths(part: str, jars: str) -> None:
    command = command_of(part)
    assert command[command.index("-cp") + 1] == jars


def test_the_registry_runs_from_its_jar_on_its_port() -> None:
    command = command_of("registry")
    assert command[-2] == "-jar"
    assert command[-1].startswith("/cache/registry/")
    assert f"-Dquarkus.http.port={PORTS['registry']}" in command
    assert "-Dquarkus.http.host=127.0.0.1" in command


def test_the_registry_keeps_its_schemas_in_the_data_of_the_stack() -> None:
    assert "-Dapicurio.datasource.url=jdbc:h2:file:/stack/data/registry/schemas" in command_of("registry")


def command_of(name: str) -> tuple[str, ...]:
    parts = stack_parts(Path("/java"), INSTALLED, PLACE, PORTS)
    return next(part.command for part in parts if part.name == name)


def test_endpoints() -> None:
    endpoints = endpoints_of(PORTS)
    assert endpoints.gateway_url == f"http://127.0.0.1:{PORTS['gateway']}"
    assert endpoints.flink_url == f"http://127.0.0.1:{PORTS['jobmanager']}"
    assert endpoints.kafka == {"bootstrap.servers": f"127.0.0.1:{PORTS['kafka']}"}
    assert endpoints.connect_url == f"http://127.0.0.1:{PORTS['connect']}"
    assert endpoints.registry_url == f"http://127.0.0.1:{PORTS['registry']}/apis/ccompat/v7"


def test_a_launch_is_read_as_it_was_written(tmp_path: Path) -> None:
    launch = Launch(
        parts=stack_parts(Path("/java"), INSTALLED, PLACE, PORTS),
        ports=PORTS,
        owner=ProcessId(pid=7, started=1.5),
    )
    write_launch(tmp_path / "launch.json", launch)
    assert read_launch(tmp_path / "launch.json") == launch


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    part = PartState(name="kafka", port=9, process=ProcessId(pid=8, started=2.5), exit_code=-9)
    state = StackState(supervisor=ProcessId(pid=7, started=1.5), ports=PORTS, parts=(part,), repairs=2)
    write_state(tmp_path / "state.json", state)
    assert read_state(tmp_path / "state.json") == state
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_no_file_is_no_stack(tmp_path: Path) -> None:
    assert read_state(tmp_path / "state.json") is None
    assert last_ports(tmp_path / "launch.json") == {}


def test_a_stack_whose_supervisor_has_ended_does_not_run(tmp_path: Path) -> None:
    state = StackState(supervisor=ProcessId(pid=1, started=1.0), ports=PORTS, parts=())
    write_state(tmp_path / "state.json", state)
    assert running_state(tmp_path / "state.json") is None


def test_the_ports_of_an_older_launch_file_are_taken_over(tmp_path: Path) -> None:
    (tmp_path / "launch.json").write_text(json.dumps({"ports": {"kafka": 9}, "parts": [{"unknown": 1}]}))
    assert last_ports(tmp_path / "launch.json") == {"kafka": 9}


def test_memory_follows_the_number_of_slots() -> None:
    code = (
        "from airflow_bluegreen.stack import configs as c; print(c.SLOTS, c.TASK_HEAP_MB, c.TASK_DIRECT_MB)"
    )
    seen = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "BLUEGREEN_STACK_SLOTS": slots},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for slots in ("40", "64")
    ]
    assert seen == [["40", "768", "352"], ["64", "1152", "448"]]


def test_a_database_comes_last_and_only_if_asked_for() -> None:
    assert endpoints_of(PORTS).lake_url == ""
    assert endpoints_of({**PORTS, "postgres": 7}).lake_url.endswith("@127.0.0.1:7/postgres")


def test_lake_sinks_get_more_memory() -> None:
    more = replace(INSTALLED, plugins=(Path("/a"), Path("/b")))
    heaps = [
        next(
            part.command
            for part in stack_parts(Path("/java"), installed, PLACE, PORTS)
            if part.name == "connect"
        )
        for installed in (INSTALLED, more)
    ]
    assert "-Xmx640m" in heaps[0]
    assert "-Xmx896m" in heaps[1]


def test_a_running_stack_does_not_get_parts_later(tmp_path: Path) -> None:
    place = Place(root=tmp_path)
    write_launch(place.launch_file, Launch(parts=(), ports=PORTS, extras=("iceberg",)))
    alive = identify(os.getpid())
    write_state(place.state_file, StackState(supervisor=alive, ports=PORTS, parts=()))
    with pytest.raises(ConfigurationError, match=r"runs without jdbc.*bluegreen stack down"):
        Control(place).up(owned=True, progress=silent, extras=("iceberg", "jdbc"))
