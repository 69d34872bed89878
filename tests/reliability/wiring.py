"""The local stack with a proxy between each pair of its programs, and with settings that make rounds short.

The brokers tell their clients where to connect, so that each kind of client gets a listener of its own whose
advertised address is its proxy's.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.stack import LocalStack
from airflow_bluegreen.stack.free_ports import HOST, pick_ports
from airflow_bluegreen.stack.place import Place
from airflow_bluegreen.stack.state import read_launch
from tests.reliability.disk import SmallDisk
from tests.reliability.proxy import Proxy

LISTENERS = {"client-kafka": "CLIENTS", "flink-kafka": "FLINK", "connect-kafka": "CONNECT"}
PAIRS = (
    "client-gateway",
    "client-flink",
    "client-kafka",
    "client-connect",
    "client-registry",
    "flink-kafka",
    "flink-registry",
    "connect-kafka",
    "connect-registry",
    "gateway-jobmanager",
    "taskmanager-jobmanager",
    "jobmanager-taskmanager",
    "flink-zookeeper",
)
"""Every network that can be cut: who asks, and whom.

JobManager and TaskManager each ask the other over connections of their own: two halves of one network.
"""

SESSION_IDLE_S = 30
"""After so long the SQL gateway ends a session that nobody asks for."""
_FLINK = {
    "execution.checkpointing.interval": "1 s",
    # As on clusters that are to stay up: a job is tried again without end, soon at first.
    "restart-strategy.type": "exponential-delay",
    "restart-strategy.exponential-delay.initial-backoff": "1 s",
    "restart-strategy.exponential-delay.max-backoff": "3 s",
    # A server that is gone refuses the next heartbeat, and is missed at once; one that is only slow, because
    # the machine has much else to do, is waited for: jobs that restarted for it would seem touched.
    "heartbeat.interval": "2000",
    "heartbeat.timeout": "60000",
    # A question whose answer was lost in a cut network keeps all metrics waiting, ten minutes by default.
    "web.timeout": "20 s",
    "sql-gateway.session.idle-timeout": f"{SESSION_IDLE_S} s",
    "sql-gateway.session.check-interval": "5 s",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """A stack whose networks can be cut.

    ``endpoints`` go through the proxies, ``direct`` past them.
    """

    stack: LocalStack
    proxies: Mapping[str, Proxy]
    endpoints: Endpoints
    direct: Endpoints
    disk: SmallDisk | None = None

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables of a release: where its servers are, and where Flink's are."""
        return {
            "BLUEGREEN_FLINK_GATEWAY_URL": self.endpoints.gateway_url,
            "BLUEGREEN_FLINK_URL": self.endpoints.flink_url,
            "BLUEGREEN_KAFKA_BOOTSTRAP_SERVERS": self.endpoints.kafka["bootstrap.servers"],
            "BLUEGREEN_KAFKA_CONNECT_URL": self.endpoints.connect_url,
            "BLUEGREEN_SCHEMA_REGISTRY_URL": self.endpoints.registry_url,
            "BLUEGREEN_VAR_FLINK_KAFKA_SERVERS": f"{HOST}:{self.proxies['flink-kafka'].port}",
            "BLUEGREEN_VAR_FLINK_REGISTRY_URL": (
                f"http://{HOST}:{self.proxies['flink-registry'].port}/apis/ccompat/v7"
            ),
        }


@contextmanager
def wired_stack(directory: Path) -> Iterator[Wired]:
    """A stack of its own in ``directory``, ended with the block."""
    stack = LocalStack(directory)
    with ExitStack() as cleanup:
        cleanup.callback(stack.down)
        direct = stack.up(owned=True, keep_jobs=True)
        disk = SmallDisk.lay(stack.place.data / "flink" / "checkpoints")
        cleanup.callback(disk.take_away)
        proxies = _proxies(stack, cleanup)
        yield Wired(
            stack=stack,
            proxies=proxies,
            endpoints=_through(direct, proxies),
            direct=direct,
            disk=disk,
        )


def _proxies(stack: LocalStack, cleanup: ExitStack) -> dict[str, Proxy]:
    ports = read_launch(stack.place.launch_file).ports
    listeners = pick_ports(tuple(LISTENERS))
    targets = {
        "client-gateway": ports["gateway"],
        "client-flink": ports["jobmanager"],
        "client-connect": ports["connect"],
        "client-registry": ports["registry"],
        "flink-registry": ports["registry"],
        "connect-registry": ports["registry"],
        "gateway-jobmanager": ports["jobmanager"],
        "taskmanager-jobmanager": ports["jobmanager-rpc"],
        "jobmanager-taskmanager": ports["taskmanager"],
        "flink-zookeeper": ports["zookeeper"],
        **listeners,
    }
    proxies = {pair: cleanup.enter_context(Proxy(targets[pair])) for pair in PAIRS}
    _write_configurations(stack.place, ports, listeners, proxies)
    # All of Flink at once: a JobManager that met the old TaskManager would wait for its answers.
    for part in ("taskmanager", "jobmanager", "gateway"):
        stack.halt(part)
    for part in ("kafka", "connect"):
        stack.restart(part)
    return proxies


def _write_configurations(
    place: Place, ports: Mapping[str, int], listeners: Mapping[str, int], proxies: Mapping[str, Proxy]
) -> None:
    """Every server finds the others behind the proxies."""
    conf = place.conf
    kafka = with_listeners(
        (conf / "server.properties").read_text(),
        {LISTENERS[pair]: (listeners[pair], proxies[pair].port) for pair in LISTENERS},
    )
    (conf / "server.properties").write_text(kafka)
    connect = (conf / "connect.properties").read_text()
    for server in ("kafka", "registry"):
        direct, through = f"{HOST}:{ports[server]}", f"{HOST}:{proxies[f'connect-{server}'].port}"
        assert direct in connect
        connect = connect.replace(direct, through)
    (conf / "connect.properties").write_text(connect)
    around = {pair: proxy.port for pair, proxy in proxies.items()}
    settings = {conf: inside_flink(ports, around), place.gateway_conf: gateway_to_flink(around)}
    for folder, own in settings.items():
        file = folder / "config.yaml"
        file.write_text(with_settings(file.read_text(), {**_FLINK, **own}))


def inside_flink(ports: Mapping[str, int], proxies: Mapping[str, int]) -> dict[str, str]:
    """JobManager and TaskManager bind their own ports, and tell each other those of the proxies.

    With a ZooKeeper the JobManager's address is what it writes down there, its "high availability" port. What
    each asks beside: files of jobs (none, the statements are small) and metrics go straight.
    """
    return {
        "jobmanager.rpc.bind-port": str(ports["jobmanager-rpc"]),
        "high-availability.jobmanager.port": str(proxies["taskmanager-jobmanager"]),
        "taskmanager.rpc.bind-port": str(ports["taskmanager"]),
        "taskmanager.rpc.port": str(proxies["jobmanager-taskmanager"]),
        "high-availability.zookeeper.quorum": f"{HOST}:{proxies['flink-zookeeper']}",
    }


def gateway_to_flink(proxies: Mapping[str, int]) -> dict[str, str]:
    """Where the SQL gateway finds the JobManager."""
    return {"rest.port": str(proxies["gateway-jobmanager"])}


def with_listeners(properties: str, listeners: Mapping[str, tuple[int, int]]) -> str:
    """Kafka's configuration with further listeners: name → (own port, advertised port)."""
    lines = properties.splitlines()
    protocols = ",".join(f"{name}:PLAINTEXT" for name in ("CONTROLLER", "PLAINTEXT", *listeners))
    own = "".join(f",{name}://{HOST}:{port}" for name, (port, _) in listeners.items())
    told = "".join(f",{name}://{HOST}:{port}" for name, (_, port) in listeners.items())
    changed = [
        line + (own if line.startswith("listeners=") else told if line.startswith("advertised.") else "")
        for line in lines
    ]
    return "\n".join([*changed, f"listener.security.protocol.map={protocols}", ""])


def with_settings(yaml: str, settings: Mapping[str, str]) -> str:
    """Flink's configuration with these settings in place of the ones it has."""
    kept = [line for line in yaml.splitlines() if line.partition(":")[0] not in settings]
    return "\n".join([*kept, *(f'{key}: "{value}"' for key, value in settings.items()), ""])


def _through(direct: Endpoints, proxies: Mapping[str, Proxy]) -> Endpoints:
    def at(pair: str) -> str:
        return f"{HOST}:{proxies[pair].port}"

    path = direct.registry_url.partition("/apis")[2]
    return Endpoints(
        gateway_url=f"http://{at('client-gateway')}",
        flink_url=f"http://{at('client-flink')}",
        kafka={"bootstrap.servers": at("client-kafka")},
        connect_url=f"http://{at('client-connect')}",
        registry_url=f"http://{at('client-registry')}/apis{path}",
    )
