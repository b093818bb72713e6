"""Settings of a broker for transactions: Kafka's TransactionLogConfig,
TransactionStateManagerConfig and AddPartitionsToTxnConfig."""

from __future__ import annotations

from kbroker.settings.setting import BOOLEAN, INT, SHORT, Setting
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED
from kbroker.settings.updatable import ALL_BROKERS
from kbroker.settings.validators import at_least

# fmt: off
SETTINGS = (
    Setting("transaction.state.log.min.isr", INT, 2, MEANINGLESS, "How many replicas the topic of transactions needs in sync; a single replica is always enough of one.", valid=at_least(1)),
    Setting("transaction.state.log.load.buffer.size", INT, 5242880, STORED, "How much is read at once when transactions are loaded.", valid=at_least(1)),
    Setting("transaction.state.log.replication.factor", SHORT, 3, HONOURED, "How many replicas the topic of transactions gets.", valid=at_least(1)),
    Setting("transaction.state.log.num.partitions", INT, 50, HONOURED, "How many partitions the topic of transactions gets.", valid=at_least(1)),
    Setting("transaction.state.log.segment.bytes", INT, 104857600, HONOURED, "How large a segment of the topic of transactions grows.", valid=at_least(1)),
    Setting("transaction.partition.verification.enable", BOOLEAN, True, HONOURED, "Whether a partition asks if a transaction really has it before it takes its records.", updatable=ALL_BROKERS),
    Setting("producer.id.expiration.ms", INT, 86400000, HONOURED, "How long is remembered what a silent idempotent producer has sent.", valid=at_least(1), updatable=ALL_BROKERS),
    Setting("producer.id.expiration.check.interval.ms", INT, 600000, HONOURED, "How often producers that have expired are looked for.", valid=at_least(1), internal=True),
    Setting("transactional.id.expiration.ms", INT, 604800000, HONOURED, "How long a transactional id that nobody uses is remembered.", valid=at_least(1)),
    Setting("transaction.max.timeout.ms", INT, 900000, HONOURED, "The longest timeout that a transactional producer may ask for.", valid=at_least(1)),
    Setting("transaction.abort.timed.out.transaction.cleanup.interval.ms", INT, 10000, HONOURED, "How often transactions that took too long are looked for.", valid=at_least(1)),
    Setting("transaction.remove.expired.transaction.cleanup.interval.ms", INT, 3600000, HONOURED, "How often transactional ids that nobody uses are looked for.", valid=at_least(1)),
    Setting("transaction.two.phase.commit.enable", BOOLEAN, False, STORED, "Whether a transaction may wait for an outside decision without a timeout."),
    Setting("add.partitions.to.txn.retry.backoff.max.ms", INT, 100, STORED, "The longest pause between two attempts to add a partition to a transaction.", valid=at_least(0)),
    Setting("add.partitions.to.txn.retry.backoff.ms", INT, 20, STORED, "The first pause between two attempts to add a partition to a transaction.", valid=at_least(1)),
)
# fmt: on
