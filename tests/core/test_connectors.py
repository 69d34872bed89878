import pytest

from airflow_bluegreen.core.connectors import read_connectors, with_topics, with_topics_in_text
from airflow_bluegreen.exceptions import DuplicateOwnerError, ProjectError

TEXT = (
    '{\r\n\t"name": "sink",\r\n "config": { "topics" : "int_3, fact_2_v2,raw",'
    '\r\n "tasks.max": 2, "a": "int_3"}}'
)
NAMES = {"int_3": "int_3_v2", "fact_2_v2": "fact_2_v3"}


def test_connectors_are_read_with_their_topics_as_written() -> None:
    (found,) = read_connectors({"x/connector.sink.json": TEXT, "x/other.json": "not read"})
    assert (found.name, found.topics, str(found.where)) == (
        "sink",
        ("int_3", "fact_2_v2", "raw"),
        "x/connector.sink.json:1",
    )
    assert found.config == {"topics": "int_3, fact_2_v2,raw", "tasks.max": "2", "a": "int_3"}


def test_only_the_topics_are_renamed_and_every_other_byte_stays() -> None:
    assert with_topics_in_text(TEXT, NAMES) == TEXT.replace(
        '"int_3, fact_2_v2,raw"', '"int_3_v2, fact_2_v3,raw"'
    )
    assert with_topics({"topics": "int_3,raw", "a": "int_3"}, NAMES) == {
        "topics": "int_3_v2,raw",
        "a": "int_3",
    }
    assert with_topics({"topics.regex": "int_.*"}, NAMES) == {"topics.regex": "int_.*"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{\n "name": \n}', r"^connector.a.json:3:1: not valid JSON"),
        ("[]", r"^connector.a.json:1: a connector file needs a name and a config"),
        ('{"name": "a"}', r"^connector.a.json:1: a connector file needs a name and a config"),
        ('{"name": "a", "config": {"x": {}}}', r"^connector.a.json:1: config value x is not a text"),
    ],
)
def test_what_is_no_connector_is_refused(text: str, message: str) -> None:
    with pytest.raises(ProjectError, match=message):
        read_connectors({"connector.a.json": text})


def test_two_files_for_one_connector_are_refused() -> None:
    text = '{"name": "a", "config": {}}'
    with pytest.raises(
        DuplicateOwnerError, match=r"^y/connector.a.json:1: connector a .* in x/connector.a.json:1"
    ):
        read_connectors({"x/connector.a.json": text, "y/connector.a.json": text})


def test_a_connector_says_whether_its_target_is_shared() -> None:
    text = '{"name": "a", "config": {"topics": "t"}, "shared_target": true}'
    (shared,) = read_connectors({"connector.a.json": text})
    (own,) = read_connectors({"connector.a.json": text.replace(', "shared_target": true', "")})
    assert (shared.shared_target, own.shared_target) == (True, False)
    with pytest.raises(ProjectError, match="shared_target is neither true nor false"):
        read_connectors({"connector.a.json": text.replace("true", '"yes"')})
