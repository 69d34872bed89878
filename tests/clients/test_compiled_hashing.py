import ctypes

from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_bluegreen.clients import compiled_hashing
from airflow_bluegreen.core.comparison.hashed import ENTRY, bytes_digest, whole_digest


@settings(deadline=None)  # the first example is compiled
@given(data=st.binary(max_size=300), header=st.booleans(), shift=st.integers(0, 7))
def test_compiled_code_hashes_as_python_does(data: bytes, header: bool, shift: int) -> None:
    framed = b"\0\0\0\0\7" + data if header else data
    memory = ctypes.create_string_buffer(b"x" * shift + framed)
    address = ctypes.addressof(memory) + shift
    assert int(compiled_hashing._digest(address, len(framed), 1)) == bytes_digest(framed)
    assert int(compiled_hashing._digest(address, len(framed), 0)) == whole_digest(framed)


def test_it_writes_entries_as_the_fold_reads_them() -> None:
    assert ENTRY.itemsize == compiled_hashing._ENTRY_BYTES
    assert [ENTRY.fields[name][1] for name in ("key", "value", "place", "low", "high")] == [0, 8, 16, 24, 28]  # type: ignore[index]
