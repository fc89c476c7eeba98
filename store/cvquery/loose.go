package cvquery

import (
	"crypto/md5" //nolint:gosec // PostgreSQL has the same function; it scatters words, and keeps no secret
	"encoding/hex"
	"slices"
	"strings"
)

// keyMark begins the words of an index that stand for more than a word. A normalised word has no accent, so that no text has such a
// word. The function job_found of the database makes them.
const keyMark = "é"

// sectionKey is the word of an index for a lexeme of a section, given by its weight.
func sectionKey(weight byte, lexeme string) string { return keyMark + string(weight) + lexeme }

// pairKey is the word of an index for two lexemes that stand together. Other pairs may have the same one.
func pairKey(first, second string) string {
	const digits = 5                             // a million keys
	sum := md5.Sum([]byte(first + " " + second)) //nolint:gosec // see the import
	return keyMark + hex.EncodeToString(sum[:])[:digits]
}

// AllWords lists the normalised words of a query and of its synonyms, those under a NOT too, each once.
func (q Query) AllWords() []string {
	var words []string
	var collect func(Expr)
	collect = func(e Expr) {
		switch e := e.(type) {
		case And:
			for _, part := range e {
				collect(part)
			}
		case Or:
			for _, part := range e {
				collect(part)
			}
		case Not:
			collect(e.Expr)
		case Term:
			collect(e.Expr)
		case Phrase:
			words = append(words, e.Words...)
		}
	}
	collect(q.root)
	slices.Sort(words)
	return slices.Compact(words)
}

// Loose is a query as a tsquery that an index of words, of the words of sections and of pairs of words (see job_found in the
// migrations) answers without a look at the texts. lexemes gives the lexemes of a word. The text finds all that q finds; same tells
// whether it finds nothing else: a phrase is taken by its pairs, and has no NOT. It is empty when an index can tell nothing.
func (q Query) Loose(lexemes func(word string) []string) (text string, same bool) {
	if q.root == nil {
		return "", true
	}
	return looser{lexemes}.expr(q.root)
}

type looser struct {
	lexemes func(word string) []string
}

// expr writes an expression that matches wherever e does; it is empty for one that cannot be asked of an index.
func (l looser) expr(e Expr) (text string, same bool) {
	switch e := e.(type) {
	case And:
		var parts []string
		same = true
		for _, part := range e {
			text, exact := l.expr(part)
			same = same && exact
			if text != "" {
				parts = append(parts, text)
			}
		}
		return joined(parts, " & "), same
	case Or:
		parts := make([]string, len(e))
		same = true
		for i, part := range e {
			text, exact := l.expr(part)
			if text == "" {
				return "", false
			}
			parts[i], same = text, same && exact
		}
		return joined(parts, " | "), same
	case Not:
		text, exact := l.expr(e.Expr)
		if !exact || text == "" {
			return "", false
		}
		return "!(" + text + ")", true
	case Term:
		return l.expr(e.Expr)
	case Phrase:
		return l.phrase(e)
	}
	return "", false
}

func (l looser) phrase(e Phrase) (text string, same bool) {
	var parts []string
	same = len(e.Words) == 1
	before := ""
	for i, word := range e.Words {
		list := l.lexemes(word)
		prefix := e.Prefix && i == len(e.Words)-1
		if len(list) != 1 { // a word that the parser of PostgreSQL takes apart, or passes over
			same, before = false, ""
			for _, lexeme := range list {
				parts = append(parts, quoted(lexeme, prefix))
			}
			continue
		}
		text, exact := inSections(list[0], e.Sections, prefix)
		parts, same = append(parts, text), same && exact
		if before != "" && !prefix {
			parts = append(parts, quoted(pairKey(before, list[0]), false))
		}
		before = list[0]
	}
	return joined(parts, " & "), same
}

// inSections asks for a lexeme in sections. The index has no words of running text alone.
func inSections(lexeme string, sections Sections, prefix bool) (text string, same bool) {
	if sections == 0 || sections&InText != 0 {
		return quoted(lexeme, prefix), sections == 0
	}
	weights := sections.Weights()
	parts := make([]string, len(weights))
	for i := range weights {
		parts[i] = quoted(sectionKey(weights[i], lexeme), prefix)
	}
	return joined(parts, " | "), true
}

var lexemeEscaper = strings.NewReplacer(`\`, `\\`, `'`, `''`)

func quoted(lexeme string, prefix bool) string {
	text := "'" + lexemeEscaper.Replace(lexeme) + "'"
	if prefix {
		text += ":*"
	}
	return text
}

func joined(parts []string, operator string) string {
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, operator) + ")"
}
