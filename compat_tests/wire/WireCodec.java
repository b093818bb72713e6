import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

/**
 * Kafka's message classes and their JSON converters behind a pipe: one JSON object a line in, one a line out.
 *
 *   {"class": "FetchRequest", "version": 12, "hex": "…", "json": {…}}
 *   ->  {"read": "…", "fromJson": "…", "throughJson": "…"}   or {"unknown": true}   or {"error": "…"}
 *
 * read: the bytes after reading and writing them; fromJson: what is written of the JSON; throughJson: what is written
 * after the bytes went through JSON and back.  Without "json" (records have no JSON form) only the first is done.
 */
final class WireCodec {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] PLACES = {
        "org.apache.kafka.common.message.%sData", "org.apache.kafka.common.message.%s",
        "org.apache.kafka.common.metadata.%s", "org.apache.kafka.coordinator.group.generated.%s",
        "org.apache.kafka.coordinator.share.generated.%s", "org.apache.kafka.coordinator.transaction.generated.%s",
    };

    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
        }
    }

    private static ObjectNode answer(JsonNode question) {
        ObjectNode result = JSON.createObjectNode();
        try {
            Class<?> type = find(question.get("class").asText());
            short version = (short) question.get("version").asInt();
            if (type == null || !supports(type, version)) return result.put("unknown", true);
            Message message = (Message) type.getDeclaredConstructor().newInstance();
            var readable = new ByteBufferAccessor(ByteBuffer.wrap(HexFormat.of().parseHex(question.get("hex").asText())));
            message.read(readable, version);
            if (readable.remaining() > 0) throw new IllegalArgumentException(readable.remaining() + " bytes are left");
            result.put("read", bytes(message, version));
            if (!question.hasNonNull("json")) return result;
            Class<?> converter = Class.forName(type.getName() + "JsonConverter");
            var read = converter.getMethod("read", JsonNode.class, short.class);
            result.put("fromJson", bytes((Message) read.invoke(null, question.get("json"), version), version));
            Object json = converter.getMethod("write", type, short.class).invoke(null, message, version);
            result.put("throughJson", bytes((Message) read.invoke(null, json, version), version));
        } catch (java.lang.reflect.InvocationTargetException error) {
            result.put("error", error.getCause().toString());
        } catch (Exception error) {
            result.put("error", error.toString());
        }
        return result;
    }

    private static Class<?> find(String name) {
        for (String place : PLACES) {
            try {
                return Class.forName(String.format(place, name));
            } catch (ClassNotFoundException elsewhere) {
                continue;
            }
        }
        return null;
    }

    private static boolean supports(Class<?> type, short version) throws Exception {
        return type.getField("LOWEST_SUPPORTED_VERSION").getShort(null) <= version
            && version <= type.getField("HIGHEST_SUPPORTED_VERSION").getShort(null);
    }

    private static String bytes(Message message, short version) {
        var cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return HexFormat.of().formatHex(buffer.array(), 0, buffer.position());
    }
}
