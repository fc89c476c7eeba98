package board

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// hiddenPart stands where something was left out.
const hiddenPart = "…"

// Scrubber leaves out of texts by what somebody could be reached or recognised without opening their profile: email
// addresses, also spelled out or broken ones, telephone numbers, links, accounts, postal addresses, and the words of the
// person's names, however they are spelled. It rather takes a word too many.
//
// It reads each text once, character by character, and looks at the words of a sentence no further than for names: an
// import scrubs thousands of people a second.
type Scrubber struct {
	names   []personName
	room    [12]personName // for the names of most people
	pairs   [16]uint64     // bits, by pairOf: whether a name begins so
	ofTrade func(word string) bool
}

// usedChunks are lists of chunks to be used again.
var usedChunks = sync.Pool{New: func() any { return new([]chunk) }}

// Scrub is a text without what has to be left out. Where words are left out, the blanks between them are, too. A name
// that is a word of the trade goes where it is written like a name.
func (s *Scrubber) Scrub(text string) string { return s.scrub(text, tradeWord) }

// ScrubTitle is Scrub of a title or a skill, in which a word of the trade stays: it goes beside another of the person's
// names alone.
func (s *Scrubber) ScrubTitle(text string) string { return s.scrub(text, aName) }

func (s *Scrubber) scrub(text string, least likeness) string {
	chunks := usedChunks.Get().(*[]chunk) //nolint:forcetypeassert // nothing else is in there
	defer usedChunks.Put(chunks)
	*chunks = appendChunks((*chunks)[:0], text)
	var b strings.Builder
	written, hidden := 0, false // hidden: nothing was kept since a word was left out
	for i := 0; i < len(*chunks); {
		n := s.hides(*chunks, i, least)
		if n == 0 {
			hidden = false
			i++
			continue
		}
		if written == 0 {
			b.Grow(len(text) + len(hiddenPart))
		}
		if !hidden {
			b.WriteString(text[written:(*chunks)[i].start])
			b.WriteString(hiddenPart)
		}
		hidden = true
		i += n
		written = (*chunks)[i-1].end
	}
	if written == 0 {
		return strings.TrimSpace(text)
	}
	b.WriteString(text[written:])
	return strings.TrimSpace(b.String())
}

// hides tells how many chunks from the i-th on have to go together, 0 for none.
func (s *Scrubber) hides(all []chunk, i int, least likeness) int {
	if n := contact(all, i); n > 0 {
		return n
	}
	if len(s.names) == 0 {
		return 0
	}
	c := all[i:]
	first := &c[0]
	if l := s.likensChunk(first); l != noName && (l >= least || s.besideName(all, i)) {
		return 1
	}
	if len(c) == 1 {
		return 0
	}
	if len(first.word) == 1 && len(c[1].word) == 1 {
		return s.spelledName(c)
	}
	// "Love-\nlace"
	if w := first.word; w[len(w)-1] == '-' && len(w) > 1 && c[1].newLine && s.likens(w[:len(w)-1]+c[1].word) == aName {
		return 2
	}
	return 0
}

// besideName tells whether a name of the person is the word before or after this one.
func (s *Scrubber) besideName(all []chunk, i int) bool {
	return i > 0 && s.likensChunk(&all[i-1]) == aName || i+1 < len(all) && s.likensChunk(&all[i+1]) == aName
}

// traits are what the characters of a chunk are.
type traits uint16

const (
	isBlank traits = 1 << iota
	isHigh         // not ASCII
	hasLetter
	hasDigit
	hasAt
	hasDot // before its end
	hasColon
	hasSign // brackets and the like
	hasApostrophe
)

var traitsOf = func() (t [256]traits) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = isHigh
		case c >= '0' && c <= '9':
			t[c] = hasDigit
		case c|0x20 >= 'a' && c|0x20 <= 'z':
			t[c] = hasLetter
		case c == ' ' || c >= '\t' && c <= '\r':
			t[c] = isBlank
		}
	}
	for _, c := range "+_()[]{}" {
		t[c] = hasSign
	}
	t['@'], t['.'], t[':'], t['\''], t['`'] = hasAt, hasDot, hasColon, hasApostrophe, hasApostrophe
	return t
}()

// chunk is a run of characters without blanks.
type chunk struct {
	word       string // in its plain form
	start, end int    // where it stands in the text
	has        traits
	newLine    bool // begins a line
}

func appendChunks(chunks []chunk, text string) []chunk {
	for at := 0; ; {
		newLine := false
		for at < len(text) {
			size := 1
			if t := traitsOf[text[at]]; t&isHigh != 0 {
				size = blankAt(text, at)
			} else if t&isBlank == 0 {
				size = 0
			}
			if size == 0 {
				break
			}
			newLine = newLine || text[at] == '\n'
			at += size
		}
		if at == len(text) {
			return chunks
		}
		var has traits
		start := at
		for ; at < len(text); at++ {
			t := traitsOf[text[at]]
			if t&(isBlank|isHigh) != 0 && blankAt(text, at) > 0 {
				break
			}
			has |= t
		}
		word := text[start:at]
		if has&isHigh != 0 {
			if word = plainForm(word); word == "" {
				continue
			}
			has = 0
			for i := range len(word) {
				has |= traitsOf[word[i]]
			}
		}
		if has&hasDot != 0 && strings.IndexByte(word, '.') == len(word)-1 {
			has &^= hasDot
		}
		chunks = append(chunks, chunk{word, start, at, has, newLine})
	}
}

// blankAt is the length of the blank that begins here, 0 of anything else.
func blankAt(text string, at int) int {
	if t := traitsOf[text[at]]; t&isHigh == 0 {
		return int(t & isBlank)
	}
	if c, size := utf8.DecodeRuneInString(text[at:]); unicode.IsSpace(c) {
		return size
	}
	return 0
}
