"""Settings of a broker for remote storage, as Kafka's RemoteLogManagerConfig has them."""

from __future__ import annotations

from kbroker.settings.setting import (
    BOOLEAN,
    DOUBLE,
    INT,
    LONG,
    STRING,
    Setting,
)
from kbroker.settings.status import MEANINGLESS
from kbroker.settings.updatable import ALL_BROKERS
from kbroker.settings.validators import at_least, between, not_empty
from wire.integers import MAX_INT64

# fmt: off
SETTINGS = (
    Setting("remote.log.storage.system.enable", BOOLEAN, False, MEANINGLESS, "Whether there is a remote store for old segments; kbroker has none."),
    Setting("remote.log.storage.manager.impl.prefix", STRING, "rsm.config.", MEANINGLESS, "The prefix of the settings that are passed to the class that stores remote segments.", valid=not_empty),
    Setting("remote.log.metadata.manager.impl.prefix", STRING, "rlmm.config.", MEANINGLESS, "The prefix of the settings that are passed to the book-keeper of remote segments.", valid=not_empty),
    Setting("remote.log.storage.manager.class.name", STRING, None, MEANINGLESS, "The Java class that stores remote segments.", valid=not_empty),
    Setting("remote.log.storage.manager.class.path", STRING, None, MEANINGLESS, "Where the class that stores remote segments is loaded from."),
    Setting("remote.log.metadata.manager.class.name", STRING, "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", MEANINGLESS, "The Java class that keeps book of remote segments.", valid=not_empty),
    Setting("remote.log.metadata.manager.class.path", STRING, None, MEANINGLESS, "Where that class is loaded from."),
    Setting("remote.log.metadata.manager.listener.name", STRING, None, MEANINGLESS, "The listener through which the book-keeper of remote segments talks to the broker.", valid=not_empty),
    Setting("remote.log.metadata.custom.metadata.max.bytes", INT, 128, MEANINGLESS, "How large a plug-in's notes on a remote segment may be.", valid=at_least(0)),
    Setting("remote.log.index.file.cache.total.size.bytes", LONG, 1073741824, MEANINGLESS, "How much disk the copies of remote indexes may take.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.index.file.cache.ttl.ms", LONG, 900000, MEANINGLESS, "How long an index fetched from a remote store may stay unused before it is dropped; kbroker has no remote store.", valid=at_least(-1), internal=True),
    Setting("remote.log.manager.thread.pool.size", INT, 2, MEANINGLESS, "How many threads share the work on the remote store.", valid=at_least(1)),
    Setting("remote.log.manager.copier.thread.pool.size", INT, 10, MEANINGLESS, "How many threads copy segments to the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.manager.expiration.thread.pool.size", INT, 10, MEANINGLESS, "How many threads remove old segments from the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.manager.follower.thread.pool.size", INT, 2, MEANINGLESS, "How many threads of followers look into the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.manager.task.interval.ms", LONG, 30000, MEANINGLESS, "How often the work on the remote store is taken up.", valid=at_least(1)),
    Setting("remote.log.manager.task.retry.backoff.ms", LONG, 500, MEANINGLESS, "The first pause before a failed copy to a remote store is tried again.", valid=at_least(1), internal=True),
    Setting("remote.log.manager.task.retry.backoff.max.ms", LONG, 30000, MEANINGLESS, "The longest pause before a failed copy to a remote store is tried again.", valid=at_least(1), internal=True),
    Setting("remote.log.manager.task.retry.jitter", DOUBLE, 0.2, MEANINGLESS, "By which part the pauses between attempts at a remote store are varied at random.", valid=between(0, 0.5), internal=True),
    Setting("remote.log.reader.threads", INT, 10, MEANINGLESS, "How many threads read from the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.reader.max.pending.tasks", INT, 100, MEANINGLESS, "How many reads from the remote store may wait.", valid=at_least(1)),
    Setting("log.local.retention.ms", LONG, -2, MEANINGLESS, "How long records stay on this disk when a remote store has the older ones; kbroker has none.", valid=at_least(-2), updatable=ALL_BROKERS),
    Setting("log.local.retention.bytes", LONG, -2, MEANINGLESS, "How much of a topic stays on this disk when a remote store has the rest; kbroker has none.", valid=at_least(-2), updatable=ALL_BROKERS),
    Setting("remote.log.manager.copy.max.bytes.per.second", LONG, MAX_INT64, MEANINGLESS, "How fast segments are copied to the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.manager.copy.quota.window.num", INT, 11, MEANINGLESS, "Over how many windows the speed of copying to the remote store is measured.", valid=at_least(1)),
    Setting("remote.log.manager.copy.quota.window.size.seconds", INT, 1, MEANINGLESS, "How long one window of that measurement is.", valid=at_least(1)),
    Setting("remote.log.manager.fetch.max.bytes.per.second", LONG, MAX_INT64, MEANINGLESS, "How fast records are read from the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.log.manager.fetch.quota.window.num", INT, 11, MEANINGLESS, "Over how many windows the speed of reading from the remote store is measured.", valid=at_least(1)),
    Setting("remote.log.manager.fetch.quota.window.size.seconds", INT, 1, MEANINGLESS, "How long one window of the measurement of remote reads is.", valid=at_least(1)),
    Setting("remote.fetch.max.wait.ms", INT, 500, MEANINGLESS, "How long a fetch waits for records from the remote store.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("remote.list.offsets.request.timeout.ms", LONG, 30000, MEANINGLESS, "How long a look-up of offsets in the remote store may take.", valid=at_least(1), updatable=ALL_BROKERS),
)
# fmt: on
