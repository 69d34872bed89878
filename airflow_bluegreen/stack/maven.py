"""Jars from Maven coordinates, in pure Python, into a cache that a broken download cannot poison."""

import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile

import httpx
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext, PythonResolver
from jgo.parse import Coordinate
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from airflow_bluegreen.exceptions import ConfigurationError, TransientError
from airflow_bluegreen.stack.versions import JarSet

_TIMEOUT = httpx.Timeout(60.0, connect=15.0)
_PARALLEL_DOWNLOADS = 8


class VerifyingResolver(PythonResolver):
    """Puts a file into the local repository only when it is whole and its checksum is right.

    The resolver it extends writes straight to the final place and only warns about a wrong checksum.
    """

    def __init__(self, http: httpx.Client, *, pause_seconds: float = 0.5) -> None:
        super().__init__()
        self._http = http
        self._pause_seconds = pause_seconds

    def download(self, artifact: Artifact) -> Path | None:
        """Fetch ``artifact`` from the first repository that has it and return its path.

        :raises ConfigurationError: no repository has it.
        :raises TransientError: the connection broke off, or the checksum is wrong, three times in a row.
        """
        target = artifact.cached_path
        if target is None or target.exists():
            return target
        attempts = Retrying(
            retry=retry_if_exception_type(TransientError),
            stop=stop_after_attempt(3),
            wait=wait_exponential(multiplier=self._pause_seconds, max=5),
            reraise=True,
        )
        for repository in artifact.context.remote_repos.values():
            url = f"{repository}/{artifact.component.path_prefix.as_posix()}/{artifact.filename}"
            if attempts(self._fetch, url, target):
                return target
        raise ConfigurationError(
            f"{artifact} is in none of the repositories {', '.join(artifact.context.remote_repos)}",
            remedy="Add the repository that has it to jgo's configuration file",
        )

    def _fetch(self, url: str, target: Path) -> bool:
        """Download ``url`` to ``target`` in one step; False where the server does not have it."""
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha1(usedforsecurity=False)
        with NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as part:
            try:
                with self._http.stream("GET", url) as response:
                    if response.status_code == httpx.codes.NOT_FOUND:
                        os.unlink(part.name)
                        return False
                    response.raise_for_status()
                    for chunk in response.iter_bytes(1 << 18):
                        part.write(chunk)
                        digest.update(chunk)
                self._verify(url, digest.hexdigest())
            except httpx.HTTPError as error:
                os.unlink(part.name)
                raise TransientError(
                    f"download of {target.name} broke off: {error}", remedy="Run the same command again"
                ) from error
            except BaseException:
                os.unlink(part.name)
                raise
        os.replace(part.name, target)
        return True

    def _verify(self, url: str, actual: str) -> None:
        answer = self._http.get(f"{url}.sha1")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return
        answer.raise_for_status()
        expected = answer.text.split()[0].lower()
        if actual != expected:
            name = url.rpartition("/")[2]
            raise TransientError(
                f"{name} has the checksum {actual}, not {expected}", remedy="Run the same command again"
            )


def maven_context(repository: Path, http: httpx.Client) -> MavenContext:
    """Where artifacts come from and are kept: the repositories of jgo's configuration, or Maven Central."""
    configured = GlobalSettings.load().repositories
    return MavenContext(
        resolver=VerifyingResolver(http),
        repo_cache=repository,
        remote_repos=configured or {"central": MAVEN_CENTRAL_URL},
    )


def http_client() -> httpx.Client:
    """The client for downloads; follows redirects, because mirrors answer with them."""
    return httpx.Client(timeout=_TIMEOUT, follow_redirects=True)


def resolve(jars: JarSet, context: MavenContext) -> tuple[Artifact, ...]:
    """The artifacts of a set, without downloading the jars themselves (POMs are)."""
    # raw: a coordinate is not used as a bill of materials for the others, which would let an old one pull
    # Flink's own modules down to its version.
    wanted = [replace(Coordinate.parse(text), scope="compile", raw=True) for text in jars.resolved]
    found: list[Artifact] = [_single(text, context) for text in jars.single]
    if wanted:
        direct, transitive = context.resolver.resolve([context.create_dependency(each) for each in wanted])
        needed = [*direct, *(each for each in transitive if each.scope in ("compile", "runtime"))]
        found += [each.artifact for each in needed if not each.groupId.startswith(jars.provided)]
    return tuple(found)


def archive(coordinate: str, context: MavenContext, *, classifier: str, packaging: str) -> Path:
    """Download one artifact of another kind than a jar, ``coordinate`` being ``group:artifact:version``."""
    return _path(_single(coordinate, context, classifier, packaging))


def download(artifacts: tuple[Artifact, ...], progress: Callable[[int], None]) -> tuple[Path, ...]:
    """Fetch all jars, some at a time; ``progress`` gets the number done."""
    with ThreadPoolExecutor(_PARALLEL_DOWNLOADS) as pool:
        paths = []
        for number, path in enumerate(pool.map(_path, artifacts), start=1):
            paths.append(path)
            progress(number)
    return tuple(paths)


def _path(artifact: Artifact) -> Path:
    return Path(artifact.resolve())


def _single(text: str, context: MavenContext, classifier: str = "", packaging: str = "jar") -> Artifact:
    group, name, version = text.split(":")
    component = context.project(group, name).at_version(version)
    return component.artifact(classifier=classifier, packaging=packaging)
