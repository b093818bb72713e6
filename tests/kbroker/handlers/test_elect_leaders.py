"""Elections, where the only replica leads already."""

from __future__ import annotations

from tests.drivers import BrokerDriver
from wire.errors import ErrorCode
from wire.messages.elect_leaders import ElectLeadersRequest, TopicPartitions


def elect(kind: int, wanted: list[TopicPartitions] | None) -> object:
    broker = BrokerDriver()
    broker.create_topic("t")
    request = ElectLeadersRequest(election_type=kind, topic_partitions=wanted)
    answer = broker.connect().ask(request, 2)
    return answer.error_code, [
        (result.topic, [partition.error_code for partition in result.partition_result])
        for result in answer.replica_election_results
    ]


def test_no_election_is_needed() -> None:
    wanted = [
        TopicPartitions(topic="t", partitions=[-1, 0, 1]),
        TopicPartitions(topic="u", partitions=[0]),
    ]
    unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    expected = [("t", [unknown, ErrorCode.ELECTION_NOT_NEEDED, unknown]), ("u", [unknown])]
    assert elect(0, wanted) == (0, expected)


def test_an_election_of_all_names_topics_only() -> None:
    assert elect(1, None) == (0, [("t", [])])


def test_an_unknown_kind() -> None:
    code = ErrorCode.INVALID_REQUEST
    wanted = [TopicPartitions(topic="t", partitions=[0])]
    assert elect(5, wanted) == (code, [("t", [code])])


def test_nothing_to_elect() -> None:
    """The kind does not matter then."""
    assert elect(5, []) == (0, [])
