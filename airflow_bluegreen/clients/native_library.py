"""The librdkafka that confluent-kafka brings, called directly for what its Python package does not offer.

The calls are part of librdkafka's stable interface (``rdkafka.h``). Its simple consumer knows no groups.
"""

import ctypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import confluent_kafka

from airflow_bluegreen.exceptions import ConfigurationError

_CONSUMER = 1
_REASON_BYTES = 512
_BESIDE = ("../confluent_kafka.libs/librdkafka*", "../.dylibs/librdkafka*", ".dylibs/librdkafka*")
"""Where wheels for Linux and macOS keep it, from the folder of the package."""
LogCallback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p)
ErrorCallback = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)

_ADDRESS, _TEXT, _INT, _SIZE = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "rd_kafka_version_str": (_TEXT, []),
    "rd_kafka_last_error": (_INT, []),
    "rd_kafka_conf_new": (_ADDRESS, []),
    "rd_kafka_conf_destroy": (None, [_ADDRESS]),
    "rd_kafka_conf_set": (_INT, [_ADDRESS, _TEXT, _TEXT, _TEXT, _SIZE]),
    "rd_kafka_conf_set_log_cb": (None, [_ADDRESS, _ADDRESS]),
    "rd_kafka_conf_set_error_cb": (None, [_ADDRESS, ErrorCallback]),
    "rd_kafka_new": (_ADDRESS, [_INT, _ADDRESS, _TEXT, _SIZE]),
    "rd_kafka_destroy": (None, [_ADDRESS]),
    "rd_kafka_poll": (_INT, [_ADDRESS, _INT]),
    "rd_kafka_topic_new": (_ADDRESS, [_ADDRESS, _TEXT, _ADDRESS]),
    "rd_kafka_topic_destroy": (None, [_ADDRESS]),
    "rd_kafka_queue_new": (_ADDRESS, [_ADDRESS]),
    "rd_kafka_queue_destroy": (None, [_ADDRESS]),
    "rd_kafka_consume_start_queue": (_INT, [_ADDRESS, ctypes.c_int32, ctypes.c_int64, _ADDRESS]),
    "rd_kafka_consume_stop": (_INT, [_ADDRESS, ctypes.c_int32]),
    "rd_kafka_consume_callback_queue": (_INT, [_ADDRESS, _INT, _ADDRESS, _ADDRESS]),
    "rd_kafka_message_timestamp": (ctypes.c_int64, [_ADDRESS, _ADDRESS]),
    "rd_kafka_yield": (None, [_ADDRESS]),
}


@cache
def native_library() -> Any:
    """The library that the package has loaded; None where it is not found beside it."""
    package = Path(str(confluent_kafka.__file__)).parent
    for pattern in _BESIDE:
        for path in sorted((package / Path(pattern).parent).glob(Path(pattern).name)):
            library = _bound(path)
            if library is not None:
                return library
    return None


def _bound(path: Path) -> Any:
    try:
        library = ctypes.CDLL(str(path))
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError):
        return None
    same = library.rd_kafka_version_str().decode() == confluent_kafka.libversion()[0]
    return library if same else None


def address_of(function: Any) -> int:
    """The address of a function of the library, or of a callback."""
    return ctypes.cast(function, _ADDRESS).value or 0


def settable(conf: Mapping[str, Any]) -> bool:
    """Whether a configuration has only what librdkafka itself knows, no functions of Python."""
    return all(isinstance(value, str | int | float | bool) for value in conf.values())


def open_client(library: Any, conf: Mapping[str, Any], on_error: Any) -> int:
    """A consumer without a group. Raises ConfigurationError for a setting that librdkafka refuses.

    :param on_error: an :data:`ErrorCallback`; the caller keeps it as long as the client lives.
    """
    reason = ctypes.create_string_buffer(_REASON_BYTES)
    made = library.rd_kafka_conf_new()
    for name, value in conf.items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if library.rd_kafka_conf_set(made, name.encode(), text.encode(), reason, _REASON_BYTES) != 0:
            library.rd_kafka_conf_destroy(made)
            raise ConfigurationError(f"reading: {reason.value.decode()}")
    library.rd_kafka_conf_set_log_cb(made, None)
    library.rd_kafka_conf_set_error_cb(made, on_error)
    client = library.rd_kafka_new(_CONSUMER, made, reason, _REASON_BYTES)
    if not client:
        library.rd_kafka_conf_destroy(made)
        raise ConfigurationError(f"reading: {reason.value.decode()}")
    return int(client)
