"""Kafka's own command line tools, from its jars, and what they print.

    python -m compat_tests.suites.kafka_tools HOST:PORT [CHAPTER...]

A chapter is a list of commands, run one after the other on a broker that holds nothing of that
chapter's names.  What a broker chooses itself and what depends on the clock is taken out of the
output; all else has to be the same for every broker.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass

from compat_tests.parity.codec import kafka_jars

JAVA = ["java", "-Xshare:auto", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"]
LIMIT_S = 90
SERVER_FIRST = {"features", "metadata-quorum", "transactions"}

CLASSES = {
    "configs": "kafka.admin.ConfigCommand",
    "cluster": "org.apache.kafka.tools.ClusterTool",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "consumer-perf": "org.apache.kafka.tools.ConsumerPerformance",
    "delete-records": "org.apache.kafka.tools.DeleteRecordsCommand",
    "features": "org.apache.kafka.tools.FeatureCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "groups": "org.apache.kafka.tools.GroupsCommand",
    "leader-election": "org.apache.kafka.tools.LeaderElectionCommand",
    "log-dirs": "org.apache.kafka.tools.LogDirsCommand",
    "metadata-quorum": "org.apache.kafka.tools.MetadataQuorumCommand",
    "producer-perf": "org.apache.kafka.tools.ProducerPerformance",
    "reassign-partitions": "org.apache.kafka.tools.reassign.ReassignPartitionsCommand",
    "topics": "org.apache.kafka.tools.TopicCommand",
    "transactions": "org.apache.kafka.tools.TransactionsCommand",
    "verifiable-consumer": "org.apache.kafka.tools.VerifiableConsumer",
    "verifiable-producer": "org.apache.kafka.tools.VerifiableProducer",
}


@dataclass(frozen=True)
class Command:
    """One call of a tool.  `{file}` in the line stands for a file that holds `given`, which is the
    standard input of tools that read it."""

    line: str
    given: str = ""


def commands(*lines: str) -> list[Command]:
    return [Command(line) for line in lines]


RECORDS = "".join(f"k{number}:value {number}\n" for number in range(20))
PRODUCE = (
    "console-producer --topic {} --reader-property parse.key=true --reader-property key.separator=:"
)

CHAPTERS: dict[str, list[Command]] = {
    "topics": commands(
        "topics --create --topic t-orders --partitions 3",
        "topics --create --topic t-orders",
        "topics --create --topic t-orders --if-not-exists",
        "topics --create --topic t-paid --config retention.ms=60000 "
        "--config cleanup.policy=compact",
        "topics --create --topic t-many --replication-factor 2",
        "topics --create --topic t-bad --config retention.ms=never",
        "topics --create --topic t-placed --replica-assignment 0,0",
        "topics --create --topic t.with.dots",
        "topics --create --topic t/slash",
        "topics --list",
        "topics --list --topic t-.*",
        "topics --describe --topic t-orders",
        "topics --describe --topic t-paid",
        "topics --describe",
        "topics --describe --topic t-missing",
        "topics --describe --under-replicated-partitions",
        "topics --describe --topics-with-overrides",
        "topics --alter --topic t-orders --partitions 5",
        "topics --alter --topic t-orders --partitions 2",
        "topics --alter --topic t-missing --partitions 2",
        "topics --describe --topic t-orders",
        "topics --delete --topic t-orders",
        "topics --delete --topic t-orders",
        "topics --list",
    ),
    "configs": commands(
        "topics --create --topic c-one",
        "configs --describe --entity-type topics --entity-name c-one",
        "configs --describe --entity-type topics --entity-name c-one --all",
        "configs --alter --entity-type topics --entity-name c-one "
        "--add-config retention.ms=7000,cleanup.policy=[compact,delete]",
        "configs --describe --entity-type topics --entity-name c-one",
        "configs --alter --entity-type topics --entity-name c-one --delete-config retention.ms",
        "configs --alter --entity-type topics --entity-name c-one --delete-config retention.ms",
        "configs --alter --entity-type topics --entity-name c-one --add-config retention.ms=x",
        "configs --alter --entity-type topics --entity-name c-one --add-config no.such=1",
        "configs --alter --entity-type topics --entity-name c-none --add-config retention.ms=1",
        "configs --describe --entity-type topics --entity-name c-none",
        "configs --describe --entity-type topics",
        "configs --describe --entity-type brokers --entity-name 0",
        "configs --describe --entity-type brokers --entity-default",
        "configs --alter --entity-type brokers --entity-default "
        "--add-config log.retention.ms=123456789",
        "configs --alter --entity-type brokers --entity-name 0 --add-config log.cleaner.threads=2",
        "configs --describe --entity-type brokers",
        "configs --alter --entity-type brokers --entity-name 0 --add-config broker.id=7",
        "configs --describe --entity-type topics --entity-name c-one --all",
    ),
    "records": [
        *commands("topics --create --topic r-one --partitions 2"),
        Command(PRODUCE.format("r-one"), RECORDS),
        *commands(
            "get-offsets --topic r-one",
            "get-offsets --topic r-one --time earliest",
            "get-offsets --topic-partitions r-one:1 --time 1000",
            "get-offsets --topic r-none",
            "console-consumer --topic r-one --partition 0 --offset earliest --timeout-ms 3000 "
            "--formatter-property print.key=true --formatter-property print.offset=true "
            "--formatter-property print.partition=true",
            "console-consumer --topic r-one --partition 1 --offset 4 --max-messages 3",
        ),
        Command(
            "delete-records --offset-json-file {file}",
            json.dumps(
                {
                    "version": 1,
                    "partitions": [
                        {"topic": "r-one", "partition": 0, "offset": 2},
                        {"topic": "r-one", "partition": 1, "offset": -1},
                    ],
                }
            ),
        ),
        Command(
            "delete-records --offset-json-file {file}",
            json.dumps(
                {
                    "version": 1,
                    "partitions": [{"topic": "r-one", "partition": 0, "offset": 1000}],
                }
            ),
        ),
        *commands("get-offsets --topic r-one --time earliest", "get-offsets --topic r-one"),
        # Of one record only: which of several have the greatest time is up to the machine.
        Command(PRODUCE.format("r-last"), "k:v\n"),
        *commands("get-offsets --topic r-last --time max-timestamp"),
    ],
    "groups": [
        *commands("topics --create --topic g-one --partitions 2"),
        Command(PRODUCE.format("g-one"), RECORDS),
        *commands(
            "console-consumer --topic g-one --group g-readers --from-beginning --max-messages 20 "
            "--command-property client.id=reader",
            "consumer-groups --list",
            "consumer-groups --list --state",
            "consumer-groups --list --type",
            "groups --list",
            "consumer-groups --describe --group g-readers",
            "consumer-groups --describe --group g-readers --state",
            "consumer-groups --describe --group g-readers --members --verbose",
            "consumer-groups --describe --all-groups",
            "consumer-groups --describe --group g-none",
            "consumer-groups --reset-offsets --group g-readers --topic g-one --to-earliest",
            "consumer-groups --reset-offsets --group g-readers --topic g-one:0 "
            "--to-offset 3 --execute",
            "consumer-groups --reset-offsets --group g-readers --all-topics "
            "--shift-by -1 --execute",
            "consumer-groups --reset-offsets --group g-new --topic g-one --to-latest --execute",
            "consumer-groups --describe --group g-readers --offsets",
            "consumer-groups --delete-offsets --group g-readers --topic g-one:1",
            "consumer-groups --delete-offsets --group g-none --topic g-one",
            "consumer-groups --describe --group g-readers",
            "consumer-groups --delete --group g-readers --group g-none",
            "consumer-groups --list",
        ),
    ],
    "node": commands(
        "topics --create --topic n-one",
        "cluster cluster-id",
        "cluster list-endpoints",
        "features describe",
        "metadata-quorum describe --status",
        "metadata-quorum describe --replication",
        "log-dirs --describe --topic-list n-one",
        "log-dirs --describe --topic-list n-none",
        "log-dirs --describe --broker-list 0,5 --topic-list n-one",
        "leader-election --election-type preferred --topic n-one --partition 0",
        "leader-election --election-type unclean --topic n-one --partition 0",
        "leader-election --election-type preferred --topic n-none --partition 0",
        "reassign-partitions --list",
    ),
    "transactions": commands(
        "topics --create --topic x-one",
        "producer-perf --topic x-one --num-records 500 --record-size 10 --throughput -1 "
        "--transactional-id x-id",
        "transactions list",
        "transactions list --transactional-id-pattern x-.*",
        "transactions list --duration-filter 1000000",
        "transactions describe --transactional-id x-id",
        "transactions describe --transactional-id x-none",
        "transactions describe-producers --topic x-one --partition 0",
        "transactions find-hanging --broker-id 0",
        "transactions find-hanging --topic x-one",
        "transactions abort --topic x-one --partition 0 --start-offset 0",
        "transactions abort --topic x-one --partition 0 --producer-id 5 --producer-epoch 2 "
        "--coordinator-epoch 0",
        "transactions forceTerminateTransaction --transactionalId x-id",
        "transactions describe --transactional-id x-id",
        "get-offsets --topic x-one",
    ),
    "performance": commands(
        "topics --create --topic p-one",
        "producer-perf --topic p-one --num-records 2000 --record-size 100 --throughput -1",
        "consumer-perf --topic p-one --num-records 2000 --timeout 20000",
        "verifiable-producer --topic p-two --max-messages 10 --acks -1",
        "verifiable-consumer --topic p-two --group-id p-readers --max-messages 10 "
        "--reset-policy earliest",
        "get-offsets --topic p-.*",
    ),
}

# What a broker chooses, where it listens and what the clock says; a stack's lines say nothing more.
CHOSEN = [
    (re.compile(r"^\s+at .*\n|^\s+\.\.\. \d+ more\n", re.M), ""),
    (re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[,.:]\d{3,9}Z?"), "TIME"),
    (re.compile(r"\b1[67]\d{11}\b"), "TIME"),
    (re.compile(r"(localhost|127\.0\.0\.1)(/127\.0\.0\.1)?(:\d+|\s+\d+)?"), "ADDRESS"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"(?<=TopicId: )[\w-]{22}|(?<=Cluster ID: )[\w-]{22}"), "ID"),
    (re.compile(r"(?<=ClusterId:)\s+[\w-]{22}|(?<=\t)[\w-]{22}(?=\t)"), "ID"),
    (re.compile(r"(?<=Epoch: )\d+"), "N"),
    # Features promise what is not served: ApiVersions is in differences.py.
    (re.compile(r"^Feature: (eligible|group|share|streams|transaction)\..*\n", re.M), ""),
    (re.compile(r'(?<="logDir":)"[^"]*"'), "FOLDER"),
    (re.compile(r'(?<="avg_throughput":)[\d.]+'), "N"),
]
# The numbers of these tools are measurements, and columns are as wide as they are.
MEASURED = {"producer-perf", "consumer-perf", "metadata-quorum", "transactions"}
NUMBER = re.compile(r"\d+([.,]\d+)*")


def run(bootstrap: str, chapter: str) -> dict[str, str]:
    """What every command of a chapter printed, by its number and line."""
    return {
        f"{number}. {command.line}": printed(bootstrap, command)
        for number, command in enumerate(CHAPTERS[chapter], 1)
    }


def printed(bootstrap: str, command: Command) -> str:
    """Both outputs of one call, normalised, and its exit code."""
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(command.given)
        file.flush()
        tool, *arguments = shlex.split(command.line.replace("{file}", file.name))
        server = ["--bootstrap-server", bootstrap]
        # Those with subcommands want it before them; cluster wants it after them.
        around = [*server, *arguments] if tool in SERVER_FIRST else [*arguments, *server]
        done = subprocess.run(
            [*JAVA, "-cp", f"{kafka_jars()}/*", CLASSES[tool], *around],
            input=command.given, capture_output=True, text=True, timeout=LIMIT_S, check=False,
        )  # fmt: skip
    output = normalised(done.stdout + done.stderr)
    if tool in MEASURED:
        output = re.sub(r"[ ]+", " ", NUMBER.sub("N", output))
    return f"{output}\nexit {done.returncode}"


def normalised(output: str) -> str:
    """The lines sorted, too: the tools print hash maps, in whatever order those are."""
    for pattern, replacement in CHOSEN:
        output = pattern.sub(replacement, output)
    return "\n".join(sorted(output.splitlines()))


if __name__ == "__main__":
    for chapter in sys.argv[2:] or CHAPTERS:
        for line, output in run(sys.argv[1], chapter).items():
            sys.stdout.write(f"> {line}\n{output}\n")
