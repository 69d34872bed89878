import pytest

from airflow_bluegreen.core.headroom import Shortage, shortages
from airflow_bluegreen.core.model import Capacity, MemoryUse

MIB = 1 << 20


def short(kind: str, used: int, *, needed: int = 2, busy: int = 10, state: int = 0) -> list[Shortage]:
    """Of two workers with 100 MiB each, that use so much together."""
    memory = tuple(
        MemoryUse(worker=worker, kind=kind, used=used * MIB // 2, limit=100 * MIB) for worker in "ab"
    )
    capacity = Capacity(unit="task slots", total=40, free=40 - busy, memory=memory)
    return list(shortages(capacity, needed, state * MIB))


def test_what_a_slot_takes_is_the_average_of_those_in_use() -> None:
    assert short("heap", 150) == []
    assert short("heap", 152) == [
        Shortage(kind="heap", used_mib=152, limit_mib=200, expected_mib=30, clear=False)
    ]


@pytest.mark.parametrize(("kind", "clear"), [("heap", False), ("metaspace", False), ("network", True)])
def test_only_what_is_never_collected_is_clear(kind: str, clear: bool) -> None:
    (one,) = short(kind, 190)
    assert one.clear is clear


def test_state_on_the_heap_is_built_a_second_time() -> None:
    assert short("heap", 100, state=79) == []
    (one,) = short("heap", 100, state=81)
    assert (one.expected_mib, one.clear) == (81, False)
    (one,) = short("heap", 110, state=101)
    assert one.clear
    assert short("network", 100, state=101) == []


def test_network_memory_that_just_suffices_is_a_warning() -> None:
    (one,) = short("network", 180)
    assert not one.clear


def test_nothing_to_start_and_nothing_to_judge_by() -> None:
    assert short("heap", 199, needed=0) == []
    assert short("heap", 170, busy=3) == []
    assert short("heap", 170, busy=4) != []
    assert list(shortages(Capacity(unit="CFU", total=50, free=10), 5)) == []
