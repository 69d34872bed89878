import socket

import pytest

from airflow_bluegreen.stack.free_ports import HOST, pick_ports


def test_each_name_gets_a_port_of_its_own() -> None:
    names = tuple(f"part-{number}" for number in range(50))
    ports = pick_ports(names)
    assert tuple(ports) == names
    assert len(set(ports.values())) == len(names)


def test_ports_lie_below_those_of_outgoing_connections() -> None:
    assert max(pick_ports(tuple("abcdefgh")).values()) < 32_768


def test_a_picked_port_can_be_bound() -> None:
    port = pick_ports(("kafka",))["kafka"]
    with socket.socket() as server:
        server.bind((HOST, port))
        assert server.getsockname() == (HOST, port)


def test_the_preferred_port_is_taken_again() -> None:
    wanted = pick_ports(("kafka", "connect"))
    assert pick_ports(("kafka", "connect"), wanted) == wanted


def test_a_preferred_port_that_is_in_use_is_replaced() -> None:
    wanted = pick_ports(("kafka", "connect"))
    with socket.socket() as server:
        server.bind((HOST, wanted["kafka"]))
        server.listen()
        picked = pick_ports(("kafka", "connect"), wanted)
    assert picked["kafka"] != wanted["kafka"]
    assert picked["connect"] == wanted["connect"]


def test_too_many_names_is_an_error() -> None:
    with pytest.raises(OSError, match="free ports"):
        pick_ports(tuple(str(number) for number in range(1_001)))
