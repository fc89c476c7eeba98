package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/lib/pq"

	"itmanagerjobs/store/cvquery"
)

// stemmer knows what PostgreSQL makes of words. It asks for each new word once: to have PostgreSQL take whole texts apart
// costs more than all the rest of an import. Nothing personal is among the words: names are taken out of texts first.
type stemmer struct {
	mu    sync.RWMutex
	stems map[string]string
}

// maxStems bounds the words that are kept. English and the jargon of the trade have fewer; the rest are slips of the
// keyboard, after enough of which everything is forgotten.
const maxStems = 300_000

// learn asks for the words that are not known yet.
func (st *stemmer) learn(ctx context.Context, q queryer, words func(yield func(string) bool)) error {
	unknown := map[string]bool{}
	st.mu.RLock()
	for w := range words {
		if _, known := st.stems[w]; !known {
			unknown[w] = true
		}
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
	// A word that is too long for PostgreSQL has no stem, and is in no text for it.
	err := q.SelectContext(ctx, &rows, `SELECT w AS word, coalesce((tsvector_to_array(to_tsvector('cv', w)))[1], '') AS stem FROM unnest($1::text[]) w`, list)
	if err != nil {
		return fmt.Errorf("stem words: %w", err)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.stems == nil || len(st.stems)+len(rows) > maxStems {
		st.stems = make(map[string]string, len(rows))
	}
	for _, r := range rows {
		st.stems[r.Word] = r.Stem
	}
	return nil
}

// of gives the stem of a word that was learned, "" of one that has none.
func (st *stemmer) of(word string) string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	return st.stems[word]
}

// What a tsvector can hold of one document, see PostgreSQL's documentation.
const (
	maxPosition  = 16_383
	maxPositions = 255 // of one word
)

// tsvector writes a row's words as PostgreSQL does, so that a cast takes them: those of the parts with their places and
// weights, and those that searches are narrowed by without.
func (st *stemmer) tsvector(parts [4][]string, words []string) string {
	st.mu.RLock()
	defer st.mu.RUnlock()
	places := make(map[string][]byte, 192)
	position := 0
	for part, tokens := range parts {
		for _, w := range tokens {
			position = min(position+1, maxPosition)
			stem := st.stems[w]
			if stem == "" {
				continue
			}
			at := places[stem]
			if len(at) > 6*maxPositions {
				continue
			}
			if len(at) > 0 {
				at = append(at, ',')
			}
			at = strconv.AppendInt(at, int64(position), 10)
			if part < 3 {
				at = append(at, "ABC"[part])
			}
			places[stem] = at
		}
		position++ // no phrase goes over from one part to the next
	}
	var b strings.Builder
	for stem, at := range places {
		b.WriteString(stem) // letters and digits alone
		b.WriteByte(':')
		b.Write(at)
		b.WriteByte(' ')
	}
	for _, w := range words {
		b.WriteString(quoteWord(w))
		b.WriteByte(' ')
	}
	return b.String()
}

// query puts the stems of its words into a query of package cvquery, as to_tsquery would do.
func (st *stemmer) query(ctx context.Context, q queryer, tsquery string) (string, error) {
	pieces := strings.Split(tsquery, "'") // every other one is a word
	err := st.learn(ctx, q, func(yield func(string) bool) {
		for i := 1; i < len(pieces); i += 2 {
			if !yield(pieces[i]) {
				return
			}
		}
	})
	if err != nil {
		return "", err
	}
	for i := 1; i < len(pieces); i += 2 {
		if stem := st.of(pieces[i]); stem != "" {
			pieces[i] = stem
		}
	}
	return strings.Join(pieces, "'"), nil
}

// tokensOf are the normalised words of a text.
func tokensOf(text string) []string {
	words := make([]string, 0, len(text)/6+1)
	for t := range cvquery.Tokens(text) {
		words = append(words, t.Word)
	}
	return words
}
