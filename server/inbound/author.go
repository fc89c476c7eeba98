package inbound

import (
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// author reads who wrote the message: of one that a mailing list has passed on, whom the list names. A message with several
// authors is refused rather than given to one of them.
func author(h header) (name, address string, err error) {
	if fromList(h) {
		for _, line := range []string{"x-original-from", "reply-to"} {
			name, address, ok := person(h.get(line))
			if ok && !isList(h, address) {
				return name, address, nil
			}
		}
		return "", "", &UnreadableError{Reason: "the message came through a mailing list, which does not name the person who wrote it; that person must write to this address themselves"}
	}
	name, address, ok := person(h.get("from"))
	if !ok {
		// Of several authors the sender is the one who wrote.
		if name, address, ok = person(h.get("sender")); !ok || !strings.Contains(strings.ToLower(h.get("from")), strings.ToLower(address)) {
			return "", "", &UnreadableError{Reason: "the message does not name one author"}
		}
	}
	return name, address, nil
}

// anyAddress finds what looks like an address.
var anyAddress = regexp.MustCompile(`[^\s<>"(),;:\[\]\\]+@[^\s<>"(),;:\[\]\\@]+`)

// person reads a line that names one person; ok is false when it names none, or several. Programs write lines that the
// standard (RFC 5322) does not have: unquoted signs in the name, dots in the address.
func person(value string) (name, address string, ok bool) {
	value = toUTF8(value)
	p := mail.AddressParser{WordDecoder: &mime.WordDecoder{CharsetReader: charsetReader}}
	list, err := p.ParseList(value)
	switch {
	case err == nil && len(list) == 1 && strings.Contains(list[0].Address, "@"):
		return cleanName(list[0].Name), list[0].Address, true
	case err == nil:
		return "", "", false
	}
	if open, end := strings.LastIndexByte(value, '<'), strings.LastIndexByte(value, '>'); open >= 0 && open < end {
		address = anyAddress.FindString(value[open:end])
		if address != "" && strings.Count(value, "<") == 1 {
			return cleanName(value[:open]), address, true
		}
		return "", "", false
	}
	found := anyAddress.FindAllString(value, 2)
	if len(found) != 1 {
		return "", "", false
	}
	return cleanName(strings.Replace(value, found[0], "", 1)), found[0], true
}

// cleanName makes a display name one that people read.
func cleanName(name string) string {
	name = decodedWords(strings.TrimSpace(name))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(strings.ReplaceAll(name, `\"`, `"`)), " "), "<> ")
	for _, pair := range []string{`""`, "''", "()"} {
		if len(name) > 1 && name[0] == pair[0] && name[len(name)-1] == pair[1] {
			name = strings.TrimSpace(name[1 : len(name)-1])
		}
	}
	return name
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
	last = lastName(words)
	return strings.TrimSuffix(strings.Join(words, " "), " "+last), last
}

// lastName is the last word of a name, with what stands in brackets behind it: Jane Doe [Consultant].
func lastName(words []string) string {
	i := len(words) - 1
	for i > 1 && strings.ContainsAny(words[i][:1], "[(") {
		i--
	}
	return strings.Join(words[i:], " ")
}

func titled(words []string) string {
	for i, w := range words {
		r, size := utf8.DecodeRuneInString(w)
		words[i] = string(unicode.ToTitle(r)) + w[size:]
	}
	return strings.Join(words, " ")
}
