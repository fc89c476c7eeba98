// Package cvquery is the language in which the CV database is searched, and the form in which its text is searched.
//
// The language:
//
//	query   = or .
//	or      = and { ( "OR" | "|" | "||" ) and } .
//	and     = not { [ "AND" | "&" | "&&" | "+" ] not } .    words side by side must all be there
//	not     = [ "NOT" | "-" | "!" ] operand .           two of them are an error: people mean one
//	operand = [ field ":" ] ( "(" or ")" | phrase | word ) .
//	field   = "title" | "skill" | "skills" .   in small or capital letters
//	phrase  = `"` { any character but `"` } `"` .           also in curly, angled and single quotation marks
//	word    = a run of characters without blanks, quotes and brackets; a "*" at its end stands for any ending .
//
// Programs for writing replace what people type: every dash before a term is NOT, and full-width forms of signs and letters count as
// the usual ones. Signs and words that are operators in other languages (~ ^ = [ ] ? NEAR, ODER) are errors that say what to
// write, and so is a dash that stands by itself; no sign is passed over in silence. An & within a name, AT&T, belongs to it.
//
// Operators are written in capitals, so that "or" and "not" remain words. NOT binds tighter than AND, AND tighter than
// OR. A comma or semicolon between words is as good as a blank, outside of quotes and numbers. A word of several parts
// (e-commerce) is a phrase; with slashes (java/python) all that stands between them must be there, but for what is one
// term as it is written (CI/CD), or has parts that are no words (S/4HANA). A word before a colon that is no field is an
// error, not a word, and so is a text without a letter or a digit. A field holds for
// all that is in its brackets. A query has at least one word that must be there: a query of NOTs alone would read the whole
// database, and is refused.
//
// A term that has synonyms matches by any of them; so does a row of words that together are one term ("site reliability
// engineer"). A few names are everyday words too (Go, IT, C, R): by themselves they count in titles, skills and employers,
// not in running text.
//
// Normalize gives the form of all searched text, at the time of indexing as at the time of a search: C++, C#, .NET and the
// like are words of their own in it. Accents, apostrophes, capitals, and the ways in which Unicode writes one letter make no
// difference. Han and Kana have no blanks between words: their words are pairs of characters.
//
// The result of Parse is a tree (see Expr); package cv compiles it to what the index needs. This package must not know what
// the synonyms are, nor talk to the database.
package cvquery

import (
	"fmt"
	"slices"
	"strings"
)

// Bounds of a query.
const (
	MaxLength = 1000 // characters
	MaxTerms  = 60   // words and phrases as typed
	MaxDepth  = 20   // brackets and NOTs within one another
	MaxWord   = 100  // characters of one word; PostgreSQL takes 2,046 bytes

	maxSynonyms = 12 // of one term
	maxRun      = 5  // words that together may be one term
)

// SyntaxError says why a query cannot be understood.
type SyntaxError struct {
	Position int    // of the character, from 1
	Message  string // a sentence for the author of the query
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("at character %d: %s", e.Position, e.Message)
}

// Query is a query that was understood. The zero value is the empty one.
type Query struct {
	root Expr
}

// Empty reports whether the query sets no condition.
func (q Query) Empty() bool { return q.root == nil }

// Expr is the tree of the query, nil for the empty query.
func (q Query) Expr() Expr { return q.root }

// String writes the query in the syntax of PostgreSQL's to_tsquery, with words that are not stemmed yet. It is empty for the
// empty query alone. It holds nothing but quoted words of letters and digits, brackets, operators and weights, which
// PostgreSQL never refuses.
func (q Query) String() string {
	if q.root == nil {
		return ""
	}
	var b strings.Builder
	q.root.write(&b)
	return b.String()
}

// Terms lists the terms as typed that are not under a NOT. They are what a ranking counts.
func (q Query) Terms() []Term {
	var terms []Term
	walk(q.root, func(e Expr) bool {
		t, is := e.(Term)
		if is {
			terms = append(terms, t)
		}
		return !is
	})
	return terms
}

// InTitles gives each of the Terms as a query for titles alone, in the syntax of String. Terms that count in other sections are left out.
func (q Query) InTitles() []string {
	var all []string
	for _, t := range q.Terms() {
		if e := inTitle(t.Expr); e != nil {
			var b strings.Builder
			e.write(&b)
			all = append(all, b.String())
		}
	}
	return all
}

// inTitle is an expression of a term for titles alone; nil when it counts in other sections.
func inTitle(e Expr) Expr {
	switch e := e.(type) {
	case And:
		parts := make(And, len(e))
		for i, part := range e {
			if parts[i] = inTitle(part); parts[i] == nil {
				return nil
			}
		}
		return parts
	case Or:
		var parts Or
		for _, part := range e {
			if p := inTitle(part); p != nil {
				parts = append(parts, p)
			}
		}
		if len(parts) < 2 {
			return slices.Concat(parts, Or{nil})[0]
		}
		return parts
	case Phrase:
		if !e.Sections.Has(0) {
			return nil
		}
		e.Sections = InTitle
		return e
	}
	return nil
}

// Phrases lists what may be found in a hit, as typed and in its synonyms, each once: the normalised words of each.
func (q Query) Phrases() [][]string {
	var phrases [][]string
	for p := range q.positive() {
		if !slices.ContainsFunc(phrases, func(words []string) bool { return slices.Equal(words, p.Words) }) {
			phrases = append(phrases, p.Words)
		}
	}
	return phrases
}

// Words lists the single words that were typed and may be found in a hit, normalised, each once: the words that may be
// misspelt. A word with a star was left open on purpose and is none of them.
func (q Query) Words() []string {
	var words []string
	for p := range q.positive() {
		if p.Synonym || p.Prefix {
			continue
		}
		for _, w := range p.Words {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	}
	return words
}
