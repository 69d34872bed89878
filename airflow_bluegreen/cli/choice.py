"""What a planning command is about: the options that choose tables, checked against each other."""

import re
from dataclasses import dataclass
from pathlib import Path

import typer


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What to plan: the named tables, or (None) everything that changed."""

    tables: tuple[str, ...] | None
    descendants: bool
    branch: str | None
    since: str | None


def choose(
    table_list: Path | None, table: str | None, descendants: bool, branch: str | None, since: str | None
) -> Choice:
    """The choice that these options make. Raises BadParameter where they contradict each other."""
    from airflow_bluegreen.cli.sources import read_names

    if table_list is not None and table is not None:
        raise typer.BadParameter("--table-list-file-name and --table-name exclude each other")
    if table_list is None and table is None and branch is None and since is None:
        raise typer.BadParameter("say --table-list-file-name, --table-name, or a branch (with --since)")
    if descendants and table is None:
        raise typer.BadParameter("--may-start-descendants goes with --table-name")
    tables = read_names(table_list) if table_list else (table,) if table else None
    return Choice(tables=tables, descendants=descendants or table is None, branch=branch, since=since)


def least_version(text: str) -> int:
    """The number in ``v3`` or ``_v3``. Raises BadParameter for anything else, and below 2."""
    found = re.fullmatch(r"_?v?(\d+)", text)
    if found is None or int(found[1]) < 2:
        raise typer.BadParameter(f"{text!r} is no version of a green table; write v2 or higher")
    return int(found[1])
