"""``bluegreen sql``: read, rename and compare single SQL files, from a file or from standard input."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from airflow_bluegreen.exceptions import BluegreenError, RefusedError, Where

app = typer.Typer(help="Read, rename and compare single SQL files.", no_args_is_help=True)

OptionalFile = Annotated[
    Path | None,
    typer.Argument(help="The SQL file; standard input without it, or for '-'.", show_default=False),
]


@app.command()
def inputs(file: OptionalFile = None) -> None:
    """Print what each statement does, which tables it reads and which it writes, as JSON."""
    from airflow_bluegreen.core.sql import parse

    with _refusals():
        text, path = _read(file)
        statements = [
            {
                "kind": statement.kind.value,
                "outputs": list(statement.outputs),
                "inputs": list(statement.inputs),
            }
            for statement in parse(text, path)
        ]
        _print_json({"statements": statements})


@app.command()
def rename(
    renames: Annotated[
        list[str], typer.Option("--rename", metavar="OLD=NEW", help="May be given more than once.")
    ],
    file: OptionalFile = None,
) -> None:
    """Print the SQL with other table names and nothing else changed."""
    from airflow_bluegreen.core.sql import parse, rename_statement
    from airflow_bluegreen.core.sql import rename as rename_tables

    wanted = _wanted(renames)
    with _refusals():
        text, path = _read(file)
        renamed = rename_tables(text, wanted, path)
        statements = parse(text, path)
        for old, new in wanted.items():
            if old != new and all(rename_statement(one, {old: new}) == one.sql for one in statements):
                typer.echo(f"note: {path} names no table {old}", err=True)
        sys.stdout.buffer.write(renamed.encode("utf-8"))
        sys.stdout.buffer.flush()


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The file as it was; '-' for standard input.")],
    new: Annotated[Path, typer.Argument(help="The file as it is; '-' for standard input.")],
) -> None:
    """Print what changed in meaning between two versions of a file, as JSON."""
    from airflow_bluegreen.core.sql import compare_scripts

    if str(old) == str(new) == "-":
        raise typer.BadParameter("standard input can be read once only; give a file for one of the two")
    with _refusals():
        before, old_path = _read(old)
        after, new_path = _read(new)
        change = compare_scripts(before, after, old_path=old_path, new_path=new_path)
        columns = {
            "changed": list(change.changed),
            "added": list(change.added),
            "removed": list(change.removed),
        }
        _print_json(
            {
                "change": change.change.value,
                "reasons": list(change.reasons),
                "columns": columns,
                "rows_may_change": change.rows_may_change,
            }
        )


def _wanted(renames: list[str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for old, new in map(_pair, renames):
        if wanted.setdefault(old, new) != new:
            raise typer.BadParameter(
                f"{old} cannot become both {wanted[old]} and {new}", param_hint="--rename"
            )
    return wanted


def _pair(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not (old and equals and new):
        raise typer.BadParameter(f"{text!r} is not OLD=NEW", param_hint="--rename")
    return old, new


def _read(file: Path | None) -> tuple[str, str]:
    """The text, byte for byte as it is (line ends included), and the name to show for it."""
    if file is None or str(file) == "-":
        return _decoded(sys.stdin.buffer.read(), "<stdin>"), "<stdin>"
    try:
        return _decoded(file.read_bytes(), str(file)), str(file)
    except OSError as error:
        raise RefusedError(
            f"the file cannot be read: {error.strerror}",
            where=Where(path=str(file)),
            remedy="Check the path and its permissions",
        ) from error


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RefusedError(
            f"byte {error.start} is no UTF-8",
            where=Where(path=path, line=content.count(b"\n", 0, error.start) + 1),
            remedy="Save the file as UTF-8",
        ) from error


def _print_json(document: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8") + b"\n")
    sys.stdout.buffer.flush()


@contextmanager
def _refusals() -> Iterator[None]:
    """One line on standard error and the error's exit code in place of a traceback."""
    try:
        yield
    except BluegreenError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
