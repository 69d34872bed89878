"""``lineage``, ``list-modified-files``, ``build-execution-plan``, ``update-tables-version``: no servers.

What the commands need is imported when they run, so that their help comes at once.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from airflow_bluegreen.cli.choice import choose, least_version

if TYPE_CHECKING:
    from airflow_bluegreen.cli.session import OpenSession
    from airflow_bluegreen.core.model import Plan, ReleaseCost

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
Starts = Annotated[
    list[str] | None,
    typer.Option(metavar="TABLE=STRATEGY", help="How a table comes by its history; repeatable."),
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
    from airflow_bluegreen.cli.making import tell_links
    from airflow_bluegreen.cli.printing import print_out
    from airflow_bluegreen.cli.sources import open_source
    from airflow_bluegreen.core.lineage import Lineage

    source = open_source(project)
    found = source.read(ref)
    tell_links(source, ref)
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
    entries = modified.modified_files(sides, file_filter)
    names = modified.short_list(sides)
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
    context: typer.Context,
    branch: Branch = None,
    project: ProjectPath = Path(),
    table_list_file_name: TableList = None,
    table_name: TableName = None,
    may_start_descendants: Descendants = False,
    since: Since = None,
    version: Annotated[str, typer.Option(metavar="vN", help="Lowest version of a green table.")] = "v2",
    environment: Environment = None,
    prune: Prune = None,
    start: Starts = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Save the plan, for commands that take --plan.")
    ] = None,
    saved: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Show this saved plan, if it holds."),
    ] = None,
    format: Annotated[PlanFormat, typer.Option(help="How to print it.")] = PlanFormat.TEXT,
) -> None:
    """Show what a release would deploy, and why; with --environment also what it costs, if that answers."""
    from airflow_bluegreen.cli.costs import known_cost
    from airflow_bluegreen.cli.making import fresh_plan, saved_plan
    from airflow_bluegreen.cli.plan_file import save_plan
    from airflow_bluegreen.cli.sources import open_source

    source = open_source(project)
    if saved is not None:
        others = branch or table_list_file_name or table_name or since or save or start
        plan = saved_plan(source, saved, others)
        found = source.read(plan.release.sha)
    else:
        choice = choose(table_list_file_name, table_name, may_start_descendants, branch, since)
        found = source.read(branch)
        columns = _columns(prune)
        plan = fresh_plan(source, found, choice, least_version(version), environment, columns, start or ())
    if save is not None:
        save_plan(plan, save)
    cost = known_cost(context.obj, project, plan, found) if environment is not None else None
    print_plan(plan, format, cost)


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
    from airflow_bluegreen.cli.making import files_for, fresh_plan, refuse_other_checkout, saved_plan, write
    from airflow_bluegreen.cli.sources import open_source

    source = open_source(project)
    if saved is not None:
        others = branch or table_list_file_name or table_name or since or environment or prune
        plan = saved_plan(source, saved, others)
        files = files_for(source, plan)
    else:
        choice = choose(table_list_file_name, table_name, may_start_descendants, branch, since)
        if branch is not None:
            refuse_other_checkout(source, branch, source.git().resolve(branch))
        found = source.as_it_is()
        files = found.files
        plan = fresh_plan(source, found, choice, least_version(default_version), environment, _columns(prune))
    write(source, files, plan, dry_run=dry_run)


def _columns(prune: Pruning | None) -> bool | None:
    return None if prune is None else prune is Pruning.COLUMNS


def print_plan(plan: "Plan", format: PlanFormat, cost: "ReleaseCost | None" = None) -> None:
    """Print a plan on standard output, with what it costs where that is known."""
    from airflow_bluegreen.cli.printing import print_out
    from airflow_bluegreen.core import explain, published
    from airflow_bluegreen.core.starting import telling

    match format:
        case PlanFormat.TEXT:
            shown = telling.cost_shown(cost) if cost else ()
            print_out(explain.plan_table(plan), explain.plan_tree(plan), *shown, sep="\n\n")
        case PlanFormat.JSON:
            typer.echo(published.plan_json(plan, cost))
        case PlanFormat.MARKDOWN:
            typer.echo(explain.plan_markdown(plan) + (f"\n{telling.cost_markdown(cost)}" if cost else ""))
