package board

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// hiddenPart stands where something was left out.
const hiddenPart = "…"

// ScrubContact leaves out of a text by what somebody could be reached or recognised without opening their profile: email
// addresses, also spelled out ones, telephone numbers, links, handles, and the words of the person's names and address.
// It rather takes a word too many. Blanks and line breaks stay as they are.
func ScrubContact(text string, person ...string) string {
	s := scrubber{names: namesOf(person)}
	chunks := chunksOf(text)
	var b strings.Builder
	b.Grow(len(text))
	hidden := false // the last word that was written is hiddenPart
	for i := 0; i < len(chunks); {
		n := s.hides(chunks[i:])
		if n > 0 {
			b.WriteString(chunks[i].blank)
			if !hidden {
				b.WriteString(hiddenPart)
			}
			hidden = true
			i += n
			continue
		}
		b.WriteString(chunks[i].blank)
		b.WriteString(chunks[i].word)
		hidden = false
		i++
	}
	return strings.TrimSpace(b.String())
}

// chunk is a run of characters without blanks, and the blanks before it.
type chunk struct{ blank, word string }

func chunksOf(text string) []chunk {
	chunks := make([]chunk, 0, len(text)/6+1)
	for text != "" {
		start := strings.IndexFunc(text, func(c rune) bool { return !unicode.IsSpace(c) })
		if start < 0 {
			break
		}
		end := strings.IndexFunc(text[start:], unicode.IsSpace)
		if end < 0 {
			end = len(text) - start
		}
		chunks = append(chunks, chunk{blank: text[:start], word: text[start : start+end]})
		text = text[start+end:]
	}
	return chunks
}

type scrubber struct{ names []string }

// shortestHandle is how many letters the part of an address before the @ needs to count as a name.
const shortestHandle = 5

// namesOf are the words that tell of the person, in small letters.
func namesOf(person []string) []string {
	var names []string
	for _, p := range person {
		p = strings.ToLower(p)
		local, _, isEmail := strings.Cut(p, "@")
		if isEmail {
			if len(local) >= shortestHandle {
				names = append(names, local)
			}
			p = local
		}
		for w := range strings.FieldsFuncSeq(p, notOfName) {
			// An initial, or a part of an address that is no name, would take half the text along.
			if utf8.RuneCountInString(w) > 1 && (!isEmail || len(w) >= shortestHandle) {
				names = append(names, w)
			}
		}
	}
	return names
}

func notOfName(c rune) bool {
	if c < utf8.RuneSelf {
		return (c|0x20 < 'a' || c|0x20 > 'z') && c != '\''
	}
	return !unicode.IsLetter(c) && c != '’'
}

// hides tells how many chunks from the first on have to go together, 0 for none.
func (s scrubber) hides(chunks []chunk) int {
	if n := phone(chunks); n > 0 {
		return n
	}
	if n := spelledAddress(chunks); n > 0 {
		return n
	}
	if w := chunks[0].word; isLink(w) || s.isName(w) {
		return 1
	}
	return 0
}

// isLink tells whether a word holds an email address, a handle or a link.
func isLink(w string) bool {
	if at := strings.IndexByte(w, '@'); at >= 0 && len(w) > 1 {
		return true
	}
	dot := strings.IndexByte(w, '.')
	if dot < 0 {
		return false
	}
	if strings.Contains(w, "://") || len(w) > 4 && strings.EqualFold(w[:4], "www.") {
		return true
	}
	w = strings.Trim(strings.ToLower(w), `.,;:!?()[]<>"'`)
	host, path, hasPath := strings.Cut(w, "/")
	labels := strings.Split(host, ".")
	if len(labels) < 2 || labels[0] == "" {
		return false
	}
	last := labels[len(labels)-1]
	if hasPath && path != "" && len(last) >= 2 && !strings.ContainsFunc(last, func(c rune) bool { return c < 'a' || c > 'z' }) {
		// "linkedin.com/in/somebody"; not "asp.net/c#" nor "node.js/express".
		return last != "net" && last != "js" || len(labels) > 2
	}
	return slices.Contains(linkEnds, last)
}

// linkEnds are the last parts of names that are hosts rather than products ("Node.js", "socket.io").
var linkEnds = strings.Fields("com org info biz me dev app co uk de fr ie eu nl es it pl pt ch at be se no dk fi in")

// isName tells whether one of the words of a chunk is a name of the person, or the chunk is made up of them.
func (s scrubber) isName(w string) bool {
	for part := range strings.FieldsFuncSeq(w, notOfName) {
		part = strings.Trim(part, "'’")
		for _, name := range s.names {
			if len(part) < len(name) {
				continue
			}
			owner := part[:len(name)] // "Jane's"
			if rest := part[len(name):]; (rest == "" || rest == "'s" || rest == "’s") && strings.EqualFold(owner, name) {
				return true
			}
		}
	}
	if len(s.names) < 2 || len(w) < len(s.names[0])+len(s.names[1]) || len(s.names[0]) < 3 || len(s.names[1]) < 3 {
		return false
	}
	lower := strings.ToLower(w) // "jane.doe85", "doejane"
	return strings.Contains(lower, s.names[0]) && strings.Contains(lower, s.names[1])
}

// spelledAddress tells how many chunks an address takes that is spelled out: "jane at mail dot example".
func spelledAddress(chunks []chunk) int {
	word := func(i int) string {
		if i >= len(chunks) {
			return ""
		}
		return chunks[i].word
	}
	isDot := func(w string) bool {
		return len(w) >= 3 && len(w) <= 5 && strings.EqualFold(strings.Trim(w, "()[]{}"), "dot")
	}
	switch at := word(1); {
	case len(at) == 2 && strings.EqualFold(at, "at"):
		if isDot(word(3)) {
			return min(5, len(chunks))
		}
	case len(at) == 4 && strings.EqualFold(at[1:3], "at") && strings.ContainsAny(at[:1], "([{"), at == "@":
		if isDot(word(3)) {
			return min(5, len(chunks))
		}
		if strings.Contains(word(2), ".") {
			return 3
		}
	}
	if w := word(0); len(w) > 6 && strings.ContainsAny(w, "([{") {
		w = strings.ToLower(w)
		if strings.Contains(w, "(at)") || strings.Contains(w, "[at]") || strings.Contains(w, "{at}") {
			return 1
		}
	}
	return 0
}

// phone tells how many chunks a telephone number takes.
func phone(chunks []chunk) int {
	first := chunks[0].word
	if c := first[0]; c != '+' && c != '(' && (c < '0' || c > '9') {
		return 0
	}
	var digits, n, end int
	years := true
	for n < len(chunks) {
		w := strings.TrimRight(chunks[n].word, ".,;:")
		d, ok := phoneDigits(w)
		if !ok || n > 0 && strings.Contains(chunks[n].blank, "\n") {
			break
		}
		digits += d
		years = years && areYears(w)
		n++
		if d > 0 {
			end = n
		}
		if w != chunks[n-1].word {
			break // a full stop or comma ends it
		}
	}
	dialled := first[0] == '+' || first[0] == '(' || first[0] == '0'
	if years || end == 1 && isDate(first) {
		return 0
	}
	if dialled && digits >= 7 || digits >= 9 {
		return end
	}
	return 0
}

func phoneDigits(w string) (digits int, ok bool) {
	for _, c := range w {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case !strings.ContainsRune("+()-./–", c):
			return 0, false
		}
	}
	return digits, true
}

// areYears tells whether the digits of w are years: "2015-2019", "2015", "–".
func areYears(w string) bool {
	for group := range strings.FieldsFuncSeq(w, func(c rune) bool { return c < '0' || c > '9' }) {
		if len(group) != 4 || group[:2] != "19" && group[:2] != "20" {
			return false
		}
	}
	return true
}

// isDate tells whether w is a date: "01/04/2019", "01.04.2019.", "2019-04-01".
func isDate(w string) bool {
	groups := strings.FieldsFunc(w, func(c rune) bool { return c < '0' || c > '9' })
	return len(groups) == 3 && len(groups[1]) <= 2 &&
		(len(groups[0]) <= 2 && areYears(groups[2]) || len(groups[2]) <= 2 && areYears(groups[0]))
}
