package cvquery

import (
	"slices"
	"strings"
)

// mark begins the word by which an everyday word in a name is indexed. A normalised word has no accent, so that no text has such a word.
const mark = "é"

// Marks are words to be indexed beside names (titles, skills, employers), which are normalised: one for each everyday word in them. Loose
// asks for these, because an index knows words, and not in which section they stand.
func Marks(names ...string) string {
	var marks []string
	for _, w := range everyday {
		if slices.ContainsFunc(names, func(name string) bool { return slices.Contains(strings.Fields(name), w) }) {
			marks = append(marks, mark+w)
		}
	}
	return strings.Join(marks, " ")
}

// Loose is a query, written as String writes it, that an index answers without a look at the texts. It finds all that q finds in texts
// that were indexed with their Marks. same tells whether it finds nothing else: it takes the words of a phrase anywhere, words of one
// section in every section, and has no NOT of either.
func (q Query) Loose() (text string, same bool) {
	if q.root == nil {
		return "", true
	}
	if isPlain(q.root) {
		return q.String(), true
	}
	var b strings.Builder
	loosened(q.root).write(&b)
	return b.String(), false
}

// isPlain tells whether an index alone answers an expression.
func isPlain(e Expr) bool {
	switch e := e.(type) {
	case And:
		return !slices.ContainsFunc(e, func(part Expr) bool { return !isPlain(part) })
	case Or:
		return !slices.ContainsFunc(e, func(part Expr) bool { return !isPlain(part) })
	case Not:
		return isPlain(e.Expr)
	case Term:
		return isPlain(e.Expr)
	case Phrase:
		return len(e.Words) == 1 && e.Sections == 0
	}
	return false
}

// loosened is an expression that matches wherever e does; nil for a NOT that cannot be asked of an index.
func loosened(e Expr) Expr {
	switch e := e.(type) {
	case And:
		var parts And
		for _, part := range e {
			if l := loosened(part); l != nil {
				parts = append(parts, l)
			}
		}
		switch len(parts) {
		case 0:
			return nil
		case 1:
			return parts[0]
		}
		return parts
	case Or:
		parts := make(Or, len(e))
		for i, part := range e {
			if parts[i] = loosened(part); parts[i] == nil {
				return nil
			}
		}
		return parts
	case Not:
		if isPlain(e) {
			return e
		}
		return nil
	case Term:
		return loosened(e.Expr)
	case Phrase:
		return e.loosened()
	}
	return e
}

func (e Phrase) loosened() Expr {
	if isEveryday(e.Words) && !e.Prefix && e.Sections != 0 && e.Sections&^inNames == 0 {
		return Phrase{Words: []string{mark + e.Words[0]}}
	}
	words := make(And, len(e.Words))
	for i, w := range e.Words {
		words[i] = Phrase{Words: []string{w}, Prefix: e.Prefix && i == len(e.Words)-1}
	}
	if len(words) == 1 {
		return words[0]
	}
	return words
}
