from airflow_bluegreen.core.starting.scanning import (
    copy_sql,
    offsets_of,
    offsets_text,
    scan_between,
    scan_from,
    write_to,
)

OFFSETS = {("t,1", 0): 5, ("t,1", 1): 7, ("other", 0): 9}


def test_offsets_come_back_as_they_were_written() -> None:
    assert offsets_of(offsets_text(OFFSETS)) == OFFSETS
    assert offsets_of(offsets_text({})) == {}


def test_only_the_offsets_of_its_own_topic_are_a_tables() -> None:
    assert scan_from("a", "t,1", OFFSETS) == (
        "ALTER TABLE `a` SET ('scan.startup.mode' = 'specific-offsets',"
        " 'scan.startup.specific-offsets' = 'partition:0,offset:5;partition:1,offset:7')"
    )


def test_a_stretch_has_a_group_of_its_own_and_need_not_have_a_beginning() -> None:
    text = scan_between("a", "other", None, OFFSETS, "g")
    assert "startup" not in text
    assert "'scan.bounded.specific-offsets' = 'partition:0,offset:9'" in text
    assert "'properties.group.id' = 'g'" in text
    assert "'scan.startup.mode'" in scan_between("a", "other", OFFSETS, OFFSETS, "g")


def test_names_and_values_are_quoted() -> None:
    assert write_to("a`b", {"topic": "it's"}) == "ALTER TABLE `a``b` SET ('topic' = 'it''s')"
    assert copy_sql("a", "b`c", ["x", "y"]) == "INSERT INTO `a` (`x`, `y`) SELECT `x`, `y` FROM `b``c`"
