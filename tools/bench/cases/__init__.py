"""All cases: a name, what measures it, and how much is enough."""

from __future__ import annotations

from collections.abc import Callable

from tools.bench.cases import (
    fetches,
    groups,
    latency,
    lifetime,
    partitions,
    requests,
    transactions,
)
from tools.bench.cases.throughput import Consume, FranzGo, JavaPerformance, Produce
from tools.bench.run import Case, Figures, Run

IDEMPOTENT = {"enable.idempotence": True, "acks": "all"}
CLIENTS: dict[str, Callable[[int], Callable[[Run, int], Figures]]] = {
    "confluent": transactions.Confluent,
    "aiokafka": transactions.Aiokafka,
    "java": transactions.Java,
}

CASES: dict[str, Case] = {
    "produce-100b": Case(Produce(100), 600_000, quick=True),
    "produce-1k": Case(Produce(1000), 150_000, quick=True),
    "produce-10k": Case(Produce(10_000), 25_000),
    "produce-acks-all": Case(Produce(1000, {"acks": "all"}), 150_000),
    "produce-idempotent": Case(Produce(1000, IDEMPOTENT), 150_000),
    "produce-lz4": Case(Produce(1000, {"compression.type": "lz4"}, True), 150_000),
    "produce-zstd": Case(Produce(1000, {"compression.type": "zstd"}, True), 100_000),
    "produce-recompressed": Case(Produce(1000, compressible=True, codec="lz4"), 100_000),
    "produce-java": Case(JavaPerformance(consumes=False), 150_000),
    "produce-franz-go": Case(FranzGo(consumes=False), 200_000),
    "consume-100b": Case(Consume(100), 600_000),
    "consume-1k": Case(Consume(1000), 200_000, quick=True),
    "consume-10k": Case(Consume(10_000), 25_000),
    "consume-4-partitions": Case(Consume(1000, 4), 200_000),
    "consume-java": Case(JavaPerformance(consumes=True), 200_000),
    "consume-franz-go": Case(FranzGo(consumes=True), 200_000),
    "requests-pipelined": Case(requests.pipelined, 20_000, quick=True),
    "requests-1-connection": Case(requests.Spread(1), 10_000),
    "requests-10-connections": Case(requests.Spread(10), 20_000, quick=True),
    "requests-100-connections": Case(requests.Spread(100), 20_000),
    "sequential": Case(requests.sequential, 5_000, quick=True),
    "end-to-end-1k": Case(latency.EndToEnd(1_000), 3_000, quick=True),
    "end-to-end-20k": Case(latency.EndToEnd(20_000), 60_000),
    "end-to-end-20k-batches": Case(latency.EndToEnd(20_000, linger_ms=1), 60_000),
    "fetches-1-consumer": Case(fetches.SmallFetches(1), 1_000),
    "fetches-10-consumers": Case(fetches.SmallFetches(10), 1_000, quick=True),
    "fetches-50-consumers": Case(fetches.SmallFetches(50), 1_000),
    "fan-out": Case(fetches.fan_out, 30_000),
    "read-committed": Case(fetches.read_committed, 100_000),
    "group-of-six": Case(groups.six_join, 6, fixed=True),
    "commits-1-connection": Case(groups.Commits(1), 5_000, quick=True),
    "commits-20-connections": Case(groups.Commits(20), 10_000),
    **{
        f"transactions-{count}-{client}": Case(
            of_client(count), 300, quick=(client, count) == ("confluent", 4)
        )
        for client, of_client in CLIENTS.items()
        for count in (1, 4, 20)
    },
    "first-records": Case(partitions.first_records, 2_000, fixed=True),
    "partitions": Case(partitions.memory, 2_000, fixed=True),
    "deletion": Case(partitions.deletion, 100_000, fixed=True),
    "cold-start": Case(lifetime.cold_start, 1, quick=True, fixed=True),
    "connections-2000": Case(lifetime.idle_connections, 2_000, fixed=True),
    "connections-10000": Case(lifetime.idle_connections, 10_000, fixed=True),
    "restart-10gb": Case(lifetime.restart, 1_000_000, fixed=True),
}
# What is not checked of brokers that store nothing, in the cases that they can play at all.
STORES_NOTHING = {
    "floor": {
        "produce-100b": "the values",
        "produce-1k": "the values",
        "produce-10k": "the values",
        "consume-1k": "the values",
        "requests-pipelined": "the offsets and values",
        "requests-1-connection": "the offsets and values",
        "sequential": "the offsets and values",
    }
}
