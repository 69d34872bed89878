"""Where a command reads a project from: a commit, the files of a checkout, or a folder without git."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer

from airflow_bluegreen.actions.since import commit_since
from airflow_bluegreen.cli.edits import finish_interrupted
from airflow_bluegreen.clients.git import GitRepository
from airflow_bluegreen.clients.sql_cache import open_cache
from airflow_bluegreen.clients.sql_helpers import open_helpers
from airflow_bluegreen.core.model import Commit, Project
from airflow_bluegreen.core.project import PROJECT_SUFFIXES, read_project
from airflow_bluegreen.core.reading import FrontEnd
from airflow_bluegreen.exceptions import ConfigurationError, ProjectError, RefusedError, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A project's folder on this machine, with its repository where it is in one."""

    folder: Path
    repository: GitRepository | None
    front_end: FrontEnd = field(default_factory=lambda: FrontEnd(open_cache(), open_helpers()))

    def at(self, commit: Commit) -> Project:
        """The project as a commit holds it."""
        return read_project(self.files_at(commit), commit, self.front_end)

    def as_it_is(self) -> Project:
        """The project as its files are now, committed or not."""
        return read_project(self.files_as_they_are(), None, self.front_end)

    def files_at(self, commit: Commit) -> Mapping[str, str]:
        """Text by path of the files in a commit that may belong to a project."""
        return self.git().read_files(commit, PROJECT_SUFFIXES)

    def files_as_they_are(self) -> Mapping[str, str]:
        """The same of the files on disk; in a checkout those that git knows or would add.

        An edit that was interrupted is brought to its end first. Raises ConfigurationError in a bare
        repository.
        """
        if finished := finish_interrupted(self.folder):
            typer.echo(f"note: finished an edit that was interrupted, {finished} files", err=True)
        if self.repository is None:
            return read_folder(self.folder, PROJECT_SUFFIXES)
        if self._is_bare:
            raise ConfigurationError(
                f"{self.folder} is a bare repository, without files", remedy="Name a branch, tag or commit"
            )
        listed = self.repository.listed_files()
        if not listed:  # a folder that the repository around it ignores
            return read_folder(self.folder, PROJECT_SUFFIXES)
        wanted = (path for path in listed if path.endswith(PROJECT_SUFFIXES))
        files = {path: self.folder / path for path in wanted}
        return {
            path: _text(file, path)
            for path, file in files.items()
            if file.is_file() and not file.is_symlink()
        }

    def links(self, ref: str | None) -> tuple[str, ...]:
        """The files that would belong to a project at that ref and are symbolic links, which nobody follows.

        At None of the files as they are, or of HEAD in a bare repository.
        """
        if self.repository is not None and (ref is not None or self._is_bare):
            return self.repository.links(self.repository.resolve(ref or "HEAD"), PROJECT_SUFFIXES)
        listed = self.repository.listed_files() if self.repository is not None else ()
        paths = listed or tuple(_below(self.folder))
        return tuple(
            path for path in paths if path.endswith(PROJECT_SUFFIXES) and (self.folder / path).is_symlink()
        )

    def read(self, ref: str | None) -> Project:
        """The project at a ref; at None as its files are, or at HEAD of a bare repository."""
        if ref is not None:
            return self.at(self.git().resolve(ref))
        return self.at(self.git().resolve("HEAD")) if self._is_bare else self.as_it_is()

    def git(self) -> GitRepository:
        """The repository. Raises ConfigurationError for a folder without one."""
        if self.repository is None:
            raise ConfigurationError(
                f"{self.folder} is not in a git repository",
                remedy="Leave refs and dates out, or `git init` it",
            )
        return self.repository

    def base_of(self, since: str | None, ref: str | None, release: Project) -> Commit | None:
        """What a release is compared with.

        :param since: a date, tag, branch or sha; None for the latest release tag before.
        :param ref: the branch or tag that is the release; None for the files as they are.

        None where there is no release tag before, and for a folder without git.
        """
        if since is not None:
            return commit_since(self.git(), since, ref or "HEAD")
        if ref is not None:
            return self.git().latest_tag_before(ref, release.release_tags)
        return self._tag_below_files(release) if self.repository else None

    @property
    def _is_bare(self) -> bool:
        return self.repository is not None and self.repository.is_bare()

    def _tag_below_files(self, release: Project) -> Commit | None:
        """The tag at HEAD when the files differ from it, else the one before: a clean checkout *is* the
        release.
        """
        head = self.git().resolve("HEAD")
        tag = self.git().latest_tag_at_or_before(head.sha, release.release_tags)
        if tag is not None and tag.sha == head.sha and dict(self.at(head).files) == dict(release.files):
            return self.git().latest_tag_before(head.sha, release.release_tags)
        return tag


def open_source(path: Path) -> Source:
    """The project at a path. Raises ConfigurationError where there is no such folder."""
    if not path.is_dir():
        raise ConfigurationError(f"no folder {path}", remedy="Give the project's folder with --project")
    repository = GitRepository(path)
    return Source(folder=path, repository=repository if repository.exists() else None)


def read_folder(folder: Path, suffixes: Sequence[str]) -> Mapping[str, str]:
    """Text of every file with one of the suffixes, by path from the folder; hidden folders and links are left
    out.
    """
    wanted = (path for path in _below(folder) if path.endswith(tuple(suffixes)))
    return {path: _text(folder / path, path) for path in wanted if not (folder / path).is_symlink()}


def _below(folder: Path) -> Iterator[str]:
    """Every file below a folder, by path from there, in order; without those in hidden folders."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        for name in sorted(names):
            yield Path(parent, name).relative_to(folder).as_posix()


def read_names(file: Path) -> tuple[str, ...]:
    """The table names in a list, one a line; empty lines and what follows a # are skipped."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"cannot read {file}", remedy="Give a text file, a table name a line"
        ) from error
    names = tuple(dict.fromkeys(name for line in lines if (name := line.partition("#")[0].strip())))
    if not names:
        raise RefusedError(f"{file} names no table", remedy="Write a table name a line")
    return names


def _text(file: Path, path: str) -> str:
    try:
        return file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise ProjectError("not UTF-8", where=Where(path=path), remedy="Save the file as UTF-8") from error
    except OSError as error:
        raise ConfigurationError(
            f"cannot read {file}: {error.strerror}", remedy="Check its permissions"
        ) from error
