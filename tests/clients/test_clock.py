import time

from airflow_bluegreen.clients.clock import SystemClock


def test_it_is_the_machines_time() -> None:
    clock = SystemClock()
    before = time.time()
    clock.sleep(0.01)
    assert before + 0.01 <= clock.now() <= time.time()
