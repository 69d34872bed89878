from airflow_bluegreen.clients import flink_metrics

READ = "Source__int_3[16].KafkaSourceReader.topic.raw_a.partition.{}.currentOffset"
COMMITTED = "Source__int_3[16].KafkaSourceReader.topic.raw_a.partition.{}.committedOffset"


def test_the_last_offset_read_becomes_the_next_to_read() -> None:
    assert flink_metrics.positions({READ.format(0): 9.0}) == {("raw_a", 0): 10}


def test_a_partition_of_which_nothing_was_read_is_left_out() -> None:
    assert flink_metrics.positions({READ.format(0): -1.0, COMMITTED.format(0): -1.0}) == {}


def test_after_a_restore_the_committed_offset_counts() -> None:
    assert flink_metrics.positions({READ.format(0): -1.0, COMMITTED.format(0): 7.0}) == {("raw_a", 0): 7}
    assert flink_metrics.positions({READ.format(0): 8.0, COMMITTED.format(0): 7.0}) == {("raw_a", 0): 9}


def test_of_two_sources_the_slower_counts() -> None:
    other = READ.format(0).replace("[16]", "[20]")
    assert flink_metrics.positions({READ.format(0): 9.0, other: 4.0}) == {("raw_a", 0): 5}
    assert flink_metrics.positions({READ.format(0): 9.0, other: -1.0}) == {}


def test_topics_and_partitions_of_any_name() -> None:
    name = "Source__x[1].KafkaSourceReader.topic.a.partition.b.partition.12.currentOffset"
    assert flink_metrics.is_offset(name)
    assert flink_metrics.positions({name: 0.0}) == {("a.partition.b", 12): 1}


def test_other_metrics_are_not_offsets() -> None:
    assert not flink_metrics.is_offset("Source__x[1].pendingRecords")
    assert flink_metrics.positions({"Source__x[1].pendingRecords": 3.0}) == {}


def test_watermarks_that_are_none_do_not_count() -> None:
    none = float(flink_metrics.NO_WATERMARK)
    assert flink_metrics.watermark({"currentInputWatermark": none}) is None
    assert flink_metrics.watermark({"a.currentInputWatermark": none, "b.currentInputWatermark": 5.0}) == 5
    assert flink_metrics.watermark({"a.currentInputWatermark": 7.0, "b.currentInputWatermark": 5.0}) == 5
    assert flink_metrics.watermark({"a.currentOutputWatermark": 3.0}) is None


def test_dotted_topics_get_their_names_back() -> None:
    offsets = {("shop_raw_a", 0): 3, ("int_1", 1): 4}
    named = flink_metrics.real_names(offsets, ["shop.raw_a", "int_1", "other.topic"])
    assert named == {("shop.raw_a", 0): 3, ("int_1", 1): 4}


def test_a_job_that_works_half_of_the_time_could_read_twice_as_much() -> None:
    assert flink_metrics.is_source_rate("Source__a[1].numRecordsInPerSecond")
    assert not flink_metrics.is_source_rate("numRecordsInPerSecond")
    assert flink_metrics.is_busy_time("busyTimeMsPerSecond")
    assert flink_metrics.capacity(100.0, 500.0) == 200.0


def test_a_job_that_does_next_to_nothing_says_nothing_of_what_it_could() -> None:
    assert flink_metrics.capacity(0.0, 500.0) is None
    assert flink_metrics.capacity(100.0, 19.0) is None
