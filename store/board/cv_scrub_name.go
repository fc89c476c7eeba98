package board

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// personName is a word that tells of a person.
type personName struct {
	text      string // in its plain form, in small letters, of at least two bytes
	part      int    // of the names of the person; spellings of one share it
	trade     bool   // a word of the trade as well
	inflected bool   // other endings are the same name
	anywhere  bool   // within other words, too: of a script that has no blanks
}

const (
	// shortestHandle is how many letters the part of an address before the @ needs to count as a name, and shortestStem
	// what a name must be longer than to be looked for within words.
	shortestHandle = 5
	shortestStem   = 2
)

// NewScrubber makes the Scrubber of a person. Initials are no names: they would take half the text along. ofTrade tells
// words of the trade, in small letters, which say little of somebody who is called so (Manager, Cook); it may be nil.
func NewScrubber(firstName, lastName, email string, ofTrade func(word string) bool) *Scrubber {
	s := &Scrubber{ofTrade: ofTrade}
	s.names = s.room[:0]
	part := s.addNames(0, firstName)
	s.addNames(part, lastName)
	// "jdoe", "janed"
	own := s.names
	for _, n := range own {
		for _, other := range own {
			switch {
			case (n.part < part) == (other.part < part) || !isASCII(n.text) || !isASCII(other.text):
			case n.part < part && len(other.text) > 3:
				s.addName(personName{text: n.text[:1] + other.text, part: other.part})
			case n.part >= part && len(other.text) > 3:
				s.addName(personName{text: other.text + n.text[:1], part: other.part})
			}
		}
	}
	local, _, _ := strings.Cut(email, "@")
	local = strings.ToLower(plainForm(local))
	for w := range strings.FieldsFuncSeq(local, notOfName) {
		if len(w) >= shortestHandle {
			s.addName(personName{text: w, part: len(own)})
		}
	}
	if strings.ContainsFunc(local, notOfName) && len(local) >= shortestHandle {
		s.addName(personName{text: local, anywhere: true})
	}
	return s
}

// addNames adds the words of a name in all their spellings, and gives the number of the next part.
func (s *Scrubber) addNames(part int, name string) int {
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
		// "Callaghan" of O'Callaghan
		if at := strings.LastIndexByte(w, '\''); len(w)-at-1 > 3 {
			spellings = append(spellings, w[at+1:])
		}
		for _, n.text = range spellings {
			first, _ := utf8.DecodeRuneInString(n.text)
			n.anywhere = first >= utf8.RuneSelf && unicode.In(first, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
			s.addName(n)
		}
	}
	return part + len(words)
}

func (s *Scrubber) addName(n personName) {
	n.text = withoutApostrophes(n.text)
	if len(n.text) < 2 || utf8.RuneCountInString(n.text) < 2 || slices.ContainsFunc(s.names, func(o personName) bool { return o.text == n.text }) {
		return
	}
	n.trade = s.ofTrade != nil && !n.anywhere && s.ofTrade(n.text)
	if stem := strings.TrimRight(n.text, "aeiouy"); n.inflected && len(stem) > shortestStem {
		n.text = stem
	} else {
		n.inflected = false
	}
	s.names = append(s.names, n)
	pair := pairOf(n.text[0], n.text[1])
	s.pairs[pair/64] |= 1 << (pair % 64)
}

// begins tells whether a name may begin with two bytes.
func (s *Scrubber) begins(a, b byte) bool {
	pair := pairOf(a, b)
	return s.pairs[pair/64]&(1<<(pair%64)) != 0
}

// pairOf is a number for two bytes, the same in small and capital letters.
func pairOf(a, b byte) uint { return uint(a&31)<<5 | uint(b&31) }

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

// likeness tells how much a chunk is like the names of a person.
type likeness int

const (
	noName    likeness = iota
	smallWord          // a word of the trade in small letters
	tradeWord          // a word of the trade with a capital letter
	aName
)

// likens tells whether one of the words of a chunk is a name of the person, or the chunk is made up of them:
// "jane.doe85", "DoeJane".
func (s *Scrubber) likens(w string) likeness {
	best := noName
	within := -1 // the part that was found within a word
	for i := 0; i+1 < len(w); {
		if !s.begins(w[i], w[i+1]) {
			i++
			continue
		}
		longest, part := 0, 0
		for k := range s.names {
			n := &s.names[k]
			if !beginsWith(w[i:], n.text) {
				continue
			}
			if n.anywhere || isWhole(w, i, i+len(n.text), n.inflected) {
				if !n.trade {
					return aName
				}
				if best = max(best, smallWord); w[i] < 'a' {
					best = tradeWord
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
			return aName
		}
		within = part
		i += longest
	}
	return best
}

// likensChunk is likens, of a chunk with and without its apostrophes.
func (s *Scrubber) likensChunk(c *chunk) likeness {
	l := s.likens(c.word)
	if c.has&hasApostrophe != 0 {
		l = max(l, s.likens(withoutApostrophes(c.word)))
	}
	return l
}

// beginsWith tells whether w begins with a name, in letters of any size.
func beginsWith(w, name string) bool {
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

// isWhole tells whether a word of w goes from start to end, but for an ending: "Janes", "Müllers".
func isWhole(w string, start, end int, inflected bool) bool {
	const ending = 3 // letters, at most
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

// spelledName tells how many chunks of one letter each spell a name: "J a n e".
func (s *Scrubber) spelledName(c []chunk) int {
	var letters strings.Builder
	n := 0
	for n < len(c) && len(c[n].word) == 1 && c[n].has&hasLetter != 0 {
		letters.WriteString(c[n].word)
		n++
	}
	spelled := strings.ToLower(letters.String())
	for _, name := range s.names {
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
