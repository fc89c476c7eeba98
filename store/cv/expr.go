package cv

import (
	"slices"
	"strings"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
)

type operator int

const (
	opLexeme operator = iota
	opAnd
	opOr
	opNot
	opPhrase // of lexemes that stand one after the other
)

// sign is the operator of tsqueries that stands between operands.
func (o operator) sign() string {
	switch o {
	case opAnd:
		return " & "
	case opOr:
		return " | "
	case opPhrase:
		return " <-> "
	case opLexeme, opNot:
	}
	return ""
}

// expr is a condition on the tsvector of an index entry: a query of package cvquery with lexemes in place of its words, or a
// filter. It is never changed: each method makes a new tree where it must. String writes it as a tsquery.
type expr struct {
	op   operator
	kids []*expr

	// Of a lexeme.
	lexeme   string
	prefix   bool
	sections cvquery.Sections
}

// noMatch is a lexeme that no text has: cvquery.Normalize never glues letters and digits to each other in this way.
const noMatch = "nowhere0nowhere"

func lexeme(text string) *expr { return &expr{op: opLexeme, lexeme: text} }

// operation is an operator over conditions, or the condition itself when it is alone.
func operation(op operator, kids ...*expr) *expr {
	if len(kids) == 1 {
		return kids[0]
	}
	return &expr{op: op, kids: kids}
}

func (e *expr) String() string {
	var b strings.Builder
	e.write(&b)
	return b.String()
}

// operand writes the condition as an operand: in brackets when it is more than a lexeme.
func (e *expr) operand() string {
	if len(e.kids) > 1 {
		return "(" + e.String() + ")"
	}
	return e.String()
}

func (e *expr) write(b *strings.Builder) {
	switch e.op {
	case opLexeme:
		b.WriteString(pg.QuoteLexeme(e.lexeme))
		if e.prefix || e.sections != 0 {
			b.WriteByte(':')
		}
		if e.prefix {
			b.WriteByte('*')
		}
		b.WriteString(e.sections.Weights())
	case opNot:
		b.WriteString("!(")
		e.kids[0].write(b)
		b.WriteByte(')')
	case opAnd, opOr, opPhrase:
		for i, kid := range e.kids {
			if i > 0 {
				b.WriteString(e.op.sign())
			}
			if len(kid.kids) > 1 {
				b.WriteByte('(')
			}
			kid.write(b)
			if len(kid.kids) > 1 {
				b.WriteByte(')')
			}
		}
	}
}

// mapped is the tree with other lexemes and phrases; what is not replaced is searched for them.
func (e *expr) mapped(replace func(*expr) *expr) *expr {
	if e.op == opLexeme {
		return replace(e)
	}
	kids := make([]*expr, len(e.kids))
	for i, kid := range e.kids {
		kids[i] = kid.mapped(replace)
	}
	return &expr{op: e.op, kids: kids}
}

// inSection narrows every lexeme to one section of the profile, which an index counts from 0 for the title. A lexeme that
// counts in other sections alone matches nothing.
func (e *expr) inSection(index int) *expr {
	return e.mapped(func(l *expr) *expr {
		section := cvquery.Sections(1) << index
		if !l.sections.Has(index) {
			return &expr{lexeme: noMatch, sections: section}
		}
		return &expr{lexeme: l.lexeme, prefix: l.prefix, sections: section}
	})
}

// withoutPhrases asks for the lexemes of a phrase wherever they stand.
func (e *expr) withoutPhrases() *expr {
	if e.op == opLexeme {
		return e
	}
	op := e.op
	if op == opPhrase {
		op = opAnd
	}
	kids := make([]*expr, len(e.kids))
	for i, kid := range e.kids {
		kids[i] = kid.withoutPhrases()
	}
	return &expr{op: op, kids: kids}
}

// lossy tells whether a GIN index cannot answer the condition alone: it knows neither positions nor weights, but the words of titles.
func (e *expr) lossy() bool {
	return e.op == opPhrase || e.sections != 0 && e.sections != cvquery.InTitle || slices.ContainsFunc(e.kids, (*expr).lossy)
}

// relaxed is the condition as the index can answer it, without positions and weights: it matches all that the condition
// matches, and more. What must not be there is not looked for at all where the condition on it is lossy.
func (e *expr) relaxed() *expr {
	switch e.op {
	case opLexeme:
		if e.sections == cvquery.InTitle {
			return &expr{lexeme: titleLexeme + e.lexeme, prefix: e.prefix}
		}
		return &expr{lexeme: e.lexeme, prefix: e.prefix}
	case opNot:
		if e.kids[0].lossy() {
			return &expr{op: opNot, kids: []*expr{lexeme(noMatch)}}
		}
		return &expr{op: opNot, kids: []*expr{e.kids[0].relaxed()}}
	default:
		out := &expr{op: e.op, kids: make([]*expr, len(e.kids))}
		if e.op == opPhrase {
			out.op = opAnd
		}
		for i, kid := range e.kids {
			out.kids[i] = kid.relaxed()
		}
		return out
	}
}

// conjuncts are the conditions that must all match, relaxed and pruned for the index. A condition that only excludes stays with
// another one: by itself it would have the whole index read.
func (e *expr) conjuncts() []*expr {
	kids := []*expr{e}
	if e.op == opAnd {
		kids = e.kids
	}
	var list, not []*expr
	for _, kid := range kids {
		if kid.op == opNot {
			not = append(not, kid.relaxed())
		} else {
			list = append(list, kid.relaxed().pruned())
		}
	}
	if len(not) > 0 {
		list[0] = operation(opAnd, append([]*expr{list[0]}, not...)...)
	}
	return list
}

// pruned leaves out of alternatives those that only ask for more lexemes than another one does.
func (e *expr) pruned() *expr {
	if e.op != opOr {
		return e
	}
	lexemes := make([][]*expr, len(e.kids))
	for i, kid := range e.kids {
		switch {
		case kid.op == opLexeme:
			lexemes[i] = []*expr{kid}
		case kid.op == opAnd && !slices.ContainsFunc(kid.kids, func(k *expr) bool { return k.op != opLexeme }):
			lexemes[i] = kid.kids
		default:
			return e
		}
	}
	same := func(a *expr) func(*expr) bool {
		return func(b *expr) bool { return a.lexeme == b.lexeme && a.prefix == b.prefix && a.sections == b.sections }
	}
	var kept []*expr
	for i, kid := range e.kids {
		longer := false
		for j := range e.kids {
			within := !slices.ContainsFunc(lexemes[j], func(l *expr) bool { return !slices.ContainsFunc(lexemes[i], same(l)) })
			longer = longer || within && (len(lexemes[j]) < len(lexemes[i]) || len(lexemes[j]) == len(lexemes[i]) && j < i)
		}
		if !longer {
			kept = append(kept, kid)
		}
	}
	return operation(opOr, kept...)
}

// count adds up a number of every node.
func (e *expr) count(of func(*expr) int) int {
	n := of(e)
	for _, kid := range e.kids {
		n += kid.count(of)
	}
	return n
}

// phrasePairs is how many pairs of lexemes must stand together.
func (e *expr) phrasePairs() int {
	return e.count(func(e *expr) int {
		if e.op != opPhrase {
			return 0
		}
		return len(e.kids) - 1
	})
}

// alternatives is how many more lexemes than one each the index must look at.
func (e *expr) alternatives() int {
	return e.count(func(e *expr) int {
		switch {
		case e.op == opOr:
			return len(e.kids) - 1
		case e.prefix:
			return lexemesOfPrefix
		default:
			return 0
		}
	})
}
