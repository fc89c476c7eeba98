// Package story is what the Go clients have in common: what they are told, and how a webhook is verified.
package story

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

// Must ends the program at an error.
func Must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Want ends the program when something is not as it should be.
func Want(ok bool, format string, args ...any) {
	if !ok {
		Must(fmt.Errorf(format, args...))
	}
}

// CV is the file to apply with.
func CV() []byte {
	content, err := os.ReadFile(os.Getenv("CV_FILE"))
	Must(err)
	return content
}

// Receive waits for the next webhook, verifies it with the secret and returns the event. See docs/webhooks/profiles/native.md.
func Receive(secret string) string {
	res, err := http.Get(os.Getenv("HOOK_URL"))
	Must(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	Must(err)
	at, signature, _ := strings.Cut(strings.TrimPrefix(res.Header.Get("X-Webhook-Signature"), "t="), ",v1=")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(at + "."))
	mac.Write(body)
	got, err := hex.DecodeString(signature)
	Must(err)
	Want(hmac.Equal(mac.Sum(nil), got), "the signature is wrong")
	return res.Header.Get("X-Webhook-Event")
}
