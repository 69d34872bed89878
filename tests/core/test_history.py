from airflow_bluegreen.actions.ledger import current
from airflow_bluegreen.core.history import actor_of, history_json, history_lines
from airflow_bluegreen.core.lifecycle import advance, begin
from airflow_bluegreen.core.model import Phase
from tests.actions.releasing import release
from tests.actions.world import World


def test_the_history_of_a_release_for_programs_and_people() -> None:
    world = World()
    world.actor = "ada"
    release(world)
    record = current(world.platform, "v1.0.1")
    told = history_json(record)
    assert [one["phase"] for one in told["history"]][-1] == "live"
    assert told["history"][-1]["seconds"] is None
    assert all(one["seconds"] >= 0 for one in told["history"][:-1])
    assert (told["by"], told["base"], told["tables"]["int_3"]) == ("ada", "v1.0.0", "int_3_v2")
    assert set(told["savepoints"]) == {"dml.int_3", "dml.fact_2", "dml.fact_3"}
    lines = history_lines(record)
    assert lines[0].startswith("v1.0.1 in local: live, over v1.0.0, commit ")
    assert lines[0].endswith(", by ada")
    assert len(lines) == 1 + len(record.history)


def test_who_moved_it_is_named_where_that_was_somebody_else() -> None:
    plan = World().plan()
    begun = begin(plan, at="2025-01-01T00:00:00+00:00", by="ada")
    back = advance(begun, Phase.ROLLING_BACK, at="2025-01-01T00:01:30+00:00", by="bob")
    again = begin(plan, at="2025-01-02T00:00:00+00:00", by="eve", earlier=back)
    lines = history_lines(again)
    assert actor_of(again) == "eve"
    assert lines[1] == "  2025-01-01T00:00:00+00:00  planned for 90s by ada"
    assert lines[2].endswith("rolling back for 86310s by bob")


def test_a_record_of_an_older_version_has_no_history() -> None:
    record = begin(World().plan(), at="2025-01-01T00:00:00+00:00")
    bare = advance(record, Phase.PLANNED, at="x", history=())
    assert history_json(bare)["history"] == []
    assert len(history_lines(bare)) == 1
