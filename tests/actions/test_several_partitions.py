"""A key whose records lie in several partitions."""

import json

from airflow_bluegreen.actions.compare import Subject, compare_topics
from airflow_bluegreen.core.model import Column, KeyCounts, Profile, Verdict
from tests.fakes.platform import FakeCluster, Story

COLUMNS = (
    Column(name="id", type="STRING", nullable=False),
    Column(name="total", type="INT"),
    Column(name="note", type="STRING"),
)


def test_of_a_key_in_several_partitions_the_newest_record_counts_on_both_sides() -> None:
    cluster, story = FakeCluster({}), Story()
    cluster.topics.ensure("t", 2)
    cluster.topics.ensure("t_v2", 2)
    for topic, partitions in (("t", (0, 1)), ("t_v2", (1, 0))):
        for partition, stamp in zip(partitions, (1_000, 2_000), strict=True):
            value = json.dumps({"id": "a", "total": stamp, "note": "x"}).encode()
            cluster.topics.produce(topic, b"a", value, partition=partition, timestamp=stamp)
    subject = Subject(
        table="t", blue="t", green="t_v2", primary_key=("id",), columns=COLUMNS, blue_columns=COLUMNS
    )
    found = compare_topics(cluster.platform, subject, Profile(name="local"), story)
    assert (found.verdict, found.keys) == (Verdict.PASS, KeyCounts(match=1))
    assert "t: 1 older records of keys in another partition; the newest one counts" in story.lines
