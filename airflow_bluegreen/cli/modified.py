"""What ``list-modified-files`` writes: every modified file with what its change means, and the short list."""

import json
from pathlib import Path

from airflow_bluegreen.cli.edits import write_all
from airflow_bluegreen.core.changes import TableChange, table_changes
from airflow_bluegreen.core.model import ChangeKind, Commit, Project
from airflow_bluegreen.core.project import table_of

FILES_NAME = "modified_flink_files.json"
SHORT_NAME = "modified_flink_files_short.txt"


def modified_files(base: Project | None, release: Project, suffix: str) -> list[dict[str, object]]:
    """One entry a modified file, by table and path.

    ``change`` is ``new`` or ``removed`` for such tables, else the file's own ``none``, ``cosmetic`` or
    ``semantic``; ``running`` is unknown (None) here, as no environment was asked.
    """
    entries = [
        _entry(change.table, path, _word(change, kind), same=kind is not ChangeKind.SEMANTIC)
        for change in table_changes(base, release)
        for path, kind in change.files.items()
    ]
    entries += _connector_entries(base, release)
    wanted = "." + suffix.lstrip(".*")
    return [entry for entry in entries if str(entry["file_modified_url"]).endswith(wanted)]


def short_list(base: Project | None, release: Project) -> list[str]:
    """The tables to deploy because their meaning changed or they are new, by name."""
    return [change.table for change in table_changes(base, release) if change.semantic and not change.removed]


def write_lists(
    folder: Path, description: str, entries: list[dict[str, object]], names: list[str]
) -> tuple[Path, Path]:
    """Write both files into a folder, which is made where it is missing; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"description": description, "file_list": entries}, indent=2, ensure_ascii=False)
    long, short = folder / FILES_NAME, folder / SHORT_NAME
    write_all({long: content + "\n", short: "".join(f"{name}\n" for name in names)})
    return long, short


def described(branch: str, release: Commit, base: Commit | None) -> str:
    """The sentence that heads the list."""
    if base is None:
        return f"All files of {branch} ({release.sha[:10]}), as there is no release tag before"
    return f"Files modified on {branch} ({release.sha[:10]}) since {base.ref} ({base.sha[:10]})"


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
        tables = [table_of(release, topic) or topic for topic in one.topics] or [one.name]
        same = bool(old and new and old.config == new.config)
        word = "cosmetic" if same else "semantic" if old and new else "new" if new else "removed"
        entries += [_entry(table, path, word, same=same) for table in tables]
    return entries
