//go:build ignore

// Receives webhooks on this machine and prints them: go run docs/webhooks/receive.go SECRET HOST:PORT
//
// SECRET is what the platform showed when the webhook was made. A delivery with another signature is refused with 401.
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
)

func main() {
	if len(os.Args) != 3 || os.Args[1] == "" {
		log.Fatal("usage: go run docs/webhooks/receive.go SECRET HOST:PORT")
	}
	secret, addr := []byte(os.Args[1]), os.Args[2]
	http.HandleFunc("POST /hooks", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			http.Error(w, "unreadable body", http.StatusBadRequest)
			return
		}
		// X-Webhook-Signature is t=TIME,v1=HMAC. A receiver in production refuses an old TIME as well: see verify/verify.go.
		time, signature, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("X-Webhook-Signature"), "t="), ",v1=")
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(time + "." + string(body)))
		if !hmac.Equal([]byte(signature), []byte(hex.EncodeToString(mac.Sum(nil)))) {
			http.Error(w, "wrong signature", http.StatusUnauthorized)
			return
		}
		fmt.Printf("%s, delivery %s, attempt %s: %s\n",
			r.Header.Get("X-Webhook-Event"), r.Header.Get("X-Webhook-Delivery-Id"), r.Header.Get("X-Webhook-Attempt"), body)
		w.WriteHeader(http.StatusNoContent)
	})
	l, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("waiting for webhooks on http://" + addr + "/hooks")
	log.Fatal(http.Serve(l, nil))
}
