import pytest

from airflow_bluegreen.core.lake_targets import lake_targets

ICEBERG = "org.apache.iceberg.connect.IcebergSinkConnector"
DEBEZIUM = "io.debezium.connector.jdbc.JdbcSinkConnector"
CONFLUENT = "io.confluent.connect.jdbc.JdbcSinkConnector"
ROUTER = {
    "transforms": "cast, unversion",
    "transforms.cast.type": "org.apache.kafka.connect.transforms.Cast$Value",
    "transforms.unversion.type": "org.apache.kafka.connect.transforms.RegexRouter",
    "transforms.unversion.regex": r"(.*?)(_v\d+)?",
    "transforms.unversion.replacement": "$1",
}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"connector.class": ICEBERG, "iceberg.tables": "lake.a, lake.b"}, {"lake.a", "lake.b"}),
        (
            {
                "connector.class": ICEBERG,
                "iceberg.tables": "lake.a",
                "iceberg.catalog.uri": "http://c",
                "iceberg.tables.default-commit-branch": "green",
            },
            {"lake.a (branch green) in http://c"},
        ),
        (
            {
                "connector.class": ICEBERG,
                "iceberg.tables.dynamic-enabled": "true",
                "iceberg.tables.route-field": "kind",
            },
            {"the tables that field kind names"},
        ),
        ({"connector.class": DEBEZIUM, "topics": "a,b_v2"}, {"a", "b_v2"}),
        (
            {
                "connector.class": DEBEZIUM,
                "topics": "a_v2",
                "collection.name.format": "lake.${topic}",
                "connection.url": "jdbc:x",
            },
            {"lake.a_v2 in jdbc:x"},
        ),
        ({"connector.class": CONFLUENT, "topics": "a", "table.name.format": "fixed"}, {"fixed"}),
        ({"connector.class": DEBEZIUM, "topics": "fact_2_v2,fact_3", **ROUTER}, {"fact_2", "fact_3"}),
        ({"connector.class": "org.apache.kafka.connect.file.FileStreamSinkConnector", "topics": "a"}, None),
        ({}, None),
    ],
)
def test_the_tables_that_a_connector_writes(config: dict[str, str], expected: set[str] | None) -> None:
    assert lake_targets(config) == expected


def test_a_router_that_only_java_understands_is_not_followed() -> None:
    config = {
        "connector.class": DEBEZIUM,
        "topics": "a",
        **ROUTER,
        "transforms.unversion.regex": "a++(?>b)\\p{Alpha}",
    }
    assert lake_targets(config) is None
