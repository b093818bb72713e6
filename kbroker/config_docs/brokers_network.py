"""What the settings of a broker for connections, requests and quotas are for."""

from __future__ import annotations

from kbroker.config_docs.status import HONOURED, MEANINGLESS, STORED, Doc

# fmt: off
DOCS = {
    "advertised.listeners": Doc(HONOURED, "The addresses that clients are told to come to, by listener."),
    "background.threads": Doc(MEANINGLESS, "How many threads do chores; kbroker has one for all slow work."),
    "client.quota.callback.class": Doc(MEANINGLESS, "A Java class that decides how quotas are shared out."),
    "config.providers": Doc(MEANINGLESS, "Java classes that fill in values of settings from elsewhere."),
    "connection.failed.authentication.delay.ms": Doc(STORED, "How long a client whose login failed waits for the refusal."),
    "connections.max.idle.ms": Doc(HONOURED, "After what silence a connection is closed."),
    "controller.quota.window.num": Doc(STORED, "Over how many windows the rate of changes of the cluster is measured."),
    "controller.quota.window.size.seconds": Doc(STORED, "How long one window of the measurement of changes is."),
    "delete.records.purgatory.purge.interval.requests": Doc(MEANINGLESS, "After how many finished waits those of DeleteRecords are swept; kbroker forgets each at once."),
    "early.start.listeners": Doc(MEANINGLESS, "Listeners that open before the broker is ready; those of kbroker all open when it is."),
    "fetch.max.bytes": Doc(HONOURED, "The most that one fetch is answered with, whatever it asks for."),
    "fetch.purgatory.purge.interval.requests": Doc(MEANINGLESS, "After how many finished waits those of fetches are swept; kbroker forgets each at once."),
    "inter.broker.listener.name": Doc(MEANINGLESS, "The listener through which brokers talk to each other; there is only one."),
    "kafka.metrics.polling.interval.secs": Doc(MEANINGLESS, "How often Java metric reporters of the old kind are called."),
    "kafka.metrics.reporters": Doc(MEANINGLESS, "Java classes that report metrics, of the old kind."),
    "listener.security.protocol.map": Doc(HONOURED, "Which protocol each listener speaks, by its name; kbroker speaks PLAINTEXT. What it was started with counts: what it is told later is checked, kept and told only."),
    "listeners": Doc(HONOURED, "The addresses at which the broker listens, each with the name of its listener. What it was started with counts: what it is told later is checked, kept and told only."),
    "max.connection.creation.rate": Doc(STORED, "How many new connections are accepted in a second."),
    "max.connections": Doc(HONOURED, "How many connections may be open at once."),
    "max.connections.per.ip": Doc(HONOURED, "How many connections one address may have open at once."),
    "max.connections.per.ip.overrides": Doc(HONOURED, "Other limits for single addresses or hosts, as host:limit."),
    "max.incremental.fetch.session.cache.slots": Doc(HONOURED, "How many fetch sessions are remembered at once."),
    "max.request.partition.size.limit": Doc(HONOURED, "How many partitions one answer of DescribeTopicPartitions may list."),
    "metric.reporters": Doc(HONOURED, "Java classes that report metrics. Here kbroker.ClientTelemetry receives what clients push of theirs, into the topic __client_telemetry; others mean nothing."),
    "metrics.num.samples": Doc(MEANINGLESS, "Over how many windows a metric is computed."),
    "metrics.recording.level": Doc(MEANINGLESS, "How fine-grained metrics are recorded."),
    "metrics.sample.window.ms": Doc(MEANINGLESS, "How long one window of a metric is."),
    "num.io.threads": Doc(MEANINGLESS, "How many threads serve requests; kbroker has one loop."),
    "num.network.threads": Doc(MEANINGLESS, "How many threads read from and write to sockets; kbroker has one loop."),
    "producer.purgatory.purge.interval.requests": Doc(MEANINGLESS, "After how many finished waits those of producers are swept; kbroker forgets each at once."),
    "queued.max.request.bytes": Doc(MEANINGLESS, "How many bytes of requests may wait for a thread; kbroker serves what it has read."),
    "queued.max.requests": Doc(MEANINGLESS, "How many requests may wait for a thread; kbroker serves what it has read."),
    "quota.window.num": Doc(STORED, "Over how many windows the rates of clients are measured."),
    "quota.window.size.seconds": Doc(STORED, "How long one window of the measurement of clients is."),
    "request.timeout.ms": Doc(MEANINGLESS, "How long a broker waits for the answer of another; there is no other."),
    "socket.connection.setup.timeout.max.ms": Doc(MEANINGLESS, "The longest that a connection to another broker may take to open."),
    "socket.connection.setup.timeout.ms": Doc(MEANINGLESS, "How long a connection to another broker may take to open at first."),
    "socket.listen.backlog.size": Doc(HONOURED, "How many new connections the operating system keeps waiting."),
    "socket.receive.buffer.bytes": Doc(STORED, "The size of the operating system's buffer for what clients send."),
    "socket.request.max.bytes": Doc(HONOURED, "The largest request that is read."),
    "socket.send.buffer.bytes": Doc(STORED, "The size of the operating system's buffer for what clients are sent."),
    "telemetry.max.bytes": Doc(HONOURED, "How large the metrics may be that a client sends at once."),
}
# fmt: on
