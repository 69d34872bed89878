from hypothesis import given
from hypothesis import strategies as st

from airflow_bluegreen.report.cells import LONGEST, Marked, file_diffs, marked, unified, visible


def whole(text: Marked) -> str:
    return text.before + text.middle + text.after


def test_whole_words_are_marked() -> None:
    blue, green = marked("FROM int_3 AS i", "FROM int_3_v2 AS i")
    assert (blue.middle, green.middle) == ("int_3", "int_3_v2")
    assert (blue.before, blue.after) == ("FROM ", " AS i")
    assert [one.middle for one in marked("partly paid", "paid")] == ["partly paid", "paid"]
    assert [one.middle for one in marked("1,204.50", "1,240.50")] == ["1,204.50", "1,240.50"]


@given(st.text(alphabet="ab_ .", max_size=30), st.text(alphabet="ab_ .", max_size=30))
def test_no_letter_is_lost_and_only_what_both_share_is_unmarked(one: str, other: str) -> None:
    left, right = marked(one, other)
    assert (whole(left), whole(right)) == (one, other)
    assert (left.before, left.after) == (right.before, right.after)


def test_of_a_long_text_the_place_that_differs_is_shown() -> None:
    blue, green = marked("x " * 5000 + "blue" + " y" * 5000, "x " * 5000 + "green" + " y" * 5000)
    assert (blue.middle, green.middle) == ("blue", "green")
    assert len(whole(blue)) <= LONGEST + 1
    assert blue.more > 9000


def test_what_nobody_sees_is_shown() -> None:
    assert visible("a\u202eb\x00c\r\ud800\n\té") == "a\\u202eb\\u0000c\\u000d?\n\té"


def test_lines_of_a_rewritten_file() -> None:
    before = {"a.sql": "one\n-- two\nFROM int_3;\n", "b.sql": "same\n"}
    after = {"a.sql": "one\n-- two\nFROM int_3_v2;\n", "b.sql": "same\nmore\n"}
    first, second = file_diffs(before, after)
    assert (first.path, first.plus, first.minus) == ("a.sql", 1, 1)
    assert [(line.look, whole(line.text)) for line in first.lines[1:]] == [
        ("", "one"),
        ("", "-- two"),
        ("minus", "FROM int_3;"),
        ("plus", "FROM int_3_v2;"),
    ]
    assert first.lines[-1].text.middle == "int_3_v2"
    assert (second.plus, second.minus) == (1, 0)
    assert unified(before, after).startswith("--- a/a.sql\n+++ b/a.sql\n@@")


def test_a_removed_comment_is_no_heading() -> None:
    (changed,) = file_diffs({"a.sql": "-- gone\n++ odd\n"}, {"a.sql": "x\n"})
    assert [(line.sign, whole(line.text)) for line in changed.lines if line.look == "minus"] == [
        ("-", "-- gone"),
        ("-", "++ odd"),
    ]
