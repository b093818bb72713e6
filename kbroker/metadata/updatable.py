"""Which settings of a running broker may be changed (KIP-226); others are read when it starts."""

from __future__ import annotations

# In the order in which Kafka looks whether their values are any; behind the others those of which
# it takes every one.
IN_ORDER = tuple(
    """
    remote.log.index.file.cache.total.size.bytes remote.log.manager.copier.thread.pool.size
    remote.log.manager.expiration.thread.pool.size remote.log.manager.follower.thread.pool.size
    remote.log.reader.threads log.local.retention.ms log.local.retention.bytes
    remote.log.manager.copy.max.bytes.per.second remote.log.manager.fetch.max.bytes.per.second
    remote.fetch.max.wait.ms remote.list.offsets.request.timeout.ms message.max.bytes
    num.io.threads background.threads compression.type compression.gzip.level
    compression.lz4.level compression.zstd.level listeners max.connections.per.ip
    max.connections max.connection.creation.rate num.network.threads num.replica.fetchers
    unclean.leader.election.enable follower.fetch.last.tiered.offset.enable
    group.coordinator.cached.buffer.max.bytes group.consumer.assignment.interval.ms
    group.share.assignment.interval.ms group.streams.assignment.interval.ms log.cleaner.threads
    log.cleaner.io.max.bytes.per.second log.cleaner.dedupe.buffer.size
    log.cleaner.io.buffer.size log.cleaner.io.buffer.load.factor log.cleaner.backoff.ms
    log.cleaner.min.cleanable.ratio log.cleaner.delete.retention.ms
    log.cleaner.min.compaction.lag.ms log.cleaner.max.compaction.lag.ms cordoned.log.dirs
    log.segment.bytes log.roll.ms log.roll.jitter.ms log.retention.ms log.retention.bytes
    log.cleanup.policy log.index.size.max.bytes log.index.interval.bytes
    log.flush.interval.messages log.segment.delete.delay.ms log.flush.interval.ms
    log.preallocate num.recovery.threads.per.data.dir min.insync.replicas
    log.message.timestamp.type log.message.timestamp.before.max.ms
    log.message.timestamp.after.max.ms share.coordinator.cached.buffer.max.bytes
    transaction.partition.verification.enable producer.id.expiration.ms metric.reporters
    principal.builder.class ssl.client.auth ssl.enabled.protocols ssl.cipher.suites
    ssl.engine.factory.class sasl.enabled.mechanisms sasl.kerberos.principal.to.local.rules
    sasl.kerberos.ticket.renew.window.factor sasl.kerberos.ticket.renew.jitter
    sasl.kerberos.min.time.before.relogin sasl.login.refresh.window.factor
    sasl.login.refresh.window.jitter sasl.login.refresh.min.period.seconds
    sasl.login.refresh.buffer.seconds config.providers listener.security.protocol.map
    max.connections.per.ip.overrides sasl.jaas.config sasl.kerberos.kinit.cmd
    sasl.kerberos.service.name sasl.mechanism.inter.broker.protocol
    ssl.endpoint.identification.algorithm ssl.key.password ssl.keymanager.algorithm
    ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location ssl.keystore.password
    ssl.keystore.type ssl.protocol ssl.provider ssl.secure.random.implementation
    ssl.trustmanager.algorithm ssl.truststore.certificates ssl.truststore.location
    ssl.truststore.password ssl.truststore.type
    """.split()  # noqa: SIM905  # one column of names reads better than a hundred quoted ones
)
UPDATABLE = frozenset(IN_ORDER)

# These only for single listeners, under names that begin with the listener's.
PER_LISTENER = frozenset(
    """
    ssl.key.password ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.location
    ssl.keystore.password ssl.keystore.type ssl.truststore.certificates ssl.truststore.location
    ssl.truststore.password ssl.truststore.type
    """.split()  # noqa: SIM905
)
# These only for single brokers.
PER_BROKER = frozenset(
    """
    cordoned.log.dirs listener.security.protocol.map listeners principal.builder.class
    sasl.enabled.mechanisms sasl.jaas.config sasl.kerberos.kinit.cmd
    sasl.kerberos.min.time.before.relogin sasl.kerberos.principal.to.local.rules
    sasl.kerberos.service.name sasl.kerberos.ticket.renew.jitter
    sasl.kerberos.ticket.renew.window.factor sasl.login.refresh.buffer.seconds
    sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor
    sasl.login.refresh.window.jitter sasl.mechanism.inter.broker.protocol ssl.cipher.suites
    ssl.client.auth ssl.enabled.protocols ssl.endpoint.identification.algorithm
    ssl.keymanager.algorithm ssl.protocol ssl.provider ssl.secure.random.implementation
    ssl.trustmanager.algorithm
    """.split()  # noqa: SIM905
)
# Of settings whose names begin with a listener's, only these for all brokers at once.
PER_LISTENER_OF_ALL = frozenset(
    {"max.connection.creation.rate", "max.connections", "num.network.threads"}
)
