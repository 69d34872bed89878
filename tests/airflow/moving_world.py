"""A small project in a real git repository, v1.0.0 of it live on fake servers."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from airflow_bluegreen.clients.git import GitRepository
from tests.airflow.golden_world import release_all
from tests.airflow.shared_cluster import SharedCluster
from tests.airflow.small_world import fill_raw, small_files
from tests.core.golden import edited, files_of, table
from tests.fakes.platform import FakeCluster

AUTHOR = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")


class Clone:
    """A git repository with a working tree, as a person works in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", *AUTHOR, *words], cwd=self.path, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str]) -> None:
        """Write the files, and commit them."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change the project")


def project(path: Path, environment: str) -> Clone:
    """The project with v1.0.0, and v1.0.1 with a table more, which ``main`` does not have."""
    clone, files = Clone(path), small_files(environment)
    clone.commit(files)
    clone.git("tag", "v1.0.0")
    clone.git("checkout", "--quiet", "-b", "release/v1.0.1")
    changed = edited(files, {"dml.fact_o.sql": ("amount AS total", "amount * 2 AS total")})
    clone.commit(changed | reading("view_o", "fact_o"))
    clone.git("tag", "v1.0.1")
    clone.git("checkout", "--quiet", "main")
    return clone


def reading(name: str, parent: str) -> dict[str, str]:
    """The files of a table that reads another one."""
    ddl = table(name, "id STRING NOT NULL", "total INT")
    return files_of("views", name, ddl, f"INSERT INTO {name} SELECT id, total FROM {parent};\n")


def live(place: Path, clone: Clone, environment: str) -> SharedCluster:
    """The environment's cluster, with v1.0.0 of the clone."""
    cluster = FakeCluster(environment=environment)
    fill_raw(cluster)
    release_all(cluster, environment, repository=GitRepository(str(clone.path)))
    return SharedCluster(place.with_name(f"{environment}-{place.name}")).create(cluster)
