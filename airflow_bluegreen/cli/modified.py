"""What ``list-modified-files`` writes: every modified file with what its change means, and the short list."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_bluegreen.cli.edits import write_all
from airflow_bluegreen.cli.sources import Source
from airflow_bluegreen.core.changes import TableChange, table_changes
from airflow_bluegreen.core.lifecycle import live_names
from airflow_bluegreen.core.model import ChangeKind, Project, Trigger
from airflow_bluegreen.core.project import read_project, table_of
from airflow_bluegreen.core.versioning import in_text

if TYPE_CHECKING:
    from airflow_bluegreen.ports import Platform

FILES_NAME = "modified_flink_files.json"
SHORT_NAME = "modified_flink_files_short.txt"

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What is compared with what, and what differs.

    ``base`` is None where there is no release tag before. ``files_before`` and ``files`` are the texts of
    both sides by path, those among them too that do not belong to the project.
    """

    branch: str | None
    base: Project | None
    release: Project
    files_before: Mapping[str, str]
    files: Mapping[str, str]
    changes: tuple[TableChange, ...]
    submodules: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def read_sides(source: Source, branch: str | None, since: str | None) -> Sides:
    """Read both sides out of git.

    :param branch: branch, tag or commit; None for the files as they are, which stand on HEAD.
    :param since: date, tag, branch or commit; None for the latest release tag before.
    """
    commit = source.git().resolve(branch or "HEAD")
    files = source.files_at(commit) if branch else source.files_as_they_are()
    release = read_project(files, commit if branch else None, source.front_end)
    submodules = source.git().submodules(commit)
    before = source.base_of(since, branch, release)
    files_before = source.files_at(before) if before else {}
    base = read_project(files_before, before, source.front_end) if before else None
    return Sides(
        branch=branch,
        base=base,
        release=release,
        files_before=files_before,
        files=files,
        changes=table_changes(base, release),
        submodules=submodules,
        links=source.links(commit.sha if branch else None),
    )


def modified_files(sides: Sides, suffix: str) -> list[dict[str, object]]:
    """One entry a modified file, by table and path.

    ``change`` is ``new`` or ``removed`` for such tables, else the file's own ``none``, ``cosmetic`` or
    ``semantic``; ``running`` is unknown (None) here, see :func:`as_it_runs`.
    """
    entries = [
        _entry(change.table, path, _word(change, kind), same=kind is not ChangeKind.SEMANTIC)
        for change in sides.changes
        for path, kind in change.files.items()
    ]
    entries += _connector_entries(sides.base, sides.release)
    wanted = "." + suffix.lstrip(".*")
    return [entry for entry in entries if str(entry["file_modified_url"]).endswith(wanted)]


def short_list(sides: Sides) -> list[str]:
    """The tables to deploy because their meaning changed or they are new, by name."""
    return [change.table for change in sides.changes if change.semantic and not change.removed]


def as_it_runs(
    sides: Sides, entries: list[dict[str, object]], names: list[str], platform: "Platform", environment: str
) -> tuple[list[dict[str, object]], list[str]]:
    """The same two lists with what the servers of an environment know; reads only.

    ``running`` says whether a job fills the table. The tables whose raw topics have a newer schema than when
    the live table was planned come in with all their files, as ``schema-change``.

    Raises ConflictError when such a schema is not compatible, TransientError when a server is not reached.
    """
    from airflow_bluegreen.actions.jobs import jobs_filling
    from airflow_bluegreen.actions.source_schemas import newer, read_source_schemas

    records = platform.releases.records()
    changed = newer(read_source_schemas(platform.schemas, records, sides.release, environment))
    listed = {entry["table_name"] for entry in entries}
    found = [
        *entries,
        *(
            _entry(table, path, str(Trigger.SCHEMA_CHANGE), same=True)
            for table in changed
            if table not in listed
            for path in dict.fromkeys(
                one.statement.where.path for one in sides.release.tables[table].statements
            )
        ),
    ]
    live, jobs = live_names(records), platform.jobs.jobs()
    for entry in found:
        table = str(entry["table_name"])
        physical = live.get(table) or _physical_before(sides, table)
        entry["running"] = bool(jobs_filling(jobs, environment, physical)) if physical else False
    return found, [*names, *(table for table in changed if table not in names)]


def _physical_before(sides: Sides, table: str) -> str | None:
    before = (sides.base or sides.release).tables.get(table)
    return before.physical if before else None


def write_lists(
    folder: Path, description: str, entries: list[dict[str, object]], names: list[str]
) -> tuple[Path, Path]:
    """Write both files into a folder, which is made where it is missing; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"description": description, "file_list": entries}, indent=2, ensure_ascii=False)
    long, short = folder / FILES_NAME, folder / SHORT_NAME
    write_all(folder, {FILES_NAME: f"{content}\n", SHORT_NAME: "".join(f"{name}\n" for name in names)})
    return long, short


def described(sides: Sides) -> str:
    """The sentence that heads the list."""
    commit, base = sides.release.commit, sides.base.commit if sides.base else None
    where = f"{sides.branch} ({commit.sha[:10]})" if commit else "the working tree"
    if base is None:
        return f"All files of {where}, as there is no release tag before"
    return f"Files modified {'on' if commit else 'in'} {where} since {base.ref} ({base.sha[:10]})"


def notes(sides: Sides, suffix: str) -> list[str]:
    """What the list leaves out although somebody may look for it there."""
    wanted = "." + suffix.lstrip(".*")
    known = {*sides.release.files, *(sides.base.files if sides.base else ())}
    outside = [
        path
        for path in sorted({*sides.files, *sides.files_before} - known)
        if path.endswith(wanted) and sides.files.get(path) != sides.files_before.get(path)
    ]
    found = []
    if outside and sides.base:
        found.append(f"modified, but not in the project's layout: {_some(outside)}")
    if sides.submodules:
        found.append(f"submodules are other repositories and not looked into: {_some(sides.submodules)}")
    return found + linked_note(sides.links)


def linked_note(links: Sequence[str]) -> list[str]:
    """What to say of files that are symbolic links; nothing where there are none."""
    return [f"symbolic links are not followed, and their files not read: {_some(links)}"] if links else []


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more


def _entry(table: str, path: str, change: str, *, same: bool) -> dict[str, object]:
    return {
        "table_name": table,
        "file_modified_url": path,
        "same_sql_content": same,
        "running": None,
        "change": change,
    }


def _word(change: TableChange, kind: ChangeKind) -> str:
    if change.added:
        return "new"
    return "removed" if change.removed else str(kind)


def _connector_entries(base: Project | None, release: Project) -> list[dict[str, object]]:
    before = {one.where.path: one for one in base.connectors} if base else {}
    after = {one.where.path: one for one in release.connectors}
    entries = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old and new and base and base.files[path] == release.files[path]:
            continue
        one = new or before[path]
        tables = [table_of(release, in_text(topic)) or topic for topic in one.topics] or [one.name]
        same = bool(old and new and old.config == new.config)
        word = "cosmetic" if same else "semantic" if old and new else "new" if new else "removed"
        entries += [_entry(table, path, word, same=same) for table in tables]
    return entries
