package inbound

import (
	"strings"

	"github.com/emersion/go-message"
)

// automatic gives the sign by which a message shows that a program wrote it, "" when a person did. Two programs that
// answer each other would never stop. header is that of the whole message; returnPath is the envelope's sender.
func automatic(header *message.Header, returnPath, domain string) string {
	switch {
	case returnPath == "":
		return "the return path is empty" // a bounce, or an answer of a careful program
	case ours(returnPath, domain):
		return "it comes from our own address"
	case program(returnPath):
		return "the return path is a program's"
	case header.Get("X-Loop") != "":
		return "it has been here: X-Loop"
	case header.Get("List-Id") != "":
		return "it comes from a mailing list"
	}
	if v := word(header.Get("Auto-Submitted")); v != "" && v != "no" {
		return "Auto-Submitted: " + v
	}
	switch v := word(header.Get("Precedence")); v {
	case "bulk", "junk", "list", "auto_reply":
		return "Precedence: " + v
	}
	// These headers are older than Auto-Submitted, and some programs still write them.
	for _, name := range []string{"X-Autoreply", "X-Autorespond", "X-Auto-Reply-From", "X-Mail-Autoreply"} {
		if v := word(header.Get(name)); v != "" && v != "no" {
			return name
		}
	}
	if t, _, err := header.ContentType(); err == nil && t == "multipart/report" {
		return "it is a report of delivery"
	}
	return ""
}

// ours tells whether an address is one that applications go to.
func ours(address, domain string) bool {
	_, ok := ReferenceOf(address, domain)
	return ok
}

func program(address string) bool {
	local, _, _ := strings.Cut(strings.ToLower(address), "@")
	return local == "mailer-daemon" || local == "postmaster"
}

// word is the value of a header in lower case, without its parameters and comments. It is printable, because the log
// has it.
func word(value string) string {
	value, _, _ = strings.Cut(value, ";")
	value, _, _ = strings.Cut(value, "(")
	value = strings.ToLower(strings.TrimSpace(value))
	if strings.Trim(value, "abcdefghijklmnopqrstuvwxyz_-") != "" {
		return "something else"
	}
	return value
}
