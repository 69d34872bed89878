"""``list-modified-files`` on histories that nobody thought of, against a comparison of two trees by hand."""

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from airflow_bluegreen.cli.modified import modified_files, read_sides, short_list
from airflow_bluegreen.cli.sources import open_source

TABLES = ("a", "b", "c", "d")
DAY = 86_400
START = 1_735_732_800  # 2025-01-01T12:00:00Z


@dataclass(frozen=True, kw_only=True)
class Version:
    """A table as a commit has it: where its files lie, what it computes, and how that is laid out."""

    folder: str
    meaning: int
    layout: int

    def files(self, table: str) -> dict[str, str]:
        create = f"CREATE TABLE {table} (id INT) WITH ('connector' = 'kafka');\n"
        fill = "-- why\n" * self.layout + f"INSERT INTO {table} SELECT {self.meaning} FROM raw;\n"
        return {f"{self.folder}/ddl.{table}.sql": create, f"{self.folder}/dml.{table}.sql": fill}


State = Mapping[str, Version | None]


@dataclass(frozen=True, kw_only=True)
class Made:
    parents: tuple[int, ...]
    day: int
    state: State


VERSIONS = st.none() | st.builds(
    Version, folder=st.sampled_from(["x", "y"]), meaning=st.integers(1, 2), layout=st.integers(0, 1)
)
STATES = st.fixed_dictionaries(dict.fromkeys(TABLES, VERSIONS))


@st.composite
def histories(draw: st.DrawFn, parents: int = 1) -> list[Made]:
    """Commits in order, each on one or two before it (``parents`` at least, where there are so many), at any
    time, holding anything (reverts and evil merges among it)."""
    commits: list[Made] = []
    for number in range(draw(st.integers(2, 7))):
        least = min(parents, number)
        numbers = st.lists(st.integers(0, number - 1), min_size=least, max_size=2, unique=True)
        before = draw(numbers if number else st.just([]))
        again = st.sampled_from([one.state for one in commits]) if commits else STATES
        state = draw(STATES | again)
        commits.append(Made(parents=tuple(before), day=draw(st.integers(0, 9)), state=state))
    return commits


def stored(history: Sequence[Made], folder: Path) -> None:
    """The history as a repository: the last commit is main, each has a tag."""
    lines: list[str] = []
    for number, made in enumerate(history):
        lines += [f"commit refs/tags/n{number}", f"mark :{number + 1}"]
        lines += [f"committer Ada <ada@example.com> {START + made.day * DAY} +0000", "data 1", "m"]
        links = zip(("from", *["merge"] * 9), made.parents, strict=False)
        lines += [f"{word} :{parent + 1}" for word, parent in links]
        lines.append("deleteall")
        for path, text in files_of(made.state).items():
            lines += [f"M 100644 inline {path}", f"data {len(text)}", text]
        lines.append("")
    lines += ["reset refs/heads/main", f"from :{len(history)}", ""]
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    stream = "\n".join(lines).encode()
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)


def files_of(state: State) -> dict[str, str]:
    return {
        path: text
        for table, version in state.items()
        if version
        for path, text in version.files(table).items()
    }


def by_hand(before: State, after: State) -> tuple[list[str], set[str]]:
    """The short list, and the tables that are listed at all."""
    deployed, mentioned = [], set()
    for table in TABLES:
        old, new = before[table], after[table]
        if new and (old is None or old.meaning != new.meaning):
            deployed.append(table)
        texts = [sorted(one.files(table).values()) if one else [] for one in (old, new)]
        if texts[0] != texts[1]:
            mentioned.add(table)
    return deployed, mentioned


def listed(folder: Path, branch: str, since: str) -> tuple[list[str], set[str]]:
    sides = read_sides(open_source(folder), branch, since)
    entries = modified_files(sides, "sql")
    return short_list(sides), {str(entry["table_name"]) for entry in entries}


@settings(max_examples=60, deadline=None)
@given(histories(), st.data())
def test_any_two_commits(history: list[Made], data: st.DataObject) -> None:
    base, head = (data.draw(st.integers(0, len(history) - 1)) for _ in range(2))
    with tempfile.TemporaryDirectory() as name:
        stored(history, Path(name))
        found = listed(Path(name), f"n{head}", f"n{base}")
    assert found == by_hand(history[base].state, history[head].state)


def _side_branch_in_between() -> list[Made]:
    """What a merge brought is older than the merge, and was not on the line at that time."""
    old, new = (Version(folder="x", meaning=meaning, layout=0) for meaning in (1, 2))
    before, after = ({**dict.fromkeys(TABLES), "a": version} for version in (old, new))
    return [
        Made(parents=(), day=0, state=before),
        Made(parents=(0,), day=1, state=after),
        Made(parents=(0,), day=5, state=before),
        Made(parents=(2, 1), day=6, state=after),
    ]


@settings(max_examples=40, deadline=None)
@given(histories(parents=2), st.integers(0, 9))
@example(_side_branch_in_between(), 3)
def test_a_date_is_looked_for_on_the_first_parent_line(history: list[Made], day: int) -> None:
    line = [len(history) - 1]
    while history[line[-1]].parents:
        line.append(history[line[-1]].parents[0])
    base = next((number for number in line if history[number].day <= day), None)
    assume(base is not None)
    assert base is not None
    date = datetime.fromtimestamp(START + day * DAY, tz=UTC).date().isoformat()
    with tempfile.TemporaryDirectory() as name:
        stored(history, Path(name))
        found = listed(Path(name), "main", date)
    assert found == by_hand(history[base].state, history[-1].state)
