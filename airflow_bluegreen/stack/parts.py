"""The servers of the stack, as data: what to start, where it listens, which files it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from airflow_bluegreen.stack import configs
from airflow_bluegreen.stack.free_ports import HOST
from airflow_bluegreen.stack.installed import Installed
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.versions import APICURIO

PORT_NAMES = (
    "kafka",
    "kafka-controller",
    "registry",
    "jobmanager",
    "jobmanager-rpc",
    "blob",
    "taskmanager",
    "taskmanager-data",
    "gateway",
    "connect",
    "zookeeper",
)

_JVM = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Xlog:cds*=error",
    "-Djava.net.preferIPv4Stack=true",
    "-Dfile.encoding=UTF-8",
)
_OPENED = (
    "java.util",
    "java.lang",
    "java.nio",
    "sun.nio.ch",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.lang.reflect",
    "java.time",
    "java.net",
    "java.text",
    "java.io",
)
_FLINK_JVM = (
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
    "--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED",
    "--add-exports=java.base/sun.net.util=ALL-UNNAMED",
    # Each program sends over a connection of its own, never back over one that the other opened: with a proxy
    # between the two, messages that came that way were discarded.
    "-Dpekko.remote.classic.use-passive-connections=off",
)

_CONNECT = "org.apache.kafka.connect.cli.ConnectDistributed"
_JOBMANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
_TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
_GATEWAY = "org.apache.flink.table.gateway.SqlGateway"
# Flink's runtime brings ZooKeeper's server along with its client, under names of its own.
_ZOOKEEPER = "org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServerMain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One server process. ``port`` is the one that clients talk to, ``loads`` the jars it runs from.

    A part that records a class archive writes it to ``recorded_to``; ``archive`` is where it then belongs.
    ``plain_classes``: all its classes come from the class path, none from class loaders of its own.
    ``user`` is the id of the user it runs as, None for the one who started the stack; ``scratch`` a folder
    that goes with it.
    """

    name: str
    port: int
    command: tuple[str, ...]
    directory: str
    loads: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    archive: str = ""
    recorded_to: str = ""
    plain_classes: bool = True
    user: int | None = None
    scratch: str = ""


def config_files(
    place: Place, ports: Mapping[str, int], plugins: Sequence[Path], *, keep_jobs: bool = False
) -> dict[Path, str]:
    """Every configuration file of the stack with its text."""
    return {
        place.conf / "zookeeper.properties": configs.zookeeper_properties(
            port=ports["zookeeper"], data=place.data / "zookeeper"
        ),
        place.conf / "log4j2.properties": configs.LOGGING,
        place.conf / "server.properties": configs.kafka_properties(
            port=ports["kafka"], controller_port=ports["kafka-controller"], data=place.data / "kafka"
        ),
        place.conf / "config.yaml": configs.flink_yaml(
            ports=ports, directory=place.data / "flink", keep_jobs=keep_jobs
        ),
        place.gateway_conf / "config.yaml": configs.flink_yaml(ports=ports, directory=place.data / "flink"),
        place.conf / "connect.properties": configs.connect_properties(
            port=ports["connect"],
            kafka_port=ports["kafka"],
            registry_port=ports["registry"],
            plugins=plugins,
        ),
    }


def stack_parts(
    java: Path, installed: Installed, place: Place, ports: Mapping[str, int], *, keep_jobs: bool = False
) -> tuple[Part, ...]:
    """All servers.

    :param keep_jobs: with a ZooKeeper, so that jobs outlive the JobManager.
    """

    part, conf = partial(_part, java, place, ports), str(place.conf)
    runner = installed.registry / f"apicurio-registry-app-{APICURIO}-runner.jar"
    keeper = part("zookeeper", installed.flink, _limits(96), (_ZOOKEEPER, f"{conf}/zookeeper.properties"))
    return (
        part("kafka", installed.kafka, _limits(512), ("kafka.Kafka", f"{conf}/server.properties")),
        *((keeper,) if keep_jobs else ()),
        part(
            "connect",
            installed.kafka,
            _limits(_connect_heap(installed)),
            (_CONNECT, f"{conf}/connect.properties"),
        ),
        part("jobmanager", installed.flink, (*_FLINK_JVM, *_limits(512)), (_JOBMANAGER, "--configDir", conf)),
        part(
            "taskmanager",
            installed.flink,
            (*_FLINK_JVM, *_limits(configs.TASK_HEAP_MB, direct=configs.TASK_DIRECT_MB)),
            (_TASKMANAGER, "--configDir", conf),
        ),
        part("gateway", installed.flink, (*_FLINK_JVM, *_limits(512)), (_GATEWAY,)),
        part(
            "registry",
            (runner,),
            (*_limits(256), *_registry_settings(place, ports["registry"])),
            ("-jar", str(runner)),
        ),
    )


def _part(
    java: Path,
    place: Place,
    ports: Mapping[str, int],
    name: str,
    jars: tuple[Path, ...],
    jvm: tuple[str, ...],
    program: tuple[str, ...],
) -> Part:
    loads = tuple(map(str, jars))
    run = program if program[0] == "-jar" else ("-cp", ":".join(loads), *program)
    log = (f"-Dlog4j2.configurationFile={place.conf}/log4j2.properties", f"-Dlog.file={place.log(name)}")
    return Part(
        name=name,
        port=ports[name],
        command=(str(java), *_JVM, *jvm, *log, *run),
        directory=str(place.data),
        loads=loads,
        environment={"FLINK_CONF_DIR": str(place.gateway_conf if name == "gateway" else place.conf)},
        plain_classes=name in ("kafka", "registry"),
    )


def _connect_heap(installed: Installed) -> int:
    """In MiB; lake sinks keep open files in memory."""
    return 640 if len(installed.plugins) == 1 else 896


def _registry_settings(place: Place, port: int) -> tuple[str, ...]:
    return (
        f"-Dquarkus.http.host={HOST}",
        f"-Dquarkus.http.port={port}",
        # By default it keeps its schemas in memory, and forgets them with a restart.
        f"-Dapicurio.datasource.url=jdbc:h2:file:{place.data}/registry/schemas",
    )


def _limits(heap: int, *, direct: int = 0) -> tuple[str, ...]:
    """Memory limits in MiB."""
    return (f"-Xmx{heap}m", *((f"-XX:MaxDirectMemorySize={direct}m",) if direct else ()))
