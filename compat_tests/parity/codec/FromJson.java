import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.record.internal.BaseRecords;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Fills one of kafka-clients' message objects from JSON, by reflection.
 *
 * Kafka's own JSON readers want every field and cannot read records; here what is left out keeps its default, and
 * bytes and records are base64.  A name that the message lacks is an error, so that no story says less than it seems to.
 */
final class FromJson {
    private FromJson() { }

    static void fill(Message message, JsonNode json) throws Exception {
        for (var entry : json.properties()) {
            Field field;
            try {
                field = message.getClass().getDeclaredField(entry.getKey());
            } catch (NoSuchFieldException error) {
                throw new IllegalArgumentException(message.getClass().getSimpleName() + " has no field " + entry.getKey());
            }
            field.setAccessible(true);
            field.set(message, value(entry.getValue(), field.getType(), field.getGenericType()));
        }
    }

    private static Object value(JsonNode json, Class<?> type, Type generic) throws Exception {
        if (json.isNull()) return null;
        if (type == String.class) return json.asText();
        if (type == boolean.class) return json.asBoolean();
        if (type == Uuid.class) return Uuid.fromString(json.asText());
        if (type == byte[].class) return base64(json);
        if (type == ByteBuffer.class) return ByteBuffer.wrap(base64(json));
        if (BaseRecords.class.isAssignableFrom(type)) return MemoryRecords.readableRecords(ByteBuffer.wrap(base64(json)));
        if (Collection.class.isAssignableFrom(type)) return collection(json, type, generic);
        if (Message.class.isAssignableFrom(type)) {
            Message message = (Message) type.getDeclaredConstructor().newInstance();
            fill(message, json);
            return message;
        }
        return number(json, type);
    }

    private static Object number(JsonNode json, Class<?> type) {
        if (!json.isNumber()) throw new IllegalArgumentException("not a number: " + json);
        if (type == double.class) return json.asDouble();
        long number = json.asLong();
        if (type == byte.class || type == Byte.class) return (byte) number;
        if (type == short.class || type == Short.class) return (short) number;
        if (type == int.class || type == Integer.class) return (int) number;
        if (type == long.class || type == Long.class) return number;
        throw new IllegalArgumentException("no reader for " + type);
    }

    @SuppressWarnings("unchecked")
    private static Object collection(JsonNode json, Class<?> type, Type generic) throws Exception {
        // A keyed collection names its element in its superclass, a plain list in its own parameter.
        Type owner = generic instanceof ParameterizedType ? generic : type.getGenericSuperclass();
        Class<?> element = (Class<?>) ((ParameterizedType) owner).getActualTypeArguments()[0];
        Collection<Object> result = new ArrayList<>();
        if (!type.isInterface()) {
            Constructor<?> constructor = type.getDeclaredConstructor();
            result = (Collection<Object>) constructor.newInstance();
        }
        for (JsonNode item : json) result.add(value(item, element, element));
        return result;
    }

    private static byte[] base64(JsonNode json) {
        return Base64.getDecoder().decode(json.asText());
    }
}
