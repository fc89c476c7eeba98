// Package cvquery is the language in which the CV database is searched, and the form in which its text is searched.
//
// The language:
//
//	query   = or .
//	or      = and { "OR" and } .
//	and     = not { [ "AND" ] not } .          words side by side must all be there
//	not     = ( "NOT" | "-" ) not | operand .
//	operand = [ field ":" ] ( "(" or ")" | phrase | word ) .
//	field   = "title" | "skill" | "skills" .   in small or capital letters
//	phrase  = `"` { any character but `"` } `"` .
//	word    = a run of characters without blanks, quotes and brackets; a "*" at its end stands for any ending .
//
// Operators are written in capitals, so that "or" and "not" remain words. NOT binds tighter than AND, AND tighter than
// OR. A comma or semicolon between words is as good as a blank, outside of quotes and numbers. A word of several parts
// (e-commerce) is a phrase; with slashes (java/python) all that stands between them must be there, but for what is one
// term as it is written (CI/CD), or has parts that are no words (S/4HANA). A word before a colon that is no field is an
// error, not a word. A word without a letter or a digit ("&") counts for nothing. A field holds for all that is in its brackets. What is looked for has at least one word that must be there:
// a query of NOTs alone would read the whole database, and is refused.
//
// A term that has synonyms is looked for in all its spellings; so is a row of words that together are one ("site
// reliability engineer"). A few names are everyday words too (Go, IT, C, R): by themselves they count in titles, skills
// and employers, not in running text.
//
// Normalize is the form of all text that is searched, at the time of indexing as at the time of asking: C++, C#, .NET
// and the like are words of their own in it.
//
// It must not know what the synonyms are, nor talk to the database: its result is a text for to_tsquery('cv', $1).
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

// Error says why a query cannot be understood.
type Error struct {
	Position int    // of the character, from 1
	Message  string // a sentence for who typed the query
}

func (e *Error) Error() string { return fmt.Sprintf("at character %d: %s", e.Position, e.Message) }

// Query is a query that was understood. The zero value is the empty one.
type Query struct {
	root *node
}

type nodeKind int

const (
	termNode nodeKind = iota
	andNode
	orNode
	notNode
)

// node is a term, or an operator over nodes.
type node struct {
	kind nodeKind
	kids []*node

	// Of a term.
	written string   // as it was typed
	words   []string // normalised; several are a phrase
	prefix  bool     // the last word may go on
	weights string   // letters of the weights that count; empty for all
	typed   bool     // not a synonym
	bare    bool     // a word without quotes, field and star, not yet spelled in all its ways
	glued   bool     // nothing but a blank stands before it

	leaf     string // of what was typed as one term, with its other spellings: how it was typed
	position int
}

// Empty reports whether the query asked for nothing in particular.
func (q Query) Empty() bool { return q.root == nil }

// TSQuery writes the query for to_tsquery. It is empty for the empty query alone. It holds nothing but quoted words of
// letters and digits, brackets, operators and weights, which PostgreSQL never refuses.
func (q Query) TSQuery() string {
	if q.root == nil {
		return ""
	}
	var b strings.Builder
	q.root.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	switch n.kind {
	case termNode:
		n.writeTerm(b)
	case notNode:
		b.WriteString("!(")
		n.kids[0].write(b)
		b.WriteByte(')')
	case andNode, orNode:
		operator := " & "
		if n.kind == orNode {
			operator = " | "
		}
		for i, kid := range n.kids {
			if i > 0 {
				b.WriteString(operator)
			}
			inner := kid.kind == andNode || kid.kind == orNode
			if inner {
				b.WriteByte('(')
			}
			kid.write(b)
			if inner {
				b.WriteByte(')')
			}
		}
	}
}

func (n *node) writeTerm(b *strings.Builder) {
	if len(n.words) > 1 {
		b.WriteByte('(')
		defer b.WriteByte(')')
	}
	for i, w := range n.words {
		if i > 0 {
			b.WriteString(" <-> ")
		}
		b.WriteByte('\'')
		b.WriteString(w)
		b.WriteByte('\'')
		star := n.prefix && i == len(n.words)-1
		if star || n.weights != "" {
			b.WriteByte(':')
		}
		if star {
			b.WriteByte('*')
		}
		b.WriteString(n.weights)
	}
}

// Terms lists what may be found in a hit, as typed and in its other spellings, normalised, each once: a term of several
// words has blanks, one with a star stands without it.
func (q Query) Terms() []string {
	var terms []string
	q.each(func(n *node) {
		if t := strings.Join(n.words, " "); !slices.Contains(terms, t) {
			terms = append(terms, t)
		}
	})
	return terms
}

// Words lists the single words that were typed and may be found in a hit, normalised, each once: what a person may
// have misspelt. A word with a star was left open on purpose and is none of them.
func (q Query) Words() []string {
	var words []string
	q.each(func(n *node) {
		if !n.typed || n.prefix {
			return
		}
		for _, w := range n.words {
			if !slices.Contains(words, w) {
				words = append(words, w)
			}
		}
	})
	return words
}

// Leaf is one term as it was typed, in all its spellings.
type Leaf struct {
	Text    string // as it was typed; with its field, and with the star of an open word
	TSQuery string // for to_tsquery
}

// Leaves lists the terms as typed that are not under a NOT.
func (q Query) Leaves() []Leaf {
	var leaves []Leaf
	q.walk(func(n *node) bool {
		if n.leaf == "" {
			return true
		}
		var b strings.Builder
		n.write(&b)
		leaves = append(leaves, Leaf{n.leaf, b.String()})
		return false
	})
	return leaves
}

// each visits the terms that are not under a NOT.
func (q Query) each(visit func(*node)) {
	q.walk(func(n *node) bool {
		if n.kind == termNode {
			visit(n)
		}
		return true
	})
}

// walk visits the nodes that are not under a NOT, parents first; deeper tells whether to go on below a node.
func (q Query) walk(deeper func(*node) bool) {
	var walk func(*node)
	walk = func(n *node) {
		if n.kind == notNode || !deeper(n) {
			return
		}
		for _, kid := range n.kids {
			walk(kid)
		}
	}
	if q.root != nil {
		walk(q.root)
	}
}

// unbounded finds a NOT by which alone a text could match, or nil when every match holds some term.
func (n *node) unbounded() *node {
	switch n.kind {
	case termNode:
		return nil
	case notNode:
		return n
	case orNode:
		for _, kid := range n.kids {
			if not := kid.unbounded(); not != nil {
				return not
			}
		}
		return nil
	case andNode:
		var first *node
		for _, kid := range n.kids {
			not := kid.unbounded()
			if not == nil {
				return nil
			}
			if first == nil {
				first = not
			}
		}
		return first
	}
	return nil
}
