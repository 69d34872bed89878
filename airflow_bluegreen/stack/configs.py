"""The configuration files of the stack's servers, as text."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from airflow_bluegreen.stack.free_ports import HOST
from airflow_bluegreen.stack.versions import AVRO_CONVERTER

SLOTS = int(os.environ.get("BLUEGREEN_STACK_SLOTS", "40"))
"""Task slots, and so statements that run; memory follows their number."""
_FRAMEWORK_HEAP_MB, _TASK_HEAP_MB = 128, 16 * SLOTS
_FRAMEWORK_DIRECT_MB, _TASK_DIRECT_MB, _NETWORK_MB = 128, 64, 4 * SLOTS
TASK_HEAP_MB = _FRAMEWORK_HEAP_MB + _TASK_HEAP_MB
"""What the JVM of the TaskManager must be given so that Flink's own sizes fit, in MiB."""
TASK_DIRECT_MB = _FRAMEWORK_DIRECT_MB + _TASK_DIRECT_MB + _NETWORK_MB
CLUSTER_ID = "Ymx1ZWdyZWVuLWxvY2FsMQ"

_MEMORY: dict[str, object] = {
    "taskmanager.memory.framework.heap.size": f"{_FRAMEWORK_HEAP_MB} mb",
    "taskmanager.memory.task.heap.size": f"{_TASK_HEAP_MB} mb",
    "taskmanager.memory.framework.off-heap.size": f"{_FRAMEWORK_DIRECT_MB} mb",
    "taskmanager.memory.task.off-heap.size": f"{_TASK_DIRECT_MB} mb",
    "taskmanager.memory.network.min": f"{_NETWORK_MB} mb",
    "taskmanager.memory.network.max": f"{_NETWORK_MB} mb",
    "taskmanager.memory.managed.size": f"{8 * SLOTS} mb",
    "taskmanager.memory.jvm-metaspace.size": "384 mb",
    "taskmanager.memory.jvm-overhead.min": "192 mb",
    "taskmanager.memory.jvm-overhead.max": "192 mb",
}
"""What Flink's shell scripts would work out: without the scripts it must be given."""

# How jobs behave: docker-compose.yaml says the same. Few restarts, so that a broken job is seen to fail.
FLINK_JOBS: dict[str, object] = {
    "metrics.fetcher.update-interval": 1000,
    "taskmanager.numberOfTaskSlots": SLOTS,
    "parallelism.default": 1,
    "execution.checkpointing.interval": "4 s",
    "execution.checkpointing.externalized-checkpoint-retention": "NO_EXTERNALIZED_CHECKPOINTS",
    "restart-strategy.type": "fixed-delay",
    "restart-strategy.fixed-delay.attempts": 3,
    "restart-strategy.fixed-delay.delay": "2 s",
    "table.exec.source.idle-timeout": "5 s",
}
# How the worker behaves, equally.
CONNECT_WORKER: dict[str, object] = {
    "offset.storage.partitions": 1,
    "status.storage.partitions": 1,
    "offset.flush.interval.ms": 2000,
    "scheduled.rebalance.max.delay.ms": 0,
    "consumer.metadata.max.age.ms": 5000,
}
# And the broker.
KAFKA_BROKER: dict[str, object] = {
    "auto.create.topics.enable": "false",
    "num.partitions": 1,
    "default.replication.factor": 1,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": 1,
    "share.coordinator.state.topic.min.isr": 1,
    "group.initial.rebalance.delay.ms": 0,
    "log.retention.ms": -1,
}

LOGGING = """\
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
logger.reflections.name = org.reflections
logger.reflections.level = ERROR
logger.clients.name = org.apache.kafka.clients
logger.clients.level = WARN
logger.configs.name = org.apache.kafka.common.config
logger.configs.level = WARN
"""


def properties(settings: Mapping[str, object]) -> str:
    """A Java properties file."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def kafka_properties(*, port: int, controller_port: int, data: Path) -> str:
    """One node that is broker and controller.

    Topics are not created by the way, as on most real clusters: a missing one is an error, not an empty topic
    with the wrong cleanup policy. Nothing is deleted by age, so that test data with old timestamps stays.
    """
    return properties(
        {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{controller_port}",
            "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
            "controller.listener.names": "CONTROLLER",
            "log.dirs": data,
            **KAFKA_BROKER,
            "log.cleaner.dedupe.buffer.size": 16 << 20,
            "num.network.threads": 2,
            "num.io.threads": 4,
        }
    )


def zookeeper_properties(*, port: int, data: Path) -> str:
    """One ZooKeeper, which notices within seconds that a JobManager is gone."""
    return properties(
        {
            "dataDir": data,
            "clientPort": port,
            "clientPortAddress": HOST,
            "tickTime": 1000,
            "maxClientCnxns": 0,
            "admin.enableServer": "false",
        }
    )


def high_availability(*, ports: Mapping[str, int], directory: Path) -> dict[str, object]:
    """What lets jobs outlive the JobManager: ZooKeeper points to what is stored of them in ``directory``.

    Flink waits a minute by default before another JobManager may lead; here its successor is on this machine.
    """
    return {
        "high-availability.type": "zookeeper",
        "high-availability.zookeeper.quorum": f"{HOST}:{ports['zookeeper']}",
        "high-availability.zookeeper.client.session-timeout": "4 s",
        "high-availability.zookeeper.client.connection-timeout": "4 s",
        "high-availability.storageDir": (directory / "high-availability").as_uri(),
        "high-availability.jobmanager.port": ports["jobmanager-rpc"],
    }


def flink_yaml(*, ports: Mapping[str, int], directory: Path, keep_jobs: bool = False) -> str:
    """``config.yaml`` of JobManager, TaskManager and SQL Gateway.

    :param keep_jobs: whether jobs outlive the JobManager, by means of a ZooKeeper.
    """
    settings: dict[str, object] = {
        "jobmanager.rpc.address": HOST,
        "jobmanager.rpc.port": ports["jobmanager-rpc"],
        "jobmanager.bind-host": HOST,
        "blob.server.port": ports["blob"],
        "rest.address": HOST,
        "rest.bind-address": HOST,
        "rest.port": ports["jobmanager"],
        "taskmanager.host": HOST,
        "taskmanager.bind-host": HOST,
        "taskmanager.rpc.port": ports["taskmanager"],
        "taskmanager.data.port": ports["taskmanager-data"],
        "sql-gateway.endpoint.rest.address": HOST,
        "sql-gateway.endpoint.rest.bind-address": HOST,
        "sql-gateway.endpoint.rest.port": ports["gateway"],
        "web.submit.enable": "false",
        "web.tmpdir": directory / "tmp",
        "io.tmp.dirs": directory / "tmp",
        "taskmanager.cpu.cores": SLOTS,
        **_MEMORY,
        **FLINK_JOBS,
        "execution.checkpointing.dir": (directory / "checkpoints").as_uri(),
        "execution.checkpointing.savepoint-dir": (directory / "savepoints").as_uri(),
        **(high_availability(ports=ports, directory=directory) if keep_jobs else {}),
    }
    return "".join(f'{key}: "{value}"\n' for key, value in settings.items())


def connect_properties(*, port: int, kafka_port: int, registry_port: int, plugins: Sequence[Path]) -> str:
    """One distributed worker that commits sink offsets and notices new topics within seconds.

    Connectors without converters of their own read and write Avro through the registry, in the wire format of
    Flink's ``avro-confluent``.
    """
    converters: dict[str, object] = {}
    for side in ("key", "value"):
        converters |= {
            f"{side}.converter": AVRO_CONVERTER,
            f"{side}.converter.apicurio.registry.url": f"http://{HOST}:{registry_port}/apis/registry/v2",
            f"{side}.converter.apicurio.registry.as-confluent": "true",
            f"{side}.converter.apicurio.registry.use-id": "contentId",
            f"{side}.converter.apicurio.registry.auto-register": "true",
        }
    return properties(
        {
            **converters,
            **CONNECT_WORKER,
            "bootstrap.servers": f"{HOST}:{kafka_port}",
            "group.id": "bluegreen-connect",
            "config.storage.topic": "connect-configs",
            "config.storage.replication.factor": 1,
            "offset.storage.topic": "connect-offsets",
            "offset.storage.replication.factor": 1,
            "status.storage.topic": "connect-status",
            "status.storage.replication.factor": 1,
            "listeners": f"http://{HOST}:{port}",
            "rest.advertised.host.name": HOST,
            "rest.advertised.port": port,
            "plugin.path": ",".join(map(str, plugins)),
            "plugin.discovery": "service_load",
        }
    )
