"""The example DAGs of the documentation: each is a file that Airflow reads without a complaint."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.M | re.S)
EXAMPLES = BLOCK.findall((ROOT / "docs" / "how-to" / "schedule-releases.md").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.splitlines()[0].strip('"'))
def test_an_example_gives_dags_that_airflow_can_keep(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization

    from airflow_bluegreen.snapshot import save_snapshot
    from tests.airflow.golden_graph import GOLDEN

    save_snapshot(GOLDEN, tmp_path / "s.json")
    monkeypatch.setenv("AIRFLOW__BLUEGREEN__SNAPSHOT_PATH", str(tmp_path / "s.json"))
    (tmp_path / "example.py").write_text(example)
    bag = DagBag(str(tmp_path / "example.py"), bundle_path=None)
    assert bag.import_errors == {}
    assert bag.dags
    for dag in bag.dags.values():
        dag.check_cycle()
        assert DagSerialization.to_dict(dag)
