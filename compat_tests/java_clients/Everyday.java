import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/**
 * What programs do every day, in words that the Java client has had since 2.3, with a line of what came of each:
 * Everyday BOOTSTRAP NAME. Topic and group are called NAME.
 */
public class Everyday {
    static final int PARTITIONS = 3;
    static final int A_CODEC = 30;
    static final List<String> CODECS = List.of("none", "gzip", "snappy", "lz4", "zstd");
    static final Duration PATIENCE = Duration.ofMillis(200);

    final String bootstrap;
    final String name;
    final AdminClient admin;

    interface Step {
        Object run() throws Exception;
    }

    Everyday(String bootstrap, String name) {
        this.bootstrap = bootstrap;
        this.name = name;
        admin = AdminClient.create(settings());
    }

    public static void main(String[] arguments) throws Exception {
        Everyday day = new Everyday(arguments[0], arguments[1]);
        day.topics();
        for (String codec : CODECS) day.told("produce " + codec, () -> day.produce(codec));
        day.transactions();
        day.group();
        day.ends();
        System.exit(0);  // old clients leave threads behind
    }

    void told(String what, Step step) {
        String came;
        try {
            came = String.valueOf(step.run());
        } catch (Exception error) {
            Throwable cause = error;
            while (cause.getCause() != null) cause = cause.getCause();
            came = cause.getClass().getSimpleName() + ": " + cause.getMessage();
        }
        System.out.println(what + " = " + came);
    }

    Properties settings(String... more) {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", bootstrap);
        for (String side : List.of("key", "value")) {
            settings.put(side + ".serializer", "org.apache.kafka.common.serialization.StringSerializer");
            settings.put(side + ".deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
        }
        for (int at = 0; at < more.length; at += 2) settings.put(more[at], more[at + 1]);
        return settings;
    }

    void topics() {
        NewTopic wanted = new NewTopic(name, PARTITIONS, (short) 1).configs(Map.of("retention.ms", "12345678"));
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
        told("create", () -> admin.createTopics(List.of(wanted)).all().get());
        told("create again", () -> admin.createTopics(List.of(wanted)).all().get());
        NewTopic broad = new NewTopic(name + "-broad", 1, (short) 2);
        told("create with two replicas", () -> admin.createTopics(List.of(broad)).all().get());
        told("describe", () -> admin.describeTopics(List.of(name)).all().get().get(name).partitions().size());
        told("describe none", () -> admin.describeTopics(List.of(name + "-none")).all().get());
        told("nodes", () -> admin.describeCluster().nodes().get().size());
        AlterConfigOp change = new AlterConfigOp(new ConfigEntry("retention.ms", "7"), AlterConfigOp.OpType.SET);
        told("alter", () -> admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get());
        told("settings", () -> admin.describeConfigs(List.of(resource)).all().get().get(resource).get("retention.ms"));
        AlterConfigOp back = new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE);
        told("alter back", () -> admin.incrementalAlterConfigs(Map.of(resource, List.of(back))).all().get());
    }

    /** As many records to each partition; the last one's offset. */
    Object produce(String codec) throws Exception {
        Properties settings = settings("compression.type", codec, "enable.idempotence", "true", "acks", "all");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(settings)) {
            for (int number = 1; number < A_CODEC; number++)
                producer.send(new ProducerRecord<>(name, number % PARTITIONS, "key " + number, "value " + number));
            return producer.send(new ProducerRecord<>(name, 0, "last", codec)).get().offset();
        }
    }

    /** One is aborted, which nobody reads; one commits what was read until then. */
    void transactions() {
        Properties reading = settings("group.id", name, "auto.offset.reset", "earliest", "enable.auto.commit", "false",
            "isolation.level", "read_committed");
        Properties writing = settings("transactional.id", name);
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(writing);
             KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading)) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(name, 0, "never", "read"));
            producer.flush();
            told("abort", () -> { producer.abortTransaction(); return "done"; });
            consumer.subscribe(List.of(name));
            Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
            told("read", () -> read(consumer, CODECS.size() * A_CODEC, read));
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(name, 1, "more", "to read"));
            told("commit", () -> { commit(producer, read); return "done"; });
            told("ends", () -> sorted(consumer.endOffsets(consumer.assignment())));
        }
    }

    /** The way that the first transactional clients knew: with the name of the group only. */
    @SuppressWarnings("deprecation")
    void commit(KafkaProducer<String, String> producer, Map<TopicPartition, OffsetAndMetadata> read) throws Exception {
        try {
            producer.getClass().getMethod("sendOffsetsToTransaction", Map.class, String.class)
                .invoke(producer, read, name);
        } catch (NoSuchMethodException gone) {
            Class<?> member = Class.forName("org.apache.kafka.clients.consumer.ConsumerGroupMetadata");
            producer.getClass().getMethod("sendOffsetsToTransaction", Map.class, member)
                .invoke(producer, read, member.getConstructor(String.class).newInstance(name));
        }
        producer.commitTransaction();
    }

    int read(KafkaConsumer<String, String> consumer, int wanted, Map<TopicPartition, OffsetAndMetadata> read) {
        int found = 0;
        for (int tries = 0; found < wanted && tries < 100; tries++) {
            for (ConsumerRecord<String, String> each : consumer.poll(PATIENCE)) {
                found++;
                read.put(new TopicPartition(each.topic(), each.partition()), new OffsetAndMetadata(each.offset() + 1));
            }
        }
        return found;
    }

    /** A static member goes on where the transaction was, and leaves nothing for the next one. */
    void group() {
        Properties settings = settings("group.id", name, "enable.auto.commit", "false", "isolation.level", "read_committed",
            "group.instance.id", name);
        try (KafkaConsumer<String, String> consumer = new KafkaConsumer<>(settings)) {
            consumer.subscribe(List.of(name));
            told("go on", () -> read(consumer, 1, new HashMap<>()));
            told("commit", () -> { consumer.commitSync(); return "done"; });
            told("group", () -> {
                ConsumerGroupDescription found = admin.describeConsumerGroups(List.of(name)).all().get().get(name);
                return found.partitionAssignor() + " " + found.members().size();
            });
            told("delete while it lives", () -> admin.deleteConsumerGroups(List.of(name)).all().get());
        }
        told("offsets", () -> {
            Map<TopicPartition, Object> offsets = new HashMap<>();
            admin.listConsumerGroupOffsets(name).partitionsToOffsetAndMetadata().get()
                .forEach((partition, offset) -> offsets.put(partition, offset.offset()));
            return sorted(offsets);
        });
    }

    void ends() {
        TopicPartition first = new TopicPartition(name, 0);
        told("grow", () -> admin.createPartitions(Map.of(name, NewPartitions.increaseTo(PARTITIONS + 2))).all().get());
        told("shrink", () -> admin.createPartitions(Map.of(name, NewPartitions.increaseTo(1))).all().get());
        told("delete records", () -> admin.deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(5)))
            .lowWatermarks().get(first).get().lowWatermark());
        told("delete too many", () -> admin.deleteRecords(Map.of(first, RecordsToDelete.beforeOffset(500))).all().get());
        told("delete", () -> admin.deleteTopics(List.of(name)).all().get());
        told("delete again", () -> admin.deleteTopics(List.of(name)).all().get());
    }

    static <V> String sorted(Map<TopicPartition, V> found) {
        Map<String, V> sorted = new TreeMap<>();
        found.forEach((partition, value) -> sorted.put(partition.toString(), value));
        return sorted.toString();
    }
}
