"""The snapshot: union of lineages, deterministic file, and what of a plan it lacks."""

from dataclasses import replace
from pathlib import Path

import pytest

from airflow_bluegreen.actions.read_release import plan_release
from airflow_bluegreen.core.lifecycle import begin
from airflow_bluegreen.core.model import Phase, Plan, ReleaseRecord, SharedStatement
from airflow_bluegreen.exceptions import BluegreenError, ConfigurationError
from airflow_bluegreen.operators.drawing import DrawSnapshotOperator
from airflow_bluegreen.snapshot import (
    DrawnTable,
    Snapshot,
    draw_snapshot,
    read_snapshot,
    refs_to_draw,
    save_snapshot,
    undrawn,
    write_snapshot,
)
from tests.airflow.golden_graph import GOLDEN
from tests.airflow.golden_world import golden_cluster
from tests.airflow.shared_cluster import SharedCluster
from tests.core.golden import files_of, table
from tests.fakes.git import FakeRepository


def test_the_file_gives_back_what_was_written_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    shuffled = Snapshot(
        project=GOLDEN.project, tables=dict(reversed(list(GOLDEN.tables.items()))), refs=dict(GOLDEN.refs)
    )
    save_snapshot(GOLDEN, tmp_path / "a.json")
    save_snapshot(shuffled, tmp_path / "b.json")
    assert read_snapshot(tmp_path / "a.json") == GOLDEN
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.json"]


def test_no_file_is_no_snapshot(tmp_path: Path) -> None:
    assert read_snapshot(tmp_path / "none.json") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"project": "p", "refs": {}, "tables": {"a": {}}}', "null"]
)
def test_anything_else_is_refused_with_its_path(tmp_path: Path, text: str) -> None:
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"s\.json: not a snapshot.*bluegreen snapshot"):
        read_snapshot(tmp_path / "s.json")


def named(*refs: str) -> dict[str, str]:
    return dict(zip(refs, refs, strict=True))


def shape(snapshot: Snapshot) -> dict[str, DrawnTable]:
    """The tables without where they belong."""
    return {name: replace(table, kind="", product="", path="") for name, table in snapshot.tables.items()}


def test_it_knows_where_a_table_belongs() -> None:
    fact = draw_snapshot(golden_cluster().repository, {"v1.0.1": "v1.0.1"}).tables["fact_2"]
    assert fact.kind == "fact"
    assert fact.path.endswith("fact_2.sql")
    assert fact.product in fact.path


def test_golden_lineage_over_both_tags() -> None:
    repository = golden_cluster().repository
    snapshot = draw_snapshot(repository, named("v1.0.1", "v1.0.0"))
    assert shape(snapshot) == GOLDEN.tables
    assert set(snapshot.refs) == {"v1.0.0", "v1.0.1"}


def test_without_refs_the_newest_commit_and_tags_count() -> None:
    assert shape(draw_snapshot(golden_cluster().repository, {})) == GOLDEN.tables


def chain(*names: str) -> dict[str, str]:
    """Tables of which each reads the one before."""
    files: dict[str, str] = {}
    for name, parent in zip(names, ("raw", *names), strict=False):
        fill = f"INSERT INTO {name} SELECT id FROM {parent};\n"
        files |= files_of("intermediates", name, table(name, "id STRING NOT NULL"), fill)
    return files


def test_a_reversed_edge_of_an_older_ref_closes_no_circle() -> None:
    repository = FakeRepository(chain("a", "b"))
    repository.tag("old")
    repository.commit(chain("b", "a"))
    repository.tag("new")
    tables = draw_snapshot(repository, named("new", "old")).tables
    assert tables["a"].inputs == ("b",)
    assert tables["b"].inputs == ()


def test_a_table_that_only_the_older_ref_has_stays_drawn() -> None:
    repository = FakeRepository(chain("a", "gone"))
    repository.tag("old")
    repository.commit(dict.fromkeys(chain("a", "gone").keys() - chain("a").keys()))
    tables = draw_snapshot(repository, named("main", "old")).tables
    assert tables["gone"].inputs == ("a",)


def golden_plan() -> Plan:
    return plan_release(golden_cluster().platform, environment="local", release="v1.0.1", base="v1.0.0")


def test_nothing_of_the_golden_plan_is_undrawn() -> None:
    assert undrawn(GOLDEN.tables, golden_plan()) == ()


def test_a_new_table_a_new_edge_and_a_first_dml_are_named() -> None:
    tables = dict(GOLDEN.tables)
    del tables["view32"]
    tables["fact_2"] = DrawnTable(inputs=("int_2",))
    tables["fact_3"] = DrawnTable(inputs=tables["fact_3"].inputs, has_dml=False)
    assert undrawn(tables, golden_plan()) == ("that fact_2 reads int_3", "the DML of fact_3", "table view32")


def grown(*tags: str) -> FakeRepository:
    """A repository in which each tag has a table more than the one before."""
    repository = FakeRepository(chain("a"))
    for number, tag in enumerate(tags):
        repository.commit(chain("a") | chain(f"t{number}"))
        repository.tag(tag)
    repository.branches["HEAD"] = repository.branches["main"]
    return repository


def record(repository: FakeRepository, ref: str, phase: Phase) -> ReleaseRecord:
    plan = replace(golden_plan(), release=repository.resolve(ref))
    return replace(begin(plan, at="2025-01-01T00:00:00Z"), phase=phase)


def test_tags_are_drawn_that_are_not_older_than_what_is_live() -> None:
    repository = grown("v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.10.0")
    live = record(repository, "v1.1.0", Phase.LIVE)
    assert set(refs_to_draw(repository, [live])) == {"HEAD", "main", "v1.1.0", "v1.2.0", "v1.3.0", "v1.10.0"}
    assert set(refs_to_draw(repository)) == {"HEAD", "main", "v1.2.0", "v1.3.0", "v1.10.0"}


def test_what_is_in_progress_stays_drawn_when_its_branch_is_gone() -> None:
    repository = grown("v1.0.0")
    repository.branches["feature"] = repository.branches["main"]
    repository.commit(chain("a") | chain("only_here"), branch="feature")
    running = record(repository, "feature", Phase.DEPLOYING)
    del repository.branches["feature"]
    snapshot = draw_snapshot(repository, refs_to_draw(repository, [running]))
    assert "only_here" in snapshot.tables
    assert snapshot.refs["feature"] == running.commit


def test_an_open_release_branch_is_drawn_under_its_name() -> None:
    repository = grown("v1.0.0")
    repository.branches["release/v1.1.0"] = repository.branches["main"]
    repository.commit(chain("a") | chain("to_come"), branch="release/v1.1.0")
    snapshot = draw_snapshot(repository, {})
    assert "to_come" in snapshot.tables
    assert "release/v1.1.0" in snapshot.refs


def test_a_branch_that_cannot_be_read_is_left_out_and_told() -> None:
    repository = grown("v1.0.0")
    repository.branches["release/v1.1.0"] = repository.branches["main"]
    broken = dict.fromkeys(chain("a"), "INSERT INTO SELECT;")
    repository.commit(broken, branch="release/v1.1.0")
    told: list[str] = []
    snapshot = draw_snapshot(repository, {}, told.append)
    (line,) = told
    assert line.startswith("release/v1.1.0 is not drawn: ")
    assert "a" in snapshot.tables
    with pytest.raises(BluegreenError):
        draw_snapshot(repository, {})


def test_the_task_writes_what_differs(
    shared_cluster: SharedCluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "s.json"
    task = DrawSnapshotOperator(
        task_id="draw", project="/srv/retail", environment="local", snapshot=str(path)
    )
    assert task.execute({}) == len(GOLDEN.tables)
    written = path.stat().st_mtime_ns
    assert task.execute({}) == len(GOLDEN.tables)
    assert path.stat().st_mtime_ns == written
    drawn = read_snapshot(path)
    assert drawn is not None
    assert shape(drawn) == GOLDEN.tables
    assert "is as it was: 12 tables of HEAD, main, v1.0.0, v1.0.1" in capsys.readouterr().out


def test_from_a_real_clone(tmp_path: Path) -> None:
    from airflow_bluegreen.demo.repository import create_repository

    create_repository(tmp_path / "retail")
    snapshot = write_snapshot(str(tmp_path / "retail"), ["v1.0.1", "v1.0.0"], tmp_path / "s.json")
    assert {name: one.inputs for name, one in snapshot.tables.items()} == {
        name: one.inputs for name, one in GOLDEN.tables.items()
    }
    assert read_snapshot(tmp_path / "s.json") == snapshot


def test_a_companion_says_with_which_table_it_is_filled(tmp_path: Path) -> None:
    snapshot = Snapshot(
        project="p",
        tables={"a": DrawnTable(), "b": DrawnTable(filled_with=("a",))},
    )
    save_snapshot(snapshot, tmp_path / "s.json")
    assert read_snapshot(tmp_path / "s.json") == snapshot


def test_a_companion_that_was_drawn_by_itself_is_told() -> None:
    plan = golden_plan()
    shared = (SharedStatement(table="int_3", statement="dml.int_3"),)
    changed = tuple(
        replace(one, dml=(), shared=shared) if one.table == "fact_3" else one for one in plan.tables
    )
    assert undrawn(GOLDEN.tables, replace(plan, tables=changed)) == ("that fact_3 is filled with int_3",)
