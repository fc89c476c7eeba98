package cv

import (
	"context"
	"html"
	"maps"
	"slices"
	"strings"

	"itmanagerjobs/store/cvquery"
	"itmanagerjobs/store/pg"
)

const (
	// excerptWords is the length of an excerpt, and maxExcerpts how many a hit has.
	excerptWords = 26
	maxExcerpts  = 2

	usualWord = 5 // bytes, with the blank: few texts have more words than that makes
)

// marker finds the phrases of a query in texts.
type marker struct {
	phrases [][]string // the stems of each
	stems   map[string]string
	tokens  map[int64][]cvquery.Token // of each person's text, which is cut into words once
}

// newMarker finds the stems of those words that can have the same stem as a word of the query: they begin alike.
func (s *Store) newMarker(ctx context.Context, q cvquery.Query, rows []hitRow) (*marker, error) {
	m := &marker{stems: map[string]string{}, tokens: make(map[int64][]cvquery.Token, len(rows))}
	for _, row := range rows {
		m.tokens[row.ID] = slices.AppendSeq(make([]cvquery.Token, 0, len(row.ShownText)/usualWord), cvquery.Tokens(row.ShownText))
	}
	beginnings := map[string]bool{}
	want := map[string]bool{}
	phrases := q.Phrases()
	for _, words := range phrases {
		for _, w := range words {
			want[w] = true
			beginnings[beginning(w)] = true
		}
	}
	if len(phrases) == 0 {
		return m, nil
	}
	for _, tokens := range m.tokens {
		for _, token := range tokens {
			if beginnings[beginning(token.Word)] {
				want[token.Word] = true
			}
		}
	}
	if err := s.stems.learn(ctx, s.db.Reader(ctx), maps.Keys(want)); err != nil {
		return nil, err
	}
	for w := range want {
		m.stems[w] = s.stems.of(w)
	}
	for _, words := range phrases {
		m.phrases = append(m.phrases, pg.Column[[]string](words, func(w string) string { return m.stems[w] }))
	}
	return m, nil
}

// beginning is the same of two words with one stem: a stemmer changes only endings.
func beginning(w string) string { return w[:min(len(w), 3)] }

// excerpts are the passages of a person's text with the most phrases of the query; its beginning when it has none.
func (m *marker) excerpts(id int64, text string) []string {
	tokens := m.tokens[id]
	if len(tokens) == 0 {
		return []string{}
	}
	phraseAt := m.marks(tokens)
	var out []string
	var taken []int // where excerpts begin
	for len(out) < maxExcerpts {
		start, distinct := best(phraseAt, taken)
		if distinct == 0 && len(out) > 0 {
			break
		}
		taken = append(taken, start)
		out = append(out, passage(text, tokens, phraseAt, start))
		if distinct == 0 {
			break
		}
	}
	return out
}

// otherStem stands for the stem of a word that no phrase can have.
const otherStem = "\x00"

// marks gives each token the number of the phrase that it belongs to, from 1; 0 for none.
func (m *marker) marks(tokens []cvquery.Token) []int {
	phraseAt := make([]int, len(tokens))
	stems := make([]string, len(tokens))
	for i, t := range tokens {
		stem, known := m.stems[t.Word]
		if !known {
			stem = otherStem
		}
		stems[i] = stem
	}
	for n, phrase := range m.phrases {
		for i := 0; i+len(phrase) <= len(tokens); i++ {
			same := len(phrase) > 0
			for j := 0; same && j < len(phrase); j++ {
				same = stems[i+j] == phrase[j]
			}
			for j := 0; same && j < len(phrase); j++ {
				phraseAt[i+j] = n + 1
			}
		}
	}
	return phraseAt
}

// best finds where a passage begins that has the most different phrases, and does not overlap those taken.
func best(phraseAt []int, taken []int) (start, distinct int) {
	for i := range phraseAt {
		if phraseAt[i] == 0 || slices.ContainsFunc(taken, func(t int) bool { return i > t-excerptWords && i < t+excerptWords }) {
			continue
		}
		seen := map[int]bool{}
		for _, t := range phraseAt[i:min(i+excerptWords, len(phraseAt))] {
			if t > 0 {
				seen[t] = true
			}
		}
		if len(seen) > distinct {
			start, distinct = i, len(seen)
		}
	}
	return start, distinct
}

// passage writes some words from shortly before a token on: what matches is marked, all else escaped.
func passage(text string, tokens []cvquery.Token, phraseAt []int, start int) string {
	first := max(0, start-excerptWords/5)
	last := min(first+excerptWords, len(tokens)) - 1
	var b strings.Builder
	if first > 0 {
		b.WriteString("… ")
	}
	at := tokens[first].Start
	for i := first; i <= last; i++ {
		t := tokens[i]
		if t.End <= at {
			continue // a second word of the same characters
		}
		from := max(t.Start, at) // two words can share a character: see cvquery
		b.WriteString(html.EscapeString(oneLine(text[at:from])))
		word := html.EscapeString(text[from:t.End])
		if phraseAt[i] > 0 {
			word = "<mark>" + word + "</mark>"
		}
		b.WriteString(word)
		at = t.End
	}
	if last < len(tokens)-1 {
		b.WriteString(" …")
	}
	return b.String()
}

func oneLine(s string) string {
	if strings.ContainsAny(s, "\n\t") {
		return strings.NewReplacer("\n", " ", "\t", " ").Replace(s)
	}
	return s
}
