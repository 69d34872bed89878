from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.report.layout import Box, Layout, Size, lay_out

SIZE = Size(width=80.0, height=30.0)


def laid_out(edges: list[tuple[str, str]], *alone: str) -> Layout:
    nodes = dict.fromkeys([*(name for edge in edges for name in edge), *alone], SIZE)
    return lay_out(nodes, edges)


def overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def test_readers_stand_to_the_right_of_what_they_read() -> None:
    layout = laid_out([("raw", "src"), ("src", "int"), ("src", "fact"), ("int", "fact")])
    boxes = layout.boxes
    assert boxes["raw"].x < boxes["src"].x < boxes["int"].x < boxes["fact"].x


def test_an_input_stands_right_before_its_first_reader() -> None:
    boxes = laid_out([("a", "b"), ("b", "c"), ("late", "c")]).boxes
    assert boxes["late"].x == boxes["b"].x


def test_a_chain_is_drawn_straight() -> None:
    layout = laid_out([("a", "b"), ("b", "c")])
    assert len({box.middle for box in layout.boxes.values()}) == 1


def test_a_long_edge_runs_past_the_boxes_between() -> None:
    layout = laid_out([("a", "b"), ("b", "c"), ("c", "d"), ("a", "d")])
    route = layout.routes["a", "d"]
    assert len(route) == 6
    for (x, y), (end, _) in list(pairwise(route))[1::2]:
        for name in ("b", "c"):
            box = layout.boxes[name]
            assert not (x <= box.x < end and box.y < y < box.y + box.height)


def test_crossed_pairs_are_uncrossed() -> None:
    boxes = laid_out([("a1", "z2"), ("a2", "z1")]).boxes
    assert (boxes["a1"].y < boxes["a2"].y) == (boxes["z2"].y < boxes["z1"].y)


def test_nothing_and_edges_to_nowhere() -> None:
    assert lay_out({}, [("a", "b")]).boxes == {}
    assert set(lay_out({"a": SIZE}, [("a", "b")]).boxes) == {"a"}


@given(
    st.lists(
        st.tuples(st.integers(0, 24), st.integers(0, 24)).filter(lambda edge: edge[0] < edge[1]), max_size=60
    )
)
def test_boxes_never_overlap_and_stay_inside(numbers: list[tuple[int, int]]) -> None:
    layout = laid_out([(f"n{source}", f"n{target}") for source, target in numbers], "alone")
    for one, other in combinations(layout.boxes.values(), 2):
        assert not overlap(one, other)
    for box in layout.boxes.values():
        assert 0 <= box.x <= layout.width - box.width
        assert 0 <= box.y <= layout.height - box.height
