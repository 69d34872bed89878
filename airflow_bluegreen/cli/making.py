"""The plan that a command is about, and writing it into the checkout; nothing here asks a server."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import typer

from airflow_bluegreen.actions.saved_plan import refuse_moved_refs
from airflow_bluegreen.cli.choice import Choice
from airflow_bluegreen.cli.edits import unified_diff, write_all
from airflow_bluegreen.cli.modified import linked_note
from airflow_bluegreen.cli.plan_file import load_plan
from airflow_bluegreen.cli.sources import Source
from airflow_bluegreen.core.lineage import Lineage
from airflow_bluegreen.core.model import Commit, Plan, Project
from airflow_bluegreen.core.plan import Wishes, make_plan
from airflow_bluegreen.core.project import meant_table
from airflow_bluegreen.core.starting import read_wishes
from airflow_bluegreen.exceptions import RefusedError


def saved_plan(source: Source, file: Path, others: object) -> Plan:
    """The plan that a file holds, if its refs have not moved.

    :param others: any other selector that was given beside it, which makes it a usage error.
    """
    if others is not None:
        raise typer.BadParameter("--plan stands alone: what it is about was said when it was saved")
    plan = load_plan(file)
    refuse_moved_refs(source.git(), plan)
    return plan


def fresh_plan(
    source: Source,
    project: Project,
    choice: Choice,
    least_version: int,
    environment: str | None,
    prune: bool | None,
    start: Sequence[str] = (),
) -> Plan:
    """A plan for the project as it was read, with notes on standard error of what it leaves out.

    :param start: how single tables start, ``TABLE=STRATEGY`` each.
    """
    before = source.base_of(choice.since, choice.branch, project)
    if before and source.git().resolve(before.ref).sha != before.sha:
        before = replace(before, ref=before.sha[:12])  # a date on a branch that went on since
    base = source.at(before) if before else None
    if base is None and choice.tables is not None:
        base = project  # nothing to compare with: the named tables are all that changes
    only = None if choice.tables is None else [meant_table(project, name) for name in choice.tables]
    plan = make_plan(
        project=project,
        base=base,
        environment=environment or next(iter(project.profiles), "default"),
        live={},
        base_release=before.ref if before else None,
        wishes=Wishes(
            requested=only or (),
            only=None if only is None else frozenset(only),
            descendants=choice.descendants,
            least_version=least_version,
            prune=prune,
            start=read_wishes(start),
        ),
        front_end=source.front_end,
    )
    _tell_left_out(project, plan, choice)
    tell_links(source, project.commit.sha if project.commit else None)
    return plan


def tell_links(source: Source, ref: str | None) -> None:
    """Name on standard error the files that are not read because they are symbolic links."""
    for note in linked_note(source.links(ref)):
        typer.echo(f"note: {note}", err=True)


def _tell_left_out(project: Project, plan: Plan, choice: Choice) -> None:
    if choice.descendants:
        return
    lineage = Lineage(project)
    impacted = {planned.table for planned in plan.tables}
    readers = {reader for table in impacted if table in project.tables for reader in lineage.children(table)}
    if readers - impacted:
        names = ", ".join(sorted(readers - impacted))
        typer.echo(
            f"{names} keep reading the live version; --may-start-descendants takes them along", err=True
        )


def refuse_other_checkout(source: Source, ref: str, commit: Commit) -> None:
    """Raises RefusedError where the files on disk are those of another commit."""
    if commit.sha != source.git().resolve("HEAD").sha:
        raise RefusedError(f"{ref} is not checked out", remedy=f"`git switch {ref}` first, files are edited")


def files_for(source: Source, plan: Plan) -> Mapping[str, str]:
    """The files as they are, for the plan's texts to take their place.

    Raises RefusedError where the plan is for another commit, or an edit of somebody would be lost.
    """
    refuse_other_checkout(source, plan.release.ref, plan.release)
    files, committed = source.files_as_they_are(), source.files_at(plan.release)
    edited = [
        path for path, text in plan.rewritten.items() if files.get(path) not in (committed.get(path), text)
    ]
    if edited:
        raise RefusedError(
            f"{', '.join(edited)} was edited since {plan.release.ref}, which the plan was made for",
            remedy="Commit the edit and plan again, or put the file back",
        )
    return files


def write(source: Source, files: Mapping[str, str], plan: Plan, *, dry_run: bool) -> None:
    """Print how the plan's texts differ from the files, and write them unless it is a dry run."""
    rewritten = {path: text for path, text in plan.rewritten.items() if files.get(path) != text}
    typer.echo(unified_diff(files, rewritten), nl=False)
    if not dry_run:
        write_all(source.folder, rewritten)
    done = "would change" if dry_run else "changed"
    typer.echo(f"{len(rewritten)} files {done}, {len(plan.tables)} tables impacted", err=True)
