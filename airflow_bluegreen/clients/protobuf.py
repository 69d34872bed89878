"""Protobuf schemas as descriptors, compiled with protoc, which comes in grpcio-tools."""

import logging
import tempfile
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path, PurePosixPath

from airflow_bluegreen.exceptions import ConfigurationError

log = logging.getLogger(__name__)

MAIN = "bluegreen_main.proto"


def descriptors(text: str, imports: Mapping[str, str], what: str) -> bytes:
    """A serialised ``FileDescriptorSet``: what the schema imports first, the schema itself last.

    :param imports: import path → text, of everything that is imported at any depth; Google's well-known types
        are known without.
    :param what: names the schema in the error.

    Raises ConfigurationError without grpcio-tools, or where protoc refuses the schema.
    """
    try:
        from grpc_tools import protoc
    except ImportError as error:
        raise ConfigurationError(
            f"{what} is Protobuf, which needs grpcio-tools",
            remedy="Install airflow-bluegreen[protobuf]",
        ) from error
    with tempfile.TemporaryDirectory() as folder, as_file(files("grpc_tools") / "_proto") as known:
        root = Path(folder)
        for name, content in {**imports, MAIN: text}.items():
            target = root / _inside(name, what)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)
        made = root / "made.bin"
        command = [
            "protoc",
            f"-I{root}",
            f"-I{known}",
            "--include_imports",
            f"--descriptor_set_out={made}",
            MAIN,
        ]
        if protoc.main(command) != 0:
            raise ConfigurationError(
                f"{what} is no Protobuf schema that protoc accepts",
                remedy="The lines before say what it refuses",
            )
        return made.read_bytes()


def _inside(name: str, what: str) -> PurePosixPath:
    """Names come from a registry: none may point out of the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ConfigurationError(f"{what} imports {name!r}, which is no name of a file")
    return path
