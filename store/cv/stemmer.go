package cv

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/lib/pq"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
)

// stemmer keeps the lexemes (stems) of words under the text search configuration 'cv'. It asks PostgreSQL for each new word
// once: to have PostgreSQL parse whole texts costs more than all the rest of an import. No personal data is among the words:
// names are taken out of texts first.
type stemmer struct {
	mu      sync.RWMutex
	stems   map[string]stem
	numbers map[string]int // of stems
	limit   int            // of the words that are kept
}

// stem is the lexeme of a word, "" of one that PostgreSQL leaves out.
type stem struct {
	text   string
	number int // the same for all words with this stem
}

// maxStems bounds the words that are kept. English and the jargon of the trade have fewer; the rest are typing errors. Beyond
// the bound everything is forgotten.
const maxStems = 300_000

// learn asks PostgreSQL for the stems of the words that are not known yet.
func (st *stemmer) learn(ctx context.Context, q pg.Reader, words func(yield func(string) bool)) error {
	var unknown map[string]bool
	st.mu.RLock()
	for w := range words {
		if _, known := st.stems[w]; known {
			continue
		}
		if unknown == nil {
			unknown = map[string]bool{}
		}
		unknown[w] = true
	}
	st.mu.RUnlock()
	if len(unknown) == 0 {
		return nil
	}
	list := make(pq.StringArray, 0, len(unknown))
	for w := range unknown {
		list = append(list, w)
	}
	var rows []struct {
		Word string `db:"word"`
		Stem string `db:"stem"`
	}
	// A word that is too long for PostgreSQL has no stem, and is in no text for it. One that it cuts into several, at the vowels of
	// Hindi, is its own stem.
	err := q.List(ctx, &rows, `
SELECT w AS word, CASE cardinality(s) WHEN 0 THEN '' WHEN 1 THEN s[1] ELSE w END AS stem
  FROM unnest($1::text[]) w, tsvector_to_array(to_tsvector('cv', w)) s`, list)
	if err != nil {
		return fmt.Errorf("stem words: %w", err)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.stems == nil || len(st.stems)+len(rows) > st.limit {
		before := st.stems
		st.stems, st.numbers = make(map[string]stem, len(rows)), make(map[string]int, len(rows))
		for w := range words { // all of which are to be known
			if s, known := before[w]; known {
				st.add(w, s.text)
			}
		}
	}
	for _, r := range rows {
		st.add(r.Word, r.Stem)
	}
	return nil
}

func (st *stemmer) add(word, text string) {
	number, known := st.numbers[text]
	if !known {
		number = len(st.numbers)
		st.numbers[text] = number
	}
	st.stems[word] = stem{text, number}
}

// of gives the stem of a word that was learned, "" of one that has none.
func (st *stemmer) of(word string) string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.stems[word].text
}

// compile translates a query, with the stems of its words as to_tsquery would find them.
func (st *stemmer) compile(ctx context.Context, q pg.Reader, e cvquery.Expr) (*expr, error) {
	for {
		err := st.learn(ctx, q, func(yield func(string) bool) { eachWord(e, yield) })
		if err != nil {
			return nil, err
		}
		st.mu.RLock()
		out, known := st.translate(e)
		st.mu.RUnlock()
		if known {
			return out, nil
		}
	}
}

// eachWord gives the words of a query, until yield wants no more.
func eachWord(e cvquery.Expr, yield func(string) bool) (more bool) {
	parts := []cvquery.Expr{}
	switch e := e.(type) {
	case cvquery.Phrase:
		return !slices.ContainsFunc(e.Words, func(w string) bool { return !yield(w) })
	case cvquery.Term:
		parts = append(parts, e.Expr)
	case cvquery.Not:
		parts = append(parts, e.Expr)
	case cvquery.And:
		parts = e
	case cvquery.Or:
		parts = e
	}
	return !slices.ContainsFunc(parts, func(part cvquery.Expr) bool { return !eachWord(part, yield) })
}

// translate puts stems in the place of words, unless one of them was forgotten meanwhile. The caller holds the lock.
func (st *stemmer) translate(e cvquery.Expr) (out *expr, known bool) {
	var op operator
	var parts []cvquery.Expr
	switch e := e.(type) {
	case cvquery.Phrase:
		return st.translatePhrase(e)
	case cvquery.Term:
		return st.translate(e.Expr)
	case cvquery.Not:
		op, parts = opNot, []cvquery.Expr{e.Expr}
	case cvquery.And:
		op, parts = opAnd, e
	case cvquery.Or:
		op, parts = opOr, e
	}
	kids := make([]*expr, len(parts))
	for i, part := range parts {
		if kids[i], known = st.translate(part); !known {
			return nil, false
		}
	}
	return &expr{op: op, kids: kids}, true
}

func (st *stemmer) translatePhrase(p cvquery.Phrase) (out *expr, known bool) {
	kids := make([]*expr, len(p.Words))
	for i, w := range p.Words {
		stem, known := st.stems[w]
		if !known {
			return nil, false
		}
		kids[i] = &expr{lexeme: cmp.Or(stem.text, w), prefix: p.Prefix && i == len(p.Words)-1, sections: p.Sections}
	}
	return operation(opPhrase, kids...), true
}

// titleLexemes are the lexemes that tell of the words of a title that they stand there. known is false when a word was forgotten
// since it was learned.
func (st *stemmer) titleLexemes(words []string) (list []string, known bool) {
	st.mu.RLock()
	defer st.mu.RUnlock()
	list = make([]string, 0, len(words))
	for _, w := range words {
		stem, known := st.stems[w]
		if !known {
			return nil, false
		}
		if l := titleLexeme + stem.text; stem.text != "" && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list, true
}

// sectionWords are the normalised words of the sections of a profile, each of which is given in pieces.
func sectionWords(texts ...[]string) (sections [cvquery.SectionCount][]string) {
	size := 0
	for _, pieces := range texts {
		for _, text := range pieces {
			size += len(text)
		}
	}
	words := make([]string, 0, size/5+8)
	for i, pieces := range texts {
		from := len(words)
		words = cvquery.AppendWords(words, pieces...)
		sections[i] = words[from:len(words):len(words)]
	}
	return sections
}
