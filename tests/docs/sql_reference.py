"""Writes the tables of ``docs/reference/sql.md`` from the headings of the SQL corpus.

To bring the page up to date: ``python -m tests.docs.sql_reference``.
"""

from pathlib import Path

from tests.core.sql.cases import FOLDER, WORLD, Case, cases

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "sql.md"
MARK = "<!-- From here on written by tests/docs/sql_reference.py -->\n"


def expected() -> str:
    """The page with its tables as the corpus has them."""
    by_hand = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    return by_hand + MARK + "".join(_section(path) for path in sorted(FOLDER.glob("*.sql")) if path != WORLD)


def _section(path: Path) -> str:
    own = [case for case in cases() if case.area == path.stem]
    title = path.stem.replace("_", " ").capitalize().replace("Create table", "CREATE TABLE")
    introduction = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("-- ")
    rows = "".join(f"| {case.title} | {case.kind} | {_flink(case)} |\n" for case in own)
    return f"\n## {title}\n\n{introduction}\n\n| syntax | kind | Apache Flink 2.2 |\n|---|---|---|\n{rows}"


def _flink(case: Case) -> str:
    return case.flink or "accepts"


if __name__ == "__main__":
    PAGE.write_text(expected(), encoding="utf-8")
