import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Collection;
import java.util.Iterator;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/**
 * A message as JSON in the form of Kafka's own converters, which know what each version carries; those only give the
 * size of records, so the records are added here: the exact bytes, and what Kafka's own reader makes of them.
 */
final class ToJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ToJson() { }

    static JsonNode of(Message message, short version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        JsonNode json = (JsonNode) converter.getMethod("write", message.getClass(), short.class)
            .invoke(null, message, version);
        addRecords(json, message);
        return json;
    }

    private static void addRecords(JsonNode json, Message message) throws Exception {
        for (Field field : message.getClass().getDeclaredFields()) {
            if (java.lang.reflect.Modifier.isStatic(field.getModifiers())) continue;
            field.setAccessible(true);
            Object value = field.get(message);
            if (BaseRecords.class.isAssignableFrom(field.getType())) {
                ((ObjectNode) json).remove(field.getName() + "SizeInBytes");
                ((ObjectNode) json).set(field.getName(), value == null ? NODES.nullNode() : records((MemoryRecords) value));
            } else if (value instanceof Message inner && json.has(field.getName())) {
                addRecords(json.get(field.getName()), inner);
            } else if (value instanceof Collection<?> items && json.has(field.getName())) {
                Iterator<JsonNode> nodes = json.get(field.getName()).elements();
                for (Object item : items) {
                    if (item instanceof Message inner) addRecords(nodes.next(), inner);
                }
            }
        }
    }

    private static JsonNode records(MemoryRecords records) {
        ObjectNode result = NODES.objectNode();
        result.put("size", records.sizeInBytes());
        result.put("bytes", base64(records.buffer()));
        ArrayNode batches = result.putArray("batches");
        try {
            int whole = 0;
            for (MutableRecordBatch batch : records.batches()) {
                whole += batch.sizeInBytes();
                batches.add(batch(batch));
            }
            result.put("partial", records.sizeInBytes() - whole);
        } catch (RuntimeException error) {
            result.put("unreadable", error.toString());
        }
        return result;
    }

    private static JsonNode batch(MutableRecordBatch batch) {
        ObjectNode node = NODES.objectNode();
        node.put("baseOffset", batch.baseOffset()).put("lastOffset", batch.lastOffset());
        node.put("magic", batch.magic()).put("compression", batch.compressionType().name);
        node.put("valid", batch.isValid()).put("partitionLeaderEpoch", batch.partitionLeaderEpoch());
        node.put("timestampType", batch.timestampType().name).put("maxTimestamp", batch.maxTimestamp());
        node.put("producerId", batch.producerId()).put("producerEpoch", batch.producerEpoch());
        node.put("baseSequence", batch.baseSequence()).put("lastSequence", batch.lastSequence());
        node.put("transactional", batch.isTransactional()).put("control", batch.isControlBatch());
        ArrayNode records = node.putArray("records");
        try {
            for (Record record : batch) records.add(record(record));
        } catch (RuntimeException error) {
            node.put("unreadable", error.getClass().getName());
        }
        return node;
    }

    private static JsonNode record(Record record) {
        ObjectNode node = NODES.objectNode();
        node.put("offset", record.offset()).put("timestamp", record.timestamp()).put("sequence", record.sequence());
        node.put("key", base64(record.key())).put("value", base64(record.value()));
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) {
            byte[] value = header.value();
            headers.addObject().put("key", header.key())
                .put("value", value == null ? null : Base64.getEncoder().encodeToString(value));
        }
        return node;
    }

    private static String base64(ByteBuffer buffer) {
        if (buffer == null) return null;
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
