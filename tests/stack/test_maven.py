"""A download that goes wrong leaves nothing behind that a later run could take for a jar."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from jgo.maven import MavenContext

from airflow_bluegreen.exceptions import ConfigurationError, TransientError
from airflow_bluegreen.stack import maven
from airflow_bluegreen.stack.maven import VerifyingResolver
from airflow_bluegreen.stack.versions import JarSet

CONTENT = b"the bytes of a jar" * 1000
LIBRARY = "org.example:library:1.0"
POM = """<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>
<artifactId>{name}</artifactId><version>1.0</version><dependencies>{dependencies}</dependencies></project>"""
DEPENDENCY = (
    "<dependency><groupId>{group}</groupId><artifactId>{name}</artifactId><version>1.0</version></dependency>"
)

Answer = Callable[[httpx.Request], httpx.Response]


class BrokenOff(httpx.SyncByteStream):
    """A body whose connection ends in the middle."""

    def __iter__(self) -> Iterator[bytes]:
        yield CONTENT[:1000]
        raise httpx.ReadError("connection reset")


class Repository:
    """A Maven repository in memory that counts what is asked of it."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.asked: list[str] = []
        self.before: list[Answer] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/maven/")
        self.asked.append(path)
        if self.before and not path.endswith(".sha1"):
            return self.before.pop(0)(request)
        plain = path.removesuffix(".sha1")
        if plain not in self.files:
            return httpx.Response(404)
        content = self.files[plain]
        return httpx.Response(200, content=hashlib.sha1(content).hexdigest() if path != plain else content)


def context_of(folder: Path, repository: Answer) -> MavenContext:
    http = httpx.Client(transport=httpx.MockTransport(repository))
    return MavenContext(
        resolver=VerifyingResolver(http, pause_seconds=0.0),
        repo_cache=folder,
        remote_repos={"here": "http://repository.test/maven"},
    )


def library() -> Repository:
    return Repository({"org/example/library/1.0/library-1.0.jar": CONTENT})


def fetch(folder: Path, repository: Answer) -> Path:
    artifacts = maven.resolve(JarSet(name="one", single=(LIBRARY,)), context_of(folder, repository))
    return maven.download(artifacts, lambda _done: None)[0]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_jar_is_fetched_once(tmp_path: Path) -> None:
    repository = library()
    first = fetch(tmp_path, repository)
    assert first.read_bytes() == CONTENT
    asked = len(repository.asked)
    assert fetch(tmp_path, repository) == first
    assert len(repository.asked) == asked
    assert files_in(tmp_path) == [first]


def test_a_download_that_breaks_off_is_tried_again(tmp_path: Path) -> None:
    repository = library()
    repository.before = [lambda _: httpx.Response(200, stream=BrokenOff())]
    assert fetch(tmp_path, repository).read_bytes() == CONTENT


def test_a_download_that_keeps_breaking_off_leaves_nothing(tmp_path: Path) -> None:
    repository = library()
    repository.before = [lambda _: httpx.Response(200, stream=BrokenOff())] * 3
    with pytest.raises(TransientError, match=r"library-1\.0\.jar broke off: connection reset"):
        fetch(tmp_path, repository)
    assert files_in(tmp_path) == []


def test_other_bytes_than_those_published_are_not_kept(tmp_path: Path) -> None:
    repository = library()
    repository.before = [lambda _: httpx.Response(200, content=b"a login page")] * 3
    with pytest.raises(TransientError, match="has the checksum"):
        fetch(tmp_path, repository)
    assert files_in(tmp_path) == []


def test_a_server_error_is_transient(tmp_path: Path) -> None:
    repository = library()
    repository.before = [lambda _: httpx.Response(503)] * 3
    with pytest.raises(TransientError, match="503"):
        fetch(tmp_path, repository)


def test_what_no_repository_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"org\.example:library:.*1\.0 is in none of the repositories here"
    ):
        fetch(tmp_path, Repository({}))
    assert files_in(tmp_path) == []


def test_progress_counts_the_jars(tmp_path: Path) -> None:
    names = ("a", "b", "c")
    repository = Repository({f"org/example/{name}/1.0/{name}-1.0.jar": CONTENT for name in names})
    jars = JarSet(name="three", single=tuple(f"org.example:{name}:1.0" for name in names))
    seen: list[int] = []
    maven.download(maven.resolve(jars, context_of(tmp_path, repository)), seen.append)
    assert seen == [1, 2, 3]


def test_transitive_jars_are_resolved_and_provided_ones_left_out(tmp_path: Path) -> None:
    needs = DEPENDENCY.format(group="org.example", name="inner") + DEPENDENCY.format(
        group="org.host", name="api"
    )
    repository = Repository(
        {
            "org/example/outer/1.0/outer-1.0.pom": POM.format(name="outer", dependencies=needs).encode(),
            "org/example/inner/1.0/inner-1.0.pom": POM.format(name="inner", dependencies="").encode(),
            "org/host/api/1.0/api-1.0.pom": POM.format(name="api", dependencies="").encode(),
        }
    )
    jars = JarSet(name="set", resolved=("org.example:outer:1.0",), provided=("org.host",))
    names = [each.artifactId for each in maven.resolve(jars, context_of(tmp_path, repository))]
    assert names == ["outer", "inner"]


def test_an_archive_of_another_kind(tmp_path: Path) -> None:
    repository = Repository({"org/example/library/1.0/library-1.0-all.tar.gz": CONTENT})
    context = context_of(tmp_path, repository)
    packed = maven.archive(LIBRARY, context, classifier="all", packaging="tar.gz")
    assert packed.read_bytes() == CONTENT
