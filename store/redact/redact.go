// Package redact removes contact data from CVs: what an employer could reach or recognise a person by before it has opened
// the person's profile. That is email addresses, also spelled out or broken over two lines, telephone numbers, links,
// names of accounts, postal addresses, and the person's own names in every spelling.
//
// It is pure and imports nothing of ours. When in doubt it redacts a word too many. It must not decide who may see a text.
package redact

import (
	"strings"
	"sync"
)

// mark stands where something was redacted.
const mark = "…"

// Redactor redacts the texts of one person. It reads each text once, and compares a word of a sentence with nothing but
// the person's names, because an import redacts thousands of people a second. It is safe for concurrent use.
type Redactor struct {
	names       []personName
	room        [12]personName // the backing array of names: most people need no more
	pairs       [16]uint64     // bits, by pairNumber: whether a name begins with these two bytes
	isTradeWord func(word string) bool
}

// chunkPool holds lists of chunks for reuse.
var chunkPool = sync.Pool{New: func() any { return new([]chunk) }}

// New makes the Redactor of a person. An initial is not redacted, because too many words of a text are one letter.
// isTradeWord reports whether a word, in lower case, belongs to the vocabulary of jobs as well: a person may be called
// Manager or Cook. It may be nil.
func New(firstName, lastName, email string, isTradeWord func(word string) bool) *Redactor {
	r := &Redactor{isTradeWord: isTradeWord}
	r.names = r.room[:0]
	part := r.addNames(0, firstName)
	r.addNames(part, lastName)
	// Handles such as "jdoe" and "janed".
	own := r.names
	for _, n := range own {
		for _, other := range own {
			switch {
			case (n.part < part) == (other.part < part) || !isASCII(n.text) || !isASCII(other.text):
			case n.part < part && len(other.text) > 3:
				r.addName(personName{text: n.text[:1] + other.text, part: other.part})
			case n.part >= part && len(other.text) > 3:
				r.addName(personName{text: other.text + n.text[:1], part: other.part})
			}
		}
	}
	local, _, _ := strings.Cut(email, "@")
	local = strings.ToLower(plainForm(local))
	for w := range strings.FieldsFuncSeq(local, notOfName) {
		if len(w) >= shortestHandle {
			r.addName(personName{text: w, part: len(own)})
		}
	}
	if strings.ContainsFunc(local, notOfName) && len(local) >= shortestHandle {
		r.addName(personName{text: local, anywhere: true})
	}
	return r
}

// Text returns the text with an ellipsis in place of each run of redacted words. A name that is a trade word as well is
// redacted where it is written with a capital letter.
func (r *Redactor) Text(text string) string { return r.redact(text, capitalTradeWord) }

// Title is Text for a job title or a skill. A name that is a trade word as well is redacted only beside another name of
// the person.
func (r *Redactor) Title(text string) string { return r.redact(text, fullMatch) }

func (r *Redactor) redact(text string, least nameMatch) string {
	chunks := chunkPool.Get().(*[]chunk) //nolint:forcetypeassert // nothing else is in there
	defer chunkPool.Put(chunks)
	*chunks = appendChunks((*chunks)[:0], text)
	var b strings.Builder
	written, hidden := 0, false // hidden: the last chunk was redacted
	for i := 0; i < len(*chunks); {
		n := r.hides(*chunks, i, least)
		if n == 0 {
			hidden = false
			i++
			continue
		}
		if written == 0 {
			b.Grow(len(text) + len(mark))
		}
		if !hidden {
			b.WriteString(text[written:(*chunks)[i].start])
			b.WriteString(mark)
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

// hides returns how many chunks, from the i-th on, are redacted together; 0 for none.
func (r *Redactor) hides(all []chunk, i int, least nameMatch) int {
	if n := contact(all, i); n > 0 {
		return n
	}
	if len(r.names) == 0 {
		return 0
	}
	c := all[i:]
	first := &c[0]
	if l := r.matchChunk(first); l != noMatch && (l >= least || r.isBesideName(all, i)) {
		return 1
	}
	if len(c) == 1 {
		return 0
	}
	if len(first.word) == 1 && len(c[1].word) == 1 {
		return r.spelledOutName(c)
	}
	// A name that is divided at the end of a line: "Love-\nlace".
	if w := first.word; w[len(w)-1] == '-' && len(w) > 1 && c[1].newLine && r.matchName(w[:len(w)-1]+c[1].word) == fullMatch {
		return 2
	}
	return 0
}

// isBesideName reports whether the word before or after the i-th is a name of the person.
func (r *Redactor) isBesideName(all []chunk, i int) bool {
	return i > 0 && r.matchChunk(&all[i-1]) == fullMatch || i+1 < len(all) && r.matchChunk(&all[i+1]) == fullMatch
}
