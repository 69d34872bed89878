"""The files that the page about lakes shows are read as the page says."""

import re
from pathlib import Path

from airflow_bluegreen.core.configuration import read_configuration
from airflow_bluegreen.core.connectors import read_connectors
from airflow_bluegreen.core.lake_targets import lake_targets

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "write-into-a-lake.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def test_its_connectors_name_a_table_for_each_version() -> None:
    files = {f"connector.{number}.json": text for number, text in enumerate(blocks("json"))}
    connectors = read_connectors(files)
    assert [one.name for one in connectors] == ["sink-fact-2", "sink-fact-3"]
    for connector in connectors:
        tables = [
            lake_targets(
                {**{k: v.replace("{topic}", topic) for k, v in connector.config.items()}, "topics": topic}
            )
            for topic in ("fact_9", "fact_9_v2")
        ]
        assert all(tables)
        assert not (tables[0] or set()) & (tables[1] or set())


def test_its_configuration_is_one() -> None:
    (text,) = blocks("yaml")
    lake = read_configuration(text).profiles["production"].lake
    assert lake is not None
    assert all((lake.prepare, lake.point, lake.unpoint, lake.discard))
