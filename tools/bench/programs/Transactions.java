// Kafka's own producer in the benchmark of transactions:
// Transactions BOOTSTRAP TOPIC PARTITIONS COUNT WARM-UP prints the seconds of COUNT transactions.

import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public class Transactions {
    public static void main(String[] arguments) {
        String topic = arguments[1];
        int partitions = Integer.parseInt(arguments[2]), count = Integer.parseInt(arguments[3]);
        int warmUp = Integer.parseInt(arguments[4]);
        Properties settings = new Properties();
        settings.putAll(Map.of("bootstrap.servers", arguments[0], "transactional.id", topic));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            producer.initTransactions();
            long began = 0;
            for (int number = 0; number < warmUp + count; number++) {
                if (number == warmUp) {
                    began = System.nanoTime();
                }
                producer.beginTransaction();
                for (int partition = 0; partition < partitions; partition++) {
                    String value = String.format("%-100s", number + " in " + partition);
                    producer.send(new ProducerRecord<>(topic, partition, null, value));
                }
                producer.commitTransaction();
            }
            System.out.println((System.nanoTime() - began) / 1e9);
        }
    }
}
