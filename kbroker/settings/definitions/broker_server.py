"""Settings of a broker as a whole, as Kafka's ServerConfigs has them."""

from __future__ import annotations

from kbroker.settings.setting import BOOLEAN, INT, LIST, LONG, STRING, Setting
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED
from kbroker.settings.updatable import ALL_BROKERS
from kbroker.settings.validators import at_least, between, gzip_level, list_of, one_of

# fmt: off
SETTINGS = (
    Setting("broker.id", INT, -1, HONOURED, "The old name of node.id."),
    Setting("message.max.bytes", INT, 1048588, HONOURED, "The largest batch that a producer may send, to topics that do not say.", valid=at_least(0), updatable=ALL_BROKERS),
    Setting("num.io.threads", INT, 8, MEANINGLESS, "How many threads serve requests; kbroker has one loop.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("num.replica.alter.log.dirs.threads", INT, None, MEANINGLESS, "How many threads move replicas between folders; kbroker has one folder."),
    Setting("background.threads", INT, 10, MEANINGLESS, "How many threads do chores; kbroker has one for all slow work.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("request.timeout.ms", INT, 30000, MEANINGLESS, "How long a broker waits for the answer of another; there is no other."),
    Setting("socket.connection.setup.timeout.ms", LONG, 10000, MEANINGLESS, "How long a connection to another broker may take to open at first."),
    Setting("socket.connection.setup.timeout.max.ms", LONG, 30000, MEANINGLESS, "The longest that a connection to another broker may take to open."),
    Setting("config.providers", LIST, "", MEANINGLESS, "Java classes that fill in values of settings from elsewhere.", valid=list_of(), updatable=ALL_BROKERS),
    Setting("authorizer.class.name", STRING, "", MEANINGLESS, "The Java class that decides who may do what; kbroker lets everybody in."),
    Setting("early.start.listeners", LIST, None, MEANINGLESS, "Listeners that open before the broker is ready; those of kbroker all open when it is.", valid=list_of()),
    Setting("broker.rack", STRING, None, STORED, "Where the broker stands, for the placement of replicas."),
    Setting("controlled.shutdown.enable", BOOLEAN, True, MEANINGLESS, "Whether a broker hands over leadership before it stops; a single node has nobody to hand it to."),
    Setting("delete.topic.enable", BOOLEAN, True, HONOURED, "Whether topics can be deleted."),
    Setting("compression.type", STRING, "producer", HONOURED, "The codec for topics that do not set their own; producer keeps what each batch came in.", valid=one_of("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"), updatable=ALL_BROKERS),
    Setting("compression.gzip.level", INT, -1, HONOURED, "The level of gzip for topics that do not set their own.", valid=gzip_level, updatable=ALL_BROKERS),
    Setting("compression.lz4.level", INT, 9, HONOURED, "The level of lz4 for topics that do not set their own.", valid=between(1, 17), updatable=ALL_BROKERS),
    Setting("compression.zstd.level", INT, 3, HONOURED, "The level of zstd for topics that do not set their own.", valid=between(-131072, 22), updatable=ALL_BROKERS),
    Setting("max.incremental.fetch.session.cache.slots", INT, 1000, HONOURED, "How many fetch sessions are remembered at once.", valid=at_least(0)),
    Setting("fetch.max.bytes", INT, 57671680, HONOURED, "The most that one fetch is answered with, whatever it asks for.", valid=at_least(1024)),
    Setting("max.request.partition.size.limit", INT, 2000, HONOURED, "How many partitions one answer of DescribeTopicPartitions may list.", valid=at_least(1)),
    Setting("unstable.api.versions.enable", BOOLEAN, False, STORED, "Whether API versions that are still under development are served; kbroker serves stable ones only.", internal=True),
    Setting("unstable.feature.versions.enable", BOOLEAN, False, STORED, "Whether feature levels that are still under development may be set; kbroker has stable ones only.", internal=True),
)
# fmt: on
