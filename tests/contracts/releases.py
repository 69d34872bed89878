"""The ledger."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from airflow_bluegreen.core.model import Commit, ConnectorState, Marker, Phase, Plan, ReleaseRecord
from airflow_bluegreen.exceptions import ConflictError
from airflow_bluegreen.ports import ReleaseStore


def release(name: str, *, environment: str = "local", phase: Phase = Phase.PLANNED) -> ReleaseRecord:
    plan = Plan(
        project="retail",
        environment=environment,
        release=Commit(ref=name, sha="a" * 40),
        base=None,
        base_release=None,
        tables=(),
        connectors=(),
        untouched=("int_1",),
        physical={"int_3": "int_3_v2"},
    )
    return ReleaseRecord(
        project="retail",
        environment=environment,
        release=name,
        commit="a" * 40,
        base_release=None,
        phase=phase,
        plan=plan,
        updated_at="2026-01-02T03:04:05+00:00",
        markers=(
            Marker(act="stop", subject="dml.int_3", at="2026-01-02T03:04:05+00:00", detail={"job": "1"}),
        ),
        connectors_before=(
            ConnectorState(name="sink", config={"topics": "int_3"}, offsets={("int_3", 0): 7}),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class ReleasesWorld:
    """``open_store(environment)`` opens another store on the same ledger."""

    open_store: Callable[[str], ReleaseStore]


class ReleasesContract:
    @pytest.fixture
    def world(self) -> ReleasesWorld:
        raise NotImplementedError

    @pytest.fixture
    def store(self, world: ReleasesWorld) -> ReleaseStore:
        return world.open_store("local")

    def test_where_everything_is_allowed_nothing_is_in_the_way_of_writing(self, world: ReleasesWorld) -> None:
        store = world.open_store("local")
        assert store.write_complaints() == ()
        assert store.records() == ()
        store.save(release("v1"), expected=None)
        assert store.write_complaints() == ()

    def test_an_empty_ledger(self, store: ReleaseStore) -> None:
        assert store.records() == ()

    def test_what_is_saved_is_read_by_anybody(self, world: ReleasesWorld, store: ReleaseStore) -> None:
        store.save(release("v1"), expected=None)
        assert store.records() == (release("v1"),)
        assert world.open_store("local").records() == (release("v1"),)

    def test_a_release_moves_on(self, store: ReleaseStore) -> None:
        later = release("v1", phase=Phase.DEPLOYING)
        store.save(release("v1"), expected=None)
        store.save(later, expected=release("v1"))
        assert store.records() == (later,)

    def test_a_release_cannot_be_begun_twice(self, store: ReleaseStore) -> None:
        store.save(release("v1"), expected=None)
        with pytest.raises(ConflictError, match="v1"):
            store.save(release("v1", phase=Phase.DEPLOYING), expected=None)
        assert store.records() == (release("v1"),)

    def test_a_writer_that_knows_an_older_state_is_refused(
        self, world: ReleasesWorld, store: ReleaseStore
    ) -> None:
        store.save(release("v1"), expected=None)
        moved = release("v1", phase=Phase.DEPLOYING)
        world.open_store("local").save(moved, expected=release("v1"))
        with pytest.raises(ConflictError, match="v1"):
            store.save(release("v1", phase=Phase.ROLLING_BACK), expected=release("v1"))
        assert store.records() == (moved,)

    def test_a_release_that_is_not_there_cannot_move(self, store: ReleaseStore) -> None:
        with pytest.raises(ConflictError, match="v1"):
            store.save(release("v1"), expected=release("v1"))
        assert store.records() == ()

    def test_oldest_change_first(self, store: ReleaseStore) -> None:
        for name in ("v1", "v2", "v3"):
            store.save(release(name), expected=None)
        store.save(release("v1", phase=Phase.LIVE), expected=release("v1"))
        assert [record.release for record in store.records()] == ["v2", "v3", "v1"]

    def test_environments_do_not_see_one_another(self, world: ReleasesWorld, store: ReleaseStore) -> None:
        store.save(release("v1"), expected=None)
        other = world.open_store("local-2")
        assert other.records() == ()
        other.save(replace(release("v1"), environment="local-2"), expected=None)
        assert store.records() == (release("v1"),)
