// Kafka's own producer and consumer, with the offsets of a batch in its transaction (KIP-447).

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Transform {
    public static void main(String[] arguments) {
        String bootstrap = arguments[0], name = arguments[1];
        Properties reading = new Properties();
        reading.putAll(Map.of(
            "bootstrap.servers", bootstrap, "group.id", name, "isolation.level", "read_committed",
            "enable.auto.commit", "false", "auto.offset.reset", "earliest", "max.poll.records", "5",
            "session.timeout.ms", "2000", "heartbeat.interval.ms", "300"));
        Properties writing = new Properties();
        writing.putAll(Map.of("bootstrap.servers", bootstrap, "transactional.id", name));
        KafkaConsumer<String, String> consumer =
            new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer());
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        consumer.subscribe(List.of(name + "-in"));
        for (int turn = 1; ; ) {
            ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(200));
            if (records.isEmpty()) {
                continue;
            }
            producer.beginTransaction();
            Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
            for (ConsumerRecord<String, String> record : records) {
                producer.send(new ProducerRecord<>(
                    name + "-out", record.partition(), null, record.value().toUpperCase()));
                offsets.put(
                    new TopicPartition(record.topic(), record.partition()),
                    new OffsetAndMetadata(record.offset() + 1));
            }
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            if (turn++ % 3 == 0) {
                producer.abortTransaction();
                back(consumer);
            } else {
                producer.commitTransaction();
            }
        }
    }

    /** To where the group was before what has been aborted. */
    private static void back(KafkaConsumer<String, String> consumer) {
        consumer.committed(consumer.assignment()).forEach((partition, committed) ->
            consumer.seek(partition, committed == null ? 0 : committed.offset()));
    }
}
