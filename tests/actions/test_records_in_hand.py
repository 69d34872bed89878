"""Records in hand are read as those of a topic are."""

from airflow_bluegreen.actions.records_in_hand import RecordsInHand
from airflow_bluegreen.core.comparison.hashed import EVERYTHING, Chosen, Hashing, bytes_digest, place_of
from tests.fakes.kafka import FakeTopics


def test_they_are_read_as_a_topic_is() -> None:
    topics = FakeTopics()
    topics.ensure("t", 3)
    for number in range(30):
        # Nothing in the last partition.
        key = f"k{number % 7}".encode()
        topics.produce("t", key, b"v" if number % 5 else None, partition=number % 2, timestamp=number)
    hand = RecordsInHand({"t": topics.records("t"), "empty": ()})
    begins, ends = hand.begin_offsets("t"), hand.end_offsets("t")
    assert (begins, ends) == ({("t", 0): 0, ("t", 1): 0}, {("t", 0): 15, ("t", 1): 15})
    later = {**begins, ("t", 0): 4}
    assert list(hand.read("t", later, ends)) == list(topics.read("t", later, ends))
    hashing = Hashing()
    for here, there in zip(
        hand.read_hashed("t", begins, ends, hashing),
        topics.read_hashed("t", begins, ends, hashing),
        strict=True,
    ):
        assert here.entries.tolist() == there.entries.tolist()
        assert (here.records, here.tombstones) == (there.records, there.tombstones)
    chosen = Chosen(below=bytes_digest(b"k3") + 1)
    assert list(hand.read_chosen("t", begins, ends, hashing, chosen)) == list(
        topics.read_chosen("t", begins, ends, hashing, chosen)
    )
    assert len(list(hand.read_chosen("t", begins, ends, hashing, Chosen(below=EVERYTHING)))) == 30
    places = [place_of(1, 3), place_of(0, 9)]
    assert list(hand.read_places("t", places)) == list(topics.read_places("t", places))
    assert (hand.begin_offsets("empty"), hand.end_offsets("empty"), hand.identity("t")) == ({}, {}, "")
