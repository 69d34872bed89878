"""``bluegreen snapshot``: the file that the release DAG is drawn from."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command("snapshot")
def snapshot(
    refs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REF]...",
            help="Draw these; without any, HEAD, the main branch, open release branches and the newest tags.",
        ),
    ] = None,
    project: Annotated[Path, typer.Option(help="The project's git clone, or its folder in one.")] = Path(),
    output: Annotated[
        Path, typer.Option(help="The file to write, as in Airflow's [bluegreen] snapshot_path.")
    ] = Path("bluegreen.snapshot.json"),
) -> None:
    """Draw the lineage of one or more refs into the file that the release DAG is made from."""
    from airflow_bluegreen.snapshot import write_snapshot

    drawn = write_snapshot(str(project.resolve()), refs or [], output)
    typer.echo(f"{output}: {len(drawn.tables)} tables of {', '.join(drawn.refs) or 'the folder'}")
