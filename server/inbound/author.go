package inbound

import (
	"html"
	"mime"
	"net/mail"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"itmanagerjobs/store/board"
)

// author reads who wrote the message: of one that a mailing list has passed on, whom the list names. A message with several
// authors is refused rather than given to one of them.
func author(h header) (name, address string, err error) {
	if fromList(h) {
		if name, address, ok := person(h.get("x-original-from")); ok && !isList(h, address) {
			return name, address, nil
		}
		if name, address, ok := groupAuthor(h); ok {
			return name, address, nil
		}
		if name, address, ok := person(h.get("reply-to")); ok && !isList(h, address) {
			return name, address, nil
		}
		return "", "", &UnreadableError{Reason: "the message came through a mailing list, which does not name the person who wrote it; that person must write to this address themselves"}
	}
	name, address, ok := person(h.get("from"))
	switch from := h.get("from"); {
	case ok && (noReply(address) || ofProgram(h)):
		// A site has sent the message for a person.
		if other, direct, ok := person(h.get("reply-to")); ok && !noReply(direct) && !isList(h, direct) {
			if !noReply(address) && !sentFor.MatchString(name) {
				name = "" // the site's
			}
			return first(other, sentFor.ReplaceAllString(name, "")), direct, nil
		}
	case !ok && !anyAddress.MatchString(from):
		for _, line := range []string{"sender", "reply-to"} {
			if other, address, ok := person(h.get(line)); ok {
				return first(cleanName(from), other), address, nil
			}
		}
	case !ok:
		// Of several authors the sender is the one who wrote.
		if name, address, ok = person(h.get("sender")); !strings.Contains(strings.ToLower(from), strings.ToLower(address)) {
			ok = false
		}
	}
	if !ok {
		return "", "", &UnreadableError{Reason: "the message does not name one author"}
	}
	return name, address, nil
}

// reachable is the address of an author if most mail servers can send to it, else one for answers that is such. The others have letters
// beyond ASCII before the @, or a number in place of a domain.
func reachable(h header, address string) (string, error) {
	if board.IsApplicantEmail(address) {
		return address, nil
	}
	if _, other, ok := person(h.get("reply-to")); ok && !noReply(other) && !isList(h, other) && board.IsApplicantEmail(other) {
		return other, nil
	}
	return "", &UnreadableError{Reason: "the address of its author is one that many mail servers cannot send to; write from an address such as jane@example.com, or name one as Reply-To"}
}

// sentFor matches what a site adds to the name of the person for whom it sends.
var sentFor = regexp.MustCompile(`(?i)\s+(?:via|über|par|przez|through)\s.*|\s*\((?:via|über)\s[^)]*\)$`)

// anyAddress finds what looks like an address.
var anyAddress = regexp.MustCompile(`(?:"(?:[^"\\]|\\.)+"|[^\s<>"(),;:\[\]\\]+)@(?:[^\s<>"(),;:\[\]\\@]+|\[[\w.:]+\])`)

// person reads a line that names one person; ok is false when it names none, or several. Programs write lines that the
// standard (RFC 5322) does not have: unquoted signs in the name, dots in the address.
func person(value string) (name, address string, ok bool) {
	value = recoded(toUTF8(value))
	p := mail.AddressParser{WordDecoder: new(mime.WordDecoder)}
	list, err := p.ParseList(value)
	switch {
	case err == nil && len(list) == 1 && strings.Contains(list[0].Address, "@"):
		return cleanName(list[0].Name), quotedLocal(list[0].Address), true
	case err == nil:
		if address, ok = onlyAddress(value); ok && len(list) > 1 {
			return cleanName(list[0].Name), address, true // the same author again
		}
		return "", "", false
	}
	if decoded := decodedWords(value); decoded != value {
		return person(decoded) // the address, too, is in an encoded word
	}
	if bare := withoutComments(value); bare != value {
		if name, address, ok = person(bare); ok {
			return name, address, true
		}
	}
	if open, end := strings.IndexByte(value, '<'), strings.LastIndexByte(value, '>'); open >= 0 && open < end {
		if address, ok = onlyAddress(value[open:end]); ok {
			return first(cleanName(value[:open]), cleanName(around.ReplaceAllString(value, ""))), address, true
		}
	}
	if address, ok = onlyAddress(value); !ok {
		if joined := spacedAt.ReplaceAllString(value, "@"); joined != value {
			return person(joined)
		}
		return "", "", false
	}
	return cleanName(around.ReplaceAllString(value, "")), address, true
}

// spacedAt matches the sign of an address with blanks around it, or as East Asian keyboards write it.
var spacedAt = regexp.MustCompile(`\s+@\s*|@\s+|\s*＠\s*`)

// withoutComments leaves out what stands in round brackets, other than in quotation marks (RFC 5322, 3.2.2).
func withoutComments(s string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && (quoted || depth > 0) && i+1 < len(s):
			if i++; depth == 0 {
				b.WriteByte(c)
			}
			c = s[i]
		case c == '"' && depth == 0:
			quoted = !quoted
		case c == '(' && !quoted:
			depth++
		case c == ')' && !quoted && depth > 0:
			depth--
			continue
		}
		if depth == 0 {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quotedLocal writes an address, of which the parser has taken the quotation marks away, with those that it needs.
func quotedLocal(address string) string {
	at := strings.LastIndexByte(address, '@')
	if !strings.ContainsAny(address[:at], " \t\"(),:;<>@[\\]") {
		return address
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(address[:at]) + `"` + address[at:]
}

// around matches an address with what some programs write around it.
var around = regexp.MustCompile(`(?i)[\[(<"]*(?:mailto:)?` + anyAddress.String() + `[\])>"]*`)

// onlyAddress finds the one address in a text, which may be there several times.
func onlyAddress(s string) (address string, ok bool) {
	found := anyAddress.FindAllString(s, 20)
	if len(found) == 0 {
		return "", false
	}
	for _, other := range found[1:] {
		if !strings.EqualFold(other, found[0]) {
			return "", false
		}
	}
	return found[0], true
}

// external matches what gateways write in front of a name, or behind it.
var external = regexp.MustCompile(`(?i)^\s*[\[(](?:external|extern|externe|ext|extérieur)[^\])]*[\])]\s*|\s*[\[(](?:external|extern|externe|ext|extérieur)[^\])]*[\])]\s*$`)

// tag matches a tag of HTML, which forms of sites put into names.
var tag = regexp.MustCompile(`</?(?i:a|b|i|u|p|br|em|div|span|font|strong)(?:\s[^<>]*)?/?>`)

// cleanName makes a display name one that people read.
func cleanName(name string) string {
	name = external.ReplaceAllString(tag.ReplaceAllString(html.UnescapeString(decodedWords(strings.TrimSpace(name))), ""), "")
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, name)
	name = strings.Trim(strings.Join(strings.Fields(strings.ReplaceAll(name, `\"`, `"`)), " "), "<> ")
	if strings.Count(name, `"`) == 1 {
		name = strings.Trim(name, `"`) // nothing closes it
	}
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
	if without := strings.Join(strings.Fields(around.ReplaceAllString(name, " ")), " "); without != "" {
		name = without
	}
	if strings.Contains(name, "@") || strings.TrimSpace(name) == "" {
		local, _, _ := strings.Cut(strings.Trim(address[:max(strings.LastIndexByte(address, '@'), 0)], `"`), "+")
		name = titled(strings.FieldsFunc(local, func(r rune) bool { return strings.ContainsRune("._- ", r) || unicode.IsDigit(r) }))
		if name == "" {
			name = local
		}
	}
	name = degrees.ReplaceAllString(name, "")
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

// degrees match what people write behind their names.
var degrees = regexp.MustCompile(`(?i)(?:\s*,\s*(?:ph\.?\s?d|m\.?b\.?a|m\.?sc|b\.?sc|m\.?a|b\.?a|m\.?d|dipl\.?-?\s?ing|esq|cissp|pmp|cpa|jr|sr|ii|iii|iv)\.?)+\s*$`)

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
