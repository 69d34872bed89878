"""``lineage``, ``list-modified-files``, ``build-execution-plan``, ``update-tables-version``: no servers.

What the commands need is imported when they run, so that their help comes at once.
"""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_bluegreen.cli.choice import Choice, choose, least_version
from airflow_bluegreen.exceptions import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow_bluegreen.cli.session import OpenSession
    from airflow_bluegreen.cli.sources import Source
    from airflow_bluegreen.core.model import Commit, Plan, Project

app = typer.Typer()


class LineageFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


class PlanFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


class Pruning(StrEnum):
    NONE = "none"
    COLUMNS = "columns"


ProjectPath = Annotated[
    Path,
    typer.Option("--project", "--project-path", help="The project: a git clone, a folder of one, or files."),
]
Since = Annotated[
    str | None,
    typer.Option(
        help="Date (a day means its end), tag, branch or sha to compare with; else the latest release tag.",
        metavar="DATE|REF",
    ),
]
TableList = Annotated[
    Path | None, typer.Option("--table-list-file-name", help="A file with a table name a line.")
]
TableName = Annotated[str | None, typer.Option(help="One table.")]
Descendants = Annotated[
    bool, typer.Option("--may-start-descendants", help="With --table-name: take what depends on it along.")
]
Environment = Annotated[
    str | None, typer.Option(help="Environment of bluegreen.yaml; the first one if left out.")
]
Prune = Annotated[
    Pruning | None,
    typer.Option(
        help="columns: readers that the change cannot reach stay with blue; else as bluegreen.yaml says."
    ),
]
Branch = Annotated[
    str | None, typer.Argument(help="Branch or tag to release; the files as they are if left out.")
]


@app.command("lineage")
def show_lineage(
    project: ProjectPath = Path(),
    ref: Annotated[
        str | None, typer.Option(help="Tag, branch or sha; the files as they are if left out.")
    ] = None,
    format: Annotated[LineageFormat, typer.Option(help="How to print it.")] = LineageFormat.TEXT,
) -> None:
    """Show who reads whom."""
    from airflow_bluegreen.cli import drawing
    from airflow_bluegreen.cli.printing import print_out
    from airflow_bluegreen.cli.sources import open_source
    from airflow_bluegreen.core.lineage import Lineage

    source = open_source(project)
    found = source.read(ref)
    _tell_links(source, ref)
    lineage = Lineage(found)
    match format:
        case LineageFormat.TEXT:
            print_out(drawing.lineage_table(lineage))
        case LineageFormat.JSON:
            typer.echo(drawing.lineage_json(found, lineage))
        case LineageFormat.MERMAID:
            typer.echo(drawing.lineage_mermaid(lineage))
        case LineageFormat.DOT:
            typer.echo(drawing.lineage_dot(lineage))


@app.command("list-modified-files")
def list_modified_files(
    context: typer.Context,
    branch: Annotated[
        str | None, typer.Argument(help="Branch, tag or commit whose changes are listed.")
    ] = None,
    project: ProjectPath = Path(),
    since: Since = None,
    file_filter: Annotated[
        str, typer.Option(help="Ending of the files to list: sql, or json for connectors.")
    ] = "sql",
    working_tree: Annotated[
        bool, typer.Option("--working-tree", help="The files as they are now, committed or not.")
    ] = False,
    environment: Annotated[
        str | None, typer.Option(help="Ask this environment what runs, and for new schemas of raw topics.")
    ] = None,
    output_dir: Annotated[Path, typer.Option(help="Where to write the two lists.")] = Path(),
) -> None:
    """List the tables that were modified on a branch, and write modified_flink_files.json and …_short.txt."""
    from airflow_bluegreen.cli import modified
    from airflow_bluegreen.cli.session import open_session
    from airflow_bluegreen.cli.sources import open_source

    if working_tree is (branch is not None):
        raise typer.BadParameter("say a branch, or --working-tree")
    sides = modified.read_sides(open_source(project), branch, since)
    entries = modified.modified_files(sides.base, sides.release, file_filter)
    names = modified.short_list(sides.base, sides.release)
    if environment is not None:
        opener: OpenSession = context.obj or open_session
        platform = opener(project, environment, branch or "HEAD").platform
        entries, names = modified.as_it_runs(sides, entries, names, platform, environment)
    written = modified.write_lists(output_dir, modified.described(sides), entries, names)
    for entry in entries:
        typer.echo(f"{entry['change']:<9} {entry['table_name']:<30} {entry['file_modified_url']}")
    for note in modified.notes(sides, file_filter):
        typer.echo(f"note: {note}", err=True)
    typer.echo(
        f"{len(entries)} files, {len(names)} tables to deploy: {', '.join(map(str, written))}", err=True
    )


@app.command("build-execution-plan")
def build_execution_plan(
    branch: Branch = None,
    project: ProjectPath = Path(),
    table_list_file_name: TableList = None,
    table_name: TableName = None,
    may_start_descendants: Descendants = False,
    since: Since = None,
    version: Annotated[str, typer.Option(metavar="vN", help="Lowest version of a green table.")] = "v2",
    environment: Environment = None,
    prune: Prune = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the plan, for commands that take --plan.")
    ] = None,
    saved: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Show this saved plan, if it holds."),
    ] = None,
    format: Annotated[PlanFormat, typer.Option(help="How to print it.")] = PlanFormat.TEXT,
) -> None:
    """Show what a release would deploy, and why. Reads git only: what runs is taken from the base's text."""
    from airflow_bluegreen.cli.plan_file import save_plan
    from airflow_bluegreen.cli.sources import open_source

    source = open_source(project)
    if saved is not None:
        plan = _saved_plan(source, saved, branch or table_list_file_name or table_name or since or save)
    else:
        choice = choose(table_list_file_name, table_name, may_start_descendants, branch, since)
        plan = _plan(source, source.read(branch), choice, least_version(version), environment, prune)
    if save is not None:
        save_plan(plan, save)
    print_plan(plan, format)


@app.command("update-tables-version")
def update_tables_version(
    branch: Branch = None,
    project: ProjectPath = Path(),
    table_list_file_name: TableList = None,
    table_name: TableName = None,
    may_start_descendants: Descendants = False,
    since: Since = None,
    default_version: Annotated[
        str, typer.Option(metavar="_vN", help="Lowest version of a green table.")
    ] = "_v2",
    environment: Environment = None,
    prune: Prune = None,
    saved: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Write what this saved plan says, if it holds."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only print the difference.")] = False,
) -> None:
    """Write the next versions into the checkout's files, all of them or none, and print the difference."""
    from airflow_bluegreen.cli.edits import unified_diff, write_all
    from airflow_bluegreen.cli.sources import open_source

    source = open_source(project)
    if saved is not None:
        others = branch or table_list_file_name or table_name or since or environment or prune
        plan = _saved_plan(source, saved, others)
        files = _files_of(source, plan)
    else:
        choice = choose(table_list_file_name, table_name, may_start_descendants, branch, since)
        if branch is not None:
            _refuse_other_checkout(source, branch, source.git().resolve(branch))
        found = source.as_it_is()
        files, plan = (
            found.files,
            _plan(source, found, choice, least_version(default_version), environment, prune),
        )
    rewritten = {path: text for path, text in plan.rewritten.items() if files.get(path) != text}
    typer.echo(unified_diff(files, rewritten), nl=False)
    if not dry_run:
        write_all(source.folder, rewritten)
    done = "would change" if dry_run else "changed"
    typer.echo(f"{len(rewritten)} files {done}, {len(plan.tables)} tables impacted", err=True)


def _refuse_other_checkout(source: "Source", ref: str, commit: "Commit") -> None:
    if commit.sha != source.git().resolve("HEAD").sha:
        raise RefusedError(f"{ref} is not checked out", remedy=f"`git switch {ref}` first, files are edited")


def _files_of(source: "Source", plan: "Plan") -> "Mapping[str, str]":
    """The files as they are, where no edit of somebody would be lost if the plan's texts took their place."""
    _refuse_other_checkout(source, plan.release.ref, plan.release)
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


def print_plan(plan: "Plan", format: PlanFormat) -> None:
    """Print a plan on standard output."""
    from airflow_bluegreen.cli.printing import print_out
    from airflow_bluegreen.core import explain, published

    match format:
        case PlanFormat.TEXT:
            print_out(explain.plan_table(plan), explain.plan_tree(plan), sep="\n\n")
        case PlanFormat.JSON:
            typer.echo(published.plan_json(plan))
        case PlanFormat.MARKDOWN:
            typer.echo(explain.plan_markdown(plan))


def _saved_plan(source: "Source", file: Path, others: object) -> "Plan":
    from airflow_bluegreen.actions.saved_plan import refuse_moved_refs
    from airflow_bluegreen.cli.plan_file import load_plan

    if others is not None:
        raise typer.BadParameter("--plan stands alone: what it is about was said when it was saved")
    plan = load_plan(file)
    refuse_moved_refs(source.git(), plan)
    return plan


def _plan(
    source: "Source",
    project: "Project",
    choice: Choice,
    least_version: int,
    environment: str | None,
    prune: Pruning | None,
) -> "Plan":
    from airflow_bluegreen.core.plan import Wishes, make_plan
    from airflow_bluegreen.core.project import meant_table

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
            prune=None if prune is None else prune is Pruning.COLUMNS,
        ),
        front_end=source.front_end,
    )
    _tell_left_out(project, plan, choice)
    _tell_links(source, project.commit.sha if project.commit else None)
    return plan


def _tell_links(source: "Source", ref: str | None) -> None:
    from airflow_bluegreen.cli.modified import linked_note

    for note in linked_note(source.links(ref)):
        typer.echo(f"note: {note}", err=True)


def _tell_left_out(project: "Project", plan: "Plan", choice: Choice) -> None:
    from airflow_bluegreen.core.lineage import Lineage

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
