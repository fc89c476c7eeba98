package cvquery

import (
	"iter"
	"strings"
)

// Expr is a node of the tree of a query: And, Or, Not, Term or Phrase.
type Expr interface {
	write(b *strings.Builder)
}

// And matches when all of its parts do. It has at least two.
type And []Expr

// Or matches when one of its parts does. It has at least two.
type Or []Expr

// Not matches when its part does not.
type Not struct{ Expr Expr }

// Term is what was typed as one term: a Phrase, or an Or of what was typed and its synonyms. No Term is within another.
type Term struct {
	Text string // as it was typed; with its field, and with the star of an open word
	Expr Expr
}

// Phrase is a word, or several words that must stand together.
type Phrase struct {
	Words    []string // normalised
	Prefix   bool     // the last word is the beginning of a word
	Sections Sections // where the phrase counts
	Synonym  bool     // nobody typed it
}

// Sections is a set of sections of a profile. The zero value means every section.
type Sections uint8

// The sections of a profile, in the order of the weights A to D of a tsvector.
const (
	InTitle Sections = 1 << iota
	InSkills
	InPosts // titles and employers of the posts held
	InText  // all other text
)

// SectionCount is how many sections a profile has.
const SectionCount = 4

// Has tells whether the set has the section with an index, from 0 for the title to 3 for the text.
func (s Sections) Has(index int) bool { return s == 0 || s>>index&1 == 1 }

// Weights are the weights of a tsvector that the set stands for, "" for every section.
func (s Sections) Weights() string {
	var letters []byte
	for i := range SectionCount {
		if s>>i&1 == 1 {
			letters = append(letters, "ABCD"[i])
		}
	}
	return string(letters)
}

func (e And) write(b *strings.Builder) { writeAll(b, e, " & ") }

func (e Or) write(b *strings.Builder) { writeAll(b, e, " | ") }

func (e Not) write(b *strings.Builder) {
	b.WriteString("!(")
	e.Expr.write(b)
	b.WriteByte(')')
}

func (e Term) write(b *strings.Builder) { e.Expr.write(b) }

func (e Phrase) write(b *strings.Builder) {
	if len(e.Words) > 1 {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, w := range e.Words {
		if i > 0 {
			b.WriteString(" <-> ")
		}
		b.WriteString("'" + w + "'")
		prefix := e.Prefix && i == len(e.Words)-1
		if prefix || e.Sections != 0 {
			b.WriteByte(':')
		}
		if prefix {
			b.WriteByte('*')
		}
		b.WriteString(e.Sections.Weights())
	}
}

func writeAll(b *strings.Builder, parts []Expr, operator string) {
	for i, part := range parts {
		if i > 0 {
			b.WriteString(operator)
		}
		if t, is := part.(Term); is {
			part = t.Expr
		}
		switch part.(type) {
		case And, Or:
			b.WriteByte('(')
			part.write(b)
			b.WriteByte(')')
		default:
			part.write(b)
		}
	}
}

// positive gives the phrases that are not under a NOT.
func (q Query) positive() iter.Seq[Phrase] {
	return func(yield func(Phrase) bool) {
		more := true
		walk(q.root, func(e Expr) bool {
			if p, is := e.(Phrase); is && more {
				more = yield(p)
			}
			return more
		})
	}
}

// walk visits the nodes that are not under a NOT, parents first; visit tells whether to go on below a node.
func walk(e Expr, visit func(Expr) bool) {
	if _, not := e.(Not); not || e == nil || !visit(e) {
		return
	}
	switch e := e.(type) {
	case And:
		for _, part := range e {
			walk(part, visit)
		}
	case Or:
		for _, part := range e {
			walk(part, visit)
		}
	case Term:
		walk(e.Expr, visit)
	}
}
