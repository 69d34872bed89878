"""The engine that reads the lake."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_bluegreen.exceptions import StatementError
from airflow_bluegreen.ports import Lake


@dataclass(frozen=True, kw_only=True)
class LakeContractWorld:
    """``blue`` and ``green`` are tables of one text column; ``name`` is free for a view."""

    lake: Lake
    blue: str
    green: str
    name: str
    query: Callable[[str], list[tuple[Any, ...]]]

    def point(self, table: str) -> tuple[str, ...]:
        return (f"DROP VIEW IF EXISTS {self.name}", f"CREATE VIEW {self.name} AS SELECT * FROM {table}")

    def seen(self) -> list[tuple[Any, ...]]:
        return self.query(f"SELECT * FROM {self.name}")


class LakeContract:
    @pytest.fixture
    def world(self) -> LakeContractWorld:
        raise NotImplementedError

    @pytest.fixture
    def pointed(self, world: LakeContractWorld) -> LakeContractWorld:
        """A name that stands for blue; blue and green hold a row each."""
        for table in (world.blue, world.green):
            world.lake.run(
                (f"CREATE TABLE {table} (v VARCHAR(100))", f"INSERT INTO {table} VALUES ('{table}')")
            )
        world.lake.run(world.point(world.blue))
        return world

    def test_a_name_is_pointed_elsewhere_and_back(self, pointed: LakeContractWorld) -> None:
        assert pointed.seen() == [(pointed.blue,)]
        pointed.lake.run(pointed.point(pointed.green))
        assert pointed.seen() == [(pointed.green,)]
        pointed.lake.run(pointed.point(pointed.blue))
        assert pointed.seen() == [(pointed.blue,)]

    def test_what_is_refused_is_told_and_leaves_nothing_half_done(self, pointed: LakeContractWorld) -> None:
        with pytest.raises(StatementError, match="no_such_table"):
            pointed.lake.run((*pointed.point(pointed.green), "INSERT INTO no_such_table VALUES ('x')"))
        assert pointed.seen() == [(pointed.blue,)], "the view was changed in the same transaction"

    def test_colons_and_percent_signs_are_no_parameters(self, pointed: LakeContractWorld) -> None:
        pointed.lake.run((f"INSERT INTO {pointed.blue} VALUES ('10% :of %s')",))
        assert ("10% :of %s",) in pointed.seen()

    def test_nothing_to_run_changes_nothing(self, pointed: LakeContractWorld) -> None:
        pointed.lake.run(())
        assert pointed.seen() == [(pointed.blue,)]

    def test_a_question_is_answered_with_its_first_value(self, pointed: LakeContractWorld) -> None:
        assert pointed.lake.ask(f"SELECT v, 'more' FROM {pointed.name}") == pointed.blue
        assert pointed.lake.ask(f"SELECT count(*) FROM {pointed.name}") == "1"
        assert pointed.lake.ask(f"SELECT v FROM {pointed.name} WHERE v = '10% :of'") is None
        with pytest.raises(StatementError, match="no_such_table"):
            pointed.lake.ask("SELECT v FROM no_such_table")
