package inbound

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
)

// author reads who wrote the message. A message with several authors is refused rather than given to one of them.
func author(header *message.Header) (name, address string, err error) {
	h := mail.Header{Header: *header}
	list, err := h.AddressList("From")
	if err != nil || len(list) != 1 || list[0].Address == "" {
		return "", "", &UnreadableError{Reason: "the message does not name one author"}
	}
	return strings.ToValidUTF8(list[0].Name, "\uFFFD"), list[0].Address, nil
}

// splitName makes a first and a last name of a display name, or of the address when there is none, because an applicant
// must have both. It is a guess; the employer sees the address beside the name.
func splitName(name, address string) (first, last string) {
	if strings.Contains(name, "@") || strings.TrimSpace(name) == "" {
		local, _, _ := strings.Cut(address, "@")
		local, _, _ = strings.Cut(local, "+")
		name = titled(strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("._-", r) || unicode.IsDigit(r) }))
		if name == "" {
			name = local
		}
	}
	if before, after, comma := strings.Cut(name, ","); comma && strings.TrimSpace(after) != "" {
		name = after + " " + before // as directories write it
	}
	words := strings.Fields(name)
	switch len(words) {
	case 0:
		return "-", "-"
	case 1:
		return words[0], "-"
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

func titled(words []string) string {
	for i, w := range words {
		r, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToTitle(r)) + w[size:]
	}
	return strings.Join(words, " ")
}
