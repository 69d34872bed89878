"""The lake's names: readers see blue's table until green's is filled, and at once again after a rollback."""

import copy
from dataclasses import replace

import pytest

from airflow_bluegreen.actions.adopt import adopt
from airflow_bluegreen.actions.confirm import confirm
from airflow_bluegreen.actions.cut_over import cut_over
from airflow_bluegreen.actions.drift import read_drift
from airflow_bluegreen.actions.environment import look_at_environment
from airflow_bluegreen.actions.ledger import advance_to, change, current, now
from airflow_bluegreen.actions.preflight import preflight
from airflow_bluegreen.actions.repair import plan_repairs
from airflow_bluegreen.actions.retire import retire
from airflow_bluegreen.actions.roll_back import roll_back
from airflow_bluegreen.actions.stable_names import (
    POINT_MARKER,
    goals_of,
    lake_tables,
    point_names,
    switch_names,
)
from airflow_bluegreen.cli.status import status_json, status_lines
from airflow_bluegreen.core.drift import DriftKind
from airflow_bluegreen.core.model import LakeSettings, Phase, PhaseChange, Plan, Profile
from airflow_bluegreen.exceptions import (
    ConfigurationError,
    ConflictError,
    ReadinessError,
    RefusedError,
    StatementError,
    TransientError,
)
from airflow_bluegreen.ports import Platform
from tests.actions.faults import faulty, kill
from tests.actions.releasing import bring_up
from tests.actions.test_killed import worlds_with_a_fault
from tests.actions.world import World
from tests.fakes.lake import FakeLake

LAKE = LakeSettings(
    prepare=(
        "DROP TABLE IF EXISTS {topic}",
        "CREATE TABLE {topic} (v TEXT)",
        "INSERT INTO {topic} VALUES ('{topic}')",
    ),
    point=("DROP VIEW IF EXISTS the_{table}", "CREATE VIEW the_{table} AS SELECT * FROM {topic}"),
    unpoint=("DROP VIEW IF EXISTS the_{table}",),
    discard=("DROP TABLE IF EXISTS {topic}",),
)


class LakeWorld(World):
    """The golden scenario with a lake; blue's tables are in it, and the names stand for them."""

    def __init__(self) -> None:
        super().__init__()
        self.lake = FakeLake()
        self.settings = LAKE
        for table in ("fact_2", "fact_3"):
            self.lake.run((f"CREATE TABLE {table} (v TEXT)", f"INSERT INTO {table} VALUES ('{table}')"))
            self.lake.run((f"CREATE VIEW the_{table} AS SELECT * FROM {table}",))

    @property
    def platform(self) -> Platform:
        platform = replace(self.cluster.platform, lake=self.lake)
        return faulty(platform, self.line) if self.line else platform

    def lake_seen(self) -> tuple[set[str], list[str]]:
        """What is in the lake, and what the names stand for."""
        names = self.lake.names()
        return names, [
            self.read(name.removeprefix("the_")) for name in sorted(names) if name.startswith("the_")
        ]

    @property
    def profile(self) -> Profile:
        return replace(super().profile, lake=self.settings)

    def read(self, table: str) -> str:
        ((value,),) = self.lake.query(f"SELECT v FROM the_{table}")
        return str(value)


def brought_up() -> tuple[LakeWorld, Plan]:
    world = LakeWorld()
    return world, bring_up(world)


def cut(world: LakeWorld, plan: Plan) -> None:
    cut_over(world.platform, plan, world.profile, world.story)


def point(world: LakeWorld, plan: Plan) -> None:
    point_names(world.platform, plan, world.profile, world.story)


def test_the_lake_tables_of_a_release_are_those_that_its_connectors_write() -> None:
    _, plan = brought_up()
    found = {(one.table, one.blue, one.green) for one in lake_tables(plan)}
    assert found == {
        ("fact_2", "fact_2", "fact_2_v2"),
        ("fact_3", "fact_3", "fact_3_v2"),
        ("view32", "", "view32"),
    }


def test_readers_see_blue_until_green_is_filled() -> None:
    world, plan = brought_up()
    cut(world, plan)
    assert (world.read("fact_2"), world.read("fact_3")) == ("fact_2", "fact_3")
    point(world, plan)
    assert [world.read(table) for table in ("fact_2", "fact_3", "view32")] == [
        "fact_2_v2",
        "fact_3_v2",
        "view32",
    ]
    markers = [one for one in current(world.platform, "v1.0.1").markers if one.act == POINT_MARKER]
    assert [dict(one.detail) for one in markers] == [
        {"from": "fact_2", "to": "fact_2_v2"},
        {"from": "fact_3", "to": "fact_3_v2"},
        {"from": "", "to": "view32"},
    ]


def test_a_sink_that_does_not_get_there_leaves_the_names_with_blue() -> None:
    world, plan = brought_up()
    cut(world, plan)
    world.cluster.topics.produce("fact_2_v2", b"late", b"{}")
    world.cluster.connectors.all["sink-fact-2"].state = "UNASSIGNED"
    with pytest.raises(ReadinessError, match="not filled: sink-fact-2"):
        point_names(world.platform, plan, world.profile, world.story, timeout_s=60)
    assert world.read("fact_3") == "fact_3"
    assert "the lake misses 1 records of sink-fact-2" in world.story.lines


def test_a_rollback_brings_the_names_back_first_and_discards_green() -> None:
    world, plan = brought_up()
    cut(world, plan)
    point(world, plan)
    world.cluster.connectors.wire.calls.clear()
    world.cluster.connectors.fail_next("connector", TransientError("gone"), times=1)
    with pytest.raises(TransientError):
        roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.read("fact_2") == "fact_2", "before the connectors, which take their time"
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.lake.names() == {"fact_2", "fact_3", "the_fact_2", "the_fact_3"}


def test_greens_tables_are_kept_where_the_project_does_not_say_otherwise() -> None:
    world, plan = brought_up()
    world.settings = replace(LAKE, discard=())
    cut(world, plan)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert {"fact_2_v2", "fact_3_v2", "view32"} <= world.lake.names()
    assert "fact_2_v2 is kept in the lake: remove it before fact_2_v2 is written again" in world.story.lines


def test_before_the_cut_over_there_is_nothing_to_discard() -> None:
    world, _ = brought_up()
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert all("DROP" not in str(call.arguments) for call in world.lake.wire.calls)


def test_a_connector_that_has_begun_is_not_prepared_again() -> None:
    world, plan = brought_up()
    world.cluster.connectors.fail_next("resume_connector", KeyboardInterrupt(), times=1)
    with pytest.raises(KeyboardInterrupt):
        cut(world, plan)
    world.lake.run(("INSERT INTO fact_2_v2 VALUES ('a row of green')",))
    cut(world, plan)
    assert ("a row of green",) in world.lake.query("SELECT v FROM fact_2_v2")


def test_a_connector_that_went_back_is_prepared_again() -> None:
    world, plan = brought_up()
    world.cluster.connectors.all["sink-fact-3"].failure = "disk full"
    with pytest.raises(StatementError):
        cut(world, plan)
    world.lake.run(("INSERT INTO fact_2_v2 VALUES ('of the first try')",))
    world.cluster.connectors.all["sink-fact-3"].failure = None
    cut(world, plan)
    assert world.lake.query("SELECT v FROM fact_2_v2") == [("fact_2_v2",)]


def test_pointing_twice_is_fine_and_before_the_cut_over_it_is_refused() -> None:
    world, plan = brought_up()
    with pytest.raises(ConfigurationError, match="is not cut over"):
        point(world, plan)
    cut(world, plan)
    point(world, plan)
    point(world, plan)
    assert world.read("fact_2") == "fact_2_v2"


def test_a_name_that_could_change_a_statement_is_refused() -> None:
    world, plan = brought_up()
    cut(world, plan)
    odd = tuple(replace(one, table='x"; DROP') if one.table == "fact_2" else one for one in plan.tables)
    with pytest.raises(ConfigurationError, match="cannot be part of a statement"):
        point(world, replace(plan, tables=odd))


def test_preflight_asks_the_lake_whether_it_is_there() -> None:
    world, plan = brought_up()
    world.lake.fail_next("run", StatementError("no such engine"), times=1)
    with pytest.raises(ConflictError, match="no such engine"):
        preflight(world.platform, plan, world.profile, world.story)
    without = replace(world.platform, lake=None)
    with pytest.raises(ConflictError, match="Set BLUEGREEN_LAKE_URL"):
        preflight(without, plan, world.profile, world.story)


def test_without_settings_nothing_is_run() -> None:
    world, plan = brought_up()
    world.settings = LakeSettings()
    world.lake.wire.calls.clear()
    cut(world, plan)
    point(world, plan)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert world.lake.wire.calls == []


def test_names_can_be_pointed_until_the_release_is_live() -> None:
    world, plan = brought_up()
    cut(world, plan)
    advance_to(world.platform, "v1.0.1", Phase.RETIRING)
    change(world.platform, "v1.0.1", savepoints={})
    point(world, plan)
    assert world.read("fact_2") == "fact_2_v2"


SHOW = "SELECT sql FROM sqlite_master WHERE name = 'the_{table}'"


def confirmed(world: LakeWorld, plan: Plan) -> None:
    retire(world.platform, plan, world.story)
    confirm(world.platform, plan, world.profile, world.story)


@pytest.mark.parametrize("show", ["", SHOW])
def test_a_release_whose_names_were_not_pointed_is_not_live(show: str) -> None:
    world, plan = brought_up()
    world.settings = replace(LAKE, show=show)
    cut(world, plan)
    with pytest.raises(RefusedError) as refused:
        confirmed(world, plan)
    for said in (
        "fact_2 stands for fact_2 in the lake, not for fact_2_v2",
        "view32 stands for nothing in the lake, not for view32",
    ):
        assert said in str(refused.value)
    assert current(world.platform, "v1.0.1").phase is Phase.RETIRING
    point(world, plan)
    confirmed(world, plan)
    assert current(world.platform, "v1.0.1").phase is Phase.LIVE


def test_a_name_that_somebody_pointed_elsewhere_is_seen_where_the_lake_can_be_asked() -> None:
    world, plan = brought_up()
    world.settings = replace(LAKE, show=SHOW)
    cut(world, plan)
    point(world, plan)
    world.lake.run(("DROP VIEW the_fact_3", "CREATE VIEW the_fact_3 AS SELECT * FROM fact_3"))
    with pytest.raises(RefusedError, match="fact_3 stands for fact_3 in the lake, not for fact_3_v2"):
        confirmed(world, plan)


def test_a_name_that_the_engine_does_not_know_stands_for_nothing() -> None:
    world, plan = brought_up()
    world.settings = replace(LAKE, show="SELECT v FROM the_{table}")
    cut(world, plan)
    point(world, plan)
    world.lake.run(("DROP VIEW the_fact_3",))
    with pytest.raises(RefusedError, match="fact_3 stands for nothing in the lake"):
        confirmed(world, plan)
    assert "no such table: the_fact_3" in world.story.text


def test_a_rollback_looks_whether_the_names_are_back() -> None:
    world, plan = brought_up()
    world.settings = replace(LAKE, show=SHOW)
    cut(world, plan)
    point(world, plan)
    # It points the wrong way: the name of fact_2 stays where it is.
    stuck = tuple(text.replace("the_{table}", "the_wrong_{table}") for text in LAKE.point)
    world.settings = replace(LAKE, show=SHOW, point=stuck, discard=())
    with pytest.raises(RefusedError, match="fact_2 stands for fact_2_v2 in the lake, not for fact_2"):
        roll_back(world.platform, "v1.0.1", world.profile, world.story)
    world.settings = replace(LAKE, show=SHOW)
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    assert current(world.platform, "v1.0.1").phase is Phase.ROLLED_BACK


def test_a_rollback_between_the_filling_and_the_names_keeps_them() -> None:
    world, plan = brought_up()
    before = world.lake_seen()
    cut(world, plan)
    assert goals_of(world.platform, plan, world.profile) is not None
    roll_back(world.platform, "v1.0.1", world.profile, world.story)
    with pytest.raises(RefusedError, match=r"v1\.0\.1 is rolled back"):
        switch_names(world.platform, plan, world.profile, world.story)
    assert world.lake_seen() == before


def overtaken(world: LakeWorld, phase: Phase) -> None:
    """A later release than v1.0.1 is in this phase."""
    world.cluster.clock.advance(60)
    at = now(world.cluster.clock)
    later = replace(
        current(world.platform, "v1.0.1"),
        release="v1.0.2",
        phase=phase,
        updated_at=at,
        history=(PhaseChange(phase=phase, at=at),),
    )
    world.platform.releases.save(later, expected=None)


@pytest.mark.parametrize("phase", [Phase.CUTTING_OVER, Phase.CUT_OVER, Phase.RETIRING, Phase.LIVE])
def test_the_names_of_a_later_release_are_not_taken_back(phase: Phase) -> None:
    world = live_with_names()
    plan = current(world.platform, "v1.0.1").plan
    overtaken(world, phase)
    before, record = len(world.lake.wire.calls), current(world.platform, "v1.0.1")
    with pytest.raises(RefusedError, match=r"v1\.0\.2 was released after v1\.0\.1.*by hand"):
        point(world, plan)
    with pytest.raises(RefusedError, match=r"v1\.0\.2 was released after v1\.0\.1"):
        switch_names(world.platform, plan, world.profile, world.story)
    assert len(world.lake.wire.calls) == before
    assert current(world.platform, "v1.0.1") == record


@pytest.mark.parametrize("phase", [Phase.DEPLOYING, Phase.COMPARED, Phase.ROLLING_BACK, Phase.ROLLED_BACK])
def test_a_later_release_that_is_not_cut_over_leaves_the_names_to_the_live_one(phase: Phase) -> None:
    world = live_with_names()
    overtaken(world, phase)
    world.lake.run(("DROP VIEW the_fact_3", "CREATE VIEW the_fact_3 AS SELECT * FROM fact_3"))
    point(world, current(world.platform, "v1.0.1").plan)
    assert world.read("fact_3") == "fact_3_v2"


def named_drift(world: LakeWorld) -> list[tuple[str, str]]:
    found = read_drift(world.platform, world.profile).drift
    return [(one.subject, one.what) for one in found if one.kind is DriftKind.NAME_DIFFERS]


def test_the_status_holds_the_names_against_the_lake() -> None:
    world = LakeWorld()
    adopt(world.platform, "v1.0.0", world.profile, world.story)
    plan = bring_up(world)
    world.settings = replace(LAKE, show=SHOW)
    assert named_drift(world) == [], "no release has pointed a name yet"
    cut(world, plan)
    assert named_drift(world) == [], "what a release in progress is changing"
    point(world, plan)
    confirmed(world, plan)
    assert named_drift(world) == []
    world.lake.run(("DROP VIEW the_fact_3", "CREATE VIEW the_fact_3 AS SELECT * FROM fact_3"))
    world.lake.run(("DROP VIEW the_view32",))
    assert named_drift(world) == [
        ("fact_3", "fact_3 stands for fact_3 in the lake, not for fact_3_v2"),
        ("view32", "view32 stands for nothing in the lake, not for view32"),
    ]
    world.settings = LAKE
    assert named_drift(world) == [], "nobody says how to ask the lake"


def live_with_names() -> LakeWorld:
    world, plan = brought_up()
    world.settings = replace(LAKE, show=SHOW)
    cut(world, plan)
    point(world, plan)
    confirmed(world, plan)
    return world


def test_a_lake_that_is_away_leaves_only_its_names_unknown() -> None:
    world = live_with_names()
    assert (read_drift(world.platform, world.profile).unknown, named_drift(world)) == ("", [])
    world.lake.fail_next("ask", TransientError("the lake is away", remedy="Start it"), times=3)
    reality = read_drift(world.platform, world.profile)
    unknown = "names in the lake are not known: the lake is away. Start it"
    assert (reality.drift, reality.unknown) == ((), unknown)
    status = status_json(world.platform, world.cluster.releases.records(), reality, world.profile)
    assert (status["drift"], status["unknown"]) == ([], unknown)
    assert list(status_lines(world.platform, reality, world.profile))[1:] == [f"not known: {unknown}"]
    state = look_at_environment(world.platform, world.profile, project="retail", environment="local")
    assert (state.drift, state.trouble) == ((), unknown)
    assert plan_repairs(world.platform, world.profile, world.story) == ()
    assert world.story.lines[-1] == unknown


def test_without_the_lake_jobs_are_mended() -> None:
    world = live_with_names()
    world.cluster.jobs.cancel(world.job("dml.int_3_v2").job_id)
    world.lake.fail_next("ask", TransientError("the lake is away"), times=1)
    (repair,) = plan_repairs(world.platform, world.profile, world.story)
    assert "dml.int_3_v2" in str(repair)


def test_killed_anywhere_the_names_get_there_and_back() -> None:
    start, plan = brought_up()

    def forth(world: World) -> None:
        cut_over(world.platform, plan, world.profile, world.story)
        point_names(world.platform, plan, world.profile, world.story)

    def back(world: World) -> None:
        roll_back(world.platform, "v1.0.1", world.profile, world.story)

    before, smooth = start.lake_seen(), copy.deepcopy(start)
    forth(smooth)
    there = smooth.lake_seen()
    for where, world in worlds_with_a_fault(start, forth, kill):
        assert isinstance(world, LakeWorld)
        undone = copy.deepcopy(world)
        forth(world)
        assert world.lake_seen() == there, where
        back(undone)
        assert undone.lake_seen() == before, where
    for where, world in worlds_with_a_fault(smooth, back, kill):
        assert isinstance(world, LakeWorld)
        back(world)
        assert world.lake_seen() == before, where
