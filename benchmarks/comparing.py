"""How quickly two topics are compared, against librdkafka that only drains them.

    python -m benchmarks.comparing                         1,000,000 records a side, on a Kafka of its own
    python -m benchmarks.comparing --records 10000000 --differing 0 0.00001 0.01 1

``drain`` is librdkafka alone: it hands every record of the two topics to a C function that does nothing, in
the same process, with the same configuration, one topic after the other; ``drain at once`` does so in a
thread for each topic. ``hash and compare`` reads and folds both, at once where they are large, and finds the
keys that differ; its ratio to ``drain`` is what the target is about. ``plain`` is the same without compiled
code. ``whole comparison`` is all that ``bluegreen compare`` does: it looks again where something is not as
expected (the waits for that are taken off), decodes a sample and what differs, and makes every check. Each
runs in a process of its own; bytes a key are how much larger its peak is than that of the drain.
"""

import argparse
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from socket import socket

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from rich.console import Console
from rich.table import Table

from airflow_bluegreen.actions.both_sides import read_both
from airflow_bluegreen.actions.compare import compare_topics
from airflow_bluegreen.actions.subject import Subject
from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.native_library import ErrorCallback, native_library, open_client
from airflow_bluegreen.clients.native_reader import reading_settings
from airflow_bluegreen.clients.platform import open_platform
from airflow_bluegreen.core.comparison.classify import classify
from airflow_bluegreen.core.model import Column, Endpoints, Profile, Topic, WrittenSchema
from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack.artifacts import cache_directory, install
from airflow_bluegreen.stack.configs import LOGGING, kafka_properties
from airflow_bluegreen.stack.free_ports import HOST, pick_ports
from airflow_bluegreen.stack.java import find_java
from airflow_bluegreen.stack.kafka_storage import format_storage
from airflow_bluegreen.stack.status import silent

PARTITIONS = 4
_START_SECONDS = 120
_NEVER = 1 << 62


@contextmanager
def kafka(directory: Path) -> Iterator[Mapping[str, str]]:
    """A broker of its own; its configuration for clients."""
    java, installed = find_java(), install(cache_directory(), silent)
    ports = pick_ports(("kafka", "controller"))
    format_storage(java, installed, directory / "data")
    settings = kafka_properties(
        port=ports["kafka"], controller_port=ports["controller"], data=directory / "data"
    )
    (directory / "server.properties").write_text(settings)
    (directory / "log4j2.properties").write_text(LOGGING)
    command = [str(java), "-Xmx1g", f"-Dlog4j2.configurationFile={directory / 'log4j2.properties'}"]
    command += ["-cp", ":".join(map(str, installed.kafka)), "kafka.Kafka"]
    with (directory / "kafka.log").open("w") as log:
        broker = subprocess.Popen(
            [*command, str(directory / "server.properties")], stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _await_broker(ports["kafka"])
        yield {"bootstrap.servers": f"{HOST}:{ports['kafka']}"}
    finally:
        broker.terminate()
        broker.wait()


def _await_broker(port: int) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        time.sleep(0.5)
        with socket() as probe:
            if probe.connect_ex((HOST, port)) != 0:
                continue
        try:
            AdminClient({"bootstrap.servers": f"{HOST}:{port}"}).list_topics(timeout=2)
        except KafkaException:
            continue
        return
    raise SystemExit(f"Kafka did not start within {_START_SECONDS} s")


def fill(conf: Mapping[str, str], topic: str, records: int, differing: float) -> None:
    """Orders as JSON of some 150 bytes; of a share of the keys, spread evenly, the total is another one."""
    KafkaCluster(conf).create_topic(Topic(name=topic, partitions=PARTITIONS))
    producer = Producer(
        {**conf, "linger.ms": 50, "batch.size": 500_000, "queue.buffering.max.messages": 500_000}
    )
    for number in range(records):
        changed = int((number + 1) * differing) > int(number * differing)
        key, value = f"order-{number:012d}", order(number, changed=changed)
        while True:
            try:
                producer.produce(topic, value, key, number % PARTITIONS)
                break
            except BufferError:
                producer.poll(0.1)
        if number % 10_000 == 0:
            producer.poll(0)
    producer.flush()


def order(number: int, *, changed: bool) -> str:
    """The value of a record."""
    total = number % 9_973 + (1 if changed else 0)
    return (
        f'{{"order_id": "order-{number:012d}", "customer": "customer-{number % 50_021}", '
        f'"status": "delivered", "total": {total}.25, "currency": "EUR", "note": "left at the door"}}'
    )


def drained(conf: Mapping[str, str], topic: str) -> int:
    """How many records librdkafka hands over when nothing is done with them; C code counts nothing either,
    so that the ends of the partitions are found by asking now and then where it is.
    """
    cluster = KafkaCluster(conf)
    library = native_library()
    errors = ErrorCallback(lambda *_: None)
    client = open_client(library, reading_settings(conf, PARTITIONS), errors)
    queue = library.rd_kafka_queue_new(client)
    handle = library.rd_kafka_topic_new(client, topic.encode(), None)
    for part in range(PARTITIONS):
        library.rd_kafka_consume_start_queue(handle, part, 0, queue)
    expected = sum(cluster.end_offsets(topic).values()) + PARTITIONS  # each partition tells its end
    nothing = ctypes.cast(library.rd_kafka_version_str, ctypes.c_void_p)
    count = 0
    while count < expected:
        count += library.rd_kafka_consume_callback_queue(queue, 50, nothing, None)
    for part in range(PARTITIONS):
        library.rd_kafka_consume_stop(handle, part)
    library.rd_kafka_topic_destroy(handle)
    library.rd_kafka_queue_destroy(queue)
    library.rd_kafka_destroy(client)
    cluster.close()
    return count - PARTITIONS


def drained_at_once(conf: Mapping[str, str], *topics: str) -> int:
    """The same with a client and a thread for each topic."""
    with ThreadPoolExecutor(len(topics)) as pool:
        return sum(pool.map(lambda topic: drained(conf, topic), topics))


def hashed_and_compared(conf: Mapping[str, str], blue: str, green: str, native_above: int) -> tuple[int, int]:
    """Keys that are the same, and that differ."""
    cluster = KafkaCluster(conf, native_above)
    folds = [TopicFold(cluster, topic, SideReading(), keyed=True) for topic in (blue, green)]
    read_both(folds[0], folds[1], (cluster.end_offsets(blue), cluster.end_offsets(green)))
    found = classify(folds[0].fold, folds[1].fold)
    cluster.close()
    return found.match, found.differing


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Seconds on the wall and of processor time, what was found, the peak of the resident size (bytes)."""

    seconds: float
    processor: float
    found: str
    peak: int


class NoRegistry:
    """A registry that has nothing."""

    def latest(self, subject: str) -> None:
        """No schema."""

    def written(self, number: int) -> WrittenSchema:
        """No schema either."""
        raise ConfigurationError(f"no schema {number}")


class Waits:
    """The machine's time, which adds up how long it was slept."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Sleep, and remember."""
        self.slept += seconds
        time.sleep(seconds)


def compared(conf: Mapping[str, str], blue: str, green: str, waits: Waits) -> str:
    """The verdict of the whole comparison."""
    endpoints = Endpoints(
        gateway_url="http://127.0.0.1", flink_url="http://127.0.0.1", kafka=conf,
        connect_url="http://127.0.0.1", registry_url="http://127.0.0.1",
    )  # fmt: skip
    platform = open_platform(endpoints, project_path=".", project_name="bench", environment="bench")
    platform = replace(platform, schemas=NoRegistry(), clock=waits)  # type: ignore[arg-type]
    names = ("order_id", "customer", "status", "total", "currency", "note")
    columns = tuple(Column(name=name, type="DOUBLE" if name == "total" else "STRING") for name in names)
    subject = Subject(
        table="orders", blue=blue, green=green, primary_key=("order_id",), columns=columns,
        blue_columns=columns,
    )  # fmt: skip
    profile = Profile(name="bench", dialect="open-source")
    found = compare_topics(platform, subject, profile, lambda _: None)
    return f"{found.verdict}: {found.keys.match:,} equal, {found.keys.diff:,} differ"


def perform(way: str, conf: Mapping[str, str], green: str) -> Run:
    """One way, in this process."""
    waits = Waits()
    ways: dict[str, Callable[[], object]] = {
        "drain": lambda: drained(conf, "blue") + drained(conf, green),
        "drain at once": lambda: drained_at_once(conf, "blue", green),
        "hash and compare": lambda: hashed_and_compared(conf, "blue", green, 0),
        "plain": lambda: hashed_and_compared(conf, "blue", green, _NEVER),
        "whole comparison": lambda: compared(conf, "blue", green, waits),
    }
    begun, spent = time.perf_counter(), time.process_time()
    found = ways[way]()
    return Run(
        seconds=time.perf_counter() - begun - waits.slept,
        processor=time.process_time() - spent,
        found=str(found),
        peak=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
    )


def measured(way: str, conf: Mapping[str, str], green: str) -> Run:
    """One way, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.comparing", "--perform", way, "--green", green]
    told = subprocess.run(
        [*command, "--servers", conf["bootstrap.servers"]], check=True, capture_output=True, text=True
    )
    return Run(**json.loads(told.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--differing", type=float, nargs="+", default=[0.0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="also without compiled code")
    parser.add_argument("--whole", action="store_true", help="also the whole comparison")
    for hidden in ("--perform", "--green", "--servers"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.perform:
        from airflow_bluegreen.clients import compiled_hashing  # noqa: F401 -- compiled before the clock runs

        run = perform(options.perform, {"bootstrap.servers": options.servers}, options.green)
        print(json.dumps(asdict(run)))
        return
    console = Console(width=110)
    ways = ["drain", "drain at once", "hash and compare", *(["plain"] if options.plain else [])]
    ways += ["whole comparison"] if options.whole else []
    with tempfile.TemporaryDirectory() as name, kafka(Path(name)) as conf:
        fill(conf, "blue", options.records, 0.0)
        for share in options.differing:
            green = f"green-{share:g}"
            fill(conf, green, options.records, share)
            compare(console, conf, green, share, ways, options)
            KafkaCluster(conf).delete_topic(green)


def compare(
    console: Console,
    conf: Mapping[str, str],
    green: str,
    share: float,
    ways: Sequence[str],
    options: argparse.Namespace,
) -> None:
    """Print a table of one pair of topics; each way's best run counts."""
    load = os.getloadavg()[0]
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    for _ in range(options.repeat):
        for way in ways:
            runs[way].append(measured(way, conf, green))
    best = {way: min(found, key=lambda run: run.seconds) for way, found in runs.items()}
    loads = f"load {load:.1f} to {os.getloadavg()[0]:.1f}"
    table = Table(title=f"2 x {options.records:,} records, {share:.3%} differ, {loads}")
    for heading in ("", "seconds", "processor s", "records/s", "of the drain", "bytes a key"):
        table.add_column(heading, justify="left" if not heading else "right")
    for way, run in best.items():
        table.add_row(
            way,
            f"{run.seconds:.2f}",
            f"{run.processor:.2f}",
            f"{2 * options.records / run.seconds:,.0f}",
            f"{best['drain'].seconds / run.seconds:.2f}",
            f"{(run.peak - best['drain'].peak) / options.records:.0f}",
        )
        console.print(f"{way}: {run.found}", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
