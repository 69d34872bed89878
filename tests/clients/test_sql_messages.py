from io import BytesIO

import pytest

from airflow_bluegreen.clients.sql_messages import read_message, write_message


def written(*parts: bytes) -> bytes:
    pipe = BytesIO()
    write_message(pipe, parts)
    return pipe.getvalue()


@pytest.mark.parametrize("parts", [(), (b"",), (b"one", b"", b"x" * 100_000)])
def test_what_is_written_is_read(parts: tuple[bytes, ...]) -> None:
    pipe = BytesIO(written(*parts) + written(b"next"))
    assert read_message(pipe) == list(parts)
    assert read_message(pipe) == [b"next"]
    with pytest.raises(EOFError):
        read_message(pipe)


def test_half_a_message_is_none() -> None:
    whole = written(b"one", b"two")
    for size in range(len(whole)):
        with pytest.raises(EOFError):
            read_message(BytesIO(whole[:size]))


@pytest.mark.parametrize("body", [b"\x09\x00\x00\x00one", b"\x01\x00"])
def test_a_part_that_is_longer_than_its_message_is_none(body: bytes) -> None:
    with pytest.raises(EOFError):
        read_message(BytesIO(bytes([len(body), 0, 0, 0]) + body))
