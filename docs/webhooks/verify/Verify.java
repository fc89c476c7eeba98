// Verifies the signature of a webhook: java Verify.java SECRET HEADER NOW < body
// HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
// Exit status 0: valid, 1: invalid. Java 17 or later.

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Verify {
    private static final long TOLERANCE = 300; // seconds

    // body must be the bytes as received, before any JSON parser touched them.
    static boolean verify(String secret, String header, byte[] body, long now)
            throws GeneralSecurityException {
        Map<String, String> parts = new HashMap<>();
        for (String part : header.split(",")) {
            String[] pair = part.split("=", 2);
            parts.putIfAbsent(pair[0], pair.length == 2 ? pair[1] : ""); // the first one counts
        }
        String t = parts.getOrDefault("t", "");
        String v1 = parts.getOrDefault("v1", "");
        if (!t.matches("[0-9]{1,12}") || Math.abs(now - Long.parseLong(t)) > TOLERANCE) {
            return false;
        }

        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        mac.update((t + ".").getBytes(StandardCharsets.UTF_8));
        String expected = HexFormat.of().formatHex(mac.doFinal(body));
        return MessageDigest.isEqual(
                expected.getBytes(StandardCharsets.UTF_8), v1.getBytes(StandardCharsets.UTF_8));
    }

    public static void main(String[] args) throws Exception {
        byte[] body = System.in.readAllBytes();
        System.exit(verify(args[0], args[1], body, Long.parseLong(args[2])) ? 0 : 1);
    }
}
