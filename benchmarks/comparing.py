"""How quickly two topics are compared, against librdkafka that only drains them.

    python -m benchmarks.comparing                         1,000,000 records a side, on a Kafka of its own
    python -m benchmarks.comparing --records 10000000 --differing 0 0.00001 0.01 1

``drain`` is librdkafka alone: it hands every record of the two topics to a C function that does nothing, in
the same process, with the same configuration, one topic after the other. ``hash and compare`` reads and folds
both and finds the keys that differ; that is what the ratio is about. ``plain`` is the same without compiled
code.
"""

import argparse
import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from confluent_kafka import KafkaException, Producer
from confluent_kafka.admin import AdminClient
from rich.console import Console
from rich.table import Table

from airflow_bluegreen.actions.topic_reading import SideReading, TopicFold
from airflow_bluegreen.clients import native_reader
from airflow_bluegreen.clients.kafka import KafkaCluster
from airflow_bluegreen.clients.librdkafka import consumer_settings
from airflow_bluegreen.clients.native_library import ErrorCallback, native_library, open_client
from airflow_bluegreen.core.comparison.classify import classify
from airflow_bluegreen.core.model import Topic
from airflow_bluegreen.stack.artifacts import cache_directory, install
from airflow_bluegreen.stack.configs import LOGGING, kafka_properties
from airflow_bluegreen.stack.free_ports import HOST, pick_ports
from airflow_bluegreen.stack.java import find_java
from airflow_bluegreen.stack.kafka_storage import format_storage
from airflow_bluegreen.stack.status import silent

PARTITIONS = 4
TARGET = 0.9
BYTES_PER_KEY = 64
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
    settings = {name: one for name, one in consumer_settings(conf).items() if name != "group.id"}
    client = open_client(library, settings, errors)
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


def hashed_and_compared(conf: Mapping[str, str], blue: str, green: str, native_above: int) -> tuple[int, int]:
    """Keys that are the same, and that differ."""
    cluster = KafkaCluster(conf, native_above)
    folds = []
    for topic in (blue, green):
        fold = TopicFold(cluster, topic, SideReading(), keyed=True)
        fold.read_to(cluster.end_offsets(topic))
        folds.append(fold)
    found = classify(folds[0].fold, folds[1].fold)
    cluster.close()
    return found.match, found.differing


def measured(action: Callable[[], object]) -> tuple[float, float, int, object]:
    """Seconds on the wall, of processor time, growth of the resident size (bytes, at most), the result."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = _resident("VmRSS")
    spent = time.process_time()
    begun = time.perf_counter()
    result = action()
    took = time.perf_counter() - begun
    return took, time.process_time() - spent, _resident("VmHWM") - before, result


def _resident(what: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--differing", type=float, nargs="+", default=[0.0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--plain", action="store_true", help="also without compiled code")
    options = parser.parse_args()
    console = Console()
    native_reader.native_reading()
    from airflow_bluegreen.clients import compiled_hashing  # noqa: F401 -- compiled before anything is timed

    with tempfile.TemporaryDirectory() as name, kafka(Path(name)) as conf:
        fill(conf, "blue", options.records, 0.0)
        for share in options.differing:
            green = f"green-{share:g}"
            fill(conf, green, options.records, share)
            compare(console, conf, green, share, options)


def compare(
    console: Console, conf: Mapping[str, str], green: str, share: float, options: argparse.Namespace
) -> None:
    """Print a table of one pair of topics."""
    table = Table(title=f"2 x {options.records:,} records, {share:.3%} differ, load {os.getloadavg()[0]:.1f}")
    for heading in ("", "seconds", "processor", "records/s", "of the drain", "bytes a key"):
        table.add_column(heading, justify="left" if not heading else "right")
    ways: dict[str, Callable[[], object]] = {
        "drain": lambda: drained(conf, "blue") + drained(conf, green),
        "hash and compare": lambda: hashed_and_compared(conf, "blue", green, 0),
    }
    if options.plain:
        ways["plain"] = lambda: hashed_and_compared(conf, "blue", green, _NEVER)
    best: dict[str, tuple[float, float, int, object]] = {}
    for _ in range(options.repeat):
        for way, action in ways.items():
            found = measured(action)
            if way not in best or found[0] < best[way][0]:
                best[way] = found
    for way, (took, processor, grown, result) in best.items():
        ratio = best["drain"][0] / took
        per_key = (grown - best["drain"][2]) / options.records
        rate = 2 * options.records / took
        table.add_row(
            way, f"{took:.2f}", f"{processor:.2f}", f"{rate:,.0f}", f"{ratio:.2f}", f"{per_key:.0f}"
        )
        console.print(f"{way}: {result}", highlight=False)
    console.print(table)


if __name__ == "__main__":
    main()
