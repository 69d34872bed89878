"""``bluegreen init``: the first ``bluegreen.yaml`` of a repository that has Flink SQL already."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_bluegreen.exceptions import ConflictError

if TYPE_CHECKING:
    from airflow_bluegreen.clients.git import GitRepository
    from airflow_bluegreen.core.conventions import GitNames
    from airflow_bluegreen.core.recognition import Recognised

app = typer.Typer()

_SHOWN = 20
_HEADS, _TAGS, _REMOTES = "refs/heads/", "refs/tags/", "refs/remotes/"


@app.command("init")
def init(
    project: Annotated[
        Path, typer.Option(help="The folder with the SQL: a git clone, a folder of one.")
    ] = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the file and write nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write over the bluegreen.yaml that is there.")
    ] = False,
) -> None:
    """Write bluegreen.yaml for a repository of Flink SQL, and say what was recognised."""
    from airflow_bluegreen.cli.edits import write_all
    from airflow_bluegreen.cli.sources import open_source
    from airflow_bluegreen.core.configuration import FILE_NAME
    from airflow_bluegreen.core.recognition import recognise

    source = open_source(project)
    target = project / FILE_NAME
    if not (dry_run or force) and (target.exists() or target.is_symlink()):
        raise ConflictError(
            f"{target} is there already",
            remedy="Read a new one with --dry-run, or write over it with --force",
        )
    names = git_names(source.repository) if source.repository else None
    found = recognise(source.files_as_they_are(), project.resolve().name, names, source.front_end)
    for line in summary(found):
        typer.echo(line, err=True)
    if dry_run:
        typer.echo(found.text, nl=False)
        return
    write_all(project, {FILE_NAME: found.text})
    where = "" if project == Path() else f" --project {project}"
    typer.echo(f"wrote {target}; next: bluegreen lineage{where}", err=True)


def git_names(repository: "GitRepository") -> "GitNames":
    """What the branches, tags and remotes are called, those of the remotes as they were last fetched."""
    from airflow_bluegreen.core.conventions import GitNames

    refs = repository.refs([_HEADS, _TAGS, _REMOTES])
    remote = [ref.removeprefix(_REMOTES).partition("/") for ref in sorted(refs) if ref.startswith(_REMOTES)]
    local = [ref.removeprefix(_HEADS) for ref in refs if ref.startswith(_HEADS)]
    remotes = sorted({name for name, _, _ in remote}, key=lambda name: (name != "origin", name))
    return GitNames(
        branches=tuple(sorted({*local, *(branch for _, _, branch in remote)})),
        tags=tuple(ref.removeprefix(_TAGS) for ref in sorted(refs) if ref.startswith(_TAGS)),
        remotes=tuple(remotes),
    )


def summary(found: "Recognised") -> Iterator[str]:
    """What was recognised, a line each."""
    project = found.project
    tables = project.tables.values()
    yield f"{_count(len(project.statements), 'SQL file')}, {_count(len(tables), 'table')}"
    for (kind, product), count in sorted(Counter((one.kind, one.product) for one in tables).items()):
        yield f"  {count} {kind}" + (f" of {product}" if product else "")
    yield from _listed(f"{_count(len(found.external), 'table')} read and not created here", found.external)
    yield from _listed(f"{_count(len(found.left_out), 'file')} left out", list(map(str, found.left_out)))
    yield from _listed(
        f"{_count(len(found.outside), 'file')} with tables outside layout.statements", found.outside
    )
    if found.cycle:
        yield f"no release can be planned yet: {found.cycle}"


def _listed(title: str, items: "list[str] | tuple[str, ...]") -> Iterator[str]:
    if not items:
        return
    yield f"{title}:"
    for item in items[:_SHOWN]:
        yield "  " + " ".join(item.split())
    if len(items) > _SHOWN:
        yield f"  … and {len(items) - _SHOWN} more"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
