//go:build ignore

// Verifies the signature of a webhook: go run verify.go SECRET HEADER NOW < body
//
// HEADER is the value of X-Webhook-Signature, NOW the time in Unix seconds.
// Exit status 0: valid, 1: invalid.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"strconv"
	"strings"
)

const tolerance = 300 // seconds

// verify needs the body's bytes as received, before any JSON parser touched them.
func verify(secret, header string, body []byte, now int64) bool {
	parts := map[string]string{}
	for _, part := range strings.Split(header, ",") {
		key, value, _ := strings.Cut(part, "=")
		if _, seen := parts[key]; !seen { // the first one counts
			parts[key] = value
		}
	}
	t, v1 := parts["t"], parts["v1"]
	if len(t) > 12 {
		return false
	}
	sent, err := strconv.ParseUint(t, 10, 63)
	if err != nil || max(now-int64(sent), int64(sent)-now) > tolerance {
		return false
	}

	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(t + "."))
	mac.Write(body)
	return hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(v1))
}

func main() {
	if len(os.Args) != 4 {
		os.Exit(1)
	}
	now, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err != nil {
		os.Exit(1)
	}
	body, err := io.ReadAll(os.Stdin)
	if err != nil || !verify(os.Args[1], os.Args[2], body, now) {
		os.Exit(1)
	}
}
