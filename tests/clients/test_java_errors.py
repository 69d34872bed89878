# ruff: noqa: E501 - traces have the lines they have
"""Stack traces as they came from Flink 2.2.1 and Kafka Connect 4.1, shortened."""

import pytest

from airflow_bluegreen.clients.java_errors import LONGEST, root_cause

VALIDATION = """<Exception on server side:
org.apache.flink.table.gateway.api.utils.SqlGatewayException: org.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults.
\tat org.apache.flink.table.gateway.rest.handler.statement.FetchResultsHandler.handleRequest(FetchResultsHandler.java:91)
\tat java.base/java.lang.Thread.run(Unknown Source)
Caused by: org.apache.flink.table.gateway.api.utils.SqlGatewayException: Failed to fetchResults.
\tat org.apache.flink.table.gateway.service.SqlGatewayServiceImpl.fetchResults(SqlGatewayServiceImpl.java:231)
\t... 48 more
Caused by: org.apache.flink.table.api.ValidationException: SQL validation failed. From line 3, column 6 to line 3, column 11: Object 'nosuch' not found
\tat org.apache.flink.table.planner.calcite.FlinkPlannerImpl.validate(FlinkPlannerImpl.scala:187)
Caused by: org.apache.calcite.runtime.CalciteContextException: From line 3, column 6 to line 3, column 11: Object 'nosuch' not found
\t... 7 more
Caused by: org.apache.calcite.sql.validate.SqlValidatorException: Object 'nosuch' not found
\tat java.base/jdk.internal.reflect.DirectConstructorHandleAccessor.newInstance(Unknown Source)
\t... 31 more

End of exception on server side>"""

PARSING = """org.apache.flink.table.api.SqlParserException: SQL parse failed. Encountered "<EOF>" at line 1, column 43.
Was expecting one of:
    "LATERAL" ...
    "TABLE" ...
Caused by: org.apache.calcite.sql.parser.SqlParseException: Encountered "<EOF>" at line 1, column 43.
Was expecting one of:
    "LATERAL" ...
"""

OPTIONS = """org.apache.flink.table.api.ValidationException: Unable to create a source for reading table 'default_catalog.default_database.src_a'.

Table options are:

'connector'='upsert-kafka'
\tat org.apache.flink.table.factories.FactoryUtil.createDynamicTableSource(FactoryUtil.java:228)
Caused by: org.apache.flink.table.api.ValidationException: Unsupported options found for 'upsert-kafka'.

Unsupported options:

foo

Supported options:

connector
topic
\tat org.apache.flink.table.factories.FactoryUtil.validateUnconsumedKeys(FactoryUtil.java:741)"""

CONNECT = """org.apache.kafka.connect.errors.ConnectException: Couldn't find or create file '/no/sink.txt' for FileStreamSinkTask
\tat org.apache.kafka.connect.file.FileStreamSinkTask.start(FileStreamSinkTask.java:75)
Caused by: java.nio.file.NoSuchFileException: /no/sink.txt
\tat java.base/sun.nio.fs.UnixException.translateToIOException(Unknown Source)
\t... 12 more"""


def test_innermost_cause_with_the_position_of_an_outer_one() -> None:
    assert (
        root_cause(["Internal server error.", VALIDATION]) == "Object 'nosuch' not found (line 3, column 6)"
    )


def test_what_a_parser_expected_is_left_out() -> None:
    assert root_cause([PARSING]) == 'Encountered "<EOF>" at line 1, column 43.'


def test_columns_of_the_first_line_are_those_of_the_users_text() -> None:
    assert root_cause([PARSING], prefix=len("EXPLAIN ")) == 'Encountered "<EOF>" at line 1, column 35.'
    assert root_cause([VALIDATION], prefix=8).endswith("(line 3, column 6)")


def test_options_are_told_with_their_table() -> None:
    expected = "table src_a: Unsupported options found for 'upsert-kafka'. Unsupported options: foo"
    assert root_cause([OPTIONS]) == expected


def test_two_innermost_causes_where_one_says_too_little() -> None:
    expected = "Couldn't find or create file '/no/sink.txt' for FileStreamSinkTask: /no/sink.txt"
    assert root_cause([CONNECT], depth=2) == expected


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        ("java.lang.IllegalStateException: no", "no"),
        ("a.B: c.D: nested class names", "nested class names"),
        ("plain text", "plain text"),
        ("java.lang.NullPointerException\n\tat a.B.c(B.java:1)", "no reason given"),
        ("", "no reason given"),
        ("a.B$C: inner class", "inner class"),
    ],
)
def test_small_ones(trace: str, expected: str) -> None:
    assert root_cause([trace]) == expected


def test_one_line_of_bounded_length() -> None:
    reason = root_cause(["x.Y: " + "long\nstory " * 1000])
    assert "\n" not in reason
    assert len(reason) == LONGEST


FLINK_WITHOUT_REGISTRY = """\
java.io.IOException: Failed to deserialize consumer record due to
\tat org.apache.flink.connector.kafka.source.reader.KafkaRecordEmitter.emitRecord(KafkaRecordEmitter.java:56)
Caused by: java.io.IOException: Failed to deserialize Avro record.
\tat org.apache.flink.formats.avro.RegistryAvroDeserializationSchema.deserialize(RegistryAvro.java:102)
\t... 14 more
Caused by: java.net.SocketException: Unexpected end of file from server
\tat java.base/sun.net.www.http.HttpClient.parseHTTPHeader(Unknown Source)
\tat org.apache.flink.avro.registry.confluent.shaded.io.confluent.kafka.schemaregistry.client.rest.R.a(R.java)
\t... 15 more
"""
CONNECT_WITHOUT_REGISTRY = """\
org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler
\tat org.apache.kafka.connect.runtime.errors.RetryWithToleranceOperator.execute(RetryWithTolerance.java:180)
Caused by: io.apicurio.registry.rest.client.exception.RestClientException: HTTP/1.1 header parser received no bytes
\tat io.apicurio.registry.resolver.ERCache.getValue(ERCache.java:200)
"""


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (
            FLINK_WITHOUT_REGISTRY,
            "schema registry: Failed to deserialize Avro record.: Unexpected end of file from server",
        ),
        (
            CONNECT_WITHOUT_REGISTRY,
            "schema registry: Tolerance exceeded in error handler: HTTP/1.1 header parser received no bytes",
        ),
        ("a.B: at the registry\n\tat x.schemaregistry.client.rest.A.b(A.java:1)", "at the registry"),
        (
            "a.B: x\n\tat x.schemaregistry.client.rest.A.b(A.java:1)\nCaused by: c.D: no space left",
            "x: no space left",
        ),
    ],
)
def test_a_schema_registry_that_is_gone_is_named(trace: str, expected: str) -> None:
    assert root_cause([trace], depth=2) == expected
