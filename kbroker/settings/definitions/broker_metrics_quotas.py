"""Settings of a broker for metrics and quotas: Kafka's MetricConfigs and QuotaConfig."""

from __future__ import annotations

from kbroker.settings.setting import CLASS, INT, LIST, LONG, STRING, Setting
from kbroker.settings.status import HONOURED, MEANINGLESS, STORED
from kbroker.settings.updatable import ALL_BROKERS
from kbroker.settings.validators import at_least, list_of

# fmt: off
SETTINGS = (
    Setting("metrics.num.samples", INT, 2, MEANINGLESS, "Over how many windows a metric is computed.", valid=at_least(1)),
    Setting("metrics.sample.window.ms", LONG, 30000, MEANINGLESS, "How long one window of a metric is.", valid=at_least(1)),
    Setting("metric.reporters", LIST, "org.apache.kafka.common.metrics.JmxReporter", HONOURED, "Java classes that report metrics. Here kbroker.ClientTelemetry receives what clients push of theirs, into the topic __client_telemetry; others mean nothing.", valid=list_of(), updatable=ALL_BROKERS),
    Setting("metrics.recording.level", STRING, "INFO", MEANINGLESS, "How fine-grained metrics are recorded."),
    Setting("kafka.metrics.reporters", LIST, "", MEANINGLESS, "Java classes that report metrics, of the old kind.", valid=list_of()),
    Setting("kafka.metrics.polling.interval.secs", INT, 10, MEANINGLESS, "How often Java metric reporters of the old kind are called.", valid=at_least(1)),
    Setting("telemetry.max.bytes", INT, 1048576, HONOURED, "How large the metrics may be that a client sends at once.", valid=at_least(1)),
    Setting("quota.window.num", INT, 11, STORED, "Over how many windows the rates of clients are measured.", valid=at_least(1)),
    Setting("replication.quota.window.num", INT, 11, MEANINGLESS, "Over how many windows the speed of followers is measured.", valid=at_least(1)),
    Setting("alter.log.dirs.replication.quota.window.num", INT, 11, MEANINGLESS, "Over how many windows the speed of moves between folders is measured; kbroker has one folder.", valid=at_least(1)),
    Setting("controller.quota.window.num", INT, 11, STORED, "Over how many windows the rate of changes of the cluster is measured.", valid=at_least(1)),
    Setting("quota.window.size.seconds", INT, 1, STORED, "How long one window of the measurement of clients is.", valid=at_least(1)),
    Setting("replication.quota.window.size.seconds", INT, 1, MEANINGLESS, "How long one window of the measurement of followers is.", valid=at_least(1)),
    Setting("alter.log.dirs.replication.quota.window.size.seconds", INT, 1, MEANINGLESS, "How long one window of the measurement of moves between folders is.", valid=at_least(1)),
    Setting("controller.quota.window.size.seconds", INT, 1, STORED, "How long one window of the measurement of changes is.", valid=at_least(1)),
    Setting("client.quota.callback.class", CLASS, None, MEANINGLESS, "A Java class that decides how quotas are shared out."),
)
# fmt: on
