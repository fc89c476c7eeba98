package inbound

import (
	"regexp"
	"strings"
)

// automatic gives the sign by which a message shows that a program wrote it, "" when a person did. Two programs that
// answer each other would never stop. h is the header of the whole message; returnPath is the envelope's sender. doubtful says that
// programs also put the sign on what a person has written: one that comes with a CV counts as written by a person.
func automatic(h header, returnPath, domain string) (reason string, doubtful bool) {
	switch {
	case returnPath == "":
		return "the return path is empty", false // a bounce, or an answer of a careful program
	case ours(returnPath, domain):
		return "it comes from our own address", false
	case program(returnPath):
		return "the return path is a program's", false
	}
	submitted := word(h.get("auto-submitted"))
	if strings.HasPrefix(submitted, "auto-replied") || strings.HasPrefix(submitted, "auto-notified") {
		return "Auto-Submitted: " + submitted, false
	}
	// These headers are older than Auto-Submitted, and some programs still write them.
	for _, name := range []string{"x-autoreply", "x-autorespond", "x-auto-reply-from", "x-mail-autoreply"} {
		if v := word(h.get(name)); v != "" && v != "no" {
			return name, false
		}
	}
	if v := word(h.get("precedence")); v == "auto_reply" {
		return "Precedence: " + v, false
	}
	// Some servers answer for a person who is away without any of these.
	if (h.has("in-reply-to") || h.has("x-auto-response-suppress")) && away.MatchString(h.text("subject")) {
		return "its subject is that of an automatic answer", false
	}
	if t, _ := h.contentType(); t == "multipart/report" {
		return "it is a report of delivery", false
	}
	return passedOn(h, submitted), true
}

// passedOn gives the sign that programs which pass a message on, or send a form for a person, have in common with those that write by
// themselves; "" for none.
func passedOn(h header, submitted string) (reason string) {
	_, _, ofGroup := groupAuthor(h)
	v := word(h.get("precedence"))
	switch {
	case h.get("x-loop") != "" && !ofGroup:
		return "it has been here: X-Loop"
	case submitted != "" && submitted != "no":
		return "Auto-Submitted: " + submitted
	case v == "junk", v == "bulk" && !ofGroup:
		return "Precedence: " + v
	}
	return ""
}

// ofProgram tells whether a message says that a program has sent it.
func ofProgram(h header) bool {
	submitted, precedence := word(h.get("auto-submitted")), word(h.get("precedence"))
	return submitted != "" && submitted != "no" || precedence == "bulk" || precedence == "junk"
}

// away begins the subject of an automatic answer in the languages of servers.
var away = regexp.MustCompile(`(?i)^\s*(?:automatic reply|auto(?:matic)? ?response|auto[- ]?reply|out of (?:the )?office|automatische antwort|abwesenheits(?:notiz|nachricht)|automatisch antwoord|` +
	`réponse automatique|absence du bureau|respuesta automática|resposta automática|risposta automatica|odpowiedź automatyczna|automatische? svar|autosvar|automatisk svar|automatická odpověď|автоответ)\s*(?:[:：\-–]|$)`)

// fromList tells whether a mailing list, or a group, has passed the message on.
func fromList(h header) bool {
	return h.get("list-id") != "" || h.get("mailing-list") != "" || h.get("x-google-group-id") != "" || word(h.get("precedence")) == "list"
}

// groupAuthor gives the author of a message that came through a list which people write to, such as the address of a department: it names
// the address that it takes messages at. ok is false for all other messages, and where the list is the author. Programs of such lists mark
// what they pass on as bulk, or as seen.
func groupAuthor(h header) (name, address string, ok bool) {
	if h.get("x-google-group-id") == "" && h.get("mailing-list") == "" && !strings.Contains(h.get("list-post"), "@") {
		return "", "", false
	}
	name, address, ok = person(h.get("from"))
	return name, address, ok && !isList(h, address) && !noReply(address)
}

// isList tells whether an address is that of the list, and not of a person.
func isList(h header, address string) bool {
	address = strings.ToLower(address)
	for _, name := range []string{"list-post", "list-owner", "mailing-list"} {
		if strings.Contains(strings.ToLower(h.get(name)), address) {
			return true
		}
	}
	if _, from, ok := person(h.get("from")); ok && strings.EqualFold(from, address) && strings.Contains(strings.ToLower(h.text("from")), " via ") {
		return true
	}
	id := strings.ToLower(h.get("list-id"))
	return strings.Contains(id, "<"+strings.ReplaceAll(address, "@", ".")+">") || program(address)
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
