import confluent_kafka
import pytest

from airflow_bluegreen.clients.native_library import ErrorCallback, native_library, open_client, settable
from airflow_bluegreen.clients.native_reader import can_read, native_reading
from airflow_bluegreen.exceptions import ConfigurationError


def test_the_library_of_the_package_is_found() -> None:
    library = native_library()
    assert library.rd_kafka_version_str().decode() == confluent_kafka.libversion()[0]
    assert native_reading()


def test_a_setting_that_librdkafka_refuses_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"no\.such\.setting"):
        open_client(native_library(), {"no.such.setting": "1"}, ErrorCallback(lambda *_: None))


def test_functions_of_python_are_left_to_the_package() -> None:
    assert settable({"bootstrap.servers": "a:1", "enable.auto.commit": False, "fetch.wait.max.ms": 5})
    assert not can_read({"bootstrap.servers": "a:1", "oauth_cb": print})  # type: ignore[dict-item]
