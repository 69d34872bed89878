import pytest

from airflow_bluegreen.clients.lake import LakeEngine
from airflow_bluegreen.core.model import Endpoints
from tests.contracts.lake import LakeContract, LakeContractWorld
from tests.stack_tests.lake_world import run_sql


@pytest.mark.stack
class TestPostgres(LakeContract):
    @pytest.fixture
    def world(self, stack: Endpoints, unique: str) -> LakeContractWorld:
        name = unique.replace(".", "_")
        return LakeContractWorld(
            lake=LakeEngine(stack.lake_url),
            blue=f"{name}_blue",
            green=f"{name}_green",
            name=f"{name}_orders",
            query=lambda sql: run_sql(stack.lake_url, sql),
        )
