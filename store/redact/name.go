package redact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// personName is one word that identifies a person.
type personName struct {
	text      string // in plain form and lower case, at least two bytes
	part      int    // which of the person's names it is; the spellings of a name have the same part
	trade     bool   // whether it is a trade word as well
	inflected bool   // whether the name takes other endings
	anywhere  bool   // whether it is also found inside a word, because its script has no blanks
}

const (
	// shortestHandle is the least length of the part of an email address before the @ that counts as a name. A name is
	// looked for inside a word only when it is longer than shortestStem. Both are in bytes.
	shortestHandle = 5
	shortestStem   = 2
)

// addNames adds the words of a name in all spellings. It returns the number of the next part.
func (r *Redactor) addNames(part int, name string) int {
	lower := strings.ToLower(name)
	words := strings.FieldsFunc(plainForm(lower), notOfName)
	other, inflected := words, false
	if !isASCII(lower) {
		inflected = strings.ContainsFunc(lower, func(c rune) bool { return unicode.Is(unicode.Cyrillic, c) })
		other = strings.FieldsFunc(plainForm(umlauts.Replace(lower)), notOfName)
	}
	for i, w := range words {
		n := personName{part: part + i, inflected: inflected}
		spellings := append(make([]string, 0, 4), w, other[i])
		if len(w) > 3 && (strings.Contains(w, "ae") || strings.Contains(w, "oe") || strings.Contains(w, "ue")) {
			spellings = append(spellings, noUmlauts.Replace(w))
		}
		// O'Callaghan is called Callaghan as well.
		if at := strings.LastIndexByte(w, '\''); len(w)-at-1 > 3 {
			spellings = append(spellings, w[at+1:])
		}
		for _, n.text = range spellings {
			first, _ := utf8.DecodeRuneInString(n.text)
			n.anywhere = first >= utf8.RuneSelf && unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
			r.addName(n)
		}
	}
	return part + len(words)
}

func (r *Redactor) addName(n personName) {
	n.text = withoutApostrophes(n.text)
	if len(n.text) < 2 || utf8.RuneCountInString(n.text) < 2 || slices.ContainsFunc(r.names, func(o personName) bool { return o.text == n.text }) {
		return
	}
	n.trade = r.isTradeWord != nil && !n.anywhere && r.isTradeWord(n.text)
	if stem := strings.TrimRight(n.text, "aeiouy"); n.inflected && len(stem) > shortestStem {
		n.text = stem
	} else {
		n.inflected = false
	}
	r.names = append(r.names, n)
	pair := pairNumber(n.text[0], n.text[1])
	r.pairs[pair/64] |= 1 << (pair % 64)
}

// mayBegin reports whether a name begins with these two bytes. It may say so of other bytes, too.
func (r *Redactor) mayBegin(a, b byte) bool {
	pair := pairNumber(a, b)
	return r.pairs[pair/64]&(1<<(pair%64)) != 0
}

// pairNumber maps two bytes to a number that is the same in lower and upper case.
func pairNumber(a, b byte) uint { return uint(a&31)<<5 | uint(b&31) }

func notOfName(c rune) bool {
	if c < utf8.RuneSelf {
		return traitsOf[c]&(hasLetter|hasApostrophe) == 0
	}
	return !unicode.IsLetter(c)
}

var apostrophes = strings.NewReplacer("'", "", "`", "")

func withoutApostrophes(s string) string {
	if strings.IndexByte(s, '\'') < 0 && strings.IndexByte(s, '`') < 0 {
		return s
	}
	return apostrophes.Replace(s)
}

// nameMatch is how well a chunk matches the names of a person, from not at all to certainly.
type nameMatch int

const (
	noMatch          nameMatch = iota
	lowerTradeWord             // a name that is a trade word as well, in lower case
	capitalTradeWord           // the same with a capital letter
	fullMatch
)

// matchName matches a chunk with the names of the person. A word of the chunk can be a name, or the chunk can be put
// together from several names: "jane.doe85", "DoeJane".
func (r *Redactor) matchName(w string) nameMatch {
	best := noMatch
	within := -1 // the part of the name that was found inside the word
	for i := 0; i+1 < len(w); {
		if !r.mayBegin(w[i], w[i+1]) {
			i++
			continue
		}
		longest, part := 0, 0
		for k := range r.names {
			n := &r.names[k]
			if !hasPrefixFold(w[i:], n.text) {
				continue
			}
			if n.anywhere || isWhole(w, i, i+len(n.text), n.inflected) {
				if !n.trade {
					return fullMatch
				}
				if best = max(best, lowerTradeWord); w[i] < 'a' {
					best = capitalTradeWord
				}
			}
			if len(n.text) > max(longest, shortestStem) {
				longest, part = len(n.text), n.part
			}
		}
		if longest == 0 {
			i++
			continue
		}
		if within >= 0 && within != part {
			return fullMatch
		}
		within = part
		i += longest
	}
	return best
}

// matchChunk is matchName for a chunk, with and without its apostrophes.
func (r *Redactor) matchChunk(c *chunk) nameMatch {
	l := r.matchName(c.word)
	if c.has&hasApostrophe != 0 {
		l = max(l, r.matchName(withoutApostrophes(c.word)))
	}
	return l
}

// hasPrefixFold reports whether w begins with a name. It ignores the case of ASCII letters.
func hasPrefixFold(w, name string) bool {
	if len(w) < len(name) {
		return false
	}
	for i := range len(name) {
		if c := name[i]; w[i] != c && (c >= utf8.RuneSelf || w[i]|0x20 != c) {
			return false
		}
	}
	return true
}

// isWhole reports whether w[start:end] is a whole word, or is one but for an ending: "Janes", "Müllers".
func isWhole(w string, start, end int, inflected bool) bool {
	const ending = 3 // bytes, at most
	if start > 0 && isLetter(w[start-1]) {
		return false
	}
	at := end
	for at < len(w) && isLetter(w[at]) {
		at++
	}
	return at == end || at == end+1 && w[end]|0x20 == 's' || inflected && at <= end+ending
}

func isLetter(c byte) bool { return traitsOf[c]&(hasLetter|isHigh) != 0 }

// spelledOutName returns how many chunks of one letter each spell a name together: "J a n e". It is 0 for none.
func (r *Redactor) spelledOutName(c []chunk) int {
	var letters strings.Builder
	n := 0
	for n < len(c) && len(c[n].word) == 1 && c[n].has&hasLetter != 0 {
		letters.WriteString(c[n].word)
		n++
	}
	spelled := strings.ToLower(letters.String())
	for _, name := range r.names {
		if len(name.text) > shortestStem && strings.Contains(spelled, name.text) {
			return n
		}
	}
	return 0
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
