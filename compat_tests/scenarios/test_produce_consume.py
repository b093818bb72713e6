"""What is produced is what is consumed: every codec, headers, timestamps, nothing and much."""

from __future__ import annotations

import random

import pytest

from compat_tests.clients import base
from compat_tests.clients.base import Client, Rec
from compat_tests.parity.batches import NOW

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]


def sample(seed: int, count: int, partition: int | None = 0) -> list[Rec]:
    """Records of all sizes up to a few kB, compressible and not."""
    chance = random.Random(seed)
    result = []
    for number in range(count):
        noise = chance.randbytes(chance.choice([1, 10, 100, 1000]))
        value = noise + b"kbroker " * chance.choice([0, 5, 200])
        result.append(Rec(value, key=b"key-%d" % number, partition=partition))
    return result


@pytest.mark.parametrize("codec", CODECS)
def test_every_record_comes_back_as_it_was(
    client: Client, admin: Client, name: str, codec: str
) -> None:
    admin.create_topic(name)
    records = sample(1, 200)
    client.produce(name, records, codec=codec)
    got = client.consume(name, 0, 0, len(records))
    assert [(g.key, g.value) for g in got] == [(r.key, r.value) for r in records]
    assert [g.offset for g in got] == list(range(len(records)))
    assert client.offsets(name, 0) == (0, len(records))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("acks", ["0", "1", "all"])
def test_acknowledgements(client: Client, admin: Client, name: str, codec: str, acks: str) -> None:
    admin.create_topic(name)
    records = sample(2, 20)
    client.produce(name, records, codec=codec, acks=acks, idempotent=False)
    got = client.consume(name, 0, 0, len(records))
    assert [g.value for g in got] == [r.value for r in records]


@pytest.mark.parametrize("codec", CODECS)
def test_one_client_reads_what_another_wrote(
    client: Client, admin: Client, name: str, codec: str
) -> None:
    admin.create_topic(name)
    records = sample(3, 50)
    client.produce(name, records, codec=codec)
    got = admin.consume(name, 0, 0, len(records))
    assert [(g.key, g.value) for g in got] == [(r.key, r.value) for r in records]


@pytest.mark.needs(base.NULL_HEADERS)
def test_headers_without_value(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    headers = (("null", None), ("empty", b""), ("null", None))
    client.produce(name, [Rec(b"one", headers=headers, partition=0)])
    [got] = client.consume(name, 0, 0, 1)
    assert got.headers == headers


@pytest.mark.needs(base.BYTES_HEADERS)
def test_headers(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    headers = (
        ("a", b"1"),
        ("a", b"2"),
        ("empty", b""),
        ("bytes", bytes(range(256))),
    )
    records = [Rec(b"one", headers=headers, partition=0), Rec(b"two", partition=0)]
    client.produce(name, records)
    got = client.consume(name, 0, 0, 2)
    assert [g.headers for g in got] == [headers, ()]


def test_text_headers(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    headers = (("trace", b"abc"), ("origin", b"here"))
    client.produce(name, [Rec(b"value", headers=headers, partition=0)])
    [got] = client.consume(name, 0, 0, 1)
    assert got.headers == headers


@pytest.mark.needs(base.TIMESTAMPS)
def test_timestamps(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    # Older ones could be deleted for their age while the scenario runs.
    times = [NOW + 1000 * number for number in range(10)]
    client.produce(name, [Rec(b"v", timestamp=time, partition=0) for time in times])
    assert [g.timestamp for g in client.consume(name, 0, 0, 10)] == times
    assert client.offset_for_time(name, 0, times[4]) == 4
    assert client.offset_for_time(name, 0, times[4] + 1) == 5
    assert client.offset_for_time(name, 0, times[9] + 1) is None


@pytest.mark.needs(base.TIMESTAMPS)
def test_log_append_time(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, configs={"message.timestamp.type": "LogAppendTime"})
    old = 1_600_000_000_000
    client.produce(name, [Rec(b"v", timestamp=old, partition=0)])
    [got] = client.consume(name, 0, 0, 1)
    assert got.timestamp > old + 86_400_000


@pytest.mark.needs(base.NULL_KEYS)
def test_null_and_empty_keys_and_values(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    pairs = [(None, b"v"), (b"", b"v"), (b"k", None), (b"k", b""), (b"", b"")]
    client.produce(name, [Rec(value, key=key, partition=0) for key, value in pairs])
    got = client.consume(name, 0, 0, len(pairs))
    assert [(g.key, g.value) for g in got] == pairs


@pytest.mark.parametrize("codec", CODECS)
def test_large_records(client: Client, admin: Client, name: str, codec: str) -> None:
    admin.create_topic(name)
    noise = random.Random(4).randbytes(900_000)
    records = [Rec(noise, key=b"%d" % number, partition=0) for number in range(3)]
    client.produce(name, records, codec=codec, batch_bytes=1_000_000)
    got = client.consume(name, 0, 0, len(records))
    assert [g.key for g in got] == [r.key for r in records]
    assert all(g.value == noise for g in got)


def test_reading_from_the_middle_of_a_batch(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name)
    client.produce(name, [Rec(b"%d" % number, partition=0) for number in range(50)])
    got = client.consume(name, 0, 17, 33)
    assert [g.value for g in got] == [b"%d" % number for number in range(17, 50)]


def test_order_by_key_over_partitions(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, partitions=4)
    keys = [b"key-%d" % number for number in range(20)]
    records = [Rec(b"%d" % turn, key=key) for turn in range(15) for key in keys]
    client.produce(name, records, codec="lz4")
    places: dict[bytes | None, set[int]] = {}
    values: dict[bytes | None, list[bytes | None]] = {}
    for partition in range(4):
        end = client.offsets(name, partition)[1]
        for got in client.consume(name, partition, 0, end) if end else []:
            places.setdefault(got.key, set()).add(partition)
            values.setdefault(got.key, []).append(got.value)
    assert set(places) == set(keys)
    assert all(len(where) == 1 for where in places.values())
    assert all(seen == [b"%d" % turn for turn in range(15)] for seen in values.values())


def test_many_batches(client: Client, admin: Client, name: str) -> None:
    admin.create_topic(name, partitions=2)
    records = [Rec(b"%05d" % number * 20, partition=number % 2) for number in range(2000)]
    # kcat makes one run for each stretch of one partition.
    records.sort(key=lambda rec: rec.partition or 0)
    client.produce(name, records, batch_bytes=4000)
    for partition in (0, 1):
        expected = [rec.value for rec in records if rec.partition == partition]
        got = client.consume(name, partition, 0, 1000)
        assert [g.value for g in got] == expected
        assert [g.offset for g in got] == list(range(1000))
