"""The per-user cache of everything that is downloaded or computed once."""

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Collection
from dataclasses import astuple
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING
from zipfile import ZipFile

from airflow_bluegreen.stack import maven, versions
from airflow_bluegreen.stack.files import made, move_folder, write_whole
from airflow_bluegreen.stack.installed import Installed
from airflow_bluegreen.stack.lock import file_lock
from airflow_bluegreen.stack.postgres import binaries_for, unpack
from airflow_bluegreen.stack.status import Progress
from airflow_bluegreen.stack.versions import JarSet

if TYPE_CHECKING:
    from jgo.maven import MavenContext


def cache_directory() -> Path:
    """``BLUEGREEN_CACHE_DIR``, or the platform's cache folder of this user."""
    from platformdirs import user_cache_path

    configured = os.environ.get("BLUEGREEN_CACHE_DIR")
    return Path(configured).expanduser().resolve() if configured else user_cache_path("bluegreen")


def install(cache: Path, report: Progress, extras: Collection[str] = ()) -> Installed:
    """Make sure that every artifact is in ``cache``; downloads only what is not there.

    :param extras: keys of ``versions.OPTIONAL_PLUGINS``.

    Two processes may do this at once: one works, the other waits. What is present is complete, because each
    file and folder is made aside and then renamed.

    :raises TransientError: the network failed; a second run goes on where this one stopped.
    :raises ConfigurationError: an artifact is in none of the configured repositories.
    """
    with file_lock(cache / "install.lock"), maven.http_client() as http:
        context = maven.maven_context(cache / "maven", http)
        flink = _jars(versions.FLINK_JARS, cache, context, report)
        kafka = _jars(versions.KAFKA_JARS, cache, context, report)
        sets = [versions.PLUGIN_SETS, *((versions.OPTIONAL_PLUGINS[name],) for name in sorted(extras))]
        plugins = tuple(_plugins(one, cache, context, report) for one in sets)
        postgres = _postgres(cache, context, report) if "jdbc" in extras else None
        registry = _registry(cache, context, report)
    return Installed(
        flink=flink, kafka=kafka, plugins=plugins, registry=registry, cache=cache, postgres=postgres
    )


def _jars(jars: JarSet, cache: Path, context: "MavenContext", report: Progress) -> tuple[Path, ...]:
    """The class path of a set; the list is kept, since resolving reads some hundred POMs."""
    fingerprint = _fingerprint(jars.resolved, jars.single, jars.provided)
    kept = cache / "classpaths" / f"{jars.name}-{fingerprint}.json"
    if kept.exists():
        paths = tuple(cache / "maven" / each for each in json.loads(kept.read_text()))
        if all(path.exists() for path in paths):
            return paths
    report("download", f"{jars.name}: resolving")
    artifacts = maven.resolve(jars, context)
    total = len(artifacts)
    paths = maven.download(artifacts, lambda done: report("download", f"{jars.name}: {done} of {total} jars"))
    relative = [path.relative_to(cache / "maven").as_posix() for path in paths]
    write_whole(kept, json.dumps(relative, indent=1))
    return paths


def _plugins(sets: tuple[JarSet, ...], cache: Path, context: "MavenContext", report: Progress) -> Path:
    """A plugin folder of Connect: a folder of jars for each plugin."""
    folder = cache / "plugins" / _fingerprint(*map(astuple, sets))
    if not folder.exists():
        filled = {jars.name: _jars(jars, cache, context, report) for jars in sets}
        with_all = Path(mkdtemp(dir=made(folder.parent), prefix=".new-"))
        for name, paths in filled.items():
            made(with_all / name)
            for path in paths:
                shutil.copy2(path, with_all / name / path.name)
        for jars in sets:
            declare_services(jars, with_all / jars.name / "services.jar")
        move_folder(with_all, folder)
    return folder


def declare_services(jars: JarSet, target: Path) -> None:
    """Add the service files by which Connect finds plugins without scanning every class of every jar."""
    if jars.services:
        with ZipFile(target, "w") as jar:
            for interface, implementation in jars.services:
                jar.writestr(f"META-INF/services/{interface}", f"{implementation}\n")


def _registry(cache: Path, context: "MavenContext", report: Progress) -> Path:
    folder = cache / "registry" / versions.APICURIO
    if not folder.exists():
        report("download", f"schema registry {versions.APICURIO}")
        packed = maven.archive(versions.REGISTRY_ARCHIVE, context, classifier="all", packaging="tar.gz")
        unpacked = Path(mkdtemp(dir=made(folder.parent), prefix=".new-"))
        with tarfile.open(packed) as tar:
            tar.extractall(unpacked, filter="data")
        move_folder(unpacked, folder)
        packed.unlink()
    return folder


def _postgres(cache: Path, context: "MavenContext", report: Progress) -> Path:
    artifact = binaries_for()
    folder = cache / "postgres" / f"{artifact}-{versions.POSTGRES}"
    if not folder.exists():
        report("download", f"PostgreSQL {versions.POSTGRES}")
        coordinate = f"io.zonky.test.postgres:{artifact}:{versions.POSTGRES}"
        unpack(maven.archive(coordinate, context, classifier="", packaging="jar"), folder)
    return folder


def _fingerprint(*content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
