package inbound

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// extended matches a parameter that is encoded or in pieces (RFC 2231).
var extended = regexp.MustCompile(`(?i)[;\s](?:file)?name\s*\*(?:(\d{1,3})(\*)?)?\s*=\s*("[^"]*"|[^;\s]*(?:\s+[^;\s=]+)*)`)

// bare matches a name in a value that cannot be read otherwise.
var bare = regexp.MustCompile(`(?i)[;\s](?:file)?name\s*=\s*("[^"]*"|[^;]*)`)

// filename gives the name of the file that a part is, empty for none.
func (h header) filename() string {
	name := strings.TrimSpace(h.writtenName())
	if n := len(name) - 1; n > 0 && name[0] == '\'' && name[n] == '\'' {
		name = name[1:n]
	}
	// Programs of the web escape names in their own ways.
	if plain, err := url.PathUnescape(name); err == nil && utf8.ValidString(plain) && percent.MatchString(name) {
		name = plain
	}
	return strings.TrimRight(html.UnescapeString(name), ". ")
}

// percent matches an escaped blank or character beyond ASCII.
var percent = regexp.MustCompile(`%20|%[C-F][0-9A-F]%[89AB][0-9A-F]`)

// writtenName is the name as the header has it.
func (h header) writtenName() string {
	for _, name := range []string{"content-disposition", "content-type"} {
		value := h.get(name)
		value = value[:min(len(value), maxParameters)]
		if value == "" {
			continue
		}
		if found := extendedName(value); found != "" {
			return found
		}
		kind, params := parameters(value)
		if kind == "form-data" {
			return params["filename"] // the name is that of the field
		}
		for _, p := range []string{"filename", "name"} {
			if params[p] != "" {
				return params[p]
			}
		}
		if m := bare.FindStringSubmatch(value); m != nil {
			if found := decodedWords(strings.Trim(strings.TrimSpace(m[1]), `"`)); found != "" {
				return found
			}
		}
	}
	return ""
}

// extendedName reads a name by RFC 2231, whose first piece names the character set: charset'language'name.
func extendedName(value string) string {
	type piece struct {
		order   int
		encoded bool
		text    string
	}
	found := extended.FindAllStringSubmatch(value, 200)
	pieces := make([]piece, 0, len(found))
	for _, m := range found {
		order, err := strconv.Atoi(m[1])
		if err != nil {
			order = 0
		}
		pieces = append(pieces, piece{order, m[1] == "" || m[2] != "", strings.Trim(m[3], `"`)})
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.order - b.order })
	var raw []byte
	charset := ""
	for i, p := range pieces {
		if i > 0 && p.order == pieces[i-1].order {
			continue // the same name, with the type and with the disposition
		}
		if i == 0 && p.encoded {
			if parts := strings.SplitN(p.text, "'", 3); len(parts) == 3 {
				charset, p.text = parts[0], parts[2]
			}
		}
		p.text = strings.NewReplacer(" %", "%", "\t%", "%").Replace(p.text) // a line was folded there
		if text, err := url.PathUnescape(p.text); err == nil && p.encoded {
			p.text = text
		}
		raw = append(raw, p.text...)
	}
	if charset == "" {
		return decodedWords(string(raw))
	}
	return decodeText(raw, charset, false)
}
