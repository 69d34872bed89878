from confluent_kafka import Uuid

from airflow_bluegreen.clients.topic_admin import topic_identity


def test_brokers_that_give_topics_no_ids_tell_no_identity() -> None:
    assert topic_identity(Uuid(0, 0)) == ""
    assert len({topic_identity(Uuid(1, 0)), topic_identity(Uuid(0, 1)), ""}) == 3
