"""``python -m airflow_bluegreen.demo.generator``: fills the raw topics and goes on until it is stopped.

Runs beside a release, so that blue and green are compared on data that moves.
"""

import argparse
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Event
from typing import IO

from airflow_bluegreen.core.model import Endpoints
from airflow_bluegreen.demo.raw_topics import RawTopics
from airflow_bluegreen.demo.records import Shop, Sizes
from airflow_bluegreen.exceptions import TransientError

SEED = 20_260_101
RATE = 20.0
_OPENED = "opened"
_STOP_SECONDS = 15.0
_PR_SET_PDEATHSIG = 1


@contextmanager
def running_generator(
    endpoints: Endpoints, *, seed: int = SEED, sizes: Sizes | None = None, rate: float = RATE
) -> Iterator[subprocess.Popen[str]]:
    """A generator in a process of its own, from its initial batch on until the block ends.

    The block is entered once Kafka has acknowledged the initial batch. The process ends with this one, in
    whatever way that ends.

    :param rate: records a second after the initial batch; 0 for none.
    :raises TransientError: it ended before that; its messages are on standard error.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, *_arguments(endpoints, seed, sizes or Sizes(), rate)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            _await_opening(process.stdout)
            yield process
        finally:
            _stop(process)


def run(endpoints: Endpoints, *, seed: int, sizes: Sizes, rate: float, stop: Event) -> None:
    """Send the initial batch at once, then ``rate`` records a second until ``stop`` is set."""
    shop = Shop(seed)
    with RawTopics(endpoints) as topics:
        sent = topics.send(shop.opening(sizes))
        topics.flush()
        sys.stdout.write(f"{_OPENED} {sent}\n")
        sys.stdout.flush()
        business = shop.business()
        while not stop.wait(1 / rate if rate else None):
            topics.send(islice(business, 1))


def main() -> int:
    """The command; exit code 1 with one line on standard error when Kafka or the registry fails."""
    arguments = _parser().parse_args()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    _end_with(arguments.parent)
    endpoints = Endpoints(
        gateway_url="",
        flink_url="",
        connect_url="",
        kafka={"bootstrap.servers": arguments.bootstrap_servers},
        registry_url=arguments.registry_url,
    )
    sizes = Sizes(
        customers=arguments.customers,
        orders=arguments.orders,
        payments=arguments.payments,
        shipments=arguments.shipments,
    )
    try:
        run(endpoints, seed=arguments.seed, sizes=sizes, rate=arguments.rate, stop=stop)
    except TransientError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    sizes = Sizes()
    parser = argparse.ArgumentParser(prog="python -m airflow_bluegreen.demo.generator", description=__doc__)
    parser.add_argument("--bootstrap-servers", required=True)
    parser.add_argument("--registry-url", required=True, help="the Confluent-compatible base path")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--rate", type=float, default=RATE, help="records a second after the initial batch")
    for name in ("customers", "orders", "payments", "shipments"):
        parser.add_argument(f"--{name}", type=int, default=getattr(sizes, name))
    parser.add_argument("--parent", type=int, default=0, help="pid of the process to end with")
    return parser


def _arguments(endpoints: Endpoints, seed: int, sizes: Sizes, rate: float) -> list[str]:
    options = {
        "bootstrap-servers": endpoints.kafka["bootstrap.servers"],
        "registry-url": endpoints.registry_url,
        "seed": seed,
        "rate": rate,
        "customers": sizes.customers,
        "orders": sizes.orders,
        "payments": sizes.payments,
        "shipments": sizes.shipments,
        "parent": os.getpid(),
    }
    return [f"--{name}={value}" for name, value in options.items()]


def _end_with(parent: int) -> None:
    """Let Linux send SIGTERM when the parent ends; one that ended before this call counts as well."""
    if not parent:
        return
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(0)


def _await_opening(output: IO[str] | None) -> None:
    line = output.readline() if output else ""
    if not line.startswith(_OPENED):
        raise TransientError(
            "the generator ended before its initial batch was written",
            remedy="Its messages are on standard error; look whether the stack is up",
        )


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(main())
