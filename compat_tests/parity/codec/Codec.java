import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;

/**
 * Kafka's own encoders and decoders behind a pipe: one JSON object a line in, one a line out.
 *
 *   {"op": "encode", "api": 3, "version": 12, "correlation": 7, "client": "x", "body": {…}}  ->  {"hex": "…"}
 *   {"op": "decode", "api": 3, "version": 12, "hex": "…"}  ->  {"correlation": 7, "body": {…}, "rest": 0}
 *
 * Frames go without their length.  What cannot be coded is answered with {"error": "…"}.
 */
final class Codec {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HexFormat HEX = HexFormat.of();

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
            ApiMessageType api = ApiMessageType.fromApiKey((short) question.get("api").asInt());
            short version = (short) question.get("version").asInt();
            switch (question.get("op").asText()) {
                case "encode" -> result.put("hex", encode(api, version, question));
                case "decode" -> decode(api, version, HEX.parseHex(question.get("hex").asText()), result);
                default -> result.put("error", "unknown op");
            }
        } catch (Exception | StackOverflowError error) {
            result.put("error", error.toString());
        }
        return result;
    }

    private static String encode(ApiMessageType api, short version, JsonNode question) throws Exception {
        var header = new RequestHeaderData()
            .setRequestApiKey(api.apiKey())
            .setRequestApiVersion(version)
            .setCorrelationId(question.get("correlation").asInt())
            .setClientId(question.get("client").isNull() ? null : question.get("client").asText());
        ApiMessage body = api.newRequest();
        FromJson.fill(body, question.get("body"));
        return bytes(header, api.requestHeaderVersion(version)) + bytes(body, version);
    }

    private static String bytes(ApiMessage message, short version) {
        ByteBuffer buffer = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return HEX.formatHex(bytes);
    }

    private static void decode(ApiMessageType api, short version, byte[] frame, ObjectNode result) throws Exception {
        var readable = new ByteBufferAccessor(ByteBuffer.wrap(frame));
        var header = new ResponseHeaderData(readable, api.responseHeaderVersion(version));
        ApiMessage body = api.newResponse();
        body.read(readable, version);
        result.put("correlation", header.correlationId());
        result.set("body", ToJson.of(body, version));
        result.put("rest", readable.remaining());
        result.put("unknownTags", header.unknownTaggedFields().size() + body.unknownTaggedFields().size());
    }
}
