// Kafka Streams in exactly_once_v2: it keeps offsets and output together by itself.

import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.processor.StreamPartitioner;

public class StreamsTransform {
    public static void main(String[] arguments) throws Exception {
        String name = arguments[1];
        Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.STATE_DIR_CONFIG,
            java.nio.file.Files.createTempDirectory("streams").toString());
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");
        settings.put(StreamsConfig.consumerPrefix("session.timeout.ms"), 2000);
        settings.put(StreamsConfig.consumerPrefix("heartbeat.interval.ms"), 300);
        StreamsBuilder builder = new StreamsBuilder();
        // The partition that a record came from is in its value: "partition-number".
        StreamPartitioner<byte[], String> same = (topic, key, value, count) ->
            Optional.of(java.util.Set.of(Integer.parseInt(value.split("-")[1])));
        builder.stream(name + "-in", Consumed.with(Serdes.ByteArray(), Serdes.String()))
            .mapValues(value -> value.toUpperCase())
            .to(name + "-out", Produced.with(Serdes.ByteArray(), Serdes.String(), same));
        new KafkaStreams(builder.build(), settings).start();
    }
}
